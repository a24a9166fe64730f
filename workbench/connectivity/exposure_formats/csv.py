"""The map and the exposure as tables below each other, for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.rows import ORDER, headings, section_title, texts, title
from workbench.connectivity.registries import register_exposure_format
from workbench.ground import csv_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.exposure.answer import Exposure

__all__ = ["comma_separated"]


@register_exposure_format("csv")
def comma_separated(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a row with its name."""
    rows: list[Sequence[str]] = [(title(exposure), "", "")]
    for direction in ORDER:
        if lines := exposure.of(direction):
            rows += ((section_title(direction), "", ""), headings(exposure, direction))
            rows += (texts(exposure, line) for line in lines)
    return exposure.connectivity.render("csv", exposure.ip_ranges) + csv_table(rows)
