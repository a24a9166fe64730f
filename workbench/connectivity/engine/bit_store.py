"""Sets of atoms as bits: best where atoms are few, as in nearly every cluster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.alike import distinct_rows
from workbench.connectivity.engine.mask_store import MaskIds, MaskStore
from workbench.connectivity.engine.partition import Axis, Words
from workbench.connectivity.engine.runs import Indices
from workbench.ground import Intervals

__all__ = ["BitStore"]

_WORDS_AT_ONCE = 2**22
"""How many words of bits are worked on in one go: some tens of megabytes."""


class BitStore(MaskStore):
    """A bit for each atom.

    Parameters
    ----------
    axis : Axis
    """

    def __init__(self, axis: Axis) -> None:
        super().__init__(axis)
        self._stored: Words = np.empty((0, axis.words), dtype=np.uint64)

    @property
    def _at_once(self) -> int:
        """How many masks are worked on in one go."""
        return max(1, _WORDS_AT_ONCE // self._axis.words)

    def of_sets(self, sets: Sequence[Intervals]) -> MaskIds:
        """Return the ids of unions of the sets that the axis was cut by."""
        step = self._at_once
        parts = [self._axis.bits(sets[begin : begin + step]) for begin in range(0, len(sets), step)]
        return np.concatenate([np.empty(0, dtype=np.int32), *map(self.of_words, parts)])

    def of_words(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words)."""
        firsts, inverse = distinct_rows(words)
        numbers, added = self._known(words[row].tobytes() for row in firsts.tolist())
        if added:
            self._store(words[firsts[added]])
        return numbers[inverse]

    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words)."""
        found: Words = self._stored[ids]
        return found

    def unions(self, ids: MaskIds, starts: Indices) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``."""
        found = np.empty(len(starts), dtype=np.int32)
        bounds = np.r_[starts, len(ids)]
        begin = 0
        while begin < len(starts):
            most = bounds[begin] + self._at_once
            end = max(begin + 1, int(bounds.searchsorted(most, side="right")) - 1)
            part = self._stored[ids[bounds[begin] : bounds[end]]]
            found[begin:end] = self.of_words(np.bitwise_or.reduceat(part, starts[begin:end] - bounds[begin], axis=0))
            begin = end
        return found

    def meets(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> MaskIds:
        """Return the ids of the intersections, elementwise over two arrays of shape (n,)."""
        step = self._at_once
        parts = [slice(begin, begin + step) for begin in range(0, len(left), step)]
        found = [self.of_words(self._stored[left[part]] & self._stored[right[part]]) for part in parts]
        return np.concatenate([np.empty(0, dtype=np.int32), *found])

    def intervals(self, number: int) -> Intervals:
        """Return the set with this id."""
        return self._axis.intervals(self._stored[number])

    def _store(self, added: Words) -> None:
        """Keep the bits of the masks that got the last ids; room is made for as many again, so that few copies are."""
        size = len(self._ids)
        if size > len(self._stored):
            grown = np.empty((max(size, 2 * len(self._stored)), self._axis.words), dtype=np.uint64)
            grown[: size - len(added)] = self._stored[: size - len(added)]
            self._stored = grown
        self._stored[size - len(added) : size] = added
