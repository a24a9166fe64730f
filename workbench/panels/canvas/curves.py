"""How far arrows are bent so that they go round the boxes between their ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import hypot

from workbench.drawing import Line

__all__ = ["bends"]

CLEARANCE = 16.0
"""Between an arrow and a box that it goes round."""

Pair = tuple[float, float]


def bends(lines: Iterable[Line], placed: Mapping[str, Pair], sizes: Mapping[str, Pair]) -> dict[str, float]:
    """Return how far aside the middle of an arrow is drawn, for those that would lie on another box if straight.

    Several arrows between the same two boxes are spread anyway, and are left alone.

    Parameters
    ----------
    lines : iterable of Line
    placed : mapping of str to (float, float)
        The middle of each box, by its key.
    sizes : mapping of str to (float, float)
        Width and height of each box, by its key.

    Returns
    -------
    dict of str to float
        By key of the line: the distance of its one control point, of which a curve reaches half.
    """
    lines = [line for line in lines if not line.is_loop]
    alike = Counter(frozenset((line.src, line.dst)) for line in lines)
    found: dict[str, float] = {}
    for line in lines:
        if alike[frozenset((line.src, line.dst))] > 1:
            continue
        others = (key for key in placed if key not in (line.src, line.dst))
        aside = max(
            (_in_the_way(placed[line.src], placed[line.dst], placed[key], sizes[key]) for key in others), default=0
        )
        if aside:
            # To either side in turn: arrows that lead along the same row do not lie on each other.
            found[line.key] = 2 * aside * (1 if len(found) % 2 else -1)
    return found


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
