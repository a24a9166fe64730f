"""A picture as SVG, drawn without any installed program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.drawing.compose import compose
from workbench.drawing.dot import dot_source
from workbench.drawing.graph import Graph
from workbench.drawing.graphviz import draw
from workbench.drawing.legend import Symbol
from workbench.drawing.picture import Picture
from workbench.ground import html_text

__all__ = ["picture_svg", "svg"]

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
    caption = [
        *([(note, "")] for note in (heading, *picture.notes, *notes) if note),
        *_legend(picture),
    ]
    sentences = ["".join(text for text, _ in line) for line in caption]
    text = draw(dot_source(picture, sentences))
    # Graphviz's XML and DOCTYPE lines would be in the way where the picture stands inside a page.
    drawn = text[text.index("<svg") :]
    for sentence, line in zip(sentences, caption, strict=True):
        drawn = drawn.replace(f">{html_text(sentence)}</text>", f">{''.join(map(_colored, line))}</text>")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{html_text(" ".join(sentences))}" ', 1)


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
