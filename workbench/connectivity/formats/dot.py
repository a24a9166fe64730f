"""The map as a graph for Graphviz, one cluster a namespace."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.connectivity.formats.registry import register_format
from workbench.connectivity.formats.rows import ConnectivityLike, PortTexts, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.connectivity.result import IpRanges, Peer

__all__ = ["cluster_id", "dot", "quoted"]

EXTERNAL = "External"


@register_format("dot")
def dot(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Graphviz digraph: namespaces as clusters, edges labelled with the ports.

    As the reference tool draws it: only peers that have connections; clusters, nodes and edges
    sorted by name; external ranges red; an edge weighs 0.5 if its source sorts before its
    destination, else 1 (connectivity.md section 8 and its golden files).
    """
    connections = connectivity.connections(ip_ranges)
    peers = sorted({peer for connection in connections for peer in connection[:2]}, key=attrgetter("namespace", "name"))
    inside = [peer for peer in peers if peer.namespace]
    outside = [peer for peer in peers if not peer.namespace]
    texts = PortTexts()
    lines = [
        "digraph {",
        *_clusters(inside),
        *(f"\t{_node(peer)}" for peer in outside),
        *(
            f"\t{quoted(src.name)} -> {quoted(dst.name)} "
            f'[label={quoted(texts[ports])} color="gold2" fontcolor="darkgreen" '
            f"weight={'0.5' if src.name < dst.name else '1'}]"
            for src, dst, ports in connections
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    r"""Return `text` as a DOT string that is shown as it is.

    Graphviz reads backslash escapes (``\n``, ``\N``) in labels, and a backslash before the closing
    quote would let the string run on.
    """
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def cluster_id(namespace: str) -> str:
    """Return the name of a namespace's cluster, as the reference tool makes it.

    Dashes become underscores there. A Kubernetes name has no underscore; where a manifest has one
    all the same, the name is kept behind a ``=``, so that ``a-b`` and ``a_b`` stay two boxes.
    """
    name = f"={namespace}" if "_" in namespace else namespace.replace("-", "_")
    return f"cluster_{name}[namespace]"


def _clusters(peers: Iterable[Peer]) -> Iterator[str]:
    for namespace, members in groupby(peers, key=attrgetter("namespace")):
        yield f"\tsubgraph {quoted(cluster_id(namespace))} {{"
        yield '\t\tcolor="black"'
        yield '\t\tfontcolor="black"'
        yield from (f"\t\t{_node(peer)}" for peer in members)
        yield f"\t\tlabel={quoted(f'{namespace}[namespace]')}"
        yield "\t}"


def _node(peer: Peer) -> str:
    label = peer.name.removeprefix(f"{peer.namespace}/")
    color = "red2" if peer.kind == EXTERNAL else "blue"
    return f'{quoted(peer.name)} [label={quoted(label)} color="{color}" fontcolor="{color}"]'
