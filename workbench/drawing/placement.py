"""Where boxes stand, where something other than Graphviz draws them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, hypot, sqrt

from workbench.drawing.graphviz import draw
from workbench.drawing.picture import Picture

__all__ = ["places"]

PAGE = (820.0, 580.0)
"""What a laptop's screen leaves for a picture, in pixels."""
READABLE, LEGIBLE = 0.75, 0.55
"""How far a picture in layers may be made smaller to fit the page: labels, 15 high, are read easily, and just so."""
MOST_LAYERED = 100
"""Lines beyond which layers show nothing any more, and are not tried."""
MOST_STRETCHED = 1.6
GAP, NARROW = 36.0, 16.0
"""Room around a box."""
MARGIN, TITLE = 14.0, 18.0
"""Room within a frame, and for its name."""
INCH = 72

Places = dict[str, tuple[float, float]]


def places(picture: Picture, sizes: Mapping[str, tuple[float, float]]) -> Places:
    """Return the middle of each box, such that none overlap and those of a group stand apart from all others.

    Boxes stand in layers that follow the lines, from left to right or downwards, whichever fits the page better;
    where neither does, not even with little room between boxes, groups stand side by side, those with the most
    edges in the middle.

    Parameters
    ----------
    picture : Picture
    sizes : mapping of str to (float, float)
        Width and height of each box, by its key.

    Returns
    -------
    dict of str to (float, float)
        By key of the box: x to the right and y downwards, in the unit of `sizes`.
    """
    if 0 < sum(not line.is_loop for line in picture.lines) <= MOST_LAYERED:
        for gap, least in ((GAP, READABLE), (NARROW, LEGIBLE)):
            ways = (_layers(picture, sizes, way, gap) for way in ("LR", "TB"))
            layered = max(ways, key=lambda each: _scale(each, sizes))
            if _scale(layered, sizes) >= least:
                return _stretched(layered)
    return _side_by_side(picture, sizes)


def _scale(placed: Places, sizes: Mapping[str, tuple[float, float]]) -> float:
    """Return by what factor a picture must be made smaller to fit the page."""
    spans = (
        max(middle[axis] + sizes[key][axis] / 2 for key, middle in placed.items())
        - min(middle[axis] - sizes[key][axis] / 2 for key, middle in placed.items())
        for axis in (0, 1)
    )
    return min(page / span for page, span in zip(PAGE, spans, strict=True))


def _stretched(placed: Places) -> Places:
    """Return a picture that fills the page better: its lines need room more than its boxes do."""
    spans = [max(axis) - min(axis) or 1 for axis in zip(*placed.values(), strict=True)]
    page = [span / max(spans[0] / PAGE[0], spans[1] / PAGE[1]) for span in spans]
    across, down = (min(MOST_STRETCHED, whole / part) for whole, part in zip(PAGE, page, strict=True))
    return {key: (x * across, y * down) for key, (x, y) in placed.items()}


def _layers(picture: Picture, sizes: Mapping[str, tuple[float, float]], way: str, gap: float) -> Places:
    room = f"nodesep={gap / INCH:.3f} ranksep={(gap + GAP) / 2 / INCH:.3f}"
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


def _side_by_side(picture: Picture, sizes: Mapping[str, tuple[float, float]]) -> Places:
    """Place groups on shelves, and the boxes of each in rows."""
    across, down = (max((size[axis] for size in sizes.values()), default=0) + GAP for axis in (0, 1))
    edges: Counter[str] = Counter()
    for line in picture.lines:
        edges.update({line.src: len(line.edges), line.dst: len(line.edges)})
    groups = [[box.key for box in frame.boxes] for frame in picture.frames]
    groups += [[box.key] for box in picture.boxes if box.summed_up or not box.group.framed]
    alike: defaultdict[tuple[int, int], list[list[str]]] = defaultdict(list)
    for group in groups:
        columns = ceil(sqrt(len(group) * down / across * PAGE[0] / PAGE[1]))
        alike[ceil(len(group) / columns), columns].append(group)
    shapes = [shape for shape in sorted(alike, reverse=True) for _ in alike[shape]]
    corners = list(_shelves(shapes, across, down))
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


def _shelves(shapes: Sequence[tuple[int, int]], across: float, down: float) -> Iterator[tuple[float, float]]:
    """Yield where the first box of each group stands; `shapes`, in rows and columns, begin with the highest."""
    spaces = [(columns * across + GAP, rows * down + GAP) for rows, columns in shapes]
    area = sum(width * height for width, height in spaces)
    longest = max(sqrt(area * PAGE[0] / PAGE[1]), *(width for width, _ in spaces), 0.0)
    x, y, shelf = 0.0, 0.0, 0.0
    for width, height in spaces:
        if x and x + width > longest:
            x, y, shelf = 0.0, y + shelf, 0.0
        yield x, y
        x, shelf = x + width, max(shelf, height)
