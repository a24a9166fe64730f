"""The map and the exposure as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.rows import ORDER, headings, section_title, texts, title
from workbench.connectivity.formats.md import table
from workbench.connectivity.registries import register_exposure_format

if TYPE_CHECKING:
    from workbench.connectivity.exposure.answer import Exposure
    from workbench.policy import Direction

__all__ = ["md"]


@register_exposure_format("md")
def md(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a heading of its own."""
    sections = [_section(exposure, direction) for direction in ORDER]
    if exposure.connectivity.wording == "people":
        sections = [section for section in sections if section]
    return f"{exposure.connectivity.render('md', exposure.ip_ranges)}## {title(exposure)}\n" + "\n".join(sections)


def _section(exposure: Exposure, direction: Direction) -> str:
    """Return the table of a direction; nothing where it has no lines: the reference leaves an empty line for it."""
    lines = [texts(exposure, line) for line in exposure.of(direction)]
    return f"### {section_title(direction)}\n{table(headings(exposure, direction), lines)}" if lines else ""
