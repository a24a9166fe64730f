"""A picture as the elements, looks and texts that its page draws: plain values, sent in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2
from typing import TYPE_CHECKING

from workbench.drawing import Box, Fill, Frame, Line, Picture, Stroke, places, ports_lines
from workbench.ground import visible
from workbench.panels.canvas.words import Words, label_of

if TYPE_CHECKING:
    from typing import Any

__all__ = ["drawn"]

LABELLED_ARROWS = 40
"""Up to this many arrows, each is labelled with its ports, above with a number at most: more would hide the picture.
What is selected or under the pointer has its labels at any number."""
WIDEST, MOST_LINES = 18, 3
LETTER, LINE_HEIGHT, PADDING, NARROWEST = 7.9, 18, 18, 52
"""Sizes of labels in the unit of places, where letters are 15 high."""
LONGEST_LABEL = 30
THINNEST, THICKEST = 1.5, 8

SHAPES = {
    "StatefulSet": "barrel",
    "DaemonSet": "hexagon",
    "Job": "cut-rectangle",
    "CronJob": "cut-rectangle",
    "Pod": "ellipse",
    "Node": "octagon",
}
WORKLOAD, OUTSIDE = "round-rectangle", "rectangle"


def drawn(picture: Picture, notes: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what the page draws of a picture.

    Parameters
    ----------
    picture : Picture
    notes : mapping of str to sequence of str
        Further lines for the tooltips of elements, by their key.

    Returns
    -------
    dict
        ``nodes`` (parents first) and ``edges`` as cytoscape takes them, ``strokes`` and ``fills`` to which these
        point by number, ``words`` by key, and ``legend``, an entry for each symbol that is shown.
    """
    words = Words(picture, notes)
    strokes: dict[Stroke, int] = {}
    fills: dict[Fill, int] = {}
    nodes = {each.key: _node(each, picture, fills) for each in picture.nodes}
    for frame in picture.frames:
        for box in frame.boxes:
            nodes[box.key]["data"]["parent"] = frame.key
    sizes = {box.key: (nodes[box.key]["data"]["width"], nodes[box.key]["data"]["height"]) for box in picture.boxes}
    for key, (x, y) in (places(picture, sizes) if sizes else {}).items():
        nodes[key]["position"] = {"x": x, "y": y}
    edges = [_edge(line, picture, strokes) for line in picture.lines]
    return {
        "nodes": list(nodes.values()),
        "edges": edges,
        "strokes": [_look(stroke) for stroke in strokes],
        "fills": [{"color": fill.border, "dashed": fill.dashed, "width": fill.width} for fill in fills],
        "words": {key: {"name": words.name(each), "tip": words.tip(each)} for key, each in picture.elements.items()},
        "legend": _legend(picture, strokes, fills),
        "summary": picture.summary(),
    }


def _node(element: Box | Frame, picture: Picture, fills: dict[Fill, int]) -> dict[str, Any]:
    if isinstance(element, Frame):
        label = _shortened(visible(element.group.name))
        return {"data": {"id": element.key, "label": label}, "classes": "frame", "grabbable": False, "pannable": True}
    lines = [part for line in label_of(element) for part in _wrapped(line)]
    data = {
        "id": element.key,
        "label": "\n".join(lines),
        "shape": _shape(element),
        "width": max(NARROWEST, LETTER * max(map(len, lines)) + PADDING),
        "height": LINE_HEIGHT * len(lines) + PADDING,
    }
    fill = picture.graph.theme.fills.get(element.style)
    if fill is not None:
        data["fill"] = fills.setdefault(fill, len(fills))
    return {"data": data, "classes": _sort(element)}


def _sort(box: Box) -> str:
    if box.summed_up:
        return "summary"
    return "workload" if box.group.framed else "outside"


def _shape(box: Box) -> str:
    kinds = {node.kind for node in box.nodes}
    kind = kinds.pop() if len(kinds) == 1 and not box.summed_up else ""
    return SHAPES.get(kind, WORKLOAD if box.group.framed else OUTSIDE)


