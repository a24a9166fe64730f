"""The map and the exposure as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.registry import register_exposure_format
from workbench.connectivity.exposure_formats.rows import ORDER, headings, section_title, texts, title
from workbench.connectivity.formats import render
from workbench.connectivity.formats.md import table

if TYPE_CHECKING:
    from workbench.connectivity.exposure import Exposure

__all__ = ["md"]


@register_exposure_format("md")
def md(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a heading of its own."""
    sections = [
        f"### {section_title(direction)}\n"
        + table(headings(exposure, direction), (texts(exposure, line) for line in lines))
        for direction in ORDER
        if (lines := exposure.of(direction))
    ]
    return f"{render(exposure.connectivity, 'md', exposure.ip_ranges)}## {title(exposure)}\n" + "\n".join(sections)
