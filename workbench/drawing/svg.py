"""A picture as SVG, drawn without any installed program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.drawing.compose import compose
from workbench.drawing.dot import box_text, dot_source
from workbench.drawing.elements import Line
from workbench.drawing.graph import Graph
from workbench.drawing.graphviz import draw
from workbench.drawing.legend import Symbol
from workbench.drawing.picture import Picture
from workbench.drawing.placement import MOST_LAYERED, Places, places
from workbench.ground import html_text

__all__ = ["picture_svg", "svg"]

SHEET = (900.0, 640.0)
"""Points that a picture of many fills at best."""
THICK = "Arrows are the thicker, the more connections they stand for: they are too many for a number at each."
LETTER, LINE, ROOM = 6.6, 13.5, 24.0
"""Sizes of what is written in boxes, in points, and the room around it."""

_LegendEntry = tuple[str, str]
"""A text and its colour; empty for black."""


def svg(graph: Graph, *, heading: str = "", notes: Sequence[str] = ()) -> str:
    """Return a graph as SVG that stands alone and inside a page: no scripts, no links, no outside fonts.

    Parameters
    ----------
    graph : Graph
    heading : str, optional
        First of the sentences below the picture.
    notes : sequence of str, optional
        Further ones.
    """
    return picture_svg(compose(graph), heading=heading, notes=notes)


def picture_svg(picture: Picture, *, heading: str = "", notes: Sequence[str] = ()) -> str:
    """Return a picture as SVG, as `svg` does that of a graph.

    Parameters
    ----------
    picture : Picture
    heading : str, optional
        First of the sentences below the picture.
    notes : sequence of str, optional
        Further ones.
    """
    placed = _places(picture)
    caption = [
        *([(note, "")] for note in (heading, *picture.notes, *([THICK] if placed else []), *notes) if note),
        *_legend(picture),
    ]
    sentences = ["".join(text for text, _ in line) for line in caption]
    text = draw(dot_source(picture, sentences, placed), engine="neato" if placed else "dot")
    # Graphviz's XML and DOCTYPE lines would be in the way where the picture stands inside a page.
    drawn = text[text.index("<svg") :]
    for sentence, line in zip(sentences, caption, strict=True):
        drawn = drawn.replace(f">{html_text(sentence)}</text>", f">{''.join(map(_colored, line))}</text>")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{html_text(" ".join(sentences))}" ', 1)


def _places(picture: Picture) -> Places:
    """Return where boxes stand that are too closely joined to stand in layers; nothing where layers show more."""
    lines = sum(not line.is_loop for line in picture.lines)
    if picture.frames or lines <= MOST_LAYERED:
        return {}
    theme = picture.graph.theme
    among: dict[str, list[Line]] = {}
    for line in picture.lines:
        if line.among:
            among.setdefault(line.src, []).append(line)
    texts = {box.key: box_text(box, among.get(box.key, ()), theme) for box in picture.boxes}
    return places(
        picture,
        {key: (LETTER * max(map(len, text)) + ROOM, LINE * len(text) + ROOM) for key, text in texts.items()},
        SHEET,
    )


def _legend(picture: Picture) -> list[list[_LegendEntry]]:
    """Return what the colours that occur stand for: those of arrows, then those of nodes."""
    theme = picture.graph.theme
    drawn = {theme.stroke(line.style) for line in picture.lines if not line.among}
    strokes = [theme.stroke(each.key) for each in picture.legend if each.symbol is Symbol.LINE]
    arrows = [(stroke.legend, stroke.color) for stroke in strokes if stroke in drawn]
    fills = [theme.fills[each.key] for each in picture.legend if each.symbol is Symbol.FILL]
    workloads = [(fill.legend, fill.border) for fill in fills]
    return [
        _entries("Arrows", arrows) if arrows else [(theme.nothing, "")],
        *([_entries("Workloads", workloads)] if workloads else []),
    ]


def _entries(title: str, entries: Iterable[_LegendEntry]) -> list[_LegendEntry]:
    listed = [part for entry in entries for part in (entry, ("; ", ""))]
    return [(f"{title}: ", ""), *listed[:-1], (".", "")]


def _colored(entry: _LegendEntry) -> str:
    """Return an entry of the caption in its colour; Graphviz can set a label in one colour only."""
    text, color = html_text(entry[0]), entry[1]
    return f'<tspan fill="{color}">{text}</tspan>' if color else text
