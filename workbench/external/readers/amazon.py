"""Amazon Web Services: ``ip-ranges.json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, day_of, register_range_format

__all__ = ["amazon"]


@register_range_format(
    "amazon",
    title="ip-ranges.json of Amazon Web Services",
    detects=lambda given: any(
        key in row
        for name, key in (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix"))
        for row in (given.get(name) or ())[:1]
    ),
)
def amazon(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the prefixes of both families."""
    rows = [(row.get("ip_prefix"), row) for row in given.get("prefixes") or ()]
    rows += [(row.get("ipv6_prefix"), row) for row in given.get("ipv6_prefixes") or ()]
    blocks = [
        PublishedBlock(str(cidr), str(row.get("region") or ""), str(row.get("service") or "")) for cidr, row in rows
    ]
    yield RangePart(
        "Amazon", blocks, published=day_of(given.get("createDate"), seconds=given.get("syncToken")), least=4000
    )
