"""Which nodes no edge tells apart: they share a box, which loses nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from workbench.drawing.elements import Box
from workbench.drawing.graph import Edge, GraphNode, Group

__all__ = ["fold"]


def fold(nodes: Sequence[GraphNode], edges: Iterable[Edge], *, shares_boxes: bool) -> list[Box]:
    """Put the nodes of a group that nothing tells apart into one box; boxes have no keys yet.

    Two nodes are alike if they have the same style and the same loops, send the same to
    all others, receive the same from all others, and send the same to each other. This is an
    equivalence: giving every node the edge `between` towards itself, in place of its loop, makes the
    nodes of a class equal, for the one `between` that its members have between each other.

    Parameters
    ----------
    nodes : sequence of GraphNode
    edges : iterable of Edge
    shares_boxes : bool
        Whether nodes in a frame share boxes; those outside always do.
    """
    sharing = {node.id: node for node in nodes if shares_boxes or not node.group.framed}
    found: list[tuple[GraphNode, ...]] = [(node,) for node in nodes if node.id not in sharing]
    ways = _ways(sharing, edges if sharing else ())
    groups: defaultdict[Group, dict[str, GraphNode]] = defaultdict(dict)
    for key, node in sharing.items():
        groups[node.group][key] = node
    for group, alone in groups.items():
        for between in sorted(ways.within[group]):
            classes: defaultdict[tuple[object, ...], list[GraphNode]] = defaultdict(list)
            for key, node in alone.items():
                itself = ((key, between),) if between != NO_LOOK else ()
                same = frozenset(ways.sends[key]).union(itself), frozenset(ways.receives[key]).union(itself)
                classes[*same, frozenset(ways.loops[key]), node.style, node.stub].append(node)
            for alike in classes.values():
                if len(alike) > 1:
                    found.append(tuple(alike))
                    for node in alike:
                        del alone[node.id]
        found += [(node,) for node in alone.values()]
    return [Box("", alike[0].group, alike) for alike in found]


Look: TypeAlias = tuple[tuple[str, ...], str]
"""Label and style of an edge."""


class _Ways(NamedTuple):
    """What each node has to do with which other, and what goes between two nodes of a group."""

    loops: Mapping[str, set[Look]]
    sends: Mapping[str, set[tuple[str, Look]]]
    receives: Mapping[str, set[tuple[str, Look]]]
    within: Mapping[Group, set[Look]]


NO_LOOK: Look = (), ""


def _ways(nodes: Mapping[str, GraphNode], edges: Iterable[Edge]) -> _Ways:
    ways = _Ways(defaultdict(set), defaultdict(set), defaultdict(set), defaultdict(lambda: {NO_LOOK}))
    for edge in edges:
        src, dst, look = edge.src, edge.dst, (edge.label, edge.style)
        if src == dst:
            ways.loops[src].add(look)
            continue
        if src in nodes:
            ways.sends[src].add((dst, look))
        if dst in nodes:
            ways.receives[dst].add((src, look))
            if src in nodes and nodes[src].group == nodes[dst].group:
                ways.within[nodes[dst].group].add(look)
    return ways
