"""Rectangles of a large sparse matrix as sorted cells: expand, sort, unite (performance.md, engine 5 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.connectivity.classes import Indices
from workbench.connectivity.masks import MaskIds, PortMasks
from workbench.connectivity.runs import spread

__all__ = ["sort_cells", "union_cells"]


def union_cells(
    rows: Sequence[Indices], columns: Sequence[Indices], ids: Sequence[int], width: int, masks: PortMasks
) -> tuple[Indices, MaskIds]:
    """Return the cells that rectangles cover, and the union of the masks that cover each.

    Parameters
    ----------
    rows, columns : sequence of ndarray of int64
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
    sizes = [len(found) * len(others) for found, others in zip(rows, columns, strict=True)]
    repeated = np.repeat(np.array(ids, dtype=np.int32), sizes)
    keys, cells = sort_cells(_expand(rows, columns, width), repeated)
    if not len(keys):
        return keys, cells
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    lengths = np.diff(np.r_[starts, len(keys)])
    union = cells[starts]
    several = np.flatnonzero(lengths > 1)
    if len(several):
        repeated_times = lengths[several]
        gathered = cells[spread(starts[several], repeated_times)]
        union[several] = masks.union_runs(gathered, np.cumsum(repeated_times) - repeated_times)
    return keys[starts], union


def _expand(rows: Sequence[Indices], columns: Sequence[Indices], width: int) -> Indices:
    """Return ``row * width + column`` for every row and column of each pair of sets, pair by pair."""
    if not rows:
        return np.empty(0, dtype=np.int64)
    widths = np.array([len(found) for found in columns])
    heights = np.array([len(found) for found in rows])
    column_starts = np.cumsum(widths) - widths
    all_rows = np.concatenate(rows)
    clause_of_row = np.repeat(np.arange(len(rows)), heights)
    repeats = widths[clause_of_row]
    keys = np.repeat(all_rows * width, repeats)
    keys += np.concatenate(columns)[spread(column_starts[clause_of_row], repeats)]
    return keys


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
