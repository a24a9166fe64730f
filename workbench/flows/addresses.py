"""What an address is: its usual spelling, and whether it can be a peer at all (flow-rules N12)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

__all__ = ["Place", "classify_address"]

METADATA: Final = {"169.254.169.254": "cloud metadata service", "fd00:ec2::254": "cloud metadata service"}
NODE_LOCAL_DNS: Final = {"169.254.20.10": "node-local DNS", "169.254.25.10": "node-local DNS"}
KNOWN: Final = {**METADATA, **NODE_LOCAL_DNS}
PRIVATE: Final = (
    *map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")),
    *map(ip_network, ("fc00::/7", "fe80::/10")),
)
"""Of private networks, carrier-grade NAT, unique and link-local: not the internet (flow-rules N12)."""


class Place(NamedTuple):
    """What is known of an address by itself.

    Attributes
    ----------
    address : str
        In its usual spelling: an IPv4 address that is wrapped in an IPv6 one is unwrapped.
    family : str
        ``ipv4``, ``ipv6``, or empty where the text is no address.
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
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return Place(text, "")
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    spelled = str(address)
    family = "ipv4" if isinstance(address, IPv4Address) else "ipv6"
    label = KNOWN.get(spelled, "")
    return Place(spelled, family, "" if label else _no_peer(address), _is_private(address), label)


def _no_peer(address: IPv4Address | IPv6Address) -> str:
    if address.is_loopback:
        return "loopback"
    if address.is_unspecified:
        return "unspecified"
    if address.is_multicast:
        return "multicast"
    if address.is_link_local:
        return "link-local"
    return "broadcast" if str(address) == "255.255.255.255" else ""


def _is_private(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in PRIVATE)
