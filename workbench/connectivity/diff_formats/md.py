"""The difference as a table for an issue or a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.diff_formats.registry import Headings, diff_rows, register_diff_format

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.connectivity.differences import ConnectivityDiff

__all__ = ["md"]


@register_diff_format("md")
def md(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a Markdown table with a row for each change (connectivity.md section 8)."""
    names = ["diff-type", "source", "destination", *(_cell(name) for name in headings), "workloads-diff-info"]
    rule = "|".join("-" * (len(name) + 2) for name in names)
    rows = ([_cell(text) for text in row] for row in diff_rows(diff))
    return "".join([_line(names), f"|{rule}|\n", *map(_line, rows)])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
