"""What the symbols of a picture mean: exactly those that are on it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from workbench.drawing.elements import Box, Line
from workbench.drawing.graph import Theme
from workbench.ground import OUTSIDE

__all__ = ["LegendEntry", "Symbol", "legend"]


class Symbol(StrEnum):
    """What kind of symbol an entry of a legend explains."""

    LINE = "line"
    HEADS = "heads"
    LOOP = "loop"
    FILL = "fill"
    SHAPE = "shape"
    FRAME = "frame"
    SUMMED_UP = "summed-up"
    SHARED = "shared"
    STUB = "stub"
    ISOLATION = "isolation"
    EXPOSED = "exposed"
    PROBLEMS = "problems"
    ANOMALIES = "anomalies"


class LegendEntry(NamedTuple):
    """A symbol that is on a picture, and what it means.

    Attributes
    ----------
    symbol : Symbol
    key : str
        Which one: of lines and fills the style (empty for lines of several), of outlines the `Shape`, of badges
        the `Isolation`; empty where there is but one.
    text : str
    """

    symbol: Symbol
    key: str
    text: str


def legend(theme: Theme, boxes: Sequence[Box], lines: Sequence[Line]) -> tuple[LegendEntry, ...]:
    """Return an entry for each symbol that occurs, in the order of `Symbol`.

    Parameters
    ----------
    theme : Theme
    boxes : sequence of Box
    lines : sequence of Line
    """
    return (*_of_lines(theme, lines), *_of_boxes(theme, boxes), *_of_badges(boxes))


def _of_lines(theme: Theme, lines: Sequence[Line]) -> Iterator[LegendEntry]:
    used = {line.style if line.style in theme.strokes else "" for line in lines}
    for style in (*theme.strokes, ""):
        if style in used:
            yield LegendEntry(Symbol.LINE, style, theme.stroke(style).legend)
    if any(line.both for line in lines):
        yield LegendEntry(Symbol.HEADS, "", "two heads: both ways")
    if any(line.is_loop for line in lines):
        yield LegendEntry(Symbol.LOOP, "", "a loop: among the pods or the workloads of one box")


def _of_boxes(theme: Theme, boxes: Sequence[Box]) -> Iterator[LegendEntry]:
    styles = {box.style for box in boxes}
    for style, fill in theme.fills.items():
        if style in styles and fill.legend:
            yield LegendEntry(Symbol.FILL, style, fill.legend)
    kinds: dict[str, set[str]] = {}
    for box in boxes:
        if not box.summed_up and len(box.shapes) == 1:
            what = {node.kind or OUTSIDE for node in box.nodes}
            kinds.setdefault(box.shapes[0].value, set()).update(what)
    for shape, names in sorted(kinds.items()):
        yield LegendEntry(Symbol.SHAPE, shape, ", ".join(sorted(names)))
    each = [box for box in boxes if not box.summed_up]
    if any(box.group.framed for box in each):
        yield LegendEntry(Symbol.FRAME, "", "a frame: a namespace, its workloads within")
    if any(box.summed_up for box in boxes):
        yield LegendEntry(Symbol.SUMMED_UP, "", "a double border: many as one, such as all workloads of a namespace")
    if any(len(box.nodes) > 1 for box in each):
        yield LegendEntry(Symbol.SHARED, "", "several names in one box: exactly the same connections")
    if any(box.stub for box in boxes):
        yield LegendEntry(Symbol.STUB, "", "grey: not in the filter, but connected with what is")


def _of_badges(boxes: Sequence[Box]) -> Iterator[LegendEntry]:
    badges = [box.badges for box in boxes if not box.stub]
    found = {one.isolation for one in badges if one.isolation is not None}
    for isolation in sorted(found):
        yield LegendEntry(Symbol.ISOLATION, isolation.value, isolation.words)
    if any(one.exposed for one in badges):
        yield LegendEntry(Symbol.EXPOSED, "", "may be reached from outside")
    if any(one.problems for one in badges):
        yield LegendEntry(Symbol.PROBLEMS, "", "problems in its manifests, counted")
    if any(one.anomalies for one in badges):
        yield LegendEntry(Symbol.ANOMALIES, "", "flows that are in no baseline, counted")
