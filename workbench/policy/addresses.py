"""Sets of IPv4 and IPv6 addresses as intervals of whole numbers (connectivity.md 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self

from workbench.policy.intervals import Intervals, complement, intersection, normalise, union

__all__ = ["ALL_IPV4", "ALL_IPV6", "EVERYWHERE", "AddressSet", "range_text"]

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

        Host bits may be set: ``10.0.0.1/8`` means ``10.0.0.0/8``.

        Raises
        ------
        ValueError
            If a text is no CIDR.
        """
        network = ip_network(block, strict=False)
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
        return AddressSet(
            intersection(self.ipv4, complement(other.ipv4, 0, LAST_ADDRESS[4])),
            intersection(self.ipv6, complement(other.ipv6, 0, LAST_ADDRESS[6])),
        )

    def __bool__(self) -> bool:
        return bool(self.ipv4 or self.ipv6)

    def contains(self, address: str) -> bool:
        """Tell whether the IP address `address` is in the set."""
        parsed = ip_address(address)
        pairs = self.ipv4 if parsed.version == 4 else self.ipv6  # noqa: PLR2004  (the family's number)
        return any(first <= int(parsed) <= last for first, last in pairs)

    @property
    def single(self) -> str:
        """The address, where the set has just one; else empty."""
        pairs = (*((IPv4Address, *pair) for pair in self.ipv4), *((IPv6Address, *pair) for pair in self.ipv6))
        return str(pairs[0][0](pairs[0][1])) if len(pairs) == 1 and pairs[0][1] == pairs[0][2] else ""

    def __str__(self) -> str:
        """Return the ranges, comma-joined: ``10.0.0.0-10.255.255.255,::-::ffff``."""
        ranges = [range_text(4, *pair) for pair in self.ipv4] + [range_text(6, *pair) for pair in self.ipv6]
        return ",".join(ranges)


def range_text(family: int, first: int, last: int) -> str:
    """Return an address range as the reference tools print it: ``first-last``.

    A single address is printed as a range, too.
    """
    make = IPv4Address if family == 4 else IPv6Address  # noqa: PLR2004  (the family's number)
    return f"{make(first)}-{make(last)}"


ALL_IPV4 = AddressSet(ipv4=((0, LAST_ADDRESS[4]),))
ALL_IPV6 = AddressSet(ipv6=((0, LAST_ADDRESS[6]),))
EVERYWHERE = ALL_IPV4 | ALL_IPV6
