"""Which addresses a CIDR means, as the API server reads it, and what newer servers object to in its spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, ip_interface
from typing import NamedTuple

__all__ = ["Cidr", "parse_cidr"]

_CIDR = re.compile(r"([0-9A-Fa-f:.]+)/([0-9]{1,8})")
_IPV4 = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){3}")
_ZEROS_OF_GROUP = re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])")
_MAPPED = 96
"""Bits before the IPv4 address in its IPv6 spelling, ``::ffff:10.0.0.0``."""


class Cidr(NamedTuple):
    """A CIDR as it is meant.

    Attributes
    ----------
    network : str
        The usual spelling of what it means.
    host_bits : bool
        Whether bits are set beyond the prefix, as in ``10.0.0.1/8``.
    leading_zeros : bool
        Whether decimal numbers have zeros in front, as in ``010.0.0.0/8``, which is read as ``10.0.0.0/8``.
    mapped : bool
        Whether it is an IPv4 block in IPv6 spelling, ``::ffff:10.0.0.0/104``; `network` is the IPv4 block.
    """

    network: str
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
    if parts is None:
        return None
    address, length = parts[1], int(parts[2])
    if ":" not in address and not _IPV4.fullmatch(address):
        return None
    head, colon, tail = address.rpartition(":")
    decimals = tail if "." in tail else ""
    plain = _ZEROS_OF_GROUP.sub("", head) + colon + _ZEROS_OF_GROUP.sub("", tail)
    try:
        written = ip_interface(f"{plain}/{length}")
    except ValueError:
        return None
    zeros = len(parts[2]) > len(str(length)) or (bool(decimals) and _ZEROS_OF_GROUP.search(decimals) is not None)
    bits = written.ip != written.network.network_address
    if isinstance(written.ip, IPv6Address) and written.ip.ipv4_mapped is not None and length >= _MAPPED:
        network = IPv4Network((int(written.ip.ipv4_mapped), length - _MAPPED), strict=False)
        return Cidr(str(network), bits, zeros, mapped=True)
    return Cidr(str(written.network), bits, zeros)
