"""Answers as graphs for Graphviz, one cluster a namespace; drawn as the reference tool draws them."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from workbench.connectivity.formats.rows import PortTexts, is_silent
from workbench.ground import EXTERNAL, dot_id, dot_label, register_format
from workbench.inventory import NetworkKind
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Change, Headings
    from workbench.connectivity.edges import Connection, ConnectivityLike
    from workbench.connectivity.engine import IpRanges, Peer
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.exposure.representatives import Representative
    from workbench.connectivity.networks import Networks
    from workbench.inventory import Network

__all__ = ["edge", "graph", "write_diff", "write_exposure", "write_map", "write_networks"]

MAP_EDGE = ("gold2", "darkgreen")
"""Colours of an edge of a map, and of its label."""
INSIDE, OUTSIDE = "blue", "red2"
"""Colours of workloads, and of addresses."""


@register_format("map", "dot")
def write_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Graphviz digraph: namespaces as clusters, edges labelled with the ports.

    As the reference tool draws it: every workload, also without connections; clusters, nodes and edges
    sorted by name; external ranges red; an edge weighs 0.5 if its source sorts before its
    destination, else 1 (formats 6).
    """
    connections = connectivity.connections(ip_ranges)
    texts = PortTexts()
    edges = [edge(src, dst, texts[ports], *MAP_EDGE) for src, dst, ports in connections]
    return graph(*_drawn(connectivity, connections, ip_ranges), edges)


def _drawn(
    connectivity: ConnectivityLike, connections: Iterable[Connection], ip_ranges: IpRanges
) -> tuple[set[Peer], dict[Peer, str]]:
    """Return the peers of a map that are drawn, and their colours."""
    inside = (peer for peer in connectivity.peers(ip_ranges) if peer.namespace)
    peers = {peer for connection in connections for peer in connection[:2]}.union(inside)
    return peers, {peer: _color(peer) for peer in peers}


def _color(peer: Peer) -> str:
    return OUTSIDE if peer.kind == EXTERNAL else INSIDE


# --- the parts of a graph ---------------------------------------------------------------------------------


def graph(peers: Iterable[Peer], colors: Mapping[Peer, str], edges: Sequence[str], more: Sequence[str] = ()) -> str:
    """Return a digraph: a cluster for each namespace, then what stands outside, edges, and `more` lines.

    Parameters
    ----------
    peers : iterable of Peer
    colors : mapping of Peer to str
    edges : sequence of str
    more : sequence of str, optional
    """
    outside = (_node(peer, colors[peer]) for peer in sorted(peers, key=_PLACE) if not peer.namespace)
    return _digraph(_clusters(peers, colors), (*outside, *edges, *more))


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
    return _arrow((src.name, dst.name), label, (color, fontcolor))


def _digraph(clusters: Iterable[str], lines: Iterable[str]) -> str:
    return "\n".join(("digraph {", *clusters, *(f"\t{line}" for line in lines), "}")) + "\n"


def _arrow(ends: tuple[str, str], label: str, colors: tuple[str, str], weight: str = "", more: str = "") -> str:
    src, dst = ends
    weight = weight or ("0.5" if src < dst else "1")
    return (
        f"{dot_id(src)} -> {dot_id(dst)} "
        f'[label={dot_label(label)} color="{colors[0]}" fontcolor="{colors[1]}" weight={weight}{more}]'
    )


def _node(peer: Peer, color: str, name: str = "") -> str:
    """Return a node, labelled with the peer's name within its namespace."""
    return _named_node(name or peer.name, peer.name.removeprefix(f"{peer.namespace}/"), color)


def _named_node(name: str, label: str, color: str, more: str = "") -> str:
    return f'{dot_id(name)} [label={dot_label(label)} color="{color}" fontcolor="{color}"{more}]'


def _clusters(peers: Iterable[Peer], colors: Mapping[Peer, str]) -> Iterator[str]:
    """Yield the lines of a cluster for each namespace."""
    inside = sorted((peer for peer in peers if peer.namespace), key=_PLACE)
    for namespace, members in groupby(inside, key=attrgetter("namespace")):
        yield from _cluster(namespace, (_node(peer, colors[peer]) for peer in members))


