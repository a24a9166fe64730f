"""The map as a table for a README, an issue or a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.registry import register_format
from workbench.connectivity.formats.rows import ConnectivityLike, rows

if TYPE_CHECKING:
    from workbench.connectivity.result import IpRanges

__all__ = ["md"]

HEADING = "| src | dst | conn |\n|-----|-----|------|\n"


@register_format("md")
def md(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Markdown table with the columns ``src``, ``dst`` and ``conn`` (connectivity.md section 8)."""
    cells = (tuple(text.replace("|", r"\|") for text in row) for row in rows(connectivity, ip_ranges))
    return HEADING + "".join(f"| {src} | {dst} | {conn} |\n" for src, dst, conn in cells)
