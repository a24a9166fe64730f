"""Sets of IPv4 and IPv6 addresses as intervals of whole numbers (semantics 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from workbench.ground.intervals import Intervals, complement, intersection, normalise, union

__all__ = [
    "ALL_IPV4",
    "ALL_IPV6",
    "EVERYWHERE",
    "EXTERNAL",
    "LAST_ADDRESS",
    "OUTSIDE",
    "AddressSet",
    "addresses_named",
    "all_of",
    "parse_address",
    "range_text",
    "written_range",
]

EXTERNAL = "External"
"""The kind of a connection's end that is addresses."""
OUTSIDE = "outside"
"""What all addresses outside the cluster are called together."""
_MAPPED = 96
"""Bits before the IPv4 address in its IPv6 spelling, ``::ffff:10.0.0.0``."""

LAST_ADDRESS = {4: 2**32 - 1, 6: 2**128 - 1}


@dataclass(frozen=True, slots=True)
class AddressSet:
    """An immutable set of addresses of both families.

    Attributes
    ----------
    ipv4, ipv6 : Intervals
        Addresses as whole numbers.
    """

    ipv4: Intervals = ()
    ipv6: Intervals = ()

    @classmethod
    @lru_cache(maxsize=65536)
    def of(cls, block: str, exceptions: tuple[str, ...] = ()) -> AddressSet:
        """Return the addresses of a CIDR (or of one address) minus those of `exceptions`.

        Host bits may be set: ``10.0.0.1/8`` means ``10.0.0.0/8``. IPv4 in IPv6 spelling is IPv4.

        Raises
        ------
        ValueError
            If a text is no CIDR.
        """
        network = ip_network(block, strict=False)
        if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED:
            mapped = network.network_address.ipv4_mapped
            network = network if mapped is None else IPv4Network((mapped, network.prefixlen - _MAPPED), strict=False)
        pair = ((int(network.network_address), int(network.broadcast_address)),)
        found = cls(ipv4=pair) if network.version == 4 else cls(ipv6=pair)  # noqa: PLR2004  (the family's number)
        for exception in exceptions:
            found -= cls.of(exception)
        return found

    @classmethod
    def union_of(cls, sets: Iterable[AddressSet]) -> Self:
        """Return the addresses that are in any of `sets`."""
        members = list(sets)
        return cls(
            normalise(pair for member in members for pair in member.ipv4),
            normalise(pair for member in members for pair in member.ipv6),
        )

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(union(self.ipv4, other.ipv4), union(self.ipv6, other.ipv6))

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(intersection(self.ipv4, other.ipv4), intersection(self.ipv6, other.ipv6))

    def __sub__(self, other: AddressSet) -> AddressSet:
        return _difference(self, other)

    def __bool__(self) -> bool:
        return bool(self.ipv4 or self.ipv6)

    def contains(self, address: str) -> bool:
        """Tell whether the IP address `address` is in the set."""
        parsed = parse_address(address)
        pairs = self.ipv4 if parsed.version == 4 else self.ipv6  # noqa: PLR2004  (the family's number)
        return any(first <= int(parsed) <= last for first, last in pairs)

    @property
    def single(self) -> str:
        """The address, where the set has just one; else empty."""
        pairs = (*((IPv4Address, *pair) for pair in self.ipv4), *((IPv6Address, *pair) for pair in self.ipv6))
        return str(pairs[0][0](pairs[0][1])) if len(pairs) == 1 and pairs[0][1] == pairs[0][2] else ""

    def __str__(self) -> str:
        """Return blocks, single addresses and ranges, comma-joined: ``10.0.0.0/8,1.2.3.4,::1-::ffff``."""
        ranges = [range_text(4, *pair) for pair in self.ipv4] + [range_text(6, *pair) for pair in self.ipv6]
        return ",".join(ranges)


def parse_address(text: str) -> IPv4Address | IPv6Address:
    """Return an IP address; an IPv4 address in IPv6 spelling, ``::ffff:10.0.0.1``, is the IPv4 address.

    Raises
    ------
    ValueError
        If the text is no address.
    """
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=65536)
def _difference(left: AddressSet, right: AddressSet) -> AddressSet:
    """Return the addresses of `left` that are not in `right`; many policies exclude the same blocks."""
    return AddressSet(
        intersection(left.ipv4, complement(right.ipv4, 0, LAST_ADDRESS[4])),
        intersection(left.ipv6, complement(right.ipv6, 0, LAST_ADDRESS[6])),
    )


def range_text(family: int, first: int, last: int) -> str:
    """Return an address range as people write it: an address, a CIDR block, else ``first-last``.

    >>> range_text(4, 0, 2**32 - 1), range_text(6, 1, 1), range_text(4, 1, 3)
    ('0.0.0.0/0', '::1', '0.0.0.1-0.0.0.3')

    Parameters
    ----------
    family : int
    first : int
    last : int
    """
    size = last - first + 1
    if size == 1:
        return str(_address(family, first))
    if size & (size - 1) == 0 and first % size == 0:  # whole blocks only
        return f"{_address(family, first)}/{LAST_ADDRESS[family].bit_length() - (size.bit_length() - 1)}"
    return written_range(family, first, last)


def written_range(family: int, first: int, last: int) -> str:
    """Return an address range as ``first-last``, also where it is a block or one address: the reference tools' form.

    Parameters
    ----------
    family : int
    first : int
    last : int
    """
    return f"{_address(family, first)}-{_address(family, last)}"


def addresses_named(text: str) -> AddressSet | None:
    """Return the addresses that `text` names; None where it names none.

    An IP address, a CIDR block, ``first-last`` (also as the reference tools write it, with
    ``[External]`` behind it), or ``outside`` for all addresses.
    """
    if text == OUTSIDE:
        return EVERYWHERE
    try:
        first, dash, last = text.removesuffix(f"[{EXTERNAL}]").partition("-")
        if not dash:
            return AddressSet.of(first)
        low, high = parse_address(first), parse_address(last)
    except ValueError:
        return None
    if low.version != high.version or int(high) < int(low):
        return None
    pair = ((int(low), int(high)),)
    return AddressSet(ipv4=pair) if low.version == 4 else AddressSet(ipv6=pair)  # noqa: PLR2004  (the family's number)


def all_of(families: Iterable[int]) -> AddressSet:
    """Return every address of some families."""
    return AddressSet.union_of({4: ALL_IPV4, 6: ALL_IPV6}[family] for family in families)


def _address(family: int, number: int) -> IPv4Address | IPv6Address:
    return IPv4Address(number) if family == 4 else IPv6Address(number)  # noqa: PLR2004  (the family's number)


ALL_IPV4 = AddressSet(ipv4=((0, LAST_ADDRESS[4]),))
ALL_IPV6 = AddressSet(ipv6=((0, LAST_ADDRESS[6]),))
EVERYWHERE = ALL_IPV4 | ALL_IPV6
