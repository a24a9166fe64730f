"""A picture as the elements, looks and texts that its page draws: plain values, sent in one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2
from typing import TYPE_CHECKING, Final

from workbench.drawing import (
    PAGE,
    Arrangement,
    Badges,
    Box,
    Dash,
    Fill,
    Frame,
    Head,
    Line,
    Picture,
    Shape,
    Stroke,
    Symbol,
    frame_title,
    places,
)
from workbench.drawing import shortened as shortened_lines
from workbench.ground import visible
from workbench.panels.canvas.curves import Routes
from workbench.panels.canvas.words import Words, label_of

if TYPE_CHECKING:
    from typing import Any

__all__ = ["drawn"]

LABELLED_ARROWS, COUNTED_ARROWS = 40, 120
"""Up to so many arrows, each is labelled with its ports; up to so many, with a number at most: more would hide the
picture. What is selected or under the pointer has its labels at any number."""
WIDEST, MOST_LINES = 18, 3
LETTER, BOLD, LINE_HEIGHT, PADDING, NARROWEST = 7.9, 9.0, 18, 18, 52
"""Sizes of labels in the unit of places, where letters are 15 high."""
WIDER: Final[Mapping[Shape, float]] = {Shape.ELLIPSE: 1.15, Shape.HEXAGON: 1.25, Shape.OCTAGON: 1.1, Shape.DIAMOND: 1.6}
"""Of outlines that leave less room for a label than a rectangle does."""
THINNEST, THICKEST = 1.5, 8.0

HEADS: Final[Mapping[Head, str]] = {
    Head.ARROW: "triangle",
    Head.BAR: "tee",
    Head.RING: "circle",
    Head.DIAMOND: "diamond",
}
DASHES: Final[Mapping[Dash, Sequence[int]]] = {
    Dash.SOLID: (),
    Dash.DASHED: (6, 4),
    Dash.DOTTED: (2, 3),
    Dash.LONG: (14, 5),
    Dash.MIXED: (9, 3, 2, 3),
}
"""How long lines and gaps are, in turn."""
BADGES: Final = frozenset({Symbol.ISOLATION, Symbol.EXPOSED, Symbol.PROBLEMS, Symbol.ANOMALIES})


def drawn(
    picture: Picture,
    notes: Mapping[str, Sequence[str]],
    page: tuple[float, float] | None,
    *,
    by_volume: bool = False,
    arrangement: Arrangement = Arrangement.BEST,
) -> dict[str, Any]:
    """Return what the page draws of a picture.

    Parameters
    ----------
    picture : Picture
    notes : mapping of str to sequence of str
        Further lines for the tooltips of elements, by their key.
    page : (float, float) or None
        Width and height that there are for it; None where that is not known.
    by_volume : bool
        Whether lines are the wider the more was seen to go over them, rather than the more edges they stand for.
    arrangement : Arrangement
        How boxes are placed.

    Returns
    -------
    dict
        ``nodes`` (parents first) and ``edges`` as cytoscape takes them, ``strokes`` and ``fills`` to which these
        point by number, ``words`` by key, and ``legend``, an entry for each symbol that is shown.
    """
    words = Words(picture, notes)
    theme = picture.graph.theme
    used = dict.fromkeys(theme.stroke(line.style) for line in picture.lines)
    strokes = {stroke: number for number, stroke in enumerate(used)}
    fills = {fill: number for number, fill in enumerate(dict.fromkeys(theme.fills.values()))}
    inner = {line.src: line for line in picture.lines if line.among}
    nodes = {each.key: _node(each, picture, fills, inner) for each in picture.nodes}
    for frame in picture.frames:
        for box in frame.boxes:
            nodes[box.key]["data"]["parent"] = frame.key
    sizes = {box.key: (nodes[box.key]["data"]["width"], nodes[box.key]["data"]["height"]) for box in picture.boxes}
    placed = places(picture, sizes, page or PAGE, arrangement)
    for key, (x, y) in placed.items():
        nodes[key]["position"] = {"x": x, "y": y}
    edges = {line.key: _edge(line, picture, strokes, by_volume=by_volume) for line in picture.lines}
    titles = (frame_title(frame, placed, sizes) for frame in picture.frames)
    labels = {key: str(edge["data"]["label"]) for key, edge in edges.items()}
    for key, route in Routes(placed, sizes, titles).of(picture.lines, labels).items():
        data = edges[key]["data"]
        data |= {"bend": route.bend} if route.bend else {}
        data |= {"at": route.at} if route.at is not None else {}
        data["label"] = data["label"] if route.labelled else ""
    return {
        "nodes": list(nodes.values()),
        "edges": list(edges.values()),
        "strokes": [_look(stroke) for stroke in strokes],
        "fills": [{"color": fill.border, "dashed": fill.dashed, "width": fill.width} for fill in fills],
        "words": {key: {"name": words.name(each), "tip": words.tip(each)} for key, each in picture.elements.items()},
        "legend": _legend(picture, strokes, fills),
        "summary": picture.summary(),
    }


def _node(
    element: Box | Frame, picture: Picture, fills: Mapping[Fill, int], inner: Mapping[str, Line]
) -> dict[str, Any]:
    if isinstance(element, Frame):
        (label,) = shortened_lines([visible(element.group.name)])
        return {"data": {"id": element.key, "label": label}, "classes": "frame", "grabbable": False, "pannable": True}
    within = inner.get(element.key)
    said = [*label_of(element), *([_text(within)] if within is not None and element.summed_up else [])]
    lines = [part for line in said for part in _wrapped(line)]
    letter = BOLD if element.summed_up else LETTER
    data = {
        "id": element.key,
        "label": "\n".join(lines),
        "shape": _shape(element).value,
        "width": max(NARROWEST, letter * max(map(len, lines)) + PADDING) * WIDER.get(_shape(element), 1.0),
        "height": LINE_HEIGHT * len(lines) + PADDING,
        "badges": " ".join(_badges(element.badges)),
    }
    fill = picture.graph.theme.fills.get(element.style)
    if fill is not None and not element.stub:
        data["fill"] = fills[fill]
    return {"data": data, "classes": _sort(element)}


def _sort(box: Box) -> str:
    if box.stub:
        return "stub"
    if box.summed_up:
        return "summary"
    return "workload" if box.group.framed else "outside"


def _shape(box: Box) -> Shape:
    if len(box.shapes) == 1 and not box.summed_up:
        return box.shapes[0]
    return Shape.ROUND_RECTANGLE if box.group.framed else Shape.RECTANGLE


def _badges(badges: Badges) -> list[str]:
    """Return the names of the marks on a node, as the legend has them."""
    shown = {
        f"{Symbol.ISOLATION}-{badges.isolation}": badges.isolation is not None,
        Symbol.EXPOSED.value: badges.exposed,
        Symbol.PROBLEMS.value: badges.problems > 0,
        Symbol.ANOMALIES.value: badges.anomalies > 0,
    }
    return [name for name, is_shown in shown.items() if is_shown]


def _edge(line: Line, picture: Picture, strokes: Mapping[Stroke, int], *, by_volume: bool) -> dict[str, Any]:
    number, stroke, text = line.number, picture.graph.theme.stroke(line.style), _text(line)
    arrows = len(picture.lines)
    counted = f"{number:,}" if number > 1 and arrows <= COUNTED_ARROWS else ""
    amount = line.weight if by_volume else number
    return {
        "data": {
            "id": line.key,
            "source": line.src,
            "target": line.dst,
            "text": text,
            "label": "" if line.among else text if arrows <= LABELLED_ARROWS else counted,
            "width": THINNEST if line.is_loop else min(THINNEST * stroke.width + log2(max(amount, 1)) / 2, THICKEST),
            "stroke": strokes[stroke],
            "both": line.both,
        },
        "classes": "wide" if _is_wide(line) else "",
    }


def _text(line: Line) -> str:
    if line.among:
        return f"each other: {line.number:,}"
    return ", ".join(visible(each) for each in shortened_lines(line.text))


def _is_wide(line: Line) -> bool:
    return any(edge.wide for edge in line.edges)


def _look(stroke: Stroke) -> dict[str, Any]:
    return {
        "color": stroke.color,
        "dark": stroke.dark or stroke.color,
        "dash": list(DASHES[stroke.dash]),
        "head": HEADS[stroke.head],
    }


def _legend(picture: Picture, strokes: Mapping[Stroke, int], fills: Mapping[Fill, int]) -> list[dict[str, Any]]:
    """Return the picture's own legend with what each symbol looks like here, and what is added on a page."""
    theme = picture.graph.theme
    entries: list[dict[str, Any]] = []
    for symbol, key, text in picture.legend:
        look: dict[str, Any] = {"symbol": symbol.value, "text": visible(text)}
        if symbol is Symbol.LINE:
            look["stroke"] = strokes[theme.stroke(key)]
        elif symbol is Symbol.FILL:
            look["fill"] = fills[theme.fills[key]]
        elif symbol is Symbol.SHAPE:
            look["shape"] = key
        elif symbol in BADGES:
            look["badge"] = f"{symbol}-{key}" if key else symbol.value
        entries.append(look)
    lines = picture.lines
    added = (
        (any(map(_is_wide, lines)), "wide", "a bar behind the head: every port"),
        (any(line.number > 1 for line in lines), "thick", "the thicker, the more"),
    )
    return [*entries, *({"symbol": name, "text": text} for is_shown, name, text in added if is_shown)]


def _wrapped(text: str) -> list[str]:
    """Return a name in up to three lines, broken where names have their joints."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and len(lines[-1]) + len(piece) > WIDEST:
            lines.append("")
        lines[-1] += piece
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"{lines[MOST_LINES - 1][: WIDEST - 1]}…"]
    return shortened_lines(line.strip() for line in lines)


def _pieces(text: str) -> list[str]:
    found = [""]
    for letter in text:
        found[-1] += letter
        if letter in "-./ :,":
            found.append("")
    return found
