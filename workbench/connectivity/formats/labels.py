"""How peers, ports and address ranges are worded where there is little room."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address, summarize_address_range
from typing import TYPE_CHECKING

from workbench.connectivity.formats.picture import FROM_OUTSIDE, FROM_PODS_TO_COME, TO_OUTSIDE, TO_PODS_TO_COME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity.result import Peer

__all__ = ["box_lines", "ports_lines", "range_name"]

OUTSIDE = {FROM_OUTSIDE, TO_OUTSIDE}
PLACES = {*OUTSIDE, FROM_PODS_TO_COME, TO_PODS_TO_COME}
"""Kinds that the place of a box says already."""
MOST_NAMES = 8
WIDEST = 30
EVERYWHERE = {"0.0.0.0/0": "any IPv4 address", "::/0": "any IPv6 address"}


def range_name(text: str) -> str:
    """Return ``first-last`` as an address, a CIDR block, or as it is where it is neither.

    >>> range_name("10.0.0.0-10.255.255.255"), range_name("1.1.1.1-1.1.1.1"), range_name("::-::5")
    ('10.0.0.0/8', '1.1.1.1', '::-::5')
    """
    first, dash, last = text.partition("-")
    if not dash:
        return text
    if first == last:
        return first
    blocks = summarize_address_range(ip_address(first), ip_address(last))
    block, more = next(blocks), next(blocks, None)
    return text if more else EVERYWHERE.get(str(block), str(block))


def box_lines(members: Sequence[Peer]) -> list[str]:
    """Return the names of peers that share a box, and of what kind they are."""
    names = [_name(peer) for peer in members]
    hidden = len(names) - MOST_NAMES
    if hidden > 1:
        names[MOST_NAMES:] = [f"and {hidden:,} more"]
    return [*names, *_kinds(members)]


def _name(peer: Peer) -> str:
    """Return a peer's name without namespace and kind; with the labels that tell pods of one owner apart."""
    if peer.kind in OUTSIDE:
        return range_name(peer.workload)
    return peer.name.removeprefix(f"{peer.namespace}/").replace(f"[{peer.kind}]", " ", 1).strip()


def _kinds(members: Sequence[Peer]) -> list[str]:
    kinds = sorted(Counter(peer.kind for peer in members if peer.kind not in {"", *PLACES}).items())
    words = [kind if len(members) == 1 else f"{count:,} x {kind}" for kind, count in kinds]
    return [f"[{', '.join(words)}]"] if words else []


def ports_lines(text: str) -> list[str]:
    """Return a port set as a line for each protocol, shortened to the width of a label.

    >>> ports_lines("TCP 80,443,UDP 53")
    ['TCP 80,443', 'UDP 53']
    """
    lines: list[str] = []
    for part in text.replace("All Connections", "all ports").split(","):
        if lines and part[:1].isdigit():
            lines[-1] += f",{part}"
        else:
            lines.append(part)
    return [line if len(line) <= WIDEST else f"{line[:WIDEST].rpartition(',')[0]},…" for line in lines]
