"""The map, and to whom it is open, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.rows import ORDER, section_title, title
from workbench.connectivity.formats.rows import focus_title
from workbench.connectivity.registries import register_exposure_format
from workbench.ground import visible
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.exposure.answer import Exposure, ExposureLine

__all__ = ["exposure_section", "txt"]

ARROWS = {Direction.EGRESS: "=>", Direction.INGRESS: "<="}


@register_exposure_format("txt")
def txt(exposure: Exposure) -> str:
    """Write the map's lines, then who may come, direction by direction, and what no policy protects."""
    listed = exposure.connectivity.render("txt", exposure.ip_ranges)
    return listed + ("\n" if listed else "") + exposure_section(exposure)


def exposure_section(exposure: Exposure) -> str:
    """Return what follows the map, or an explanation of it, after an empty line (formats 3)."""
    return "".join(f"{line}\n" for line in _lines(exposure))


def _lines(exposure: Exposure) -> Iterator[str]:
    yield title(exposure)
    width = max((len(visible(line.workload.name)) for line in exposure), default=0)
    blank = False
    for direction in ORDER:
        if lines := exposure.of(direction):
            if blank:
                yield ""
            yield section_title(direction)
            for line in lines:
                yield from _line(exposure, line, width)
            blank = True
    if exposure.unprotected and not _leaves_out_unprotected(exposure):
        if blank:
            yield ""
        yield "Workloads not protected by network policies:"
        for peer, direction in exposure.unprotected:
            yield f"{visible(peer.name)} is not protected on {direction.capitalize()}"


def _leaves_out_unprotected(exposure: Exposure) -> bool:
    """Tell whether there is no section of them, as in the reference's answers about one connection."""
    return exposure.connectivity.wording == "reference" and bool(focus_title(exposure.connectivity))


def _line(exposure: Exposure, line: ExposureLine, width: int) -> Iterator[str]:
    text = f"{visible(line.workload.name):<{width}} \t{ARROWS[line.direction]} \t{visible(line.other.name)}"
    yield text if focus_title(exposure.connectivity) else f"{text} : {visible(line.conn)}"
    if exposure.explained:
        for allowed, ports, reason, _ in line.reasons():
            yield f"\t{'Allowed' if allowed else 'Denied'} {visible(ports)}: {visible(reason)}"
