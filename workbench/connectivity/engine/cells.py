"""Rectangles of a large sparse matrix as sorted cells: expand, sort, unite (engine 5, 7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.index_sets import Stretches
from workbench.connectivity.engine.masks import MaskIds, PortMasks
from workbench.connectivity.engine.runs import Indices, spread

__all__ = ["NO_KEYS", "sort_cells", "union_cells", "unite"]

NO_KEYS: Indices = np.empty(0, dtype=np.int64)


def union_cells(
    rows: Sequence[Indices], columns: Sequence[Stretches], ids: Sequence[int], width: int, masks: PortMasks
) -> tuple[Indices, MaskIds]:
    """Return the cells that rectangles cover, and the union of the masks that cover each.

    Where columns come in long runs, as the addresses of a block do, the runs of each row are cut where one of them
    begins or ends, and masks are united once for each stretch between.

    Parameters
    ----------
    rows : sequence of ndarray of int64
    columns : sequence of Stretches
        Rectangle i is every pair of ``rows[i]`` and ``columns[i]``.
    ids : sequence of int
        Mask id of each rectangle.
    width : int
        Number of columns of the whole matrix.

    Returns
    -------
    keys : ndarray of int64
        Sorted ``row * width + column``, each once.
    cells : ndarray of int32
        Mask ids.
    """
    heights = np.array([len(found) for found in rows], dtype=np.int64)
    counts = np.array([len(found.firsts) for found in columns], dtype=np.int64)
    row = np.concatenate([NO_KEYS, *rows])
    firsts = np.concatenate([NO_KEYS, *(found.firsts for found in columns)])
    # Every row with every run of its rectangle.
    repeats = counts.repeat(heights)
    run = spread((np.cumsum(counts) - counts).repeat(heights), repeats)
    low = (row * width).repeat(repeats) + firsts[run]
    given = np.array(ids, dtype=np.int32).repeat(heights).repeat(repeats)
    if all(found.firsts is found.lasts for found in columns):
        return unite(low, given, masks)
    lasts = np.concatenate([NO_KEYS, *(found.lasts for found in columns)])
    after = low + (lasts - firsts + 1)[run]
    cuts = np.concatenate([low, after])
    cuts.sort()
    cuts = cuts[_begins(cuts)]
    begin = cuts.searchsorted(low)
    pieces = cuts.searchsorted(after) - begin
    covered, cells = unite(spread(begin, pieces), given.repeat(pieces), masks)
    sizes = cuts[covered + 1] - cuts[covered]
    return spread(cuts[covered], sizes), cells.repeat(sizes)


def unite(keys: Indices, ids: MaskIds, masks: PortMasks) -> tuple[Indices, MaskIds]:
    """Return the distinct keys, sorted, and the union of the masks of each."""
    keys, cells = sort_cells(keys, ids)
    starts = np.flatnonzero(_begins(keys))
    lengths = np.diff(np.r_[starts, len(keys)])
    union = cells[starts]
    several = np.flatnonzero(lengths > 1)
    if len(several):
        repeated_times = lengths[several]
        gathered = cells[spread(starts[several], repeated_times)]
        union[several] = masks.union_runs(gathered, np.cumsum(repeated_times) - repeated_times)
    return keys[starts], union


def _begins(ordered: Indices) -> npt.NDArray[np.bool_]:
    """Return where a number is another than the one before it."""
    found = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


def sort_cells(keys: Indices, ids: MaskIds) -> tuple[Indices, MaskIds]:
    """Return both sorted by key. Packing them into one number is several times faster than an argsort."""
    if not len(keys):
        return keys, ids
    shift = int(ids.max()).bit_length()
    if int(keys.max()).bit_length() + shift > 63:  # noqa: PLR2004  (bits of an int64)
        order = np.argsort(keys, kind="stable")
        return keys[order], ids[order]
    packed = (keys << shift) | ids
    packed.sort()
    return packed >> shift, (packed & ((1 << shift) - 1)).astype(np.int32)