def _edge(line: Line, picture: Picture, strokes: dict[Stroke, int]) -> dict[str, Any]:
    number, stroke = len(line.edges), picture.graph.theme.stroke(line.style)
    text = _text(line)
    is_labelled = len(picture.lines) <= LABELLED_ARROWS
    return {
        "data": {
            "id": line.key,
            "source": line.src,
            "target": line.dst,
            "text": text,
            "label": text if is_labelled else f"{number:,}" if number > 1 else "",
            "width": min(THINNEST * stroke.width + log2(number) / 2, THICKEST),
            "stroke": strokes.setdefault(stroke, len(strokes)),
            "both": line.both,
        },
        "classes": "wide" if _is_wide(line) else "",
    }


def _text(line: Line) -> str:
    if line.among:
        return f"each other: {len(line.edges):,}"
    return _shortened(", ".join(ports_lines(visible(line.text))))


def _is_wide(line: Line) -> bool:
    return any(edge.wide for edge in line.edges)


def _look(stroke: Stroke) -> dict[str, Any]:
    return {"color": stroke.color, "dashed": stroke.dashed}


def _legend(picture: Picture, strokes: Mapping[Stroke, int], fills: Mapping[Fill, int]) -> list[dict[str, Any]]:
    """Return an entry for each symbol of the picture: what it looks like, and what it stands for."""
    lines, boxes = picture.lines, picture.boxes
    kinds = {shape: " or ".join(kind for kind, other in SHAPES.items() if other == shape) for shape in SHAPES.values()}
    shapes = {_shape(box) for box in boxes if _sort(box) == "workload"}
    sorts = {_sort(box) for box in boxes}
    arrows = [{"stroke": number, "text": stroke.legend} for stroke, number in strokes.items()]
    heads = (
        (any(line.both for line in lines), "both", "a head at each end: both ways"),
        (any(map(_is_wide, lines)), "wide", "a bar behind the head: every port"),
        (any(line.is_loop for line in lines), "loop", "a loop: among each other"),
        (any(len(line.edges) > 1 for line in lines), "thick", "the thicker, the more connections"),
    )
    nodes = [{"shape": shape, "text": kinds.get(shape, "workload")} for shape in sorted(shapes, key=str)]
    others = (
        ("summary" in sorts, {"shape": WORKLOAD, "sort": "summary"}, "summed up; double click or o opens it"),
        ("outside" in sorts, {"shape": OUTSIDE, "sort": "outside", **_fill_of(picture, fills)}, "outside the cluster"),
        (bool(picture.frames), {"shape": WORKLOAD, "sort": "frame"}, "namespace"),
    )
    return [
        *arrows,
        *({"head": head, "text": text} for holds, head, text in heads if holds),
        *nodes,
        *({**look, "text": text} for holds, look, text in others if holds),
        *({"shape": WORKLOAD, "fill": number, "text": fill.legend} for fill, number in fills.items() if fill.legend),
    ]


def _fill_of(picture: Picture, fills: Mapping[Fill, int]) -> dict[str, int]:
    """Return how what is outside the cluster is filled, if that is one way."""
    theme = picture.graph.theme
    used = {theme.fills.get(box.style) for box in picture.boxes if _sort(box) == "outside"}
    return {"fill": fills[only] for only in used if only is not None} if len(used) == 1 else {}


def _wrapped(text: str) -> list[str]:
    """Return a name in up to three lines, broken where names have their joints."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and len(lines[-1]) + len(piece) > WIDEST:
            lines.append("")
        lines[-1] += piece
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"{lines[MOST_LINES - 1][: WIDEST - 1]}…"]
    return [_shortened(line.strip()) for line in lines]


def _pieces(text: str) -> list[str]:
    found = [""]
    for letter in text:
        found[-1] += letter
        if letter in "-./ :,":
            found.append("")
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
