"""What can a family of sets tell apart: the coarsest partition in which every set is a union of cells.

Ports, addresses and peers are all cut the same way, so that a large space becomes a few atoms
(engine 3, 4, 8).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.runs import spread
from workbench.ground import Intervals

__all__ = ["Axis", "Partition", "Words"]

Cells: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]
"""Bits of atoms, the lowest first, shape (…, words)."""

_WORD_BITS: Final = 64
_EVERY_BIT = np.uint64(2**64 - 1)

MERGED: Final = 2**22
"""Stretches that no set tells apart become one atom while sets times stretches are not more than this.

With more, nearly every stretch is in sets of its own, and merging would take most of the time.
"""


class Partition:
    """A partition of ``0 .. size - 1``, refined by one set after another.

    Parameters
    ----------
    size : int
        Number of points; at first all of them are in cell 0.

    Attributes
    ----------
    cell_of : ndarray of int64, shape (size,)
        The cell of each point.
    """

    def __init__(self, size: int) -> None:
        self.cell_of: Cells = np.zeros(size, dtype=np.int64)
        self._sizes = [size] if size else []

    def __len__(self) -> int:
        return len(self._sizes)

    @classmethod
    def of_cells(cls, cell_of: Cells, cells: int) -> Partition:
        """Return the partition in which point i is in cell ``cell_of[i]``, one of `cells`."""
        made = cls(0)
        made.cell_of = cell_of
        made._sizes = np.bincount(cell_of, minlength=cells).tolist()
        return made

    def copy(self) -> Partition:
        """Return a copy that may be refined on its own."""
        return Partition.of_cells(self.cell_of.copy(), len(self))

    def refine(self, members: Cells, limit: int | None = None) -> bool:
        """Split each cell that is partly in `members`, a set of distinct points.

        Parameters
        ----------
        limit : int, optional
            Leave everything as it is if there would be more than `limit` cells.

        Returns
        -------
        bool
            Whether `members` is now a union of cells.
        """
        cells = self.cell_of[members]
        if len(self) == 1:
            touched = [(0, len(members))] if len(members) else []
        else:
            counts = np.bincount(cells, minlength=len(self))
            present = np.flatnonzero(counts)
            touched = list(zip(present.tolist(), counts[present].tolist(), strict=True))
        renamed: dict[int, int] = {}
        for cell, count in touched:
            if count < self._sizes[cell]:
                renamed[cell] = len(self._sizes) + len(renamed)
        if limit is not None and len(self._sizes) + len(renamed) > limit:
            return False
        if renamed:
            new_cell = np.arange(len(self._sizes))
            for cell, count in touched:
                if cell in renamed:
                    new_cell[cell] = renamed[cell]
                    self._sizes[cell] -= count
                    self._sizes.append(count)
            self.cell_of[members] = new_cell[cells]
        return True

    def cells(self, members: Cells) -> Cells:
        """Return the cells that `members` touches, sorted."""
        touched = np.zeros(len(self), dtype=np.bool_)
        touched[self.cell_of[members]] = True
        return np.flatnonzero(touched)


class Axis:
    """A line of numbers, cut where any of a family of interval sets begins or ends.

    Two stretches of the line are one atom if no set tells them apart (but for `MERGED`).

    Parameters
    ----------
    universe : Intervals
        What the line consists of.
    sets : iterable of Intervals
        The sets, each within `universe`.

    Attributes
    ----------
    stretches : list of (int, int)
        Maximal runs of numbers that are in the same sets, in order, first and last included.
    atom_of : ndarray of int64, shape (stretches,)
        The atom of each stretch.
    is_merged : bool
        Whether stretches that no set tells apart are one atom; otherwise each is an atom, in the same order.
    """

    def __init__(self, universe: Intervals, sets: Iterable[Intervals]) -> None:
        distinct = set(sets)
        cuts = {cut for pairs in (universe, *distinct) for first, last in pairs for cut in (first, last + 1)}
        self._starts = sorted(cuts)
        inside = np.concatenate([self._pieces(((first, last),)) for first, last in universe])
        self.is_merged = len(distinct) * len(self._starts) <= MERGED
        cell_of: Cells = np.arange(len(self._starts))
        if self.is_merged:
            partition = Partition(len(self._starts))
            for pairs in sorted(distinct):
                partition.refine(self._pieces(pairs))
            cell_of = partition.cell_of
        # Pieces outside the universe (the gap after its end, or between two parts) are not atoms.
        atoms, self.atom_of = np.unique(cell_of[inside], return_inverse=True)
        self._atom_of_piece = np.full(len(self._starts), -1, dtype=np.int64)
        self._atom_of_piece[inside] = self.atom_of
        self.count = len(atoms)
        # Every piece is a stretch of its own: where two meet, some set, or a part of the universe, begins or ends.
        self.stretches = [(self._starts[piece], self._starts[piece + 1] - 1) for piece in inside.tolist()]
        ends = [-1, *(last + 1 for _, last in self.stretches)]
        self._is_apart = np.array([first != end for (first, _), end in zip(self.stretches, ends, strict=False)])

    def atoms(self, pairs: Intervals) -> Cells:
        """Return the atoms that make up `pairs`, one of the sets that the axis was cut by, sorted."""
        found = self._atom_of_piece[self._pieces(pairs)]
        if not self.is_merged:  # each piece is an atom, in the same order
            return found
        touched = np.zeros(self.count, dtype=np.bool_)
        touched[found] = True
        return np.flatnonzero(touched)

    @property
    def words(self) -> int:
        """How many words the bits of all atoms take."""
        return -(-self.count // _WORD_BITS)

    def bits(self, sets: Sequence[Intervals]) -> Words:
        """Return the atoms of each of `sets`, by which the axis was cut, as bits; shape (sets, words)."""
        if not self.is_merged:
            return self.bits_of_ranges(*self.ranges(sets), len(sets))
        found: Words = np.zeros((len(sets), self.words), dtype=np.uint64)
        row, first, after = self._runs(sets)
        repeats = after - first
        atoms = self._atom_of_piece[spread(first, repeats)]
        np.bitwise_or.at(found, (row.repeat(repeats), atoms // _WORD_BITS), _bit(atoms))
        return found

    @property
    def apart(self) -> list[int]:
        """The stretches, but for the first, that do not touch the one before."""
        found: list[int] = np.flatnonzero(self._is_apart)[1:].tolist()
        return found

    def ranges(self, sets: Sequence[Intervals]) -> tuple[Cells, Cells, Cells]:
        """Return, where stretches are not merged, the ranges of atoms of each of `sets`, by which the axis was cut.

        Returns
        -------
        tuple of ndarray of int64, shape (ranges,)
            The place of its set, its first atom, and the one after its last.
        """
        row, first, after = self._runs(sets)
        return row, self._atom_of_piece[first], self._atom_of_piece[after - 1] + 1

    def bits_of_ranges(self, row: Cells, first: Cells, after: Cells, rows: int) -> Words:
        """Return the atoms in ranges as bits, shape (rows, words); each range belongs to a row."""
        found: Words = np.zeros((rows, self.words), dtype=np.uint64)
        # Of each range, whole words lie between a first and a last one.
        last = after - 1
        head, tail = first // _WORD_BITS, last // _WORD_BITS
        from_first = _EVERY_BIT << (first % _WORD_BITS).astype(np.uint64)
        to_last = _EVERY_BIT >> (_WORD_BITS - 1 - last % _WORD_BITS).astype(np.uint64)
        one = head == tail
        np.bitwise_or.at(found, (row, head), np.where(one, from_first & to_last, from_first))
        np.bitwise_or.at(found, (row[~one], tail[~one]), to_last[~one])
        depth = np.zeros((found.shape[0], found.shape[1] + 1), dtype=np.int32)
        np.add.at(depth, (row[~one], head[~one] + 1), 1)
        np.subtract.at(depth, (row[~one], tail[~one]), 1)
        found[np.cumsum(depth[:, :-1], axis=1) > 0] = _EVERY_BIT
        return found

    def intervals(self, words: Words) -> Intervals:
        """Return the numbers of the atoms whose bits are set in `words`, shape (words,)."""
        bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")[: self.count].astype(np.bool_)
        chosen = bits[self.atom_of]
        # What touches is one interval; between the ports of two protocols there is a gap.
        begins = chosen & (self._is_apart | ~np.r_[False, chosen[:-1]])
        ends = chosen & np.r_[self._is_apart[1:] | ~chosen[1:], True]
        pairs = zip(np.flatnonzero(begins).tolist(), np.flatnonzero(ends).tolist(), strict=True)
        return tuple((self.stretches[first][0], self.stretches[last][1]) for first, last in pairs)

    def atom_at(self, number: int) -> int:
        """Return the atom that holds `number`, which must be in the universe."""
        return int(self._atom_of_piece[bisect_left(self._starts, number + 1) - 1])

    def _pieces(self, pairs: Intervals) -> Cells:
        runs = [np.arange(bisect_left(self._starts, a), bisect_left(self._starts, b + 1)) for a, b in pairs]
        return np.concatenate(runs) if runs else np.empty(0, dtype=np.int64)

    def _runs(self, sets: Sequence[Intervals]) -> tuple[Cells, Cells, Cells]:
        """Return, for each interval of `sets`, the place of its set, its first piece, and the one after its last."""
        row = np.repeat(np.arange(len(sets)), [len(pairs) for pairs in sets])
        ends = [pair for pairs in sets for pair in pairs]
        first = np.array([bisect_left(self._starts, low) for low, _ in ends], dtype=np.int64)
        after = np.array([bisect_left(self._starts, high + 1) for _, high in ends], dtype=np.int64)
        return row, first, after


def _bit(atoms: Cells) -> Words:
    """Return, for each atom, its bit within its word."""
    found: Words = np.uint64(1) << (atoms % _WORD_BITS).astype(np.uint64)
    return found
