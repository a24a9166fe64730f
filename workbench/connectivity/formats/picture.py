"""What of a connectivity map a person can take in at one look: boxes, lines, and what was left out.

Everything is drawn while that stays readable. Peers that no connection tells apart share a box,
which loses nothing; where that is not enough, there is one box a namespace with counted lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats.rows import PortTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from workbench.connectivity.result import Connection, Peer
    from workbench.policy.ports import PortSet

__all__ = ["FROM_OUTSIDE", "MOST_BOXES", "MOST_LINES", "TO_OUTSIDE", "Box", "Line", "Picture", "counted", "paint"]

MOST_BOXES = 150
MOST_LINES = 300
"""Beyond these a picture is a hairball, and laying it out takes minutes."""
MOST_FOLDED = 500_000
"""Connections beyond which sharing of boxes is not tried."""
EXTERNAL = "External"
FROM_OUTSIDE, TO_OUTSIDE = "from outside", "to outside"
"""The two places of addresses outside the cluster. As sources and as destinations they are drawn
apart: the picture then reads from left to right, instead of all of it circling round one box."""

Place: TypeAlias = tuple[str, str]
"""Where a peer is drawn: (namespace, ""), or ("", kind of peer) outside all namespaces."""


@dataclass(frozen=True, slots=True)
class Box:
    """One node of the picture.

    Attributes
    ----------
    place : tuple of (str, str)
        ``(namespace, "")``; ``("", "from outside")``, ``("", "to outside")`` for addresses outside
        the cluster; ``("", kind)`` for other peers outside all namespaces.
    members : tuple of Peer
        The peers that it stands for, by name; the `kind` of addresses tells their place.
    inside : str
        What its members may send to each other; empty for nothing.
    """

    place: Place
    members: tuple[Peer, ...]
    inside: str = ""

    @property
    def is_external(self) -> bool:
        """Whether it stands for addresses outside the cluster."""
        return self.place[1] in {FROM_OUTSIDE, TO_OUTSIDE}


@dataclass(frozen=True, slots=True)
class Line:
    """One edge of the picture, by the positions of its boxes; `both` if it has two heads."""

    src: int
    dst: int
    text: str
    both: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and the sentences that say what it leaves out."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    by_namespace: bool
    notes: tuple[str, ...]


def paint(peers: Sequence[Peer], connections: Sequence[Connection]) -> Picture:
    """Choose what of the map is drawn.

    Parameters
    ----------
    peers, connections : sequences of Peer and Connection
        As a Connectivity gives them.
    """
    connections = [
        connection._replace(src=_placed(connection.src, FROM_OUTSIDE), dst=_placed(connection.dst, TO_OUTSIDE))
        for connection in connections
    ]
    peers = sorted(
        {peer for peer in peers if peer.kind != EXTERNAL}.union(*(connection[:2] for connection in connections))
    )
    if len(connections) <= MOST_FOLDED:
        boxes = _fold(peers, connections)
        lines = _two_headed(_lines_between(boxes, connections))
        if len(boxes) <= MOST_BOXES and len(lines) <= MOST_LINES:
            notes = [_size(peers, connections)]
            if any(len(box.members) > 1 for box in boxes):
                notes.append("Peers with exactly the same connections share a box.")
            return Picture(tuple(boxes), tuple(lines), by_namespace=False, notes=tuple(notes))
    return _by_namespace(peers, connections)


def _size(peers: Sequence[Peer], connections: Sequence[Connection]) -> str:
    workloads = [peer for peer in peers if peer.namespace]
    namespaces = {peer.namespace for peer in workloads}
    return (
        f"{counted(len(workloads), 'workload')} in {counted(len(namespaces), 'namespace')}, "
        f"{counted(len(connections), 'allowed connection')}."
    )


def counted(number: int, noun: str) -> str:
    """Return ``1 workload``, ``2 workloads``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _placed(peer: Peer, place: str) -> Peer:
    return peer._replace(kind=place) if peer.kind == EXTERNAL else peer


def _place(peer: Peer) -> Place:
    return (peer.namespace, "") if peer.namespace else ("", peer.kind)


def _places(peers: Iterable[Peer]) -> dict[Place, list[Peer]]:
    places: defaultdict[Place, list[Peer]] = defaultdict(list)
    for peer in sorted(peers):
        places[_place(peer)].append(peer)
    return dict(sorted(places.items()))


