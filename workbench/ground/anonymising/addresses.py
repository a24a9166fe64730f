"""Which address stands in for another: two that share the first bits do so afterwards (anonymising 4).

That is the idea of Crypto-PAn (Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization", 2002): each bit
is turned or not by a keyed function of the bits before it. Here no bit is turned that leads to a range with a meaning
of its own, so that these stay where they are, and nothing else gets into one.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, NamedTuple

from workbench.ground.anonymising.digests import digest
from workbench.ground.ip_text import Address, Network

__all__ = ["address_of", "network_of"]

_OCTET: Final = 8
_BITS: Final = {4: 32, 6: 128}
_REMEMBERED: Final = 1 << 16


class _Range(NamedTuple):
    """A block with a meaning of its own; what is in it stays as it is if it is `kept`, and in the block otherwise."""

    first: int
    length: int
    kept: bool


def _ranges(kept: str, own: str) -> tuple[_Range, ...]:
    return tuple(
        _Range(int(block.network_address), block.prefixlen, is_kept)
        for texts, is_kept in ((kept, True), (own, False))
        for block in map(_block, texts.split())
    )


def _block(text: str) -> Network:
    return IPv6Network(text) if ":" in text else IPv4Network(text)


_RANGES: Final = {
    4: _ranges(
        kept="0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"
        " 224.0.0.0/4 255.255.255.255/32",
        own="10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 198.18.0.0/15 240.0.0.0/4",
    ),
    6: _ranges(
        kept="::/128 ::1/128 2001:db8::/32 3fff::/20 fd00:ec2::254/128 ff00::/8",
        own="::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2002::/16 fc00::/8 fd00::/8 fe80::/10",
    ),
}
"""The special-purpose ranges of IANA, and addresses that mean the same on every cloud."""
_IPV4_WITHIN: Final = tuple(int(IPv6Address(text)) for text in ("::ffff:0:0", "64:ff9b::"))
"""Where IPv6 addresses end on an IPv4 address."""


def address_of(key: bytes, address: Address) -> Address:
    """Return what stands in for an address."""
    if isinstance(address, IPv4Address):
        return IPv4Address(_number_of(key, 4, int(address)))
    return IPv6Address(_number_of(key, 6, int(address)))


def network_of(key: bytes, network: Network) -> Network:
    """Return what stands in for a block: the block of what stands in for its addresses."""
    family, bits = network.version, network.max_prefixlen
    host = (1 << (bits - network.prefixlen)) - 1
    first = _number_of(key, family, int(network.network_address)) & ~host
    return (
        IPv4Network((first, network.prefixlen))
        if isinstance(network, IPv4Network)
        else IPv6Network((first, network.prefixlen))
    )


@lru_cache(maxsize=_REMEMBERED)
def _number_of(key: bytes, family: int, number: int) -> int:
    low = _BITS[4]
    if family != 4 and number >> low << low in _IPV4_WITHIN:  # noqa: PLR2004  (the family's number)
        return number >> low << low | _number_of(key, 4, number & (1 << low) - 1)
    return number ^ (_turned(key, family, number) & _free(family, number))


def _free(family: int, number: int) -> int:
    """Return which bits of an address may be turned: those behind the last that leads to a range."""
    bits, fixed = _BITS[family], 0
    for one in _RANGES[family]:
        shared = bits - (number ^ one.first).bit_length()
        if shared >= one.length and one.kept:
            return 0
        # A bit that leads to the range, or past it, is as it is; within the range, all further ones are free.
        fixed = max(fixed, one.length if shared >= one.length else shared + 1)
    return (1 << (bits - fixed)) - 1


def _turned(key: bytes, family: int, number: int) -> int:
    """Return which bits are turned, each by the bits before it."""
    written = number.to_bytes(_BITS[family] // _OCTET)
    turned = 0
    for place, octet in enumerate(written):
        drawn = _drawn(key, family, written[:place])
        for bit in range(_OCTET):
            turned = turned << 1 | (drawn >> (1 << bit | octet >> (_OCTET - bit))) & 1
    return turned


@lru_cache(maxsize=_REMEMBERED)
def _drawn(key: bytes, family: int, before: bytes) -> int:
    """Return a bit for each way in which the next octet may begin, of 0 to 7 bits: each way is a number to 255."""
    return int.from_bytes(digest(key, f"ipv{family}", before, 32), "little")
