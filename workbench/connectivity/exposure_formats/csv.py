"""The map and the exposure as tables below each other, for spreadsheets."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from workbench.connectivity.exposure_formats.registry import register_exposure_format
from workbench.connectivity.exposure_formats.rows import ORDER, headings, section_title, texts, title
from workbench.connectivity.formats import render

if TYPE_CHECKING:
    from workbench.connectivity.exposure import Exposure

__all__ = ["comma_separated"]


@register_exposure_format("csv")
def comma_separated(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a row with its name."""
    text = io.StringIO()
    text.write(render(exposure.connectivity, "csv", exposure.ip_ranges))
    table = csv.writer(text, lineterminator="\n")
    table.writerow([title(exposure), "", ""])
    for direction in ORDER:
        if lines := exposure.of(direction):
            table.writerow([section_title(direction), "", ""])
            table.writerow(headings(exposure, direction))
            table.writerows(texts(exposure, line) for line in lines)
    return text.getvalue()
