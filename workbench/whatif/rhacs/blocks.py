"""Who is outside, as Red Hat ACS knows it: the blocks of its address book that an ``ipBlock`` means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.external import EXTERNAL_ENTITIES_ID, rhacs_id
from workbench.ground import LINK_LOCAL, PRIVATE, AddressSet, parse_block

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from workbench.external import AddressBook
    from workbench.policy import Block

__all__ = ["INTERNET", "Entity", "KnownBlocks", "meets_private"]


class Entity(NamedTuple):
    """Somebody outside.

    Attributes
    ----------
    id : str
    json : mapping
        As it stands in a node.
    """

    id: str
    json: Mapping[str, Any]


INTERNET: Final = Entity(EXTERNAL_ENTITIES_ID, MappingProxyType({"type": "INTERNET", "id": EXTERNAL_ENTITIES_ID}))
"""Everybody outside who has no name."""
_PRIVATE: Final = (PRIVATE - AddressSet.of("fc00::/8")) | LINK_LOCAL
"""Of the unique local addresses, those that nobody assigns are not private there."""


def meets_private(block: Block) -> bool:
    """Tell whether a block has private addresses, whatever is excepted from it (rhacs-simulator E7).

    Parameters
    ----------
    block : Block
    """
    return bool(AddressSet.of(block.cidr) & _PRIVATE)


class KnownBlocks:
    """The blocks that have a name.

    Parameters
    ----------
    book : AddressBook or None
        Its custom blocks and those of providers. Known servers are ours alone and are left out.
    cluster_id : str, optional
        A part of the ids of custom blocks.
    """

    def __init__(self, book: AddressBook | None = None, cluster_id: str = "") -> None:
        self._book, self._cluster_id = book, cluster_id

    @cached_property
    def _names(self) -> Mapping[IPv4Network | IPv6Network, tuple[str, bool]]:
        """The name of each block, and whether a person gave it: there are very many, and often none is asked for."""
        found: dict[IPv4Network | IPv6Network, tuple[str, bool]] = {}
        for cidr, name, is_custom in () if self._book is None else _named(self._book):
            if (network := parse_block(cidr)) is not None:
                found.setdefault(network, (name, is_custom))
        return found

    @cached_property
    def _sorted(self) -> list[IPv4Network | IPv6Network]:
        return sorted(self._names, key=lambda one: (one.version, int(one.network_address), one.prefixlen))

    @cached_property
    def _lengths(self) -> frozenset[tuple[int, int]]:
        return frozenset((one.version, one.prefixlen) for one in self._names)

    def _entity(self, network: IPv4Network | IPv6Network) -> Entity:
        name, is_custom = self._names[network]
        ident = rhacs_id(str(network), self._cluster_id if is_custom else "")
        source = {"name": name, "cidr": str(network), "default": not is_custom, "discovered": False}
        return Entity(ident, {"type": "EXTERNAL_SOURCE", "id": ident, "externalSource": source})

    def meant_by(self, block: Block) -> tuple[Entity, ...]:
        """Return who outside a block means (rhacs-simulator E7).

        The smallest known block around it, alone; else the internet, and the largest known blocks within it that no
        exception holds.

        Parameters
        ----------
        block : Block
        """
        network = parse_block(block.cidr)
        if network is None:
            return ()
        around = self._around(network)
        if around is not None:
            return (around,)
        excepted = [found for one in block.exceptions if (found := parse_block(one)) is not None]
        inside = (one for one in self._within(network) if not any(_holds(other, one) for other in excepted))
        return (INTERNET, *map(self._entity, inside))

    def _around(self, network: IPv4Network | IPv6Network) -> Entity | None:
        for length in range(network.prefixlen, -1, -1):
            if (network.version, length) in self._lengths:
                outer = network.supernet(new_prefix=length)
                if outer in self._names:
                    return self._entity(outer)
        return None

    def _within(self, network: IPv4Network | IPv6Network) -> Iterator[IPv4Network | IPv6Network]:
        last: IPv4Network | IPv6Network | None = None
        for one in self._sorted:
            if _holds(network, one) and (last is None or not _holds(last, one)):
                last = one
                yield one


def _named(book: AddressBook) -> Iterable[tuple[str, str, bool]]:
    """Yield the blocks that Red Hat ACS would know: custom ones, then those of providers."""
    yield from ((one.cidr, one.name, True) for one in book.blocks)
    rows = book.to_blocks()
    published = rows[rows["basis"] == "published"]
    yield from ((str(cidr), str(name), False) for cidr, name in zip(published["cidr"], published["name"], strict=True))


def _holds(outer: IPv4Network | IPv6Network, inner: IPv4Network | IPv6Network) -> bool:
    if outer.version != inner.version:
        return False
    first, last = int(inner.network_address), int(inner.broadcast_address)
    return int(outer.network_address) <= first <= last <= int(outer.broadcast_address)
