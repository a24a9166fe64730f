"""What of a graph a person can take in at one look: boxes, lines, and what is left out.

Everything that was asked for is drawn while that stays readable. Nodes that no edge tells apart share a box, which
loses nothing; where that is not enough, there is one box a group with counted lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from workbench.drawing.choice import Choice, Limits
from workbench.drawing.choosing import Chosen, choose
from workbench.drawing.elements import Box, Line
from workbench.drawing.folding import fold
from workbench.drawing.graph import Edge, Graph, GraphNode, Group, Theme
from workbench.drawing.picture import Picture
from workbench.ground import gc_paused, natural_order

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
    with gc_paused():
        chosen = choose(graph, choice)
        picture = _whole(graph, chosen, choice, limits, shares_boxes=shares_boxes)
        if picture is None:
            picture = _summed_up(graph, chosen, choice, limits, shares_boxes=shares_boxes)
    return replace(picture, left_out=chosen.left_out, found=frozenset(_found(picture, choice)))


def _found(picture: Picture, choice: Choice) -> Iterator[str]:
    """Yield the keys of what is to be marked."""
    if choice.find is None:
        return
    for box in picture.boxes:
        if any(choice.find.finds_node(node) for node in box.nodes):
            yield box.key
    for line in picture.lines:
        if any(choice.find.finds_edge(edge, picture.graph) for edge in line.edges):
            yield line.key


# --- each by itself ---------------------------------------------------------------------------------------------------


def _whole(graph: Graph, chosen: Chosen, choice: Choice, limits: Limits, *, shares_boxes: bool) -> Picture | None:
    """Return the picture of everything that was asked for; None if that is too much."""
    stubs = sum(node.stub and node.group.framed for node in chosen.nodes)
    sums_up = stubs > limits.stubs
    each = [node for node in chosen.nodes if not (sums_up and node.stub and node.group.framed)]
    if len(chosen.edges) > MOST_FOLDED or _too_many(each, limits, shares_boxes=shares_boxes):
        return None
    boxes = fold(each, chosen.edges, shares_boxes=shares_boxes)
    if sums_up:
        boxes += _by_group(node for node in chosen.nodes if node.stub and node.group.framed)
    boxes = _numbered(boxes)
    if len(boxes) > limits.boxes:
        return None
    lines = _lines(boxes, chosen.edges, graph.theme, merged=choice.merged)
    between = sum(not line.is_loop for line in lines)
    if between > limits.lines:
        return None
    return Picture(graph, tuple(boxes), tuple(lines), all_boxes=len(boxes), all_lines=between)


def _too_many(nodes: Sequence[GraphNode], limits: Limits, *, shares_boxes: bool) -> bool:
    """Tell whether there are too many boxes without looking at edges."""
    return not shares_boxes and sum(node.group.framed for node in nodes) > limits.boxes


def _by_group(nodes: Iterable[GraphNode]) -> list[Box]:
    """Return one box for all nodes of a group; those that were asked for and others apart."""
    groups: defaultdict[tuple[Group, bool], list[GraphNode]] = defaultdict(list)
    for node in nodes:
        groups[node.group, node.stub].append(node)
    return [Box("", group, tuple(members), summed_up=True) for (group, _), members in groups.items()]


def _numbered(boxes: Iterable[Box]) -> list[Box]:
    """Return boxes in the order in which they are drawn, with their keys."""
    ordered = sorted(boxes, key=_order)
    named = Counter(_names(box) for box in ordered)
    return [
        replace(box, key=f"b{number}", way=box.group.way if named[_names(box)] > 1 else "")
        for number, box in enumerate(ordered)
    ]


def _names(box: Box) -> tuple[str, ...]:
    """Return what is written in a box, apart from its group."""
    return (box.group.name,) if box.summed_up else tuple(node.name for node in box.nodes)


def _order(box: Box) -> tuple[object, ...]:
    name = natural_order(box.group.name)
    return box.group.framed, name, box.group.noun, box.rest, not box.framed, natural_order(box.nodes[0].id)


class _Bundle(NamedTuple):
    """What the edges of one line have in common."""

    src: str
    dst: str
    style: str
    among: bool
    label: tuple[str, ...] | None = None


def _lines(boxes: Sequence[Box], edges: Iterable[Edge], theme: Theme, *, merged: bool) -> list[Line]:
    """Return a line for all edges with one label and style between two boxes, both ways together.

    Parameters
    ----------
    merged : bool
        Whether edges of one style are one line whatever their labels are.
    """
    home = {node.id: box for box in boxes for node in box.nodes}
    many = _many(boxes)
    bundles: defaultdict[_Bundle, list[Edge]] = defaultdict(list)
    both = set()
    for edge in edges:
        src, dst = home[edge.src], home[edge.dst]
        among = edge.src != edge.dst or edge.src in many
        label = None if merged or src.summed_up or dst.summed_up else edge.label
        way = _Bundle(src.key, dst.key, edge.style, among, label)
        back = way._replace(src=dst.key, dst=src.key)
        if src is not dst and back in bundles:
            both.add(back)
            way = back
        bundles[way].append(edge)
    return [
        Line(
            f"e{number}",
            way.src,
            way.dst,
            _text(way, bundle, home, theme),
            way.style,
            tuple(bundle),
            way in both,
            way.among and way.src == way.dst,
        )
        for number, (way, bundle) in enumerate(bundles.items())
    ]


def _many(boxes: Iterable[Box]) -> set[str]:
    """Return the ids of nodes that stand for many: a loop of theirs is among these."""
    return {node.id for box in boxes for node in box.nodes if node.number > 1}


def _text(way: _Bundle, edges: Sequence[Edge], home: Mapping[str, Box], theme: Theme) -> tuple[str, ...]:
    """Return what is written at a line: the label of its edges; of both directions if these differ."""
    if way.label is not None:
        return way.label
    labels: dict[bool, set[tuple[str, ...]]] = {True: set(), False: set()}
    for edge in edges:
        labels[home[edge.src].key == way.src].add(edge.label)
    forth, back = labels[True], labels[False]
    if len(forth | back) == 1:
        return edges[0].label
    if len(forth) <= 1 and len(back) <= 1:
        return (*(f"→ {text}" for label in forth for text in label), *(f"← {text}" for label in back for text in label))
    return _words(edges, theme)


# --- summed up --------------------------------------------------------------------------------------------------------


def _summed_up(graph: Graph, chosen: Chosen, choice: Choice, limits: Limits, *, shares_boxes: bool) -> Picture:
    """Draw one line between two boxes, whose edges are counted, both ways together."""
    boxes = _group_boxes(chosen, choice, limits, shares_boxes=shares_boxes)
    is_open, many = [box.framed for box in boxes], _many(boxes)
    home = {node.id: number for number, box in enumerate(boxes) for node in box.nodes}
    bundles: defaultdict[tuple[int, int], list[Edge]] = defaultdict(list)
    for edge in chosen.edges:
        src, dst = home[edge.src], home[edge.dst]
        bundles[(src, dst) if src <= dst else (dst, src)].append(edge)
    counts = Counter({pair: sum(edge.number for edge in bundle) for pair, bundle in bundles.items()})
    kept = _busiest(is_open, counts, limits.boxes)
    # Those of what was opened go first: to see them it was opened.
    ranked = sorted(counts.most_common(), key=lambda each: not (is_open[each[0][0]] or is_open[each[0][1]]))
    pairs = [pair for pair, _ in ranked if kept.issuperset(pair)]
    between = [pair for pair in pairs if pair[0] != pair[1]]
    lines: list[Line] = []
    for one, other in (*between[: limits.lines], *(pair for pair in pairs if pair[0] == pair[1])):
        bundle = tuple(bundles[one, other])
        ways = {home[edge.src] == one for edge in bundle}
        src, dst = (one, other) if True in ways else (other, one)
        among = one == other and any(edge.src != edge.dst or edge.src in many for edge in bundle)
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


def _group_boxes(chosen: Chosen, choice: Choice, limits: Limits, *, shares_boxes: bool) -> list[Box]:
    """Return one box a group; groups that are opened, and single nodes outside, are drawn as they are."""
    opened: defaultdict[Group, list[Box]] = defaultdict(list)
    found: list[Box] = []
    for box in _by_group(chosen.nodes):
        if box.group.name in choice.opened and not all(node.stub for node in box.nodes):
            opened[box.group] = fold(box.nodes, chosen.edges, shares_boxes=shares_boxes)
        elif len(box.nodes) == 1 and not box.group.framed:
            found.append(replace(box, summed_up=False))
        else:
            found.append(box)
    if opened:
        room = max(limits.boxes - len(found), limits.boxes * 2 // 3) // len(opened)
        degrees = _degrees(chosen.edges)
        for boxes in opened.values():
            found += _fitted(boxes, degrees, max(room, 2))
    return _numbered(found)


def _degrees(edges: Iterable[Edge]) -> Counter[str]:
    degrees: Counter[str] = Counter()
    for edge in edges:
        degrees[edge.src] += edge.number
        degrees[edge.dst] += edge.number
    return degrees


def _fitted(boxes: list[Box], degrees: Mapping[str, int], room: int) -> Iterable[Box]:
    """Return the boxes of a group that was opened; where there is no room for all, the busiest and one for the rest."""
    if len(boxes) <= room:
        return boxes
    ranked = sorted(boxes, key=lambda box: -sum(degrees.get(node.id, 0) for node in box.nodes))
    rest = tuple(node for box in ranked[room - 1 :] for node in box.nodes)
    return [*ranked[: room - 1], Box("", boxes[0].group, rest, summed_up=True, rest=True)]


def _words(edges: Collection[Edge], theme: Theme) -> tuple[str, ...]:
    """Return how many edges there are: of each style where these have words, else with their text if they share it."""
    styles: Counter[str] = Counter()
    for edge in edges:
        styles[theme.stroke(edge.style).word] += edge.number
    if any(styles):
        return tuple(f"{word} {count:,}".strip() for word, count in sorted(styles.items()))
    labels = {edge.label for edge in edges}
    number = f"{styles.total():,}"
    if len(labels) != 1 or not (lines := labels.pop()):
        return (number,)
    return f"{number} x {lines[0]}", *lines[1:]


def _busiest(is_open: Sequence[bool], counts: Counter[tuple[int, int]], most: int) -> set[int]:
    """Return the positions of the boxes with the most edges, those in frames first."""
    traffic: Counter[int] = Counter(dict.fromkeys(range(len(is_open)), 0))
    for (src, dst), count in counts.items():
        traffic[src] += count
        traffic[dst] += count
    ranked = sorted(traffic.most_common(), key=lambda each: not is_open[each[0]])
    return {position for position, _ in ranked[:most]}
