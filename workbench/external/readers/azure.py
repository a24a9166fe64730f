"""Azure: the service tags of a cloud, a region or none for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from workbench.external.ranges import PublishedBlock
from workbench.external.readers.registry import RangePart, register_range_format

__all__ = ["azure"]

PUBLIC: Final = "Public"


@register_range_format(
    "azure",
    title="service tags of Azure",
    detects=lambda given: "addressPrefixes" in given["values"][0]["properties"],
)
def azure(given: Any) -> Iterator[RangePart]:  # noqa: ANN401  (JSON)
    """Yield the prefixes of all tags; the region is that of the cloud, as Red Hat ACS names it (external X2)."""
    cloud = str(given.get("cloud") or "")
    blocks = []
    for tag in given["values"]:
        said = tag["properties"]
        region = "/".join(part for part in (cloud, str(said.get("region") or "")) if part) if said.get("region") else ""
        service = "/".join(str(said[key]) for key in ("platform", "systemService") if said.get(key))
        blocks += [PublishedBlock(str(cidr), region, service) for cidr in said.get("addressPrefixes") or ()]
    yield RangePart("Azure", blocks, cloud, least=24000 if cloud == PUBLIC else 1)