def _fold(peers: Iterable[Peer], connections: Iterable[Connection]) -> list[Box]:
    """Put the peers of a place that nothing tells apart into one box.

    Two peers are told apart by nothing if they send the same to all others, receive the same from
    all others, and send the same to each other. This is an equivalence: giving every peer the
    ports `inner` towards itself makes the peers of a class equal, for the one `inner` that its
    members have between each other.
    """
    sends: defaultdict[Peer, set[tuple[Peer, PortSet]]] = defaultdict(set)
    receives: defaultdict[Peer, set[tuple[Peer, PortSet]]] = defaultdict(set)
    inner: defaultdict[Place, set[PortSet | None]] = defaultdict(lambda: {None})
    for src, dst, ports in connections:
        sends[src].add((dst, ports))
        receives[dst].add((src, ports))
        if _place(src) == _place(dst):
            inner[_place(src)].add(ports)
    texts = PortTexts()
    boxes: list[Box] = []
    for place, members in _places(peers).items():
        alone = dict.fromkeys(members)
        for between in inner[place]:
            classes: defaultdict[tuple[frozenset[object], frozenset[object]], list[Peer]] = defaultdict(list)
            for peer in alone:
                itself = () if between is None else ((peer, between),)
                classes[frozenset(sends[peer]).union(itself), frozenset(receives[peer]).union(itself)].append(peer)
            for alike in classes.values():
                if len(alike) > 1:
                    boxes.append(Box(place, tuple(alike), inside="" if between is None else texts[between]))
                    for peer in alike:
                        del alone[peer]
        boxes += [Box(place, (peer,)) for peer in alone]
    return sorted(boxes, key=lambda box: (box.place, box.members))


def _positions(boxes: Iterable[Box]) -> dict[Peer, int]:
    return {peer: position for position, box in enumerate(boxes) for peer in box.members}


def _lines_between(boxes: Sequence[Box], connections: Iterable[Connection]) -> Iterator[Line]:
    first = {box.members[0]: position for position, box in enumerate(boxes)}
    texts = PortTexts()
    for src, dst, ports in connections:
        if src in first and dst in first:
            yield Line(first[src], first[dst], texts[ports])


def _two_headed(lines: Iterable[Line]) -> list[Line]:
    """Draw a pair of opposite lines with the same text as one."""
    drawn: dict[tuple[int, int, str], Line] = {}
    for line in lines:
        back = (line.dst, line.src, line.text)
        if back in drawn:
            drawn[back] = replace(drawn[back], both=True)
        else:
            drawn[line.src, line.dst, line.text] = line
    return list(drawn.values())


def _by_namespace(peers: Sequence[Peer], connections: Sequence[Connection]) -> Picture:
    """Draw one box a place, and one line between two places, whose connections are counted."""
    boxes = [Box(place, tuple(members)) for place, members in _places(peers).items()]
    positions = _positions(boxes)
    texts = PortTexts()
    counts: Counter[tuple[int, int]] = Counter()
    ways: defaultdict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)
    ports_seen: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for src, dst, ports in connections:
        way = positions[src], positions[dst]
        pair = min(way), max(way)
        counts[pair] += 1
        ways[pair].add(way)
        ports_seen[pair].add(texts[ports])
    words = {pair: _ports_counted(count, ports_seen[pair]) for pair, count in counts.items()}
    boxes = [replace(box, inside=words.get((position, position), "")) for position, box in enumerate(boxes)]
    busiest = _busiest(len(boxes), counts)
    between = [pair for pair, _ in counts.most_common() if pair[0] != pair[1] and {*pair} <= busiest.keys()]
    lines = [
        Line(busiest[src], busiest[dst], words[pair], both=len(ways[pair]) > 1)
        for pair in between
        for src, dst in sorted(ways[pair])[:1]
    ]
    notes = [
        _size(peers, connections),
        "Too many to draw each: there is one box a namespace, and the numbers count connections, both ways together.",
    ]
    if len(busiest) < len(boxes):
        notes.append(f"Shown are the {len(busiest):,} busiest of {len(boxes):,} boxes.")
    if len(lines) > MOST_LINES:
        notes.append(f"Shown are the {MOST_LINES:,} heaviest of {len(lines):,} lines.")
    drawn = tuple(boxes[position] for position in busiest)
    return Picture(drawn, tuple(lines[:MOST_LINES]), by_namespace=True, notes=tuple(notes))


def _busiest(boxes: int, counts: Counter[tuple[int, int]]) -> dict[int, int]:
    """Return old and new positions of the boxes with the most connections, in the old order."""
    traffic: Counter[int] = Counter(dict.fromkeys(range(boxes), 0))
    for (src, dst), count in counts.items():
        traffic[src] += count
        traffic[dst] += count
    kept = sorted(position for position, _ in traffic.most_common(MOST_BOXES))
    return {old: new for new, old in enumerate(kept)}


def _ports_counted(count: int, texts: set[str]) -> str:
    if len(texts) == 1:
        (text,) = texts
        return f"{count:,} x {text}"
    return f"{count:,}"
