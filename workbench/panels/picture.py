"""What is drawn of a map of connections: which boxes, nodes and arrows, and what is summed up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from workbench.connectivity import Connection, IpRanges, Peer
from workbench.ground import addresses, visible
from workbench.panels.ranges import family, ranges_label

__all__ = [
    "OUTSIDE",
    "Arrow",
    "Choice",
    "ConnectivityMap",
    "Element",
    "Limits",
    "NodeKind",
    "Picture",
    "PictureNode",
    "compose",
    "counted",
]

OUTSIDE = "outside the cluster"
"""Name under which the address ranges are opened and closed, as namespaces are by theirs: none can be called so."""


class ConnectivityMap(Protocol):
    """Anything that knows peers and connections; `workbench.Connectivity` does."""

    def peers(self, ip_ranges: IpRanges = "merged") -> Sequence[Peer]:
        """Return all workload peers, and the external ranges that occur in connections."""
        ...

    def connections(self, ip_ranges: IpRanges = "merged") -> Sequence[Connection]:
        """Return all allowed connections."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asked to see.

    Attributes
    ----------
    namespaces : frozenset of str
        These only; all where it is empty.
    search : str
        Only peers whose name contains the text (in any case), and the peers that they talk to.
    outside : bool
        Addresses outside the cluster, too.
    opened : frozenset of str
        Namespaces (or `OUTSIDE`) to be drawn one by one even where the others are summed up.
    """

    namespaces: frozenset[str] = frozenset()
    search: str = ""
    outside: bool = True
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a picture can hold and still be read (pictures 1)."""

    nodes: int = 150
    arrows: int = 300


