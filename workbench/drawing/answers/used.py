"""The map as a picture on which the connections that were seen in use are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.drawing.answers.peers import MAP, Ends
from workbench.drawing.answers.registering import Drawing, register_picture
from workbench.drawing.graph import Graph, Stroke
from workbench.drawing.labels import PortLines

if TYPE_CHECKING:
    from workbench.flows import UsedConnection

__all__ = ["draw_used"]

USED = replace(
    MAP,
    title="Connectivity map, with what is used",
    strokes={
        "active": Stroke("#15803d", "green active", "active"),
        "unused": Stroke("#9ca3af", "grey never used", "unused"),
    },
    mixed=Stroke("#4d7c0f", "olive some of them active"),
)


@register_picture("used")
def draw_used(connections: Sequence[UsedConnection]) -> Drawing:
    """Draw a picture: namespaces as boxes, active connections green, the others grey.

    Peers with exactly the same connections share a box; beyond 150 boxes or 300 lines there is one
    box a namespace, with counted lines. The caption says so.
    """
    ends, texts = Ends(), PortLines()
    edges = [
        ends.edge(one.src, one.dst, one.ports, "active" if one.used else "unused", _lines(one, texts))
        for one in connections
    ]
    return Drawing(Graph(ends.nodes, edges, USED))


def _lines(one: UsedConnection, texts: PortLines) -> tuple[str, ...]:
    """Return the ports that are used, of those that are allowed."""
    allowed = texts[one.ports]
    if not one.used or one.used == one.ports:
        return allowed
    used = texts[one.used]
    return *used[:-1], f"{used[-1]} of {allowed[0]}", *allowed[1:]
