"""How sources spell what the schema writes in one way: protocols, labels, DNS names, blocks of addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from workbench.flows.addresses import classify_address
from workbench.ground import parse_cidr

__all__ = ["Whereabouts", "domains_of", "is_true", "labels_of", "transport_of", "whereabouts"]

_DIFFERENT: Final = 1 << 14
"""The number of different texts of labels that are remembered: they repeat from row to row."""
_TRANSPORTS: Final = {
    "tcp": "tcp",
    "6": "tcp",
    "udp": "udp",
    "17": "udp",
    "sctp": "sctp",
    "132": "sctp",
    "icmp": "icmp",
    "icmpv4": "icmp",
    "1": "icmp",
    "icmpv6": "icmpv6",
    "icmp6": "icmpv6",
    "ipv6-icmp": "icmpv6",
    "58": "icmpv6",
}


class Whereabouts(NamedTuple):
    """Where an end without a name is: at one address, or somewhere in a block of them.

    Attributes
    ----------
    address : str or None
        The address, in its usual spelling.
    block : str or None
        The block as a CIDR, or ``*`` for any address; None where the address is known.
    is_private : bool
        Whether the address, or where the block begins, is of a private network.
    """

    address: str | None
    block: str | None
    is_private: bool


def transport_of(protocol: object) -> str:
    """Return the schema's name of a protocol that is given by name or by IANA's number; ``other`` if it has none."""
    return _TRANSPORTS.get(str(protocol).strip().lower(), "other")


def is_true(value: object) -> bool:
    """Tell whether a field is true, also where a collector has made a text of it."""
    return value is True or str(value).strip().lower() == "true"


@lru_cache(maxsize=_DIFFERENT)
def labels_of(text: str) -> Mapping[str, str]:
    """Return the labels in a text such as ``app=web,tier=front``; a label without ``=`` has no value.

    The same text gives the same mapping, which is not to be changed.
    """
    parts = (part.strip() for part in text.split(","))
    return {key.strip(): value.strip() for key, _, value in (part.partition("=") for part in parts if part)}


def domains_of(names: Iterable[str | None]) -> list[str] | None:
    """Return DNS names in lower case, without the last dot, each once, sorted (flow-rules N13); None without any."""
    spelled = {name.strip().lower().removesuffix(".") for name in names if name}
    return sorted(spelled - {""}) or None


def whereabouts(text: str) -> Whereabouts:
    """Return where an address, a CIDR or ``*`` is; a block of one address is that address.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    text = text.strip()
    if text == "*":
        return Whereabouts(None, "*", is_private=False)
    if "/" not in text:
        place = classify_address(text)
        if not place.family:
            message = f"{text!r:.80} is not a valid address"
            raise ValueError(message)
        return Whereabouts(place.address, None, place.private)
    block = parse_cidr(text)
    if block is None:
        message = f"{text!r:.80} is not a valid CIDR"
        raise ValueError(message)
    network = block.network
    place = classify_address(str(network.network_address))
    if network.prefixlen == network.max_prefixlen:
        return Whereabouts(place.address, None, place.private)
    return Whereabouts(None, str(network), place.private)
