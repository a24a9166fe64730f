"""The map as a table for a README, an issue or a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import columns, rows
from workbench.connectivity.registries import register_format
from workbench.ground import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges

__all__ = ["md", "table"]

SHORT, LONG = "-----", "------"
"""The rules under a heading, as wide as the reference tool draws them."""


@register_format("md")
def md(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Markdown table with the columns ``src``, ``dst`` and ``conn`` (formats 1)."""
    names = columns(connectivity)
    return table(names, (row[: len(names)] for row in rows(connectivity, ip_ranges)))


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with columns `names`.

    Parameters
    ----------
    names : sequence of str
    rows : iterable of sequence of str
    """
    rules = [SHORT if name in {"src", "dst"} else LONG for name in names]
    return markdown_table(names, rows, rules)
