"""How IP addresses and CIDR blocks are read: as the API server reads them, and from recordings of any origin."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface
from typing import NamedTuple, TypeAlias

__all__ = ["Address", "Cidr", "Network", "parse_address", "parse_block", "parse_cidr", "parse_recorded_address"]

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_CIDR = re.compile(r"(.+)/([0-9]{1,8})", re.DOTALL)
_ADDRESS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_ZEROS_OF_GROUP = re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])")
_MAPPED = 96
"""Bits before the IPv4 address in its IPv6 spelling, ``::ffff:10.0.0.0``."""


class Cidr(NamedTuple):
    """A CIDR as it is meant.

    Attributes
    ----------
    network : IPv4Network or IPv6Network
        What it means.
    address : IPv4Address or IPv6Address
        The address in front of the slash, with the bits beyond the prefix.
    host_bits : bool
        Whether bits are set beyond the prefix, as in ``10.0.0.1/8``.
    leading_zeros : bool
        Whether decimal numbers have zeros in front, as in ``010.0.0.0/8``, which is read as ``10.0.0.0/8``.
    mapped : bool
        Whether it is an IPv4 block in IPv6 spelling, ``::ffff:10.0.0.0/104``; `network` is the IPv4 block.
    """

    network: Network
    address: Address
    host_bits: bool = False
    leading_zeros: bool = False
    mapped: bool = False


@lru_cache(maxsize=65536)
def parse_cidr(text: str) -> Cidr | None:
    """Return what a CIDR means; None where it is not one.

    An address, a slash and the length of the prefix, nothing else: neither masks nor zones nor spaces. Zeros
    in front of decimal numbers do not make them octal (Kubernetes, KEP-4858, "IP/CIDR validation").
    """
    parts = _CIDR.fullmatch(text)
    if parts is None or not _ADDRESS.fullmatch(parts[1]):
        return None
    decimals, length = parts[1].rpartition(":")[2], int(parts[2])
    try:
        written = ip_interface(f"{_without_zeros(parts[1])}/{length}")
    except ValueError:
        return None
    zeros = len(parts[2]) > len(str(length)) or ("." in decimals and _ZEROS_OF_GROUP.search(decimals) is not None)
    bits = written.ip != written.network.network_address
    address = _unwrapped(written.ip)
    if address.version != written.version and length >= _MAPPED:
        network = IPv4Network((int(address), length - _MAPPED), strict=False)
        return Cidr(network, address, bits, zeros, mapped=True)
    return Cidr(written.network, address, bits, zeros)


@lru_cache(maxsize=65536)
def parse_address(text: str) -> Address | None:
    """Return an IP address; None where `text` is not one.

    Neither a zone nor a prefix belongs to it. Zeros in front of decimal numbers do not make them octal, as in
    `parse_cidr`. An IPv4 address in IPv6 spelling, ``::ffff:10.0.0.1``, is the IPv4 address.
    """
    if not _ADDRESS.fullmatch(text):
        return None
    try:
        return _unwrapped(ip_interface(_without_zeros(text)).ip)
    except ValueError:
        return None


def parse_block(text: str) -> Network | None:
    """Return the block that a CIDR means, or that of one address alone; None where `text` is neither.

    Parameters
    ----------
    text : str
    """
    if (address := parse_address(text)) is not None:
        return IPv4Network(address) if isinstance(address, IPv4Address) else IPv6Network(address)
    cidr = parse_cidr(text)
    return None if cidr is None else cidr.network


def parse_recorded_address(text: str) -> Address | None:
    """Return the IP address that a recording writes with spaces around it, in brackets, or with a zone behind it."""
    return parse_address(text.strip().strip("[]").partition("%")[0])


def _without_zeros(address: str) -> str:
    return _ZEROS_OF_GROUP.sub("", address)


def _unwrapped(address: Address) -> Address:
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
