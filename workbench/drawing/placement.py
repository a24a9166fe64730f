"""Where boxes stand, where something other than Graphviz draws them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from math import hypot, sqrt
from types import MappingProxyType
from typing import Final, NamedTuple

from workbench.drawing.elements import Frame
from workbench.drawing.graphviz import draw
from workbench.drawing.labels import shortened
from workbench.drawing.picture import Picture

__all__ = ["MOST_LAYERED", "PAGE", "Arrangement", "Places", "frame_title", "places"]

PAGE = (820.0, 580.0)
"""What a laptop's screen leaves for a picture, in pixels."""
READABLE, LEAST = 0.78, 0.55
"""How far a picture may be made smaller: labels, 15 high, are read easily down to the one, and just so at the other."""
LAYERS = ((90.0, 36.0, READABLE), (36.0, 30.0, READABLE), (26.0, 16.0, LEAST))
"""Room between layers, for the labels of lines, and within them; and how far a picture may be made smaller to fit the
page before less room is tried."""
MOST_LAYERED = 100
"""Lines beyond which layers show nothing any more, and are not tried."""
MOST_STRETCHED = 1.6
GAPS = (72.0, 56.0, 44.0, 36.0, 28.0, 22.0)
"""Room around a box that stands side by side with others, the most that leaves labels readable."""
LENGTHS = (0.75, 0.85, 0.95, 1.05, 1.15, 1.3, 1.5, 1.8)
"""How wide an arrangement side by side may be, as parts of the width that would fit if no room were lost."""
COLUMNS = (0.7, 1.0, 1.4)
"""How wide a frame may be, as parts of the width that would give it the shape of the page."""
MANY = 60
"""Boxes beyond which only the least room and one width of frames are tried: it takes long, and there is no more."""
MARGIN, TITLE, LETTER = 14.0, 22.0, 9.8
"""Room within a frame, above it for its name, and for each letter of that."""
INCH = 72
ROUNDING = 1e-6

Pair = tuple[float, float]
Area = tuple[float, float, float, float]

Places = dict[str, Pair]


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
    sizes: Mapping[str, Pair],
    page: Pair = PAGE,
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
    ways = _WAYS[arrangement]
    if not ways or not 0 < sum(not line.is_loop for line in picture.lines) <= MOST_LAYERED:
        return _side_by_side(picture, sizes, page)
    beside: Places | None = None
    for between, within, least in LAYERS:
        if arrangement is Arrangement.BEST and least < READABLE:
            beside = _side_by_side(picture, sizes, page)
            if _scale(picture, beside, sizes, page) >= READABLE:
                return beside
        tried = (_layers(picture, sizes, way, between, within) for way in ways)
        layered = max(tried, key=lambda each: _scale(picture, each, sizes, page))
        if _scale(picture, layered, sizes, page) >= least:
            return _stretched(layered, page)
    return _stretched(layered, page) if beside is None else beside


def _outline(placed: Mapping[str, Pair], sizes: Mapping[str, Pair], keys: Iterable[str]) -> Area:
    """Return left, top, right and bottom of some boxes together."""
    edges = [
        (x - sizes[key][0] / 2, y - sizes[key][1] / 2, x + sizes[key][0] / 2, y + sizes[key][1] / 2)
        for key, (x, y) in ((key, placed[key]) for key in keys)
    ]
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _scale(picture: Picture, placed: Places, sizes: Mapping[str, Pair], page: Pair) -> float:
    """Return by what factor a picture, its frames and their names among it, must be made smaller to fit the page."""
    if not placed:
        return 1.0
    outlines = [_outline(placed, sizes, placed)]
    for frame in picture.frames:
        left, _, right, bottom = _outline(placed, sizes, (box.key for box in frame.boxes))
        title = frame_title(frame, placed, sizes)
        outlines += [title, (left - MARGIN, title[3], right + MARGIN, bottom + MARGIN)]
    left, top = (min(each[side] for each in outlines) for side in (0, 1))
    right, bottom = (max(each[side] for each in outlines) for side in (2, 3))
    return min(page[0] / (right - left), page[1] / (bottom - top))


