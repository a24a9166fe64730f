"""Red Hat ACS: the bundle of all providers, for clusters without a way to the internet (external X2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, register_range_format

__all__ = ["rhacs_bundle"]


@register_range_format(
    "rhacs-bundle",
    title="external networks of Red Hat ACS",
    detects=lambda given: "regionNetworks" in given["providerNetworks"][0],
)
def rhacs_bundle(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the blocks of each provider; what names no provider says nothing (external X3)."""
    for provider in given["providerNetworks"]:
        if not (name := provider.get("providerName")):
            continue
        blocks = [
            PublishedBlock(str(cidr), str(region.get("regionName") or ""), str(service.get("serviceName") or ""))
            for region in provider.get("regionNetworks") or ()
            for service in region.get("serviceNetworks") or ()
            for key in ("ipv4Prefixes", "ipv6Prefixes")
            for cidr in service.get(key) or ()
        ]
        yield RangePart(str(name), blocks)
