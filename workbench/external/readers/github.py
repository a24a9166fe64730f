"""GitHub: its answer about itself, with a list of blocks for each service, beside other things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, register_range_format
from workbench.ground import parse_cidr

__all__ = ["github"]


@register_range_format(
    "github",
    title="meta of GitHub",
    detects=lambda given: {"hooks", "web", "git"} <= given.keys() and isinstance(given["hooks"], list),
)
def github(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the blocks of all services; keys, names and switches are none."""
    blocks = [
        PublishedBlock(cidr, "", str(service))
        for service, listed in given.items()
        if isinstance(listed, list)
        for cidr in listed
        if isinstance(cidr, str) and parse_cidr(cidr) is not None
    ]
    yield RangePart("GitHub", blocks)