def frame_title(frame: Frame, placed: Mapping[str, Pair], sizes: Mapping[str, Pair]) -> Area:
    """Return where the name of a frame stands: left, top, right and bottom.

    Parameters
    ----------
    frame : Frame
    placed, sizes : mapping of str to (float, float)
        The middle, and width and height, of each box, by its key.
    """
    left, top, right, _ = _outline(placed, sizes, (box.key for box in frame.boxes))
    middle, half = (left + right) / 2, _title_width(frame) / 2
    return middle - half, top - MARGIN - TITLE, middle + half, top - MARGIN


def _title_width(frame: Frame) -> float:
    return LETTER * len(shortened([frame.group.name])[0])


def _stretched(placed: Places, page: Pair) -> Places:
    """Return a picture that fills the page better: its lines need room more than its boxes do."""
    spans = [max(axis) - min(axis) or 1 for axis in zip(*placed.values(), strict=True)]
    fullest = max(span / room for span, room in zip(spans, page, strict=True))
    across, down = (min(MOST_STRETCHED, room * fullest / span) for span, room in zip(spans, page, strict=True))
    return {key: (x * across, y * down) for key, (x, y) in placed.items()}


def _layers(picture: Picture, sizes: Mapping[str, Pair], way: str, between: float, within: float) -> Places:
    if way == "TB":
        between += TITLE + MARGIN
    spread = f"nodesep={within / INCH:.3f} ranksep={between / INCH:.3f}"
    source = [f'digraph {{ rankdir={way} {spread} node [shape=box fixedsize=true label=""]']
    titles = {box.key: _title_width(frame) for frame in picture.frames for box in frame.boxes}
    for key, (width, height) in sizes.items():
        # A frame that is no wider than its name has room for that where it stands.
        source.append(f"{key} [width={max(width, titles.get(key, 0)) / INCH:.3f} height={height / INCH:.3f}]")
    for frame in picture.frames:
        boxes = " ".join(box.key for box in frame.boxes)
        source.append(f'subgraph {frame.key} {{ cluster=true label=" " fontsize={TITLE} margin={MARGIN} {boxes} }}')
    source += [f"{line.src} -> {line.dst}" for line in picture.lines if not line.is_loop]
    drawn = draw("\n".join([*source, "}"]), "plain")
    nodes = (line.split() for line in drawn.splitlines() if line.startswith("node "))
    return {key: (float(x) * INCH, -float(y) * INCH) for _, key, x, y, *_ in nodes}


# --- side by side -----------------------------------------------------------------------------------------------------


class _Block(NamedTuple):
    """Boxes that stand together in rows.

    Attributes
    ----------
    keys : tuple of str
        The boxes, row by row.
    size : (float, float)
        Room for all of it, with what stands around it.
    middles : tuple of (float, float)
        Of each box, from the block's corner.
    """

    keys: tuple[str, ...]
    size: Pair
    middles: tuple[Pair, ...]


def _side_by_side(picture: Picture, sizes: Mapping[str, Pair], page: Pair) -> Places:
    """Place the boxes of each group in rows, and groups where there is room for them: as far apart as can be read."""
    edges: Counter[str] = Counter()
    for line in picture.lines:
        edges.update({line.src: line.number, line.dst: line.number})
    placed: Places = {}
    gaps, shapes = (GAPS, COLUMNS) if len(picture.boxes) <= MANY else (GAPS[-1:], COLUMNS[1:2])
    for gap in gaps:
        tried = [
            _packed(_blocks(picture, sizes, page, gap, columns), page, length, edges)
            for columns in shapes
            for length in LENGTHS
        ]
        placed = max(tried, key=lambda each: _scale(picture, each, sizes, page))
        if _scale(picture, placed, sizes, page) >= READABLE:
            break
    return placed


