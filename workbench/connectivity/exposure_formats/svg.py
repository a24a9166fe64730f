"""The map and the exposure as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.picture import FROM_PODS_TO_COME, TO_PODS_TO_COME, Arrow, counted, paint
from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.formats.svg import MapLook, drawing, plain
from workbench.connectivity.registries import register_exposure_format
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.engine import Peer
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.formats.picture import Box, Line, Picture
    from workbench.connectivity.formats.svg import CaptionLine

__all__ = ["svg"]

OPEN, UNPROTECTED = "open", "unprotected"
ORANGE, RED = "#c2410c", "#b91c1c"
BOXES = {
    OPEN: f'fillcolor="#fff7ed" color="{ORANGE}" style="rounded,filled,dashed"',
    UNPROTECTED: f'fillcolor="#fee2e2" color="{RED}"',
}


@register_exposure_format("svg")
def svg(exposure: Exposure) -> str:
    """Draw the map, those who may come one day with dashed lines, and in red what no policy protects.

    Workloads with exactly the same connections share a box; beyond 150 boxes or 300 lines there is
    one box a namespace, with counted lines. The caption says so.
    """
    found = exposure.connectivity
    arrows = [*_connections(exposure), *_openings(exposure)]
    workloads = [peer for peer in found.peers(exposure.ip_ranges) if peer.namespace]
    openings = sum(arrow.kind == OPEN for arrow in arrows)
    namespaces = {peer.namespace for peer in workloads}
    size = (
        f"{counted(len(workloads), 'workload')} in {counted(len(namespaces), 'namespace')}, "
        f"{counted(len(arrows) - openings, 'allowed connection')}, {counted(openings, 'opening')} "
        "from or to pods that may come."
    )
    marks = dict.fromkeys((peer for peer, _ in exposure.unprotected), UNPROTECTED)
    picture = paint(workloads, arrows, noun="connection", size=size, marks=marks)
    return drawing(picture, _ExposureLook(len(marks)))


def _connections(exposure: Exposure) -> Iterator[Arrow]:
    texts = PortTexts()
    for src, dst, ports in exposure.connectivity.connections(exposure.ip_ranges):
        yield Arrow(src, dst, texts[ports])


def _openings(exposure: Exposure) -> Iterator[Arrow]:
    for line in exposure:
        if line.representative is not None:
            egress = line.direction is Direction.EGRESS
            other = _to_come(line, TO_PODS_TO_COME if egress else FROM_PODS_TO_COME)
            ends = (line.workload, other) if egress else (other, line.workload)
            yield Arrow(*ends, line.conn, OPEN)


def _to_come(line: ExposureLine, kind: str) -> Peer:
    return line.workload._replace(name=line.other.name, namespace="", workload=line.other.name, kind=kind)


class _ExposureLook(MapLook):
    title = "Exposure"

    def __init__(self, unprotected: int) -> None:
        self._unprotected = unprotected

    def line(self, picture: Picture, line: Line) -> str:
        if line.kind == OPEN:
            return f'color="{ORANGE}" fontcolor="{ORANGE}" style=dashed'
        return super().line(picture, line)

    def box(self, box: Box) -> str:
        return BOXES.get(OPEN if box.is_to_come else box.mark) or super().box(box)

    def caption(self, picture: Picture) -> list[CaptionLine]:
        names = "is a workload" if self._unprotected == 1 else f"are {self._unprotected:,} workloads"
        red: list[CaptionLine] = [[("Red", RED), (f" {names} that policies leave open in some direction.", "")]]
        dashed = plain("Orange and dashed: open to all pods that may come, or those that meet a selector.")
        return [
            *super().caption(picture),
            *(dashed if any(box.is_to_come for box in picture.boxes) else []),
            *(red if self._unprotected else []),
        ]
