"""Which addresses outside can no policy tell apart: the external ends of connections (semantics 8)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.partition import Axis
from workbench.ground import EVERYWHERE, AddressSet, Intervals, range_text

__all__ = ["AddressRange", "Externals"]

Indices: TypeAlias = npt.NDArray[np.int64]

_IPV6_BASE = 2**32
"""IPv6 addresses follow the IPv4 addresses on one line of numbers."""


class AddressRange(NamedTuple):
    """Addresses of one family from `first` to `last`, both included."""

    family: int
    first: int
    last: int

    def __str__(self) -> str:
        return range_text(*self)

    @property
    def addresses(self) -> AddressSet:
        """The range as a set."""
        return AddressSet.of_range(*self)


class Externals:
    """The address atoms of one direction's ipBlocks.

    Parameters
    ----------
    blocks : iterable of AddressSet
        All blocks of the direction's rules.
    """

    def __init__(self, blocks: Iterable[AddressSet]) -> None:
        self._axis = Axis(_line(EVERYWHERE), map(_line, blocks))
        self.count = self._axis.count
        self.ranges = tuple(_range(*stretch) for stretch in self._axis.stretches)
        """The ranges that the reference tool splits the address space into, ordered."""
        self.atom_of_range: Indices = self._axis.atom_of
        """The atom of each range, shape (ranges,)."""

    def atoms(self, block: AddressSet) -> Indices:
        """Return the atoms of one of the blocks, sorted."""
        return self._axis.atoms(_line(block))

    def atom_at(self, address: IPv4Address | IPv6Address) -> int:
        """Return the atom of one address."""
        return self._axis.atom_at(int(address) + (_IPV6_BASE if isinstance(address, IPv6Address) else 0))

    def atom_of(self, found: AddressRange) -> int:
        """Return the atom of a range of addresses that no block cuts."""
        return self._axis.atom_at(found.first + (_IPV6_BASE if found.family == 6 else 0))  # noqa: PLR2004  (the family's number)

    def atoms_touching(self, block: AddressSet) -> list[int]:
        """Return the atoms that share an address with `block`, any block at all, sorted."""
        found: set[int] = set()
        for low, high in _line(block):
            first = bisect_left(self._axis.stretches, low, key=itemgetter(1))
            last = bisect_right(self._axis.stretches, high, key=itemgetter(0))
            found.update(self.atom_of_range[first:last].tolist())
        return sorted(found)


def _line(addresses: AddressSet) -> Intervals:
    return (*addresses.ipv4, *((first + _IPV6_BASE, last + _IPV6_BASE) for first, last in addresses.ipv6))


def _range(first: int, last: int) -> AddressRange:
    if first < _IPV6_BASE:
        return AddressRange(4, first, last)
    return AddressRange(6, first - _IPV6_BASE, last - _IPV6_BASE)
