"""What of a connectivity map a person can take in at one look: boxes, lines, and what was left out.

Everything is drawn while that stays readable. Peers that no connection tells apart share a box,
which loses nothing; where that is not enough, there is one box a namespace with counted lines.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from workbench.ground import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workbench.connectivity.engine import Peer

__all__ = [
    "FROM_OUTSIDE",
    "FROM_PODS_TO_COME",
    "MOST_BOXES",
    "MOST_LINES",
    "SEVERAL",
    "TO_OUTSIDE",
    "TO_PODS_TO_COME",
    "Arrow",
    "Box",
    "Line",
    "Picture",
    "counted",
    "paint",
]

MOST_BOXES = 150
MOST_LINES = 300
"""Beyond these a picture is a hairball, and laying it out takes minutes."""
MOST_FOLDED = 500_000
"""Connections beyond which sharing of boxes is not tried."""
FROM_OUTSIDE, TO_OUTSIDE = "from outside", "to outside"
"""The two places of addresses outside the cluster. As sources and as destinations they are drawn
apart: the picture then reads from left to right, instead of all of it circling round one box."""

FROM_PODS_TO_COME, TO_PODS_TO_COME = "from pods that may come", "to pods that may come"
"""The two places of those who are in no manifest: kinds of the peers that stand for them."""

SEVERAL = "several"
"""The kind of a line that stands for arrows of several kinds."""

Place: TypeAlias = tuple[str, str]
"""Where a peer is drawn: (namespace, ""), or ("", kind of peer) outside all namespaces."""


class Arrow(NamedTuple):
    """What is drawn between two peers; `kind` is empty where all arrows are of one kind."""

    src: Peer
    dst: Peer
    text: str
    kind: str = ""


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
    inside_kind : str
        The kind of these arrows.
    mark : str
        What sets its members apart from all others of the place; mostly empty.
    """

    place: Place
    members: tuple[Peer, ...]
    inside: str = ""
    inside_kind: str = ""
    mark: str = ""

    @property
    def is_external(self) -> bool:
        """Whether it stands for addresses outside the cluster."""
        return self.place[1] in {FROM_OUTSIDE, TO_OUTSIDE}

    @property
    def is_to_come(self) -> bool:
        """Whether it stands for pods that no manifest has."""
        return self.place[1] in {FROM_PODS_TO_COME, TO_PODS_TO_COME}


@dataclass(frozen=True, slots=True)
class Line:
    """One edge of the picture, by the positions of its boxes; `both` if it has two heads.

    A loop, from a box to itself, is what the pods of each of its members send to each other.
    """

    src: int
    dst: int
    text: str
    both: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and the sentences that say what it leaves out."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    by_namespace: bool
    notes: tuple[str, ...]


def paint(
    peers: Iterable[Peer],
    arrows: Iterable[Arrow],
    *,
    noun: str = "allowed connection",
    size: str = "",
    marks: Mapping[Peer, str] | None = None,
) -> Picture:
    """Choose what is drawn.

    Parameters
    ----------
    peers : iterable of Peer
        Those that are drawn even without any arrow; addresses are not among them.
    arrows : iterable of Arrow
    noun : str
        What an arrow is.
    size : str, optional
        How much there is, in one sentence, where that is not so many `noun` between the workloads.
    marks : mapping of Peer to str, optional
        Peers with different marks share no box.
    """
    drawn = [
        arrow._replace(src=_placed(arrow.src, FROM_OUTSIDE), dst=_placed(arrow.dst, TO_OUTSIDE)) for arrow in arrows
    ]
    shown = sorted({peer for peer in peers if peer.kind != EXTERNAL}.union(*(arrow[:2] for arrow in drawn)))
    size = size or _size(shown, len(drawn), noun)
    if len(drawn) <= MOST_FOLDED:
        boxes = _fold(shown, drawn, marks or {})
        lines = _two_headed(_lines_between(boxes, drawn))
        loops = sum(line.src == line.dst for line in lines)
        if len(boxes) <= MOST_BOXES and len(lines) - loops <= MOST_LINES:
            notes = [size]
            if any(len(box.members) > 1 for box in boxes):
                notes.append(f"Peers with exactly the same {noun.rpartition(' ')[2]}s share a box.")
            if loops:
                notes.append("A loop stands for the pods of one workload among themselves.")
            return Picture(tuple(boxes), tuple(lines), by_namespace=False, notes=tuple(notes))
    return _by_namespace(shown, drawn, size)


def _size(peers: Sequence[Peer], arrows: int, noun: str) -> str:
    workloads = [peer for peer in peers if peer.namespace]
    namespaces = {peer.namespace for peer in workloads}
    return f"{counted(len(workloads), 'workload')} in {counted(len(namespaces), 'namespace')}, {counted(arrows, noun)}."


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


