"""The difference as a table for an issue or a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.diff_formats.rows import diff_rows, is_silent
from workbench.connectivity.registries import register_diff_format
from workbench.ground import markdown_table

if TYPE_CHECKING:
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings

__all__ = ["md"]


@register_diff_format("md")
def md(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a Markdown table with a row for each change (formats 2)."""
    if is_silent(diff):
        return ""
    names = ("diff-type", "source", "destination", *headings, "workloads-diff-info")
    return markdown_table(names, diff_rows(diff))
