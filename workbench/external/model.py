"""What a person says of addresses outside: blocks with names, and which names and blocks there can be."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple

from workbench.ground import (
    EXTERNAL_ENTITIES,
    INTERNAL_ENTITIES,
    OUTSIDE,
    UNNAMED_OUTSIDE,
    ArgumentError,
    addresses_named,
    parse_block,
)

__all__ = ["RESERVED", "KnownServer", "NamedBlock", "can_be_outside", "checked_cidr", "checked_name", "checked_server"]

RESERVED: Final = frozenset(
    text.casefold() for text in (EXTERNAL_ENTITIES, INTERNAL_ENTITIES, OUTSIDE, "unknown", "internal", *UNNAMED_OUTSIDE)
)
"""What answers, commands and sources call what has no name of its own, in small letters."""
_LOOPBACK: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
LONGEST_NAME: Final = 253
_BRACKETS: Final = ("[", "]", "{", "}")
"""What only the names of workloads and nodes have, and that of the ingress controller."""


class NamedBlock(NamedTuple):
    """A block of addresses that a person named.

    Attributes
    ----------
    cidr : str
        Without host bits.
    name : str
    widened : bool
        A source made it wider than what was seen: it never counts as exact (external 14).
    """

    cidr: str
    name: str
    widened: bool = False


class KnownServer(NamedTuple):
    """An entry of a KnownServer of Kubescape.

    Attributes
    ----------
    cidr : str
        As it is written, which may have host bits.
    server, name : str
    widened : bool
        As of `NamedBlock`.
    """

    cidr: str
    server: str
    name: str
    widened: bool = False

    @property
    def title(self) -> str:
        """What flows and graphs call its addresses: the first of name, server and block that can be a name there."""
        return next((one for text in (self.name, self.server) if (one := _usable(text, self.cidr))), self.cidr)


def checked_cidr(text: str) -> str:
    """Return a block of addresses outside as it is kept: without host bits (external X4, X8).

    One address is a block of one.

    Parameters
    ----------
    text : str

    Raises
    ------
    ArgumentError
        If it is not a CIDR, or no block that can be outside: one with loopback addresses or the unspecified one.
    """
    network = parse_block(text.strip())
    if network is None:
        message = f"{text!r:.80} is not a valid CIDR"
        raise ArgumentError(message, "write an address and the length of its prefix, such as 203.0.113.0/24")
    if network.network_address.is_unspecified:
        message = f"{network} begins at the unspecified address: it would hold everything that has no other name"
        raise ArgumentError(message, f"answers call that {EXTERNAL_ENTITIES} already; name a part of it")
    if any(network.version == one.version and network.overlaps(one) for one in _LOOPBACK):
        message = f"{network} holds loopback addresses, which never leave a pod"
        raise ArgumentError(message, "name the addresses that are called")
    return str(network)


@lru_cache(maxsize=1 << 16)
def can_be_outside(cidr: str) -> bool:
    """Tell whether a block can have a name, whoever gives it.

    Parameters
    ----------
    cidr : str
    """
    try:
        checked_cidr(cidr)
    except ArgumentError:
        return False
    return True


def checked_name(text: str, cidr: str) -> str:
    """Return the name of a block: the block itself where nothing is given (external X8).

    Parameters
    ----------
    text : str
    cidr : str
        The block.

    Raises
    ------
    ArgumentError
        If it is a name that means something else: other addresses, a workload, or what has no name.
    """
    name = text.strip() or cidr
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"a block's name is one line of at most {LONGEST_NAME} characters"
        raise ArgumentError(message)
    meant = addresses_named(name)
    own = addresses_named(cidr)
    if name.casefold() in RESERVED or (meant is not None and meant != own) or any(mark in name for mark in _BRACKETS):
        message = f"{name!r} cannot be the name of {cidr}: answers call something else so"
        raise ArgumentError(message, "give it a name of its own, without brackets or braces")
    return name


@lru_cache(maxsize=1 << 12)
def _usable(text: str, cidr: str) -> str:
    """Return a text as a name of a block; empty where it cannot be one."""
    try:
        return checked_name(text, cidr) if text.strip() else ""
    except ArgumentError:
        return ""


def checked_server(server: KnownServer) -> KnownServer:
    """Return a known server whose block is one.

    Parameters
    ----------
    server : KnownServer

    Raises
    ------
    ArgumentError
        If it is not.
    """
    if parse_block(server.cidr) is None:
        called = server.name or server.server
        message = f"the ipBlock {server.cidr!r:.80} of the known server {called!r:.80} is not a valid CIDR"
        raise ArgumentError(message)
    return server