class NodeKind(StrEnum):
    """What a node of the picture stands for."""

    BOX = "box"
    WORKLOAD = "workload"
    OUTSIDE = "outside"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class PictureNode:
    """One node, or one box around nodes.

    Attributes
    ----------
    key : str
        Made for the picture: it holds nothing that was read from a cluster.
    label : str
        Plain text for people, in one or two lines.
    namespace : str
        Where it belongs; empty for what is outside the cluster.
    parent : str
        Key of the box in which it stands; empty for none.
    shape : str
        The workload's kind (``Deployment``); empty for what is no single workload.
    members : tuple of Peer
        The peers for which it stands; for a box, those drawn in it.
    """

    key: str
    kind: NodeKind
    label: str
    namespace: str = ""
    parent: str = ""
    shape: str = ""
    members: tuple[Peer, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """All connections from the members of one node to those of another, or among its own: a loop; at least one."""

    key: str
    source: str
    target: str
    connections: tuple[Connection, ...]

    @property
    def is_loop(self) -> bool:
        """Whether it leads back to the node that it comes from."""
        return self.source == self.target


Element: TypeAlias = PictureNode | Arrow


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and how much that is of everything.

    Attributes
    ----------
    nodes : tuple of PictureNode
        Boxes stand before the nodes that stand in them.
    arrows : tuple of Arrow
    workloads, connections : int
        How many there are, drawn or not.
    summarised : bool
        Whether namespaces are drawn as one node each, because everything would be too much.
    """

    nodes: tuple[PictureNode, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    workloads: int = 0
    connections: int = 0
    summarised: bool = False

    def element(self, key: str) -> Element | None:
        """Return the node or the arrow of that key; None where the picture has none."""
        elements: tuple[Element, ...] = (*self.nodes, *self.arrows)
        return next((element for element in elements if element.key == key), None)

    def summary(self) -> str:
        """Say how much is drawn of how much: ``showing 12 of 4,210 workloads …``."""
        alone = sum(node.kind is NodeKind.WORKLOAD for node in self.nodes)
        drawn = sum(len(arrow.connections) for arrow in self.arrows)
        workloads = f"showing {alone:,} of {counted(self.workloads, 'workload')}"
        connections = f"{drawn:,} of {counted(self.connections, 'connection')}"
        if not self.summarised:
            return f"{workloads} and {connections}"
        boxes = sum(node.kind is NodeKind.SUMMARY for node in self.nodes)
        return (
            f"{workloads} one by one and {counted(boxes, 'namespace')} as one node each; "
            f"{counted(len(self.arrows), 'arrow')} for {connections}. Click a namespace to open it, or filter."
        )


def compose(
    peers: Iterable[Peer],
    connections: Iterable[Connection],
    choice: Choice = Choice(),
    limits: Limits = Limits(),
) -> Picture:
    """Choose what is drawn of `connections` among `peers`.

    Above either of `limits`, namespaces become one node each, with arrows for many connections.
    What is still too much is left out, least connected nodes and smallest arrows first, and
    `Picture.summary` says so.
    """
    everyone, everything = list(peers), list(connections)
    shown, links = _filtered(everyone, everything, choice)
    groups = _ranges_alike(shown, links)
    nodes = _nodes(shown, groups, None)
    arrows = _arrows(nodes, links) if len(nodes) <= limits.nodes else []
    summarised = len(nodes) > limits.nodes or sum(not arrow.is_loop for arrow in arrows) > limits.arrows
    if summarised:
        nodes = _nodes(shown, groups, choice.opened)
        nodes, arrows = _within(limits, nodes, _arrows(nodes, links))
    return Picture(
        nodes=(*_boxes(nodes), *nodes),
        arrows=tuple(arrows),
        workloads=sum(bool(peer.namespace) for peer in everyone),
        connections=len(everything),
        summarised=summarised,
    )


def counted(number: int, noun: str) -> str:
    """Return ``1 workload`` or ``4,210 workloads``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _filtered(peers: list[Peer], connections: list[Connection], choice: Choice) -> tuple[list[Peer], list[Connection]]:
    def wanted(peer: Peer) -> bool:
        if not peer.namespace:
            return choice.outside
        return not choice.namespaces or peer.namespace in choice.namespaces

    shown = [peer for peer in peers if wanted(peer)]
    links = [link for link in connections if wanted(link.src) and wanted(link.dst)]
    text = choice.search.strip().lower()
    if text:
        found = {peer for peer in shown if text in peer.name.lower()}
        links = [link for link in links if link.src in found or link.dst in found]
        found.update(end for link in links for end in (link.src, link.dst))
        shown = [peer for peer in shown if peer in found]
    return shown, links


def _ranges_alike(peers: list[Peer], links: list[Connection]) -> list[tuple[Peer, ...]]:
    """Group the address ranges that may do exactly the same: the holes in one rule are no news."""
    may: dict[Peer, set[tuple[bool, Peer, object]]] = {peer: set() for peer in peers if peer.kind == addresses.EXTERNAL}
    for link in links:
        if link.src in may:
            may[link.src].add((True, link.dst, link.ports))
        if link.dst in may:
            may[link.dst].add((False, link.src, link.ports))
    groups: dict[object, list[Peer]] = defaultdict(list)
    for peer, does in may.items():
        if does:
            groups[family(peer.workload), frozenset(does)].append(peer)
    return [tuple(group) for group in groups.values()]


def _nodes(peers: list[Peer], groups: list[tuple[Peer, ...]], opened: frozenset[str] | None) -> list[PictureNode]:
    """Return the nodes, boxes left out; `opened` None opens everything."""
    by_namespace: dict[str, list[Peer]] = defaultdict(list)
    for peer in peers:
        if peer.namespace:
            by_namespace[peer.namespace].append(peer)
    nodes: list[PictureNode] = []
    for number, (namespace, members) in enumerate(sorted(by_namespace.items())):
        box = f"n{number}"
        if opened is None or namespace in opened:
            nodes += [_workload(f"{box}w{index}", box, peer) for index, peer in enumerate(sorted(members))]
        else:
            label = f"{visible(namespace)}\n{counted(len(members), 'workload')}"
            nodes.append(PictureNode(box, NodeKind.SUMMARY, label, namespace, members=tuple(sorted(members))))
    if opened is None or OUTSIDE in opened:
        nodes += [
            PictureNode(f"x{index}", NodeKind.OUTSIDE, ranges_label([peer.workload for peer in group]), members=group)
            for index, group in enumerate(groups)
        ]
    elif groups:
        ranges = tuple(peer for group in groups for peer in group)
        label = f"{addresses.OUTSIDE}\n{counted(len(ranges), 'range')}"
        nodes.append(PictureNode("x", NodeKind.OUTSIDE, label, members=ranges))
    controllers = [peer for peer in peers if not peer.namespace and peer.kind != addresses.EXTERNAL]
    nodes += [
        PictureNode(f"c{index}", NodeKind.OUTSIDE, peer.workload, members=(peer,))
        for index, peer in enumerate(controllers)
    ]
    return nodes


def _workload(key: str, box: str, peer: Peer) -> PictureNode:
    return PictureNode(key, NodeKind.WORKLOAD, visible(peer.workload), peer.namespace, box, peer.kind, (peer,))


def _arrows(nodes: list[PictureNode], links: list[Connection]) -> list[Arrow]:
    home = {peer: node.key for node in nodes for peer in node.members}
    bundles: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    for link in links:
        bundles[home[link.src], home[link.dst]].append(link)
    return [
        Arrow(f"e{number}", source, target, tuple(bundle))
        for number, ((source, target), bundle) in enumerate(sorted(bundles.items()))
    ]


def _within(limits: Limits, nodes: list[PictureNode], arrows: list[Arrow]) -> tuple[list[PictureNode], list[Arrow]]:
    if len(nodes) > limits.nodes:
        weight: dict[str, int] = defaultdict(int)
        for arrow in arrows:
            weight[arrow.source] += len(arrow.connections)
            weight[arrow.target] += len(arrow.connections)
        ranked = sorted(nodes, key=lambda node: (-weight[node.key], node.label))
        kept = {node.key for node in ranked[: limits.nodes]}
        nodes = [node for node in nodes if node.key in kept]
        arrows = [arrow for arrow in arrows if arrow.source in kept and arrow.target in kept]
    between = [arrow for arrow in arrows if not arrow.is_loop]
    if len(between) > limits.arrows:
        loops = [arrow for arrow in arrows if arrow.is_loop]  # at most one a node, and none crosses another
        arrows = [*sorted(between, key=lambda arrow: (-len(arrow.connections), arrow.key))[: limits.arrows], *loops]
    return nodes, arrows


def _boxes(nodes: list[PictureNode]) -> list[PictureNode]:
    inside: dict[tuple[str, str], list[Peer]] = defaultdict(list)
    for node in nodes:
        if node.parent:
            inside[node.parent, node.namespace].extend(node.members)
    return [
        PictureNode(key, NodeKind.BOX, visible(namespace), namespace, members=tuple(members))
        for (key, namespace), members in inside.items()
    ]
