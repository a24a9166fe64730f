"""What an address is: its usual spelling, and whether it can be a peer at all (flow-rules N12)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from workbench.ground import LINK_LOCAL, PRIVATE, Address, parse_recorded_address

__all__ = ["Place", "classify_address"]

METADATA: Final = {"169.254.169.254": "cloud metadata service", "fd00:ec2::254": "cloud metadata service"}
NODE_LOCAL_DNS: Final = {"169.254.20.10": "node-local DNS", "169.254.25.10": "node-local DNS"}
KNOWN: Final = {**METADATA, **NODE_LOCAL_DNS}
_NEAR: Final = PRIVATE | LINK_LOCAL
"""Not the internet (flow-rules N12)."""


class Place(NamedTuple):
    """What is known of an address by itself.

    Attributes
    ----------
    address : str
        In its usual spelling: an IPv4 address that is wrapped in an IPv6 one is unwrapped.
    family : str
        ``ipv4``, ``ipv6``, or empty where the text is not an address.
    no_peer : str
        Why it cannot be a peer: ``loopback``, ``unspecified``, ``multicast``, ``broadcast`` or
        ``link-local``; empty where it can.
    private : bool
        Whether it is of a private network, of carrier-grade NAT or unique local: not the internet.
    label : str
        What is behind it on every cluster, such as ``cloud metadata service``; empty otherwise.
    """

    address: str
    family: str
    no_peer: str = ""
    private: bool = False
    label: str = ""


@lru_cache(maxsize=1 << 16)
def classify_address(text: str) -> Place:
    """Return what is known of an address by itself."""
    address = parse_recorded_address(text)
    if address is None:
        return Place(text, "")
    spelled = str(address)
    label = KNOWN.get(spelled, "")
    return Place(spelled, f"ipv{address.version}", "" if label else _no_peer(address), _NEAR.holds(address), label)


def _no_peer(address: Address) -> str:
    if address.is_loopback:
        return "loopback"
    if address.is_unspecified:
        return "unspecified"
    if address.is_multicast:
        return "multicast"
    if address.is_link_local:
        return "link-local"
    return "broadcast" if str(address) == "255.255.255.255" else ""
