"""The difference as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.diff_formats.rows import diff_rows
from workbench.connectivity.formats.rows import with_notes
from workbench.connectivity.registries import register_diff_format
from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings

__all__ = ["txt"]


@register_diff_format("txt")
def txt(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write ``Connectivity diff:`` and a line for each change; nothing where there is none.

    That workloads came or went is said only where they did (formats 2).
    """
    before, after = headings
    lines = [
        f"diff-type: {row.kind}, source: {row.src}, destination: {row.dst}, "
        f"{before}: {row.before}, {after}: {row.after}"
        + (f", workloads-diff-info: {row.workloads}" if row.workloads else "")
        for row in diff_rows(diff)
    ]
    if not lines:
        return ""
    return with_notes("".join(f"{visible(line)}\n" for line in ("Connectivity diff:", *lines)), diff)
