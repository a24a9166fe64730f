"""The nodes of what is allowed beside what was seen: workloads, by themselves or in crowds, and what is outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from workbench.drawing.answers.peers import FROM_OUTSIDE, OUTSIDE_STYLE, TO_OUTSIDE
from workbench.drawing.graph import Badges, GraphNode, Group, Isolation
from workbench.ground import (
    EXTERNAL,
    OUTSIDE,
    UNNAMED_OUTSIDE,
    AddressSet,
    Problem,
    Severity,
    addresses_named,
    parse_address,
)
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Connection, Crowds, Peer, Standing

__all__ = ["TrafficEnds"]

_NODE: Final = "Node"
_ISOLATION: Final = {
    frozenset(Direction): Isolation.BOTH,
    frozenset({Direction.INGRESS}): Isolation.INGRESS,
    frozenset({Direction.EGRESS}): Isolation.EGRESS,
    frozenset(): Isolation.NONE,
}


class TrafficEnds:
    """The nodes of a graph, those of the workloads first; others are made when they are first asked for.

    Parameters
    ----------
    standings : sequence of Standing
        All workloads.
    allowed : iterable of Connection
        What is allowed from and to the outside at least: it tells who is exposed.
    problems : iterable of Problem
        Counted at the workloads whose objects have them.

    Attributes
    ----------
    nodes : dict of str to GraphNode
    """

    def __init__(
        self, standings: Sequence[Standing], allowed: Iterable[Connection], problems: Iterable[Problem]
    ) -> None:
        exposed = {one.dst for one in allowed if one.dst.namespace and not one.src.namespace}
        found = Counter(one.object for one in problems if one.severity is not Severity.INFO)
        self.nodes: dict[str, GraphNode] = {}
        self._home: dict[str, str] = {}
        self._named: defaultdict[str, list[Peer]] = defaultdict(list)
        for one in standings:
            peer = one.peer
            reference = f"{peer.kind} {peer.namespace}/{peer.workload}"
            badges = Badges(_ISOLATION[one.protected], peer in exposed, found.get(reference, 0))
            label = f"{peer.workload} {peer.shape}".strip()
            group = Group(framed=True, name=peer.namespace)
            node = GraphNode(peer.name, (label,), group, peer.kind, "", _addresses(one), badges, one.labels)
            self.nodes[peer.name] = node
            self._home[peer.name] = peer.name
            self._named[peer.name.removesuffix(peer.shape)].append(peer)

    def apart(self, standings: Iterable[Standing], marks: Callable[[GraphNode], Hashable]) -> dict[Peer, Hashable]:
        """Return the marks of the node of each workload."""
        return {one.peer: marks(self.nodes[one.peer.name]) for one in standings}

    def gather(self, crowds: Crowds) -> list[str]:
        """Put the workloads of each crowd into one node, and return the ids of these nodes."""
        gathered: dict[str, GraphNode] = {}
        for peers in crowds.members:
            members = tuple(self.nodes[peer.name] for peer in peers)
            node = members[0] if len(members) == 1 else _crowd(members)
            gathered[node.id] = node
            self._home.update((peer.name, node.id) for peer in peers)
        self.nodes = gathered
        return list(gathered)

    def peers_called(self, name: str) -> Sequence[Peer]:
        """Return the workloads that flows call `name`, which do not distinguish the kinds of a workload's pods."""
        return self._named.get(name, ())

    def of_peer(self, peer: Peer, *, sends: bool) -> str:
        """Return the id of the node of a peer of a map."""
        if (known := self._home.get(peer.name)) is not None:
            return known
        if peer.kind == EXTERNAL:
            return self._outside(peer.name, peer.workload, peer.addresses, sends=sends)
        return self._added(
            GraphNode(peer.name, (peer.name,), Group(framed=False, name=peer.kind, noun="peer"), peer.kind)
        )

    def of_row(self, row: Mapping[Any, Any], side: str) -> str:
        """Return the id of the node of an end of an edge that was seen; `side` is ``src`` or ``dst``."""
        name, kind, namespace = (str(row[key]) for key in (side, f"{side}_kind", f"{side}_namespace"))
        if known := self.peers_called(name):
            return self.of_peer(known[0], sends=side == "src")
        if namespace:
            label = name.removeprefix(f"{namespace}/").removesuffix(f"[{kind}]")
            return self._added(GraphNode(name, (label,), Group(framed=True, name=namespace), kind))
        if kind == _NODE:
            return self._added(GraphNode(name, (name,), Group(framed=False, name=_NODE, noun="node"), kind))
        name = OUTSIDE if name in UNNAMED_OUTSIDE else name
        domains = row["dst_domains"] if side == "dst" else ()
        label = f"{domains[0]} ({name})" if domains and parse_address(name) is not None else name
        return self._outside(name, label, addresses_named(name), sends=side == "src")

    def _outside(self, name: str, label: str, addresses: AddressSet | None, *, sends: bool) -> str:
        group = FROM_OUTSIDE if sends else TO_OUTSIDE
        return self._added(GraphNode(f"{group.name}: {name}", (label,), group, "", OUTSIDE_STYLE, addresses))

    def _added(self, node: GraphNode) -> str:
        # Of a node that both a map and flows know, the one with more to say stays.
        known = self.nodes.get(node.id)
        if known is None or len("".join(known.label)) < len("".join(node.label)):
            self.nodes[node.id] = node
        return node.id


def _addresses(one: Standing) -> AddressSet | None:
    texts = [address for shape in one.workload.shapes for address in shape.ips]
    return AddressSet.union_of(map(AddressSet.of, texts)) if texts else None


def _crowd(members: tuple[GraphNode, ...]) -> GraphNode:
    """Return one node for workloads that no policy tells apart."""
    first, kinds = members[0], {node.kind for node in members}
    return replace(
        first,
        id=f"{first.id} and {len(members) - 1:,} more",
        label=(*first.label, f"and {len(members) - 1:,} more"),
        kind=kinds.pop() if len(kinds) == 1 else "",
        badges=reduce(or_, (node.badges for node in members)),
        addresses=None,
        members=members,
    )
