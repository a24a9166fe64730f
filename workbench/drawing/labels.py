"""How nodes, address ranges and ports are worded where there is little room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.drawing.graph import GraphNode
from workbench.ground import ALL_IPV4, ALL_IPV6, OUTSIDE, AddressSet, addresses_named

__all__ = ["box_lines", "ports_lines", "ranges_label"]

MOST_NAMES = 8
WIDEST = 30
HALF = 0.5


def box_lines(nodes: Sequence[GraphNode]) -> list[str]:
    """Return the names of nodes that share a box, and of what kind they are."""
    names = [line for node in nodes for line in node.label]
    hidden = len(names) - MOST_NAMES
    if hidden > 1:
        names[MOST_NAMES:] = [f"and {hidden:,} more"]
    kinds = sorted(Counter(node.kind for node in nodes if node.kind).items())
    words = [kind if len(nodes) == 1 else f"{count:,} x {kind}" for kind, count in kinds]
    return [*names, f"[{', '.join(words)}]"] if words else names


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


def ranges_label(texts: Sequence[str]) -> str:
    """Return a name in one or two lines for address ranges that may do the same.

    Ranges that are more than half of all addresses of their families are everywhere, but for some: no rule that
    leaves some private networks out says more.
    """
    if len(texts) > 1:
        named = AddressSet.union_of(found for text in texts if (found := addresses_named(text)))
        whole = [every for every, part in ((ALL_IPV4, named.ipv4), (ALL_IPV6, named.ipv6)) if part]
        everything = AddressSet.union_of(whole)
        rest = everything - named
        if whole and _size(rest) < HALF * _size(everything):
            if not rest:
                return str(everything).replace(",", "\n")
            left_out = str(rest).split(",")
            return f"{OUTSIDE}\nbut {left_out[0] if len(left_out) == 1 else f'{len(left_out)} ranges'}"
    first, dash, last = texts[0].partition("-")
    named_first = f"{first}\nto {last}" if dash else first
    return named_first if len(texts) == 1 else f"{named_first}\nand {len(texts) - 1} more"


def _size(found: AddressSet) -> int:
    return sum(last - first + 1 for pairs in (found.ipv4, found.ipv6) for first, last in pairs)
