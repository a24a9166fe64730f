"""A picture of an answer is drawn once, and written in each of the formats that pictures have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple, ParamSpec

from workbench.drawing.graph import Graph
from workbench.drawing.png import png
from workbench.drawing.svg import svg
from workbench.ground import register_format

__all__ = ["Drawing", "register_picture"]

Given = ParamSpec("Given")


class Drawing(NamedTuple):
    """What is drawn of an answer, and what is said below it: the parameters of `svg` and `png`."""

    graph: Graph
    heading: str = ""
    notes: Sequence[str] = ()


def register_picture(answer: str) -> Callable[[Callable[Given, Drawing]], Callable[Given, Drawing]]:
    """Make what the decorated function draws known as the formats svg and png of an answer.

    Parameters
    ----------
    answer : str
        Which kind of answer it draws.

    Returns
    -------
    callable
        A decorator that returns the function unchanged.
    """

    def register(draw: Callable[Given, Drawing]) -> Callable[Given, Drawing]:
        @register_format(answer, "svg")
        @wraps(draw)
        def as_svg(*given: Given.args, **named: Given.kwargs) -> str:
            graph, heading, notes = draw(*given, **named)
            return svg(graph, heading=heading, notes=notes)

        @register_format(answer, "png", binary=True)
        @wraps(draw)
        def as_png(*given: Given.args, **named: Given.kwargs) -> bytes:
            graph, heading, notes = draw(*given, **named)
            return png(graph, heading=heading, notes=notes)

        return draw

    return register
