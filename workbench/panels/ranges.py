"""What a person calls address ranges that may do the same: a block, everywhere but some, or the first of many."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.ground import ALL_IPV4, ALL_IPV6, OUTSIDE, AddressSet, addresses_named

__all__ = ["family", "ranges_label"]

HALF = 0.5
NAMED = 1
"""So many blocks that are left out are named."""


def family(text: str) -> int:
    """Return 4 or 6, the IP version of the addresses that `text` names; 0 where they are of both, or none."""
    found = addresses_named(text)
    if found is None or bool(found.ipv4) is bool(found.ipv6):
        return 0
    return 4 if found.ipv4 else 6


def ranges_label(texts: Sequence[str]) -> str:
    """Return a name in one or two lines for ranges of one family.

    Ranges that are more than half of all addresses are everywhere, but for some: no rule that
    leaves some private networks out says more.
    """
    everything = {4: ALL_IPV4, 6: ALL_IPV6}.get(family(texts[0]))
    if everything is not None and len(texts) > 1:
        rest = everything - AddressSet.union_of(found for text in texts if (found := addresses_named(text)))
        if _size(rest) < HALF * _size(everything):
            left_out = str(rest).split(",")
            return f"{OUTSIDE}\nbut {left_out[0] if len(left_out) == NAMED else f'{len(left_out)} ranges'}"
    first = _broken(texts[0])
    return first if len(texts) == 1 else f"{first}\nand {len(texts) - 1} more"


def _broken(text: str) -> str:
    first, dash, last = text.partition("-")
    return f"{first}\nto {last}" if dash else text


def _size(found: AddressSet) -> int:
    return sum(last - first + 1 for pairs in (found.ipv4, found.ipv6) for first, last in pairs)
