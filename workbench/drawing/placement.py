"""Where boxes stand, where something other than Graphviz draws them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import ceil, hypot, sqrt
from types import MappingProxyType
from typing import Final

from workbench.drawing.graphviz import draw
from workbench.drawing.picture import Picture

__all__ = ["PAGE", "Arrangement", "places"]

PAGE = (820.0, 580.0)
"""What a laptop's screen leaves for a picture, in pixels."""
LAYERS = ((90.0, 36.0, 0.75), (36.0, 36.0, 0.75), (26.0, 16.0, 0.55))
"""Room between layers, for the labels of lines, and within them; and how far a picture may be made smaller to fit the
page before less room is tried: labels, 15 high, are read easily down to 0.75, and just so at 0.55."""
MOST_LAYERED = 100
"""Lines beyond which layers show nothing any more, and are not tried."""
MOST_STRETCHED = 1.6
GAP, NARROW = 36.0, 20.0
"""Room around a box that stands on a shelf, and where there are many."""
MANY = 60
SHELVES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 2.0)
"""How long shelves may be, as parts of the width that would fit if no room were lost."""
MARGIN, TITLE = 14.0, 18.0
"""Room within a frame, and for its name."""
INCH = 72

Places = dict[str, tuple[float, float]]


class Arrangement(StrEnum):
    """How boxes are placed; the values are the words for people."""

    BEST = "as fits best"
    ACROSS = "from left to right"
    DOWN = "from top to bottom"
    BESIDE = "side by side"


_WAYS: Final[Mapping[Arrangement, tuple[str, ...]]] = MappingProxyType(
    {
        Arrangement.BEST: ("LR", "TB"),
        Arrangement.ACROSS: ("LR",),
        Arrangement.DOWN: ("TB",),
        Arrangement.BESIDE: (),
    }
)
"""In which directions layers are tried, as Graphviz calls these."""


def places(
    picture: Picture,
    sizes: Mapping[str, tuple[float, float]],
    page: tuple[float, float] = PAGE,
    arrangement: Arrangement = Arrangement.BEST,
) -> Places:
    """Return the middle of each box, such that none overlap and those of a group stand apart from all others.

    Boxes stand in layers that follow the lines, from left to right or downwards, whichever fits the page better;
    where neither does, not even with little room between boxes, groups stand side by side, those with the most
    edges in the middle.

    Parameters
    ----------
    picture : Picture
    sizes : mapping of str to (float, float)
        Width and height of each box, by its key.
    page : (float, float), optional
        Width and height that are to be filled.
    arrangement : Arrangement, optional
        Layers that are asked for are taken however small they get, unless there are too many lines for any.

    Returns
    -------
    dict of str to (float, float)
        By key of the box: x to the right and y downwards, in the unit of `sizes`.
    """
    if _WAYS[arrangement] and 0 < sum(not line.is_loop for line in picture.lines) <= MOST_LAYERED:
        for between, within, least in LAYERS:
            ways = (_layers(picture, sizes, way, between, within) for way in _WAYS[arrangement])
            layered = max(ways, key=lambda each: _scale(each, sizes, page))
            if _scale(layered, sizes, page) >= least:
                return _stretched(layered, page)
        if arrangement is not Arrangement.BEST:
            return _stretched(layered, page)
    return max(
        (_side_by_side(picture, sizes, page, length) for length in SHELVES),
        key=lambda each: _scale(each, sizes, page),
    )


def _scale(placed: Places, sizes: Mapping[str, tuple[float, float]], page: tuple[float, float]) -> float:
    """Return by what factor a picture must be made smaller to fit the page."""
    if not placed:
        return 1.0
    spans = (
        max(middle[axis] + sizes[key][axis] / 2 for key, middle in placed.items())
        - min(middle[axis] - sizes[key][axis] / 2 for key, middle in placed.items())
        for axis in (0, 1)
    )
    return min(room / span for room, span in zip(page, spans, strict=True))