def _fold(peers: Iterable[Peer], arrows: Iterable[Arrow], marks: Mapping[Peer, str]) -> list[Box]:
    """Put the peers of a place that nothing tells apart into one box.

    Two peers are told apart by nothing if they have the same mark and the same loop, send the same to
    all others, receive the same from all others, and send the same to each other. This is an
    equivalence: giving every peer the arrow `between` towards itself, in place of its loop, makes the
    peers of a class equal, for the one `between` that its members have between each other.
    """
    loops: dict[Peer, tuple[str, str]] = {}
    sends: defaultdict[Peer, set[tuple[Peer, str, str]]] = defaultdict(set)
    receives: defaultdict[Peer, set[tuple[Peer, str, str]]] = defaultdict(set)
    inner: defaultdict[Place, set[tuple[str, str]]] = defaultdict(lambda: {("", "")})
    for src, dst, text, kind in arrows:
        if src == dst:
            loops[src] = text, kind
            continue
        sends[src].add((dst, text, kind))
        receives[dst].add((src, text, kind))
        if _place(src) == _place(dst):
            inner[_place(src)].add((text, kind))
    boxes: list[Box] = []
    for place, members in _places(peers).items():
        alone = dict.fromkeys(members)
        for between in sorted(inner[place]):
            classes: defaultdict[tuple[object, ...], list[Peer]] = defaultdict(list)
            for peer in alone:
                itself = ((peer, *between),) if any(between) else ()
                ways = frozenset(sends[peer]).union(itself), frozenset(receives[peer]).union(itself)
                classes[*ways, loops.get(peer), marks.get(peer, "")].append(peer)
            for alike in classes.values():
                if len(alike) > 1:
                    boxes.append(Box(place, tuple(alike), *between, mark=marks.get(alike[0], "")))
                    for peer in alike:
                        del alone[peer]
        boxes += [Box(place, (peer,), mark=marks.get(peer, "")) for peer in alone]
    return sorted(boxes, key=lambda box: (box.place, box.members))


def _positions(boxes: Iterable[Box]) -> dict[Peer, int]:
    return {peer: position for position, box in enumerate(boxes) for peer in box.members}


def _lines_between(boxes: Sequence[Box], arrows: Iterable[Arrow]) -> Iterator[Line]:
    first = {box.members[0]: position for position, box in enumerate(boxes)}
    for src, dst, text, kind in arrows:
        if src in first and dst in first:
            yield Line(first[src], first[dst], text, kind=kind)


def _two_headed(lines: Iterable[Line]) -> list[Line]:
    """Draw a pair of opposite lines with the same text and of the same kind as one."""
    drawn: dict[tuple[int, int, str, str], Line] = {}
    for line in lines:
        back = (line.dst, line.src, line.text, line.kind)
        if back in drawn:
            drawn[back] = replace(drawn[back], both=True)
        else:
            drawn[line.src, line.dst, line.text, line.kind] = line
    return list(drawn.values())


@dataclass(slots=True)
class _Tally:
    """The arrows between two places, both ways together."""

    ways: set[tuple[int, int]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, way: tuple[int, int], arrow: Arrow) -> None:
        """Count one more arrow."""
        self.ways.add(way)
        self.texts.add(arrow.text)
        self.kinds[arrow.kind] += 1

    @property
    def kind(self) -> str:
        """The kind of all arrows."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else SEVERAL

    @property
    def words(self) -> str:
        """How many arrows there are: of each kind where there are kinds, else with their text if they share it."""
        if any(self.kinds):
            return ",".join(f"{kind} {count:,}" for kind, count in sorted(self.kinds.items()))
        if len(self.texts) == 1:
            return f"{self.kinds.total():,} x {next(iter(self.texts))}"
        return f"{self.kinds.total():,}"


def _by_namespace(peers: Iterable[Peer], arrows: Iterable[Arrow], size: str) -> Picture:
    """Draw one box a place, and one line between two places, whose arrows are counted."""
    boxes = [Box(place, tuple(members)) for place, members in _places(peers).items()]
    positions = _positions(boxes)
    tallies: defaultdict[tuple[int, int], _Tally] = defaultdict(_Tally)
    for arrow in arrows:
        way = positions[arrow.src], positions[arrow.dst]
        tallies[min(way), max(way)].add(way, arrow)
    for position, box in enumerate(boxes):
        if (tally := tallies.get((position, position))) is not None:
            boxes[position] = replace(box, inside=tally.words, inside_kind=tally.kind)
    counts = Counter({pair: tally.kinds.total() for pair, tally in tallies.items()})
    busiest = _busiest(len(boxes), counts)
    between = [pair for pair, _ in counts.most_common() if pair[0] != pair[1] and {*pair} <= busiest.keys()]
    lines = [
        Line(busiest[src], busiest[dst], tallies[pair].words, len(tallies[pair].ways) > 1, tallies[pair].kind)
        for pair in between
        for src, dst in sorted(tallies[pair].ways)[:1]
    ]
    notes = [
        size,
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
