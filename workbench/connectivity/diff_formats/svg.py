"""The difference as a picture: namespaces as boxes, drawn without any installed program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.difference.changes import Headings
from workbench.connectivity.formats.picture import SEVERAL, Arrow, Box, Line, Picture, counted, paint
from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.formats.svg import EXTERNAL_BOX, CaptionLine, drawing, legend_line, plain
from workbench.connectivity.registries import register_diff_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Change

__all__ = ["svg"]

MOST_UNCHANGED = 40
"""Unchanged connections beyond which none is drawn: they would hide what changed."""
NEW, LOST = "new", "lost"
GREEN, RED, PURPLE, GREY = "#15803d", "#b91c1c", "#7e22ce", "#9ca3af"
COLORS = {"added": GREEN, "removed": RED, "changed": PURPLE, SEVERAL: PURPLE, "unchanged": GREY}
WORDS = {
    "added": "green added",
    "removed": "red and dashed removed",
    "changed": "purple changed",
    SEVERAL: "purple several of these",
    "unchanged": "thin grey unchanged",
}
LOOKS = {"removed": "penwidth=1.6 style=dashed", "unchanged": "penwidth=0.7"}
BOXES = {
    NEW: f'fillcolor="#dcfce7" color="{GREEN}" penwidth=1.6',
    LOST: f'fillcolor="#fee2e2" color="{RED}" penwidth=1.6 style="rounded,filled,dashed"',
}


@register_diff_format("svg")
def svg(diff: ConnectivityDiff, headings: Headings) -> str:
    """Draw a picture: what was added green, removed red and dashed, changed purple.

    Workloads that came are green, those that went red. What is unchanged is drawn in thin grey
    lines where that is little. Peers with exactly the same changes share a box; beyond 150 boxes or
    300 lines there is one box a namespace, with counted lines. The caption says so.
    """
    marks = {**dict.fromkeys(diff.added_workloads, NEW), **dict.fromkeys(diff.removed_workloads, LOST)}
    unchanged = diff.unchanged_count()
    if unchanged <= MOST_UNCHANGED:
        picture = paint(marks, [*_arrows(diff), *_arrows(diff.unchanged())], noun="connection", marks=marks)
        return drawing(picture, _DiffLook(headings))
    picture = paint(marks, _arrows(diff), noun="change", marks=marks)
    return drawing(picture, _DiffLook(headings, f"{counted(unchanged, 'unchanged connection')} not drawn."))


def _arrows(changes: Iterable[Change]) -> Iterator[Arrow]:
    texts = PortTexts()
    for change in changes:
        match change.kind.value:
            case "changed":
                text = f"was {texts[change.before]},now {texts[change.after]}"
            case "unchanged":
                text = ""  # the map tells it; here it would only be in the way
            case "removed":
                text = texts[change.before]
            case _:
                text = texts[change.after]
        yield Arrow(change.src, change.dst, text, change.kind.value)


class _DiffLook:
    title = "Connectivity diff"

    def __init__(self, headings: Headings, *notes: str) -> None:
        self._headings = headings
        self._notes = notes

    def line(self, picture: Picture, line: Line) -> str:
        del picture
        color = COLORS[line.kind]
        return f'color="{color}" fontcolor="{color}" {LOOKS.get(line.kind, "penwidth=1.6")}'

    def box(self, box: Box) -> str:
        return BOXES.get(box.mark, EXTERNAL_BOX if box.is_external else "")

    def inside(self, box: Box) -> str:
        return "each other" if box.inside_kind == SEVERAL else f"each other, {box.inside_kind}"

    def caption(self, picture: Picture) -> list[CaptionLine]:
        before, after = self._headings
        used = {line.kind for line in picture.lines}
        arrows = [(words, COLORS[kind]) for kind, words in WORDS.items() if kind in used]
        marks = {box.mark for box in picture.boxes}
        boxes = [entry for mark, entry in ((NEW, ("green new", GREEN)), (LOST, ("red gone", RED))) if mark in marks]
        return [
            *plain(f"What changed from {before} to {after}.", *picture.notes, *self._notes),
            legend_line("Arrows", arrows) if arrows else [("No arrows: no connection differs.", "")],
            *([legend_line("Workloads", boxes)] if boxes else []),
        ]
