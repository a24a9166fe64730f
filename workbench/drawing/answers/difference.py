"""The difference as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.drawing.answers.peers import MAP, Ends
from workbench.drawing.answers.registering import Drawing, register_picture
from workbench.drawing.graph import Dash, Edge, Fill, Graph, Head, Stroke, Theme
from workbench.drawing.labels import PortLines
from workbench.ground import count_of

if TYPE_CHECKING:
    from workbench.connectivity import Change, ConnectivityDiff

__all__ = ["difference_graph", "draw_diff"]

MOST_UNCHANGED = 40
"""Unchanged connections beyond which none is drawn: they would hide what changed."""
NEW, LOST = "new", "lost"
GREEN, RED, PURPLE, GREY = "#15803d", "#b91c1c", "#7e22ce", "#9ca3af"
DIFF = Theme(
    "Connectivity diff",
    {
        "added": Stroke(GREEN, "green and solid: added", "added", width=1.6),
        "removed": Stroke(RED, "red and dashed, with a bar: removed", "removed", Dash.DASHED, 1.6, Head.BAR),
        "changed": Stroke(
            PURPLE, "purple and dotted, with a diamond: changed", "changed", Dash.DOTTED, 1.6, Head.DIAMOND
        ),
        "unchanged": Stroke(GREY, "thin grey: unchanged", "unchanged", width=0.7),
    },
    "No arrows: no connection differs.",
    {
        **MAP.fills,
        NEW: Fill("#dcfce7", GREEN, "green with a thick border: new", width=2.4),
        LOST: Fill("#fee2e2", RED, "red with a dashed border: gone", dashed=True, width=1.6),
    },
    mixed=Stroke(PURPLE, "thick purple: several of these", width=3),
)


@register_picture("diff")
def draw_diff(diff: ConnectivityDiff, headings: tuple[str, str]) -> Drawing:
    """Draw a picture: what was added green, removed red and dashed, changed purple and dotted.

    Workloads that came are green with a thick border, those that went red with a dashed one. What is unchanged is
    drawn in thin grey lines where that is little. Peers with exactly the same changes share a box; beyond 150 boxes
    or 300 lines there is one box a namespace, with counted lines. The caption says so.
    """
    graph, unchanged = difference_graph(diff)
    notes = [f"{count_of(unchanged, 'unchanged connection')} not drawn."] if unchanged else []
    return Drawing(graph, heading=f"What changed from {headings[0]} to {headings[1]}.", notes=notes)


def difference_graph(diff: ConnectivityDiff) -> tuple[Graph, int]:
    """Return what was added, removed and changed between two maps, and how much that is unchanged is not in it.

    What is unchanged is in it where that is little.

    Parameters
    ----------
    diff : ConnectivityDiff
    """
    marks = {**dict.fromkeys(diff.added_workloads, NEW), **dict.fromkeys(diff.removed_workloads, LOST)}
    unchanged = diff.unchanged_count()
    draws_all = unchanged <= MOST_UNCHANGED
    ends, texts = Ends(marks), PortLines()
    ends.add(marks)
    edges = [_edge(change, ends, texts) for change in (*diff, *(diff.unchanged() if draws_all else ()))]
    noun = "connection" if draws_all else "change"
    return Graph(ends.nodes, edges, DIFF, noun), 0 if draws_all else unchanged


def _edge(change: Change, ends: Ends, texts: PortLines) -> Edge:
    kind = change.kind.value
    match kind:
        case "changed":
            text = (*_begun("was", texts[change.before]), *_begun("now", texts[change.after]))
        case "unchanged":
            text = ()  # the map says it; here it would only be in the way
        case _:
            text = texts[change.before | change.after]
    return ends.edge(change.src, change.dst, change.before | change.after, kind, text)


def _begun(word: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return lines of which the first begins with a word."""
    return f"{word} {lines[0]}", *lines[1:]
