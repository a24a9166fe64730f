"""How nodes, address ranges and ports are worded where there is little room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.drawing.graph import GraphNode
from workbench.ground import ALL_IPV4, ALL_IPV6, OUTSIDE, AddressSet, count_of

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


def ranges_label(nodes: Sequence[GraphNode]) -> str:
    """Return a name in one or two lines for nodes, most of them address ranges, that may do the same.

    Ranges that are more than half of all addresses of their families are everywhere, but for some: no rule that
    leaves some private networks out says more.
    """
    if len(nodes) > 1:
        named = AddressSet.union_of(node.addresses for node in nodes if node.addresses)
        whole = [every for every, part in ((ALL_IPV4, named.ipv4), (ALL_IPV6, named.ipv6)) if part]
        everything = AddressSet.union_of(whole)
        rest = everything - named
        if whole and _size(rest) < HALF * _size(everything):
            if not rest:
                return str(everything).replace(",", "\n")
            left_out = len(rest.ipv4) + len(rest.ipv6)
            return f"{OUTSIDE}\nbut {rest if left_out == 1 else count_of(left_out, 'range')}"
    first = nodes[0].name.replace("-", "\nto ") if nodes[0].addresses else nodes[0].name
    return first if len(nodes) == 1 else f"{first}\nand {len(nodes) - 1} more"


def _size(found: AddressSet) -> int:
    return sum(last - first + 1 for pairs in (found.ipv4, found.ipv6) for first, last in pairs)
