"""The map and the exposure as one picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.drawing.answers.peers import MAP, Ends, connection_edges
from workbench.drawing.answers.registering import Drawing, register_picture
from workbench.drawing.graph import Dash, Edge, Fill, Graph, GraphNode, Group, Stroke
from workbench.drawing.labels import ports_lines
from workbench.ground import count_of
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Exposure

__all__ = ["draw_exposure"]

OPEN, UNPROTECTED = "open", "unprotected"
ORANGE, RED = "#c2410c", "#b91c1c"
TO_COME = {
    Direction.INGRESS: Group(framed=False, name="from pods that may come", noun="selector"),
    Direction.EGRESS: Group(framed=False, name="to pods that may come", noun="selector"),
}
"""Those who are in no manifest, as senders and as receivers."""
OPENINGS = Stroke(
    ORANGE, "orange and dashed open to all pods that may come, or those that meet a selector", "open", dash=Dash.DASHED
)


@register_picture("exposure")
def draw_exposure(exposure: Exposure) -> Drawing:
    """Draw the map, pods that may come with dashed lines, and in red what no policy protects.

    Workloads with exactly the same connections share a box; beyond 150 boxes or 300 lines there is
    one box a namespace, with counted lines. The caption says so.
    """
    found = exposure.connectivity
    marks = dict.fromkeys((peer for peer, _ in exposure.unprotected), UNPROTECTED)
    ends = Ends(marks)
    ends.add(peer for peer in found.peers(exposure.ip_ranges) if peer.namespace)
    edges = connection_edges(ends, found.connections(exposure.ip_ranges))
    openings = list(_openings(exposure, ends))
    workloads = [node for node in ends.nodes.values() if node.group.framed]
    size = (
        f"{count_of(len(workloads), 'workload')} in {count_of(len({node.group for node in workloads}), 'namespace')}, "
        f"{count_of(len(edges), 'allowed connection')}, {count_of(len(openings), 'opening')} "
        "from or to pods that may come."
    )
    red = f"red {len(marks):,} that policies leave open in some direction"
    theme = replace(
        MAP,
        title="Exposure",
        strokes={**MAP.strokes, OPEN: OPENINGS},
        fills={
            **MAP.fills,
            OPEN: Fill("#fff7ed", ORANGE, dashed=True),
            UNPROTECTED: Fill("#fee2e2", RED, red),
        },
    )
    return Drawing(Graph(ends.nodes, [*edges, *openings], theme, "connection", size))


def _openings(exposure: Exposure, ends: Ends) -> Iterator[Edge]:
    """Yield an edge for each selector that a workload is open to, and make the nodes of selectors."""
    for line in exposure:
        if line.representative is not None:
            group = TO_COME[line.direction]
            namespaces, slash, pods = line.other.name.partition("/[")
            label = (f"{namespaces}/", f"[{pods}") if slash else (namespaces,)
            other = GraphNode(f"{group.name}: {line.other.name}", label, group, style=OPEN)
            ends.nodes[other.id] = other
            own = ends.source(line.workload)
            src, dst = (own, other.id) if line.direction is Direction.EGRESS else (other.id, own)
            yield Edge(src, dst, line.parts if line.named else ports_lines(line.ports), OPEN)
