"""What a person calls some address ranges: a CIDR, the internet, or the first of many."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, summarize_address_range

__all__ = ["family", "ranges_label", "short_range"]

BITS = {4: 32, 6: 128}
HALF = 0.5


def family(text: str) -> int:
    """Return 4 or 6, the IP version of the range ``first-last``; 0 where the text is no range."""
    ends = _ends(text)
    return ends[0].version if ends else 0


def ranges_label(texts: Sequence[str]) -> str:
    """Return a name in one or two lines for the ranges ``first-last`` of one family.

    Ranges that cover more than half of all addresses are the internet: no rule that leaves some
    private networks out says more.
    """
    version = family(texts[0])
    if version:
        covered, everything = sum(map(_size, texts)), 2 ** BITS[version]
        if covered == everything:
            return f"anywhere\nIPv{version}"
        if covered > HALF * everything:
            return f"internet\nIPv{version}, {len(texts)} ranges"
    first = short_range(texts[0])
    return first if len(texts) == 1 else f"{first}\nand {len(texts) - 1} more"


def short_range(text: str) -> str:
    """Return the range ``first-last`` as a CIDR or a single address, where it is one; as it is otherwise."""
    ends = _ends(text)
    if ends is None:
        return text
    first, last = ends
    if first == last:
        return str(first)
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
        blocks = [str(block) for block in summarize_address_range(first, last)]
    else:
        blocks = [str(block) for block in summarize_address_range(IPv6Address(int(first)), IPv6Address(int(last)))]
    return blocks[0] if len(blocks) == 1 else f"{first}\nto {last}"


def _ends(text: str) -> tuple[IPv4Address, IPv4Address] | tuple[IPv6Address, IPv6Address] | None:
    first_text, _, last_text = text.partition("-")
    try:
        first, last = ip_address(first_text), ip_address(last_text)
    except ValueError:
        return None
    if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
        return first, last
    if isinstance(first, IPv6Address) and isinstance(last, IPv6Address):
        return first, last
    return None


def _size(text: str) -> int:
    ends = _ends(text)
    return int(ends[1]) - int(ends[0]) + 1 if ends else 0
