"""How nodes, address ranges and ports are worded where there is little room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from workbench.drawing.graph import GraphNode
from workbench.ground import ALL_IPV4, ALL_IPV6, ALL_PORTS, OUTSIDE, AddressSet, PortSet, count_of, ports_text

__all__ = ["PortLines", "box_lines", "ports_lines", "ranges_label", "shortened"]

MOST_NAMES = 8
WIDEST = 30
HALF = 0.5


def box_lines(nodes: Sequence[GraphNode], way: str = "") -> list[str]:
    """Return the names of nodes that share a box, with a word before them, and of what kind they are."""
    names = _after(way, [line for node in nodes for line in node.label])
    hidden = len(names) - MOST_NAMES
    if hidden > 1:
        names[MOST_NAMES:] = [f"and {hidden:,} more"]
    each = [one for node in nodes for one in (node.members or (node,))]
    kinds = sorted(Counter(one.kind for one in each if one.kind).items())
    words = [kind if len(each) == 1 else f"{count:,} x {kind}" for kind, count in kinds]
    return [*names, f"[{', '.join(words)}]"] if words else names


def ports_lines(ports: PortSet) -> tuple[str, ...]:
    """Return a port set as a line for each protocol.

    >>> ports_lines(PortSet.of("TCP", 80) | PortSet.of("UDP", 53))
    ('TCP 80', 'UDP 53')
    """
    if ports == ALL_PORTS:
        return ("all ports",)
    return tuple(f"{protocol} {ports_text(numbers)}" for protocol, numbers in ports.by_protocol().items())


class PortLines(dict[PortSet, tuple[str, ...]]):
    """Port sets in lines, each made once: a large map has few different ones."""

    def __missing__(self, ports: PortSet) -> tuple[str, ...]:
        return self.setdefault(ports, ports_lines(ports))


def shortened(lines: Iterable[str]) -> list[str]:
    """Return the lines of a label, those that are too wide ended after a whole value.

    >>> shortened(["TCP 1000,2000,3000,4000,5000,6000,7000"])
    ['TCP 1000,2000,3000,4000,5000,…']
    """
    return [line if len(line) <= WIDEST else _shortened(line) for line in lines]


def _shortened(line: str) -> str:
    whole = line[:WIDEST].rpartition(",")[0]
    return f"{whole},…" if whole else f"{line[: WIDEST - 1]}…"


def _after(way: str, lines: Sequence[str]) -> list[str]:
    """Return lines of which the first begins with a word, if there is one."""
    return [f"{way} {lines[0]}".strip(), *lines[1:]]


def ranges_label(nodes: Sequence[GraphNode], way: str = "") -> str:
    """Return a name in one or two lines for nodes, most of them address ranges, that may do the same.

    Ranges that are more than half of all addresses of their families are everywhere, but for some: no rule that
    leaves some private networks out says more.

    Parameters
    ----------
    nodes : sequence of GraphNode
    way : str, optional
        A word that goes before the name.
    """
    return "\n".join(_after(way, _ranges_lines(nodes)))


def _ranges_lines(nodes: Sequence[GraphNode]) -> list[str]:
    if len(nodes) > 1:
        named = AddressSet.union_of(node.addresses for node in nodes if node.addresses)
        whole = [every for every, part in ((ALL_IPV4, named.ipv4), (ALL_IPV6, named.ipv6)) if part]
        everything = AddressSet.union_of(whole)
        rest = everything - named
        if whole and _size(rest) < HALF * _size(everything):
            if not rest:
                return str(everything).split(",")
            left_out = len(rest.ipv4) + len(rest.ipv6)
            return [OUTSIDE, f"but {rest if left_out == 1 else count_of(left_out, 'range')}"]
    first = nodes[0].name.replace("-", "\nto ").split("\n") if nodes[0].addresses else [nodes[0].name]
    return first if len(nodes) == 1 else [*first, f"and {len(nodes) - 1} more"]


def _size(found: AddressSet) -> int:
    return sum(last - first + 1 for pairs in (found.ipv4, found.ipv6) for first, last in pairs)
