"""The map as a graph for Graphviz, one cluster a namespace."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.registries import register_format
from workbench.ground import EXTERNAL, dot_id, dot_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges, Peer

__all__ = ["cluster_id", "clusters", "dot", "edge", "graph", "node"]


@register_format("dot")
def dot(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Graphviz digraph: namespaces as clusters, edges labelled with the ports.

    As the reference tool draws it: every workload, also without connections; clusters, nodes and edges
    sorted by name; external ranges red; an edge weighs 0.5 if its source sorts before its
    destination, else 1 (formats 6).
    """
    connections = connectivity.connections(ip_ranges)
    inside = (peer for peer in connectivity.peers(ip_ranges) if peer.namespace)
    peers = {peer for connection in connections for peer in connection[:2]}.union(inside)
    colors = {peer: "red2" if peer.kind == EXTERNAL else "blue" for peer in peers}
    texts = PortTexts()
    edges = [edge(src, dst, texts[ports], "gold2", "darkgreen") for src, dst, ports in connections]
    return graph(peers, colors, edges)


def graph(peers: Iterable[Peer], colors: Mapping[Peer, str], edges: Sequence[str], more: Sequence[str] = ()) -> str:
    """Return a digraph: a cluster for each namespace, then what stands outside, edges, and `more` lines.

    Parameters
    ----------
    peers : iterable of Peer
    colors : mapping of Peer to str
    edges : sequence of str
    more : sequence of str, optional
    """
    ordered = sorted(peers, key=attrgetter("namespace", "name"))
    lines = [
        "digraph {",
        *clusters([peer for peer in ordered if peer.namespace], colors),
        *(f"\t{node(peer, colors[peer])}" for peer in ordered if not peer.namespace),
        *(f"\t{line}" for line in (*edges, *more)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def edge(src: Peer, dst: Peer, label: str, color: str, fontcolor: str) -> str:
    """Return an edge; it weighs 0.5 if its source sorts before its destination, else 1.

    Parameters
    ----------
    src : Peer
    dst : Peer
    label : str
    color : str
    fontcolor : str
    """
    return (
        f"{dot_id(src.name)} -> {dot_id(dst.name)} [label={dot_label(label)} "
        f'color="{color}" fontcolor="{fontcolor}" weight={"0.5" if src.name < dst.name else "1"}]'
    )


def cluster_id(namespace: str) -> str:
    """Return the name of a namespace's cluster, as the reference tool makes it.

    Dashes become underscores there. A Kubernetes name has no underscore; where a manifest has one
    all the same, the name is kept behind a ``=``, so that ``a-b`` and ``a_b`` stay two boxes.
    """
    name = f"={namespace}" if "_" in namespace else namespace.replace("-", "_")
    return f"cluster_{name}[namespace]"


def clusters(peers: Iterable[Peer], colors: Mapping[Peer, str]) -> Iterator[str]:
    """Yield the lines of a cluster for each namespace; `peers` are sorted by namespace."""
    for namespace, members in groupby(peers, key=attrgetter("namespace")):
        yield f"\tsubgraph {dot_id(cluster_id(namespace))} {{"
        yield '\t\tcolor="black"'
        yield '\t\tfontcolor="black"'
        yield from (f"\t\t{node(peer, colors[peer])}" for peer in members)
        yield f"\t\tlabel={dot_label(f'{namespace}[namespace]')}"
        yield "\t}"


def node(peer: Peer, color: str) -> str:
    """Return a node, labelled with the peer's name within its namespace."""
    label = peer.name.removeprefix(f"{peer.namespace}/")
    return f'{dot_id(peer.name)} [label={dot_label(label)} color="{color}" fontcolor="{color}"]'