def _blocks(picture: Picture, sizes: Mapping[str, Pair], page: Pair, gap: float, columns: float) -> Iterator[_Block]:
    for frame in picture.frames:
        yield _block([box.key for box in frame.boxes], sizes, page, gap, columns, _title_width(frame))
    alone = [box.key for box in picture.boxes if not box.framed]
    if picture.summed_up:
        # Those that stand for many get the same room each: so any of them may stand in the middle.
        widest, highest = (max((sizes[key][axis] for key in alone), default=0) for axis in (0, 1))
        sizes = dict.fromkeys(alone, (widest, highest))
    yield from (_block([key], sizes, page, gap, columns) for key in alone)


def _block(
    keys: Sequence[str], sizes: Mapping[str, Pair], page: Pair, gap: float, columns: float, title: float = 0
) -> _Block:
    """Return boxes in rows of about the shape of the page; with a frame around them where that has a title."""
    across, down = (sum(sizes[key][axis] + gap for key in keys) / len(keys) for axis in (0, 1))
    count = min(len(keys), max(1, round(sqrt(len(keys) * down / across * page[0] / page[1]) * columns)))
    rows = [keys[start : start + count] for start in range(0, len(keys), count)]
    widths = [max(sizes[row[column]][0] for row in rows if column < len(row)) for column in range(count)]
    heights = [max(sizes[key][1] for key in row) for row in rows]
    wide, high = sum(widths) + gap * (count - 1), sum(heights) + gap * (len(rows) - 1)
    margin, above = (MARGIN, TITLE) if title else (0.0, 0.0)
    room = max(wide + 2 * margin, title)
    lefts = [(room - wide) / 2 + sum(widths[:column]) + gap * column for column in range(count)]
    tops = [above + margin + sum(heights[:row]) + gap * row for row in range(len(rows))]
    middles = tuple(
        (lefts[column] + widths[column] / 2, tops[row] + heights[row] / 2)
        for row, members in enumerate(rows)
        for column in range(len(members))
    )
    return _Block(tuple(keys), (room + gap, high + 2 * margin + above + gap), middles)


def _packed(blocks: Iterable[_Block], page: Pair, length: float, edges: Mapping[str, int]) -> Places:
    """Place blocks, the highest first, as high up as each fits; of those of one size, the busiest in the middle."""
    blocks = sorted(blocks, key=lambda each: (-each.size[1], -each.size[0]))
    if not blocks:
        return {}
    area = sum(width * height for width, height in (each.size for each in blocks))
    longest = max(sqrt(area * page[0] / page[1]) * length, *(each.size[0] for each in blocks))
    corners = list(_corners([each.size for each in blocks], longest))
    middle = [max(corner[axis] for corner in corners) / 2 for axis in (0, 1)]
    alike: defaultdict[tuple[float, float, int], list[int]] = defaultdict(list)
    for number, each in enumerate(blocks):
        alike[*each.size, len(each.keys)].append(number)
    placed: Places = {}
    for numbers in alike.values():
        nearest = sorted(numbers, key=lambda one: hypot(corners[one][0] - middle[0], corners[one][1] - middle[1]))
        busiest = sorted(numbers, key=lambda one: -sum(edges.get(key, 0) for key in blocks[one].keys))
        for place, one in zip(nearest, busiest, strict=True):
            x, y = corners[place]
            for key, (right, down) in zip(blocks[one].keys, blocks[one].middles, strict=True):
                placed[key] = x + right, y + down
    return placed


def _corners(sizes: Sequence[Pair], longest: float) -> Iterator[Pair]:
    """Yield where each rectangle stands in a strip of a width: as high up as it fits, then as far left."""
    skyline = [(0.0, longest, 0.0)]  # from, to, and how far down it is filled
    for width, height in sizes:
        places = []
        for number, (start, _, _) in enumerate(skyline):
            if start + width <= longest + ROUNDING:
                under = (part for part in skyline[number:] if part[0] < start + width - ROUNDING)
                places.append((max(part[2] for part in under), start))
        y, x = min(places)
        yield x, y
        cut = []
        for start, end, filled in skyline:
            cut += [(start, min(end, x), filled)] if start < x else []
            cut += [(max(start, x + width), end, filled)] if end > x + width + ROUNDING else []
        skyline = sorted([*cut, (x, x + width, y + height)])