def _cluster(namespace: str, nodes: Iterable[str], *, kind: str = "namespace", color: str = "black") -> Iterator[str]:
    """Yield the lines of a cluster, which is called as the reference tool calls it: dashes become underscores.

    A Kubernetes name has no underscore; where a manifest has one all the same, the name is kept behind a ``=``, so
    that ``a-b`` and ``a_b`` stay two boxes.
    """
    name = f"={namespace}" if "_" in namespace else namespace.replace("-", "_")
    yield f"\tsubgraph {dot_id(f'cluster_{name}[{kind}]')} {{"
    yield f'\t\tcolor="{color}"'
    yield f'\t\tfontcolor="{color}"'
    yield from (f"\t\t{node}" for node in nodes)
    yield f"\t\tlabel={dot_label(f'{namespace}[{kind}]')}"
    yield "\t}"


_PLACE = attrgetter("namespace", "name")


# --- several networks -------------------------------------------------------------------------------------

TITLES: Final[Mapping[NetworkKind, str]] = {
    NetworkKind.UDN: "udn",
    NetworkKind.CUDN: "cluster-udn",
    NetworkKind.NAD: "nad",
}
"""What a network's box is labelled with."""


@register_format("networks", "dot")
def write_networks(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a graph with a box for each network; on secondary ones a workload has a node of its own."""
    texts = PortTexts()
    connections = networks.connections(ip_ranges)
    ends = {network: {peer for one in found for peer in one[:2]} for network, found in connections.items()}
    outside = {peer for found in ends.values() for peer in found if not peer.namespace}
    for network in connections:
        if network.primary:
            ends[network].update(networks[network.name].peers(ip_ranges))
    drawn = {network: [peer for peer in found if peer.namespace] for network, found in ends.items()}
    edges = [
        ((_node_id(src, network), _node_id(dst, network)), texts[ports])
        for network, found in connections.items()
        for src, dst, ports in found
    ]
    several = _are_several(networks, drawn)
    boxes = (line for network, peers in drawn.items() for line in _box(network, peers, several=several))
    nodes = (_node(peer, _color(peer)) for peer in sorted(outside))
    return _digraph(boxes, (*nodes, *(_arrow(ends, label, MAP_EDGE) for ends, label in sorted(edges))))


def _are_several(networks: Networks, drawn: Mapping[Network, list[Peer]]) -> bool:
    """Tell whether networks are told apart; for the reference, where there is anything on others than the pods'."""
    if networks.wording == "reference":
        return any(peers for network, peers in drawn.items() if network.kind is not NetworkKind.POD_NETWORK)
    return len(networks) > 1


def _box(network: Network, peers: list[Peer], *, several: bool) -> Iterator[str]:
    """Yield the lines of a network's box; a namespace's own network is its namespace's box."""
    alone = network.primary and network.kind is NetworkKind.UDN
    bare = alone or not several
    if not peers:
        return
    if not bare:
        pods = network.kind is NetworkKind.POD_NETWORK
        yield f"\tsubgraph {dot_id('cluster_pod_network' if pods else f'cluster_{network.name}')} {{"
        yield f"\tlabel={dot_label('pod network' if pods else f'{network.name}[{TITLES[network.kind]}]')}"
    for namespace, members in groupby(sorted(peers), key=_namespace):
        nodes = (_node(peer, _color(peer), _node_id(peer, network)) for peer in members)
        yield from _cluster(namespace, nodes, kind=TITLES[network.kind] if alone else "namespace")
    if not bare:
        yield "\t}"


def _namespace(peer: Peer) -> str:
    return peer.namespace


def _node_id(peer: Peer, network: Network) -> str:
    return peer.name if network.primary or not peer.namespace else f"{peer.name}{network.name}"


# --- differences ------------------------------------------------------------------------------------------

GREEN = "#008000"
EDGE_COLORS = {"added": GREEN, "removed": "red2", "changed": "magenta", "unchanged": "grey"}
NEW, LOST, PERSISTENT = GREEN, "red", "blue"


@register_format("diff", "dot")
def write_diff(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a Graphviz digraph: what was added green, removed red, changed magenta, unchanged grey.

    As the reference tool draws it: only peers that have connections on some side; clusters, nodes
    and edges sorted by name; workloads that came are green, those that went red; a legend at the
    end (formats 2).
    """
    if is_silent(diff):
        return ""
    changes = sorted([*diff, *diff.unchanged()], key=lambda change: (change.src.name, change.dst.name))
    peers = {peer for change in changes for peer in (change.src, change.dst)}
    colors = {
        **dict.fromkeys(peers, PERSISTENT),
        **dict.fromkeys(diff.added_workloads, NEW),
        **dict.fromkeys(diff.removed_workloads, LOST),
    }
    texts = PortTexts()
    edges = [
        edge(change.src, change.dst, _label(change, texts, headings), *[EDGE_COLORS[change.kind.value]] * 2)
        for change in changes
    ]
    return graph(peers, colors, edges, _legend())


def _label(change: Change, texts: PortTexts, headings: Headings) -> str:
    match change.kind.value:
        case "changed":
            return f"{texts[change.after]} ({headings[0]}: {texts[change.before]})"
        case "removed":
            return texts[change.before]
        case _:
            return texts[change.after]


def _legend() -> list[str]:
    """Return the legend, line by line the reference tool's."""
    ends = "abcdefgh"
    words = [f"{kind} connection" for kind in EDGE_COLORS]
    nodes = {"np": ("new peer", NEW), "lp": ("lost peer", LOST), "pp": ("persistent peer", PERSISTENT)}
    small = "fontsize = 10"
    return [
        "nodesep=0.5",
        "subgraph cluster_legend {",
        '\tlabel="Legend"',
        f"\t{small}",
        "\tmargin=0",
        *(f"\t{end} [style=invis height=0 width=0]" for end in ends),
        f"\t{{rank=source {' '.join(ends[:4])}}}",
        f"\t{{rank=same {' '.join(ends[4:])}}}",
        *(
            f"\t{src} -> {dst} [label={dot_label(text)}, color={dot_id(color)} fontcolor={dot_id(color)} "
            f"{small} arrowsize=0.2]"
            for src, dst, text, color in zip(ends[::2], ends[1::2], words, EDGE_COLORS.values(), strict=True)
        ),
        *(
            f"\t{name} [label={dot_label(text)} color={dot_id(color)} fontcolor={dot_id(color)} {small}]"
            for name, (text, color) in nodes.items()
        ),
        f"\t{{rank=sink {' '.join(nodes)}}}",
        "\tnp->lp [style=invis]",
        "\tlp->pp [style=invis]",
        "}",
    ]


# --- exposures --------------------------------------------------------------------------------------------

LOOKS = {Direction.EGRESS: ("darkorange4", "0.5"), Direction.INGRESS: ("darkorange2", "1")}
"""Colour and weight of the dashed edges of each direction."""


@register_format("exposure", "dot")
def write_exposure(exposure: Exposure) -> str:
    """Write the map's digraph, with representative pods in red and dashed edges to and from them.

    Addresses are part of the map already (golden files of the reference tool).
    """
    connections = exposure.connectivity.connections(exposure.ip_ranges)
    lines = [line for line in exposure if line.representative is not None]
    peers, colors = _drawn(exposure.connectivity, connections, exposure.ip_ranges)
    others = {line.representative for line in lines if line.representative is not None}
    texts = PortTexts()
    edges = {(src.name, dst.name, ""): edge(src, dst, texts[ports], *MAP_EDGE) for src, dst, ports in connections}
    edges.update({(*_ends(line), line.direction.value): _opening(line) for line in lines})
    outside = {peer.name: _node(peer, colors[peer]) for peer in peers if not peer.namespace}
    for other in others:
        if other.is_entire_cluster:
            outside[other.name] = _named_node(other.name, other.name, OUTSIDE, " shape=diamond")
    return _digraph(
        [*_clusters(peers, colors), *_selectors(others)],
        [*(outside[name] for name in sorted(outside)), *(edges[key] for key in sorted(edges))],
    )


def _selectors(others: Iterable[Representative]) -> Iterator[str]:
    """Yield the lines of a cluster for each choice of namespaces, with the pods that are chosen in them."""
    inside = sorted(
        (other for other in others if not other.is_entire_cluster), key=attrgetter("namespaces_text", "pods_text")
    )
    for namespaces, members in groupby(inside, key=attrgetter("namespaces_text")):
        nodes = (_named_node(_selector_id(other), other.pods_text, OUTSIDE) for other in members)
        yield from _cluster(namespaces, nodes, color=OUTSIDE)


def _selector_id(other: Representative) -> str:
    return other.name if other.is_entire_cluster else f"{other.pods_text}_in_{other.namespaces_text}"


def _ends(line: ExposureLine) -> tuple[str, str]:
    other = line.other.name if line.representative is None else _selector_id(line.representative)
    return (line.workload.name, other) if line.direction is Direction.EGRESS else (other, line.workload.name)


def _opening(line: ExposureLine) -> str:
    color, weight = LOOKS[line.direction]
    return _arrow(_ends(line), line.conn, (color, "darkgreen"), weight, " style=dashed")
