"""The difference as a table for spreadsheets and data tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.diff_formats.rows import diff_rows, is_silent
from workbench.connectivity.registries import register_diff_format
from workbench.ground import csv_table

if TYPE_CHECKING:
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings

__all__ = ["comma_separated"]


@register_diff_format("csv")
def comma_separated(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a row for each change, quoted only where a field has a comma or a quote.

    The heading stands there even if nothing differs, but in the reference's wording (formats 2).
    """
    if is_silent(diff):
        return ""
    names = ("diff-type", "source", "destination", *headings, "workloads-diff-info")
    return csv_table([names, *diff_rows(diff)])
