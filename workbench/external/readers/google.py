"""Google: ``cloud.json``, whose prefixes have a scope, and ``goog.json`` of all that is Google's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, day_of, register_range_format

__all__ = ["google"]


@register_range_format(
    "google",
    title="cloud.json and goog.json of Google",
    detects=lambda given: any({"ipv4Prefix", "ipv6Prefix"} & row.keys() for row in given["prefixes"][:1]),
)
def google(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the prefixes of both families."""
    rows = given["prefixes"]
    is_cloud = any("scope" in row for row in rows)
    blocks = [
        PublishedBlock(
            str(row.get("ipv4Prefix") or row.get("ipv6Prefix")),
            str(row.get("scope") or ""),
            str(row.get("service") or ""),
        )
        for row in rows
    ]
    part, least = ("cloud", 350) if is_cloud else ("all", 1)
    yield RangePart("Google", blocks, part, day_of(given.get("creationTime")), least)
