"""Answers as tables for a README, an issue or a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.formats.rows import (
    diff_table,
    exposure_tables,
    exposure_title,
    focus_title,
    is_silent,
    map_table,
    network_table,
)
from workbench.ground import markdown_table, register_format

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Headings
    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.exposure.answer import Exposure
    from workbench.connectivity.networks import Networks

__all__ = ["table", "write_diff", "write_exposure", "write_map", "write_networks"]

SHORT, LONG = "-----", "------"
"""The rules under a heading, as wide as the reference tool draws them."""


@register_format("map", "md")
def write_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write a Markdown table with the columns ``src``, ``dst`` and ``conn`` (formats 1)."""
    return table(*map_table(connectivity, ip_ranges))


@register_format("networks", "md")
def write_networks(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a table with the columns ``src``, ``dst``, ``conn`` and ``network``."""
    text = table(*network_table(networks, ip_ranges))
    if focus_title(networks):
        return text
    heading, rule, *rows = text.removesuffix("\n").split("\n")
    # The reference tool ends all lines but the rule with a space.
    return "".join(f"{line}\n" for line in (f"{heading} ", rule, *(f"{row} " for row in rows)))


@register_format("diff", "md")
def write_diff(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a Markdown table with a row for each change (formats 2)."""
    return "" if is_silent(diff) else markdown_table(*diff_table(diff, headings))


@register_format("exposure", "md")
def write_exposure(exposure: Exposure) -> str:
    """Write the map's table, then one for each direction under a heading of its own."""
    # Where a direction has no lines, the reference leaves an empty one.
    sections = [
        f"### {title}\n{table(names, rows)}" if rows else "" for title, names, rows in exposure_tables(exposure)
    ]
    if exposure.connectivity.wording == "people":
        sections = [section for section in sections if section]
    listed = write_map(exposure.connectivity, exposure.ip_ranges)
    return f"{listed}## {exposure_title(exposure)}\n" + "\n".join(sections)


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with columns `names`.

    Parameters
    ----------
    names : sequence of str
    rows : iterable of sequence of str
    """
    rules = [SHORT if name in {"src", "dst"} else LONG for name in names]
    return markdown_table(names, rows, rules)
