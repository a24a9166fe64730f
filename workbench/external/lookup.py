"""What addresses are called: the closest of the blocks that have a name (external X6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from workbench.external.frames import LOOKUP, NAMES
from workbench.external.model import can_be_outside
from workbench.external.providers import Published, published_blocks, published_index
from workbench.ground import (
    EVERYWHERE,
    EXTERNAL_ENTITIES,
    INTERNAL_ENTITIES,
    LINK_LOCAL,
    PRIVATE,
    ArgumentError,
    PrefixIndex,
    parse_address,
    parse_block,
    range_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from workbench.external.model import KnownServer, NamedBlock
    from workbench.external.ranges import ProviderRanges
    from workbench.ground import Address, AddressSet

__all__ = ["Names"]

DECIDED: Final = "decided"
PUBLISHED: Final = "published"
REST: Final = "rest"


class _Entry(NamedTuple):
    """A block with its name, as addresses are looked up in it."""

    cidr: str
    name: str
    source: str
    widened: bool = False


class Names:
    """The blocks of an address book, made ready to be asked.

    Parameters
    ----------
    blocks : tuple of NamedBlock
    known_servers : tuple of KnownServer
    ranges : tuple of ProviderRanges
        Those that count.
    hides_providers : bool
    """

    def __init__(
        self,
        blocks: tuple[NamedBlock, ...],
        known_servers: tuple[KnownServer, ...],
        ranges: tuple[ProviderRanges, ...],
        *,
        hides_providers: bool,
    ) -> None:
        self._known_servers, self._ranges, self._hides_providers = known_servers, ranges, hides_providers
        custom = [_Entry(one.cidr, one.name, "custom", one.widened) for one in blocks]
        servers = [
            _Entry(_network(one.cidr), one.title, "known-server", one.widened)
            for one in known_servers
            if can_be_outside(one.cidr)
        ]
        self._decided = (*custom, *servers)

    @property
    def published(self) -> Mapping[str, Published]:
        """What providers say of their blocks, also if their names are hidden."""
        return published_blocks(self._ranges)

    @cached_property
    def _index(self) -> PrefixIndex:
        return PrefixIndex(one.cidr for one in self._decided)

    def _closest(self, texts: list[str]) -> tuple[list[_Entry], list[Published]]:
        """Return the entry by which each address is called, and what providers say of it, also if they are hidden."""
        published, index = self.published, published_index(self._ranges)
        cidrs, said = list(published), list(published.values())
        decided, places = self._index.find(texts), index.find(texts)
        # A person's name counts where the prefixes are equally long (external X6).
        mine, theirs = np.append(self._index.lengths, -1)[decided], np.append(index.lengths, -1)[places]
        by_provider = (theirs > mine) & (not self._hides_providers)
        entries = []
        for own, place, is_theirs in zip(decided.tolist(), places.tolist(), by_provider.tolist(), strict=True):
            if is_theirs:
                entries.append(_Entry(cidrs[place], said[place].name, "provider"))
            else:
                entries.append(_NOTHING if own < 0 else self._decided[own])
        return entries, [_UNPUBLISHED if place < 0 else said[place] for place in places.tolist()]

    def lookup(self, texts: list[str], cluster: str) -> pd.DataFrame:
        """Return what addresses are called; columns as in `frames.LOOKUP`.

        Parameters
        ----------
        texts : list of str
        cluster : str
            Its name, if it has one.

        Raises
        ------
        ArgumentError
            If a text is not an address.
        """
        private = _REST_INDEX.find(texts)
        if strange := [text for text, place in zip(texts, private, strict=True) if place < 0]:
            message = f"{strange[0]!r:.80} is not a valid address"
            raise ArgumentError(message)
        entries, owners = self._closest(texts)
        rest = [_REST_BLOCKS[place].name for place in private]
        return LOOKUP.from_columns(
            {
                "address": texts,
                "name": [one.name or other for one, other in zip(entries, rest, strict=True)],
                "cidr": [one.cidr for one in entries],
                "source": [one.source for one in entries],
                "provider": [one.provider for one in owners],
                "provider_block": [one.cidr for one in owners],
                "published": [one.published for one in owners],
                "regions": _cells(one.regions for one in owners),
                "services": _cells(one.services for one in owners),
                "widened": [one.widened for one in entries],
                "private": np.array([name == INTERNAL_ENTITIES for name in rest], dtype=bool),
                "cluster": [cluster] * len(texts),
            }
        )

    def owners(self, addresses: list[str]) -> list[tuple[str, str]]:
        """Return the provider of each address, and the name of its block; both empty for none.

        Parameters
        ----------
        addresses : list of str
        """
        return [(one.provider, one.name) for one in self._closest(addresses)[1]]

    def known_servers_of(self, address: Address) -> tuple[KnownServer, ...]:
        """Return all known servers whose blocks hold an address, the closest first: blocks may be nested.

        Parameters
        ----------
        address : IPv4Address or IPv6Address
        """
        blocks = [(network, one) for one in self._known_servers if (network := parse_block(one.cidr)) is not None]
        holding = [(network, one) for network, one in blocks if address in network]
        return tuple(one for _, one in sorted(holding, key=lambda pair: (-pair[0].prefixlen, pair[1])))

    @cached_property
    def decided(self) -> Mapping[str, tuple[str, ...]]:
        """The blocks of each name that a person or a known server gave, sorted as texts."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for one in self._decided:
            found[one.name].add(one.cidr)
        return {name: tuple(sorted(cidrs)) for name, cidrs in found.items()}

    def blocks_called(self, name: str) -> tuple[str, ...]:
        """Return the blocks that have a name; those of providers only where their names count.

        Parameters
        ----------
        name : str
        """
        decided = [one.cidr for one in self._decided if one.name == name]
        published = () if self._hides_providers else self.published.items()
        return tuple(dict.fromkeys([*decided, *(cidr for cidr, one in published if one.name == name)]))

    def to_blocks(self, *, grouped: bool) -> pd.DataFrame:
        """Return all blocks with their names; columns as in `frames.NAMES`.

        Parameters
        ----------
        grouped : bool
            Whether there are blocks for all that has no other name, too.
        """
        published = () if self._hides_providers else self.published.items()
        rows = [(one.cidr, one.name, DECIDED) for one in self._decided]
        rows += [(cidr, one.name, PUBLISHED) for cidr, one in published]
        rest = [(one.cidr, one.name, REST) for one in _REST_BLOCKS] if grouped else []
        return NAMES.from_rows([*rows, *rest])


def _network(cidr: str) -> str:
    """Return a block in its usual spelling; a known server may be written as one address."""
    address = parse_address(cidr)
    return f"{address}/{address.max_prefixlen}" if address is not None else cidr


def _blocks_of(addresses: AddressSet, name: str) -> Iterator[_Entry]:
    for family, pairs in ((4, addresses.ipv4), (6, addresses.ipv6)):
        for pair in pairs:
            yield _Entry(range_text(family, *pair), name, "")


def _cells(texts: Iterable[tuple[str, ...]]) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415  (takes its time)

    return pd.Series(list(texts), dtype="object")


_NOTHING: Final = _Entry("", "", "")
_UNPUBLISHED: Final = Published("", "", "", None, (), ())
_REST_BLOCKS: Final = (
    *_blocks_of(PRIVATE | LINK_LOCAL, INTERNAL_ENTITIES),
    *_blocks_of(EVERYWHERE, EXTERNAL_ENTITIES),
)
"""What has no name of its own: private addresses, which are never of the internet, and all others (external X13)."""
_REST_INDEX: Final = PrefixIndex(one.cidr for one in _REST_BLOCKS)
