"""Sets of IPv4 and IPv6 addresses as intervals of whole numbers (semantics 8)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Self

from workbench.ground.intervals import Intervals, complement, intersection, normalise, union
from workbench.ground.ip_text import Address, Network, parse_address, parse_cidr

__all__ = [
    "ALL_IPV4",
    "ALL_IPV6",
    "EVERYWHERE",
    "EXTERNAL",
    "EXTERNAL_ENTITIES",
    "INTERNAL_ENTITIES",
    "LAST_ADDRESS",
    "LINK_LOCAL",
    "OUTSIDE",
    "PRIVATE",
    "UNNAMED_OUTSIDE",
    "AddressSet",
    "addresses_named",
    "all_of",
    "range_text",
    "written_range",
]

EXTERNAL = "External"
"""The kind of a connection's end that is addresses."""
OUTSIDE = "outside"
"""What all addresses outside the cluster are called together."""
EXTERNAL_ENTITIES = "External Entities"
"""What addresses of the internet that have no name are called together."""
INTERNAL_ENTITIES = "Internal Entities"
"""What private addresses without a name that nothing in the cluster has are called together: never the internet."""
UNNAMED_OUTSIDE = frozenset({"internet", "world", "world-ipv4", "world-ipv6", "public network"})
"""What sources of flows call addresses of the internet of which they know nothing more."""
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
            If a text is not a CIDR.
        """
        if (address := parse_address(block)) is not None:
            found = cls.between(address, address)
        elif (cidr := parse_cidr(block)) is not None:
            found = cls.of_network(cidr.network)
        else:
            message = f"{block!r} is not a valid address or CIDR"
            raise ValueError(message)
        for exception in exceptions:
            found -= cls.of(exception)
        return found

    @classmethod
    def of_network(cls, network: Network) -> AddressSet:
        """Return the addresses of a network."""
        return cls.between(network.network_address, network.broadcast_address)

    @classmethod
    def between(cls, first: Address, last: Address) -> AddressSet:
        """Return the addresses from `first` to `last`, of one family, both included."""
        return cls.of_range(first.version, int(first), int(last))

    @classmethod
    def of_range(cls, family: int, first: int, last: int) -> AddressSet:
        """Return the addresses of `family`, 4 or 6, from the number `first` to the number `last`, both included."""
        pair = ((first, last),)
        return cls(ipv4=pair) if family == 4 else cls(ipv6=pair)  # noqa: PLR2004  (the family's number)

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
        """Tell whether the IP address `address` is in the set; a text that is not an address is in none."""
        parsed = parse_address(address)
        return parsed is not None and self.holds(parsed)

    def holds(self, address: Address) -> bool:
        """Tell whether an address is in the set."""
        pairs = self.ipv4 if address.version == 4 else self.ipv6  # noqa: PLR2004  (the family's number)
        return any(first <= int(address) <= last for first, last in pairs)

    @property
    def single(self) -> str:
        """The address, where the set has just one; else empty."""
        pairs = (*((IPv4Address, *pair) for pair in self.ipv4), *((IPv6Address, *pair) for pair in self.ipv6))
        return str(pairs[0][0](pairs[0][1])) if len(pairs) == 1 and pairs[0][1] == pairs[0][2] else ""

    def __str__(self) -> str:
        """Return blocks, single addresses and ranges, comma-joined: ``10.0.0.0/8,1.2.3.4,::1-::ffff``."""
        ranges = [range_text(4, *pair) for pair in self.ipv4] + [range_text(6, *pair) for pair in self.ipv6]
        return ",".join(ranges)


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
    first, dash, last = text.removesuffix(f"[{EXTERNAL}]").partition("-")
    if not dash:
        with suppress(ValueError):
            return AddressSet.of(first)
        return None
    low, high = parse_address(first), parse_address(last)
    if low is None or high is None or low.version != high.version or int(high) < int(low):
        return None
    return AddressSet.between(low, high)


def all_of(families: Iterable[int]) -> AddressSet:
    """Return every address of some families."""
    return AddressSet.union_of({4: ALL_IPV4, 6: ALL_IPV6}[family] for family in families)


def _address(family: int, number: int) -> Address:
    return IPv4Address(number) if family == 4 else IPv6Address(number)  # noqa: PLR2004  (the family's number)


ALL_IPV4 = AddressSet(ipv4=((0, LAST_ADDRESS[4]),))
ALL_IPV6 = AddressSet(ipv6=((0, LAST_ADDRESS[6]),))
EVERYWHERE = ALL_IPV4 | ALL_IPV6

PRIVATE = AddressSet.union_of(
    map(AddressSet.of, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
"""Private networks, carrier-grade NAT, unique local addresses: where clusters have their pods."""
LINK_LOCAL = AddressSet.of("169.254.0.0/16") | AddressSet.of("fe80::/10")
"""Addresses of one link: neither pods nor the internet."""