def _stretched(placed: Places, page: tuple[float, float]) -> Places:
    """Return a picture that fills the page better: its lines need room more than its boxes do."""
    spans = [max(axis) - min(axis) or 1 for axis in zip(*placed.values(), strict=True)]
    fullest = max(span / room for span, room in zip(spans, page, strict=True))
    across, down = (min(MOST_STRETCHED, room * fullest / span) for span, room in zip(spans, page, strict=True))
    return {key: (x * across, y * down) for key, (x, y) in placed.items()}


def _layers(
    picture: Picture, sizes: Mapping[str, tuple[float, float]], way: str, between: float, within: float
) -> Places:
    room = f"nodesep={within / INCH:.3f} ranksep={between / INCH:.3f}"
    source = [f'digraph {{ rankdir={way} {room} node [shape=box fixedsize=true label=""]']
    for key, (width, height) in sizes.items():
        source.append(f"{key} [width={width / INCH:.3f} height={height / INCH:.3f}]")
    for frame in picture.frames:
        boxes = " ".join(box.key for box in frame.boxes)
        source.append(f'subgraph {frame.key} {{ cluster=true label=" " fontsize={TITLE} margin={MARGIN} {boxes} }}')
    source += [f"{line.src} -> {line.dst}" for line in picture.lines if not line.is_loop]
    drawn = draw("\n".join([*source, "}"]), "plain")
    nodes = (line.split() for line in drawn.splitlines() if line.startswith("node "))
    return {key: (float(x) * INCH, -float(y) * INCH) for _, key, x, y, *_ in nodes}


def _side_by_side(
    picture: Picture, sizes: Mapping[str, tuple[float, float]], page: tuple[float, float], length: float
) -> Places:
    """Place groups on shelves of a relative length, and the boxes of each in rows."""
    gap = GAP if len(sizes) <= MANY else NARROW
    across, down = (max((size[axis] for size in sizes.values()), default=0) + gap for axis in (0, 1))
    edges: Counter[str] = Counter()
    for line in picture.lines:
        edges.update({line.src: line.number, line.dst: line.number})
    groups = [[box.key for box in frame.boxes] for frame in picture.frames]
    groups += [[box.key] for box in picture.boxes if not box.framed]
    alike: defaultdict[tuple[int, int], list[list[str]]] = defaultdict(list)
    for group in groups:
        columns = ceil(sqrt(len(group) * down / across * page[0] / page[1]))
        alike[ceil(len(group) / columns), columns].append(group)
    shapes = [shape for shape in sorted(alike, reverse=True) for _ in alike[shape]]
    corners = list(_shelves(shapes, (across, down), page, length))
    middle = [max((corner[axis] for corner in corners), default=0) / 2 for axis in (0, 1)]
    placed: Places = {}
    for shape, members in alike.items():
        own = (corner for corner, each in zip(corners, shapes, strict=True) if each == shape)
        nearest = sorted(own, key=lambda corner: hypot(corner[0] - middle[0], corner[1] - middle[1]))
        busiest = sorted(members, key=lambda group: -sum(edges[key] for key in group))
        for (x, y), group in zip(nearest, busiest, strict=True):
            for number, key in enumerate(group):
                row, column = divmod(number, shape[1])
                placed[key] = x + column * across, y + row * down
    return placed


def _shelves(
    shapes: Sequence[tuple[int, int]], cell: tuple[float, float], page: tuple[float, float], length: float
) -> Iterator[tuple[float, float]]:
    """Yield where the first box of each group stands; `shapes`, in rows and columns, begin with the highest."""
    spaces = [(columns * cell[0] + GAP, rows * cell[1] + GAP) for rows, columns in shapes]
    area = sum(width * height for width, height in spaces)
    longest = max(sqrt(area * page[0] / page[1]) * length, *(width for width, _ in spaces), 0.0)
    x, y, shelf = 0.0, 0.0, 0.0
    for width, height in spaces:
        if x and x + width > longest:
            x, y, shelf = 0.0, y + shelf, 0.0
        yield x, y
        x, shelf = x + width, max(shelf, height)
