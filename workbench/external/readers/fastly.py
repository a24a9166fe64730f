"""Fastly: its public list of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, register_range_format

__all__ = ["fastly"]


@register_range_format(
    "fastly",
    title="public-ip-list of Fastly",
    detects=lambda given: isinstance(given["addresses"], list) and isinstance(given["ipv6_addresses"], list),
)
def fastly(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the blocks of both families."""
    blocks = [PublishedBlock(str(cidr)) for key in ("addresses", "ipv6_addresses") for cidr in given[key]]
    yield RangePart("Fastly", blocks)
