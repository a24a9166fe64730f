"""A picture in pixels, for where no SVG is shown: made of the SVG, with a font that comes along."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from workbench.drawing.graph import Graph
from workbench.drawing.svg import svg
from workbench.ground import WorkbenchError, needed_by

__all__ = ["MOST_PIXELS", "MOST_SIDE", "PIXELS_PER_POINT", "png", "svg_as_png"]

PIXELS_PER_POINT = 2
"""The smallest letters are 9 points high: with so many pixels they are read on any screen."""
MOST_SIDE = 12_000
"""Pixels on a side beyond which many viewers show nothing."""
MOST_PIXELS = 36_000_000
"""Each takes six bytes of memory while it is drawn."""
FONT = "Liberation Sans"
"""It comes with what draws the pixels, and is as wide as the font that Graphviz has made room for."""
POINTS_PER_INCH = 72
SIZE = re.compile(r'(?<= )width="([\d.]+)pt" height="([\d.]+)pt"([^>]*)>')
"""How large Graphviz has made a picture, to the end of the tag; the first such place is in the first tag."""
GROUND = '<rect width="100%" height="100%" fill="white"/>'
"""Graphviz's own ends short of the edges, by less than a point."""
FAMILIES = re.compile(r'(?<= )font-family="[^"]*"')
"""In a name, the quotes would be written as references."""


def png(graph: Graph, *, heading: str = "", notes: Sequence[str] = ()) -> bytes:
    """Return a graph as PNG, the same picture as its SVG: two pixels a point, fewer where it is very large.

    Neither an installed font nor a network is needed.

    Parameters
    ----------
    graph : Graph
    heading : str, optional
        First of the sentences below the picture.
    notes : sequence of str, optional
        Further ones.

    Raises
    ------
    WorkbenchError
        If the picture cannot be drawn.
    MissingExtraError
        If what draws it is not installed.
    """
    return svg_as_png(svg(graph, heading=heading, notes=notes))


def svg_as_png(drawn: str) -> bytes:
    """Return an SVG of this package as PNG, as `png` does that of a graph.

    Parameters
    ----------
    drawn : str

    Raises
    ------
    WorkbenchError
        If it cannot be drawn.
    MissingExtraError
        If what draws it is not installed.
    """
    with needed_by("a picture as PNG"):
        import vl_convert  # noqa: PLC0415  (of an extra)

    ppi = PIXELS_PER_POINT * POINTS_PER_INCH
    try:
        return vl_convert.svg_to_png(_measured(drawn, ppi), ppi=ppi)
    except RuntimeError as error:
        # What comes after the first line is about its program.
        message = f"the picture could not be drawn as PNG: {str(error).partition(chr(10))[0]}"
        raise WorkbenchError(message, "write it as svg") from error


def _measured(drawn: str, ppi: float) -> str:
    """Return an SVG that is whole pixels wide and high when it is drawn with `ppi` of them an inch, in our font."""

    def size(found: re.Match[str]) -> str:
        width, height = float(found[1]), float(found[2])
        scale = min(PIXELS_PER_POINT, MOST_SIDE / max(width, height), math.sqrt(MOST_PIXELS / (width * height)))
        # Without a unit, a length is in points to what draws it.
        sides = (max(1, int(side * scale)) * POINTS_PER_INCH / ppi for side in (width, height))
        return 'width="{}" height="{}" preserveAspectRatio="none"{}>{}'.format(*sides, found[3], GROUND)

    return FAMILIES.sub(f'font-family="{FONT}"', SIZE.sub(size, drawn, count=1))
