"""Oracle Cloud Infrastructure: ``public_ip_ranges.json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, day_of, register_range_format

__all__ = ["oracle"]


@register_range_format(
    "oracle",
    title="public_ip_ranges.json of Oracle",
    detects=lambda given: "region" in given["regions"][0] and "cidrs" in given["regions"][0],
)
def oracle(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the blocks of all regions; the service is all tags of a block, sorted (external X2)."""
    blocks = [
        PublishedBlock(str(one["cidr"]), str(region.get("region") or ""), "|".join(sorted(one.get("tags") or ())))
        for region in given["regions"]
        for one in region["cidrs"]
    ]
    yield RangePart("Oracle", blocks, published=day_of(given.get("last_updated_timestamp")), least=200)
