"""Sets of atoms as ranges: thousands of rules with ports of their own take no more than the ranges that they name.

Bits would take the number of sets times the number of atoms: twice the rules, four times the bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.alike import distinct_rows
from workbench.connectivity.engine.mask_store import MaskIds, MaskStore
from workbench.connectivity.engine.partition import Axis, Words
from workbench.connectivity.engine.runs import Indices, spread
from workbench.ground import Intervals

__all__ = ["RangeStore"]

_BITS_AT_ONCE = 2**25
"""How many bits are made ranges of in one go: some tens of megabytes."""


class RangeStore(MaskStore):
    """The ranges of atoms of each set, of which no two touch; on an axis whose atoms are in the order of its line.

    Parameters
    ----------
    axis : Axis
    """

    def __init__(self, axis: Axis) -> None:
        super().__init__(axis)
        self._starts: Indices = np.zeros(1, dtype=np.int64)
        """Ranges of mask i are those from ``_starts[i]`` to ``_starts[i + 1] - 1``."""
        self._ranges: Indices = np.empty((0, 2), dtype=np.int64)
        """The first atom of each, and the one after its last."""

    def of_sets(self, sets: Sequence[Intervals]) -> MaskIds:
        """Return the ids of unions of the sets that the axis was cut by."""
        return self._swept(*self._axis.ranges(sets), len(sets), 1)

    def of_words(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words)."""
        firsts, inverse = distinct_rows(words)
        step = max(1, _BITS_AT_ONCE // self._axis.count)
        found = [np.empty(0, dtype=np.int32)]
        for begin in range(0, len(firsts), step):
            part = words[firsts[begin : begin + step]].astype("<u8").view(np.uint8)
            bits = np.zeros((len(part), self._axis.count + 2), dtype=np.int8)
            bits[:, 1:-1] = np.unpackbits(part, axis=1, bitorder="little", count=self._axis.count)
            changes = np.diff(bits, axis=1)
            row, first = np.nonzero(changes > 0)
            found.append(self._swept(row, first, np.nonzero(changes < 0)[1], len(part), 1))
        return np.concatenate(found)[inverse]

    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words)."""
        distinct, inverse = np.unique(ids, return_inverse=True)
        found: Words = self._axis.bits_of_ranges(*self._taken(distinct), len(distinct))[inverse.reshape(ids.shape)]
        return found

    def unions(self, ids: MaskIds, starts: Indices) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``."""
        place, first, after = self._taken(ids)
        run = np.arange(len(starts)).repeat(np.diff(np.r_[starts, len(ids)]))
        return self._swept(run[place], first, after, len(starts), 1)

    def meets(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> MaskIds:
        """Return the ids of the intersections, elementwise over two arrays of shape (n,)."""
        place, first, after = (np.concatenate(pair) for pair in zip(self._taken(left), self._taken(right), strict=True))
        return self._swept(place, first, after, len(left), 2)

    def intervals(self, number: int) -> Intervals:
        """Return the set with this id."""
        found: list[tuple[int, int]] = []
        for first, after in self._ranges[self._starts[number] : self._starts[number + 1]].tolist():
            cuts = [first, *(atom for atom in self._axis.apart if first < atom < after), after]
            found.extend((self._axis.stretches[a][0], self._axis.stretches[b - 1][1]) for a, b in pairwise(cuts))
        return tuple(found)

    def _taken(self, ids: npt.NDArray[np.integer]) -> tuple[Indices, Indices, Indices]:
        """Return the ranges of each of `ids`, shape (n,): its place there, first atom, and the one after the last."""
        sizes = self._starts[ids + 1] - self._starts[ids]
        ranges = self._ranges[spread(self._starts[ids], sizes)]
        return np.arange(len(ids)).repeat(sizes), ranges[:, 0], ranges[:, 1]

    def _swept(self, row: Indices, first: Indices, after: Indices, rows: int, depth: int) -> MaskIds:
        """Return, for each of `rows` rows, the id of the atoms in so many of its ranges, or more."""
        width = self._axis.count + 1
        keys = np.concatenate([row * width + first, row * width + after])
        order = np.argsort(keys, kind="stable")  # where one range ends and another begins, that begins first
        keys, opens = keys[order], order < len(first)
        level = np.cumsum(np.where(opens, 1, -1))
        firsts, afters = keys[opens & (level == depth)], keys[~opens & (level == depth - 1)]
        kept = firsts < afters
        row, ranges = firsts[kept] // width, np.stack([firsts[kept], afters[kept]], axis=1)
        ranges -= (row * width)[:, None]
        bounds = row.searchsorted(np.arange(rows + 1))
        content, size = ranges.tobytes(), ranges.itemsize * 2
        ids, added = self._known(content[size * a : size * b] for a, b in pairwise(bounds.tolist()))
        if added:
            sizes = np.diff(bounds)[added]
            self._ranges = np.concatenate([self._ranges, ranges[spread(bounds[added], sizes)]])
            self._starts = np.r_[self._starts, self._starts[-1] + np.cumsum(sizes)]
        return ids
