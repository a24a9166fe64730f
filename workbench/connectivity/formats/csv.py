"""The map as a table for spreadsheets and data tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import columns, rows
from workbench.connectivity.registries import register_format
from workbench.ground import csv_table

if TYPE_CHECKING:
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges

__all__ = ["comma_separated"]


@register_format("csv")
def comma_separated(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write the columns ``src,dst,conn``, quoted only where a field has a comma or a quote.

    The heading stands there even if nothing may talk to anything (formats 1).
    """
    names = columns(connectivity)
    return csv_table([names, *(row[: len(names)] for row in rows(connectivity, ip_ranges))])
