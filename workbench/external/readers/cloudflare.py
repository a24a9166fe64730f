"""Cloudflare: the answer of its API, and its lists of one family, a block a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, register_range_format

__all__ = ["cloudflare", "cloudflare_list"]

_FIRST: Final = frozenset({"173.245.48.0/20", "2400:cb00::/32"})
"""The blocks by which its lists, which say nothing else, are known."""


@register_range_format(
    "cloudflare",
    title="answer of Cloudflare's API",
    detects=lambda given: "ipv4_cidrs" in given["result"] or "ipv6_cidrs" in given["result"],
)
def cloudflare(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the blocks of both families."""
    found = given["result"]
    blocks = [PublishedBlock(str(cidr)) for key in ("ipv4_cidrs", "ipv6_cidrs") for cidr in found.get(key) or ()]
    yield RangePart("Cloudflare", blocks, least=15)


@register_range_format(
    "cloudflare-list",
    title="ips-v4 and ips-v6 of Cloudflare",
    detects=lambda given: isinstance(given, list) and not _FIRST.isdisjoint(given),
)
def cloudflare_list(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (lines)
    """Yield the blocks of one family, which a list of the other does not replace; or of both, put together."""
    families = {"IPv6" if ":" in line else "IPv4" for line in given}
    part = families.pop() if len(families) == 1 else ""
    yield RangePart("Cloudflare", [PublishedBlock(line) for line in given], part)
