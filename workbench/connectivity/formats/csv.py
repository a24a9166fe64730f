"""Answers as tables for spreadsheets and data tools; a field is quoted only where it has a comma or a quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import (
    diff_table,
    exposure_tables,
    exposure_title,
    is_silent,
    map_table,
    network_table,
)
from workbench.ground import csv_table, register_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.exposure.answer import Exposure
    from workbench.connectivity.networks import Networks
    from workbench.connectivity.trace.explanation import Explanation

__all__ = ["write_diff", "write_explanation", "write_exposure", "write_map", "write_networks"]


@register_format("map", "csv")
def write_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write the columns ``src,dst,conn``, quoted only where a field has a comma or a quote.

    The heading stands there even if nothing may talk to anything (formats 1).
    """
    names, rows = map_table(connectivity, ip_ranges)
    return csv_table([names, *rows])


@register_format("networks", "csv")
def write_networks(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write the columns ``src,dst,conn,network``."""
    names, rows = network_table(networks, ip_ranges)
    return csv_table([names, *rows])


@register_format("diff", "csv")
def write_diff(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a row for each change, quoted only where a field has a comma or a quote.

    The heading stands there even if nothing differs, but in the reference's wording (formats 2).
    """
    names, rows = diff_table(diff, headings)
    return "" if is_silent(diff) else csv_table([names, *rows])


@register_format("explanation", "csv")
def write_explanation(explanation: Explanation) -> str:
    """Write one row for each decision about some ports of a pair; the columns are those of the frame."""
    frame = explanation.to_frame().drop(columns="intervals")
    rows = frame.astype("object").where(frame.notna(), "").itertuples(index=False)
    return csv_table([list(frame.columns), *rows])


@register_format("exposure", "csv")
def write_exposure(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a row with its name."""
    table: list[Sequence[str]] = [(exposure_title(exposure), "", "")]
    for title, names, rows in exposure_tables(exposure):
        if rows:
            table += ((title, "", ""), names, *rows)
    return write_map(exposure.connectivity, exposure.ip_ranges) + csv_table(table)
