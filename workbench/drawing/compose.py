"""What of a graph a person can take in at one look: boxes, lines, and what is left out.

Everything is drawn while that stays readable. Nodes that no edge tells apart share a box, which loses
nothing; where that is not enough, there is one box a group with counted lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from workbench.drawing.elements import Box, Line
from workbench.drawing.graph import Edge, Graph, GraphNode, Group, Theme
from workbench.drawing.picture import Choice, Limits, Picture

__all__ = ["compose"]

MOST_FOLDED = 500_000
"""Edges beyond which sharing of boxes is not tried."""


def compose(
    graph: Graph, choice: Choice = Choice(), limits: Limits = Limits(), *, shares_boxes: bool = True
) -> Picture:
    """Return what is drawn of `graph`.

    Above either of `limits`, groups become one box each, with arrows for many edges. What is still too much is
    left out, boxes with the fewest edges and the lightest lines first; the picture counts it.

    Parameters
    ----------
    graph : Graph
        Everything that may be drawn.
    choice : Choice, optional
        What a person asked to see.
    limits : Limits, optional
        How much can be drawn and still be read.
    shares_boxes : bool
        Whether nodes in a frame that no edge tells apart share a box; those outside always do.
    """
    nodes, edges = _chosen(graph, choice)
    if len(edges) <= MOST_FOLDED:
        boxes = _fold(nodes, edges, shares_boxes=shares_boxes)
        if len(boxes) <= limits.boxes:
            lines = _lines(boxes, edges)
            between = sum(not line.is_loop for line in lines)
            if between <= limits.lines:
                return Picture(graph, tuple(boxes), tuple(lines), all_boxes=len(boxes), all_lines=between)
    return _summed_up(graph, _group_boxes(nodes, edges, choice, shares_boxes=shares_boxes), edges, limits)


def _chosen(graph: Graph, choice: Choice) -> tuple[list[GraphNode], Sequence[Edge]]:
    """Return the nodes that were asked for, in the order in which they are drawn, and the edges between them."""
    edges = graph.edges
    shown = {
        node.id: node
        for node in graph.nodes.values()
        if (node.group.name in choice.groups or not choice.groups if node.group.framed else choice.outside)
    }
    if len(shown) < len(graph.nodes):
        edges = [edge for edge in edges if edge.src in shown and edge.dst in shown]
    if text := choice.search.strip().lower():
        found = {node.id for node in shown.values() if text in f"{node.name}[{node.kind}]".lower()}
        edges = [edge for edge in edges if edge.src in found or edge.dst in found]
        found.update(end for edge in edges for end in edge[:2])
        shown = {key: node for key, node in shown.items() if key in found}
    ends = {end for edge in edges for end in edge[:2]}
    drawn = (node for key, node in shown.items() if node.group.framed or key in ends)
    return sorted(drawn, key=lambda node: (node.group, node.id)), edges


def _fold(nodes: Sequence[GraphNode], edges: Iterable[Edge], *, shares_boxes: bool) -> list[Box]:
    """Put the nodes of a group that nothing tells apart into one box.

    Two nodes are alike if they have the same style and the same loops, send the same to
    all others, receive the same from all others, and send the same to each other. This is an
    equivalence: giving every node the edge `between` towards itself, in place of its loop, makes the
    nodes of a class equal, for the one `between` that its members have between each other.
    """
    sharing = {node.id: node for node in nodes if shares_boxes or not node.group.framed}
    found: list[tuple[GraphNode, ...]] = [(node,) for node in nodes if node.id not in sharing]
    ways = _ways(sharing, edges)
    groups: defaultdict[Group, dict[str, GraphNode]] = defaultdict(dict)
    for key, node in sharing.items():
        groups[node.group][key] = node
    for group, alone in groups.items():
        for between in sorted(ways.within[group]):
            classes: defaultdict[tuple[object, ...], list[GraphNode]] = defaultdict(list)
            for key, node in alone.items():
                itself = ((key, between),) if between != NO_LOOK else ()
                same = frozenset(ways.sends[key]).union(itself), frozenset(ways.receives[key]).union(itself)
                classes[*same, frozenset(ways.loops[key]), node.style].append(node)
            for alike in classes.values():
                if len(alike) > 1:
                    found.append(tuple(alike))
                    for node in alike:
                        del alone[node.id]
        found += [(node,) for node in alone.values()]
    found.sort(key=lambda alike: (alike[0].group, [node.id for node in alike]))
    return [Box(f"b{number}", alike[0].group, alike) for number, alike in enumerate(found)]


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


def _lines(boxes: Iterable[Box], edges: Iterable[Edge]) -> list[Line]:
    """Return a line for all edges with one text and style between two boxes, both ways together."""
    home = {node.id: box.key for box in boxes for node in box.nodes}
    bundles: defaultdict[tuple[str, str, tuple[str, ...], str, bool], list[Edge]] = defaultdict(list)
    both = set()
    for edge in edges:
        src, dst, among = home[edge.src], home[edge.dst], edge.src != edge.dst
        back = dst, src, edge.label, edge.style, among
        if src != dst and back in bundles:
            both.add(back)
            bundles[back].append(edge)
        else:
            bundles[src, dst, edge.label, edge.style, among].append(edge)
    return [
        Line(f"e{number}", src, dst, text, style, tuple(bundle), key in both, among and src == dst)
        for number, (key, bundle) in enumerate(bundles.items())
        for src, dst, text, style, among in [key]
    ]


def _group_boxes(nodes: Sequence[GraphNode], edges: Sequence[Edge], choice: Choice, *, shares_boxes: bool) -> list[Box]:
    """Return one box a group; groups that are opened, and single nodes outside, are drawn as they are."""
    groups: defaultdict[Group, list[GraphNode]] = defaultdict(list)
    for node in nodes:
        groups[node.group].append(node)
    found: list[Box] = []
    for group, members in groups.items():
        if group.name in choice.opened or (len(members) == 1 and not group.framed):
            found += _fold(members, edges, shares_boxes=shares_boxes)
        else:
            found.append(Box("", group, tuple(members), summed_up=True))
    return [Box(f"b{number}", box.group, box.nodes, box.summed_up) for number, box in enumerate(found)]


def _summed_up(graph: Graph, boxes: Sequence[Box], edges: Iterable[Edge], limits: Limits) -> Picture:
    """Draw one line between two boxes, whose edges are counted, both ways together."""
    home = {node.id: number for number, box in enumerate(boxes) for node in box.nodes}
    bundles: defaultdict[tuple[int, int], list[Edge]] = defaultdict(list)
    for edge in edges:
        src, dst = home[edge.src], home[edge.dst]
        bundles[(src, dst) if src <= dst else (dst, src)].append(edge)
    counts = Counter({pair: len(bundle) for pair, bundle in bundles.items()})
    kept = _busiest(len(boxes), counts, limits.boxes)
    pairs = [pair for pair, _ in counts.most_common() if kept.issuperset(pair)]
    between = [pair for pair in pairs if pair[0] != pair[1]]
    lines: list[Line] = []
    for one, other in (*between[: limits.lines], *(pair for pair in pairs if pair[0] == pair[1])):
        bundle = tuple(bundles[one, other])
        ways = {home[edge.src] == one for edge in bundle}
        src, dst = (one, other) if True in ways else (other, one)
        among = one == other and any(edge.src != edge.dst for edge in bundle)
        styles = {edge.style for edge in bundle}
        lines.append(
            Line(
                f"e{len(lines)}",
                boxes[src].key,
                boxes[dst].key,
                _words(bundle, graph.theme),
                next(iter(styles)) if len(styles) == 1 else "",
                bundle,
                both=one != other and len(ways) > 1,
                among=among or (one == other and boxes[one].summed_up),
            )
        )
    drawn = tuple(box for number, box in enumerate(boxes) if number in kept)
    every = sum(src != dst for src, dst in counts)
    return Picture(graph, drawn, tuple(lines), summed_up=True, all_boxes=len(boxes), all_lines=every)


def _words(edges: Collection[Edge], theme: Theme) -> tuple[str, ...]:
    """Return how many edges there are: of each style where these have words, else with their text if they share it."""
    styles = Counter(theme.stroke(edge.style).word for edge in edges)
    if any(styles):
        return tuple(f"{word} {count:,}".strip() for word, count in sorted(styles.items()))
    labels = {edge.label for edge in edges}
    number = f"{len(edges):,}"
    if len(labels) != 1 or not (lines := labels.pop()):
        return (number,)
    return f"{number} x {lines[0]}", *lines[1:]


def _busiest(boxes: int, counts: Counter[tuple[int, int]], most: int) -> set[int]:
    """Return the positions of the boxes with the most edges."""
    traffic: Counter[int] = Counter(dict.fromkeys(range(boxes), 0))
    for (src, dst), count in counts.items():
        traffic[src] += count
        traffic[dst] += count
    return {position for position, _ in traffic.most_common(most)}
