"""Which way arrows go between their ends, round what is in the way; and where on them is room for their labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, hypot
from typing import NamedTuple

from workbench.drawing import Line

__all__ = ["Route", "Routes"]

CLEARANCE = 16.0
"""Between an arrow and a box that it goes round."""
BESIDE = 44.0
"""How much more each of several arrows between the same two boxes is bent than the one before."""
LETTER, HEIGHT = 8.6, 19.0
"""Sizes of labels on arrows, at the largest that they get."""
PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)
"""Where on an arrow its label may stand, the best first."""
LOOP = 35.0
"""How far above its box a loop has its label."""
STEPS = 16
"""In how many pieces an arrow is measured."""

Pair = tuple[float, float]
Rectangle = tuple[float, float, float, float]


class Route(NamedTuple):
    """How an arrow is drawn.

    Attributes
    ----------
    bend : float
        The distance of its one control point from the straight line, of which the curve reaches half; 0 for straight.
    at : float or None
        How far from its beginning the middle of its label is, along it; None for half-way.
    labelled : bool
        Whether there is room for its label.
    """

    bend: float = 0
    at: float | None = None
    labelled: bool = True


class Routes:
    """The ways of all arrows of a picture, between boxes that have their places.

    Parameters
    ----------
    placed : mapping of str to (float, float)
        The middle of each box, by its key.
    sizes : mapping of str to (float, float)
        Width and height of each box, by its key.
    taken : iterable of (float, float, float, float)
        Left, top, right and bottom of what else no label may cover.
    """

    def __init__(self, placed: Mapping[str, Pair], sizes: Mapping[str, Pair], taken: Iterable[Rectangle] = ()) -> None:
        self._placed, self._sizes = placed, sizes
        boxes = ((placed[key], sizes[key]) for key in placed)
        self._taken = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in boxes]
        self._taken += taken
        sides = list(zip(*self._taken, strict=True)) or [(0.0,)] * 4
        self._outline: Rectangle = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
        self._labels: list[Pair] = []

    def of(self, lines: Iterable[Line], labels: Mapping[str, str]) -> dict[str, Route]:
        """Return the way of each arrow; of a loop, no more than whether there is room for its label.

        Labels are given room in the order of the lines; those for which there is none cover nothing else.

        Parameters
        ----------
        lines : iterable of Line
        labels : mapping of str to str
            What is to be written on lines, by their keys.
        """
        lines = list(lines)
        bends = dict(self._bends([line for line in lines if not line.is_loop]))
        return {line.key: self._labelled(line, bends.get(line.key, 0), labels.get(line.key, "")) for line in lines}

    # --- the way -------------------------------------------------------------------------------------------

    def _bends(self, lines: Sequence[Line]) -> Iterator[tuple[str, float]]:
        """Yield by how much lines are bent: round boxes, and away from others with the same ends."""
        alike: defaultdict[frozenset[str], list[Line]] = defaultdict(list)
        for line in lines:
            alike[frozenset((line.src, line.dst))].append(line)
        turned = 0
        for ends, members in alike.items():
            start, end = sorted(ends)
            aside = self._aside(start, end)
            if aside:
                # To either side in turn: arrows that lead along the same row do not lie on each other.
                aside = self._within(start, end, 2 * aside * (1 if turned % 2 else -1))
                turned += 1
            for number, line in enumerate(members):
                bend = aside + (number - (len(members) - 1) / 2) * BESIDE
                if bend:
                    yield line.key, bend if line.src == start else -bend

    def _within(self, src: str, dst: str, bend: float) -> float:
        """Return a bend, to that side on which the arrow leaves the picture the least."""
        start, end = self._placed[src], self._placed[dst]
        by = {each: self._outside(_bent(start, end, each / 2)) for each in (bend, -bend)}
        return bend if by[bend] <= by[-bend] else -bend

    def _outside(self, point: Pair) -> float:
        """Return how far a point is from the outline of everything; 0 within it."""
        left, top, right, bottom = self._outline
        return max(left - point[0], point[0] - right, top - point[1], point[1] - bottom, 0)

    def _aside(self, src: str, dst: str) -> float:
        """Return how far aside the middle of an arrow must go to pass all other boxes; 0 where it may be straight."""
        start, end = self._placed[src], self._placed[dst]
        others = (key for key in self._placed if key not in (src, dst))
        return max((_in_the_way(start, end, self._placed[key], self._sizes[key]) for key in others), default=0)

    # --- its label -----------------------------------------------------------------------------------------

    def _labelled(self, line: Line, bend: float, label: str) -> Route:
        if not label:
            return Route(bend)
        if line.is_loop:
            (x, y), (_, height) = self._placed[line.src], self._sizes[line.src]
            return Route(labelled=self._takes((x, y - height / 2 - LOOP), (1, 0), label))
        curve = self._curve(line, bend)
        for share in PLACES:
            if self._takes(*curve.at(share), label):
                return Route(bend, None if share == PLACES[0] else curve.length(share))
        return Route(bend, labelled=False)

    def _takes(self, middle: Pair, along: Pair, label: str) -> bool:
        """Give a place to a label if it is free, and tell whether it was."""
        room = list(_discs(middle, along, label))
        if any(self._is_taken(disc) for disc in room):
            return False
        self._labels += room
        return True

    def _curve(self, line: Line, bend: float) -> _Curve:
        start, end = self._placed[line.src], self._placed[line.dst]
        control = _bent(start, end, bend)
        return _Curve(
            _edge_of(start, self._sizes[line.src], control), control, _edge_of(end, self._sizes[line.dst], control)
        )

    def _is_taken(self, disc: Pair) -> bool:
        x, y = disc
        radius = HEIGHT / 2
        left, _, right, _ = self._outline
        if not left + radius <= x <= right - radius:
            return True  # a label there would be cut off
        if any(
            left - radius < x < right + radius and top - radius < y < bottom + radius
            for left, top, right, bottom in self._taken
        ):
            return True
        return any(hypot(x - other[0], y - other[1]) < HEIGHT for other in self._labels)


class _Curve(NamedTuple):
    """A curve of the second degree."""

    start: Pair
    control: Pair
    end: Pair

    def at(self, share: float) -> tuple[Pair, Pair]:
        """Return a point of it, and the direction there, of length 1."""
        rest = 1 - share
        (x0, y0), (x1, y1), (x2, y2) = self
        point = (
            rest * rest * x0 + 2 * rest * share * x1 + share * share * x2,
            rest * rest * y0 + 2 * rest * share * y1 + share * share * y2,
        )
        dx, dy = rest * (x1 - x0) + share * (x2 - x1), rest * (y1 - y0) + share * (y2 - y1)
        length = hypot(dx, dy) or 1
        return point, (dx / length, dy / length)

    def length(self, share: float) -> float:
        """Return how long it is from its start to a point of it."""
        points = [self.at(share * step / STEPS)[0] for step in range(STEPS + 1)]
        return sum(hypot(two[0] - one[0], two[1] - one[1]) for one, two in pairwise(points))


def _discs(middle: Pair, along: Pair, label: str) -> Iterator[Pair]:
    """Yield the middles of discs, as wide as a line of text is high, that cover a label which lies along an arrow."""
    rest = max(LETTER * len(label) - HEIGHT, 0)
    count = ceil(rest / HEIGHT) + 1
    for number in range(count):
        away = rest * (number / (count - 1) - 0.5) if count > 1 else 0
        yield middle[0] + along[0] * away, middle[1] + along[1] * away


def _bent(start: Pair, end: Pair, aside: float) -> Pair:
    """Return the point that is so far aside of the middle between two others."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy) or 1
    return (start[0] + end[0]) / 2 - dy / length * aside, (start[1] + end[1]) / 2 + dx / length * aside


def _edge_of(middle: Pair, size: Pair, toward: Pair) -> Pair:
    """Return where a line from the middle of a box leaves it."""
    dx, dy = toward[0] - middle[0], toward[1] - middle[1]
    shares = [half / abs(way) for half, way in ((size[0] / 2, dx), (size[1] / 2, dy)) if way]
    share = min([1.0, *shares])
    return middle[0] + dx * share, middle[1] + dy * share


def _in_the_way(start: Pair, end: Pair, middle: Pair, size: Pair) -> float:
    """Return how far aside a straight line must go to pass a box; 0 where it passes."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    if not length:
        return 0
    dx, dy = dx / length, dy / length
    x, y = middle[0] - start[0], middle[1] - start[1]
    half = (size[0] * abs(dy) + size[1] * abs(dx)) / 2
    return half + CLEARANCE if 0 < x * dx + y * dy < length and abs(x * dy - y * dx) < half else 0
