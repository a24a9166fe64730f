"""What can a family of sets tell apart: the coarsest partition in which every set is a union of cells.

Ports, addresses and peers are all cut the same way, so that a large space becomes a few atoms
(performance.md, engine 3, 4 and 8).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.policy.intervals import Intervals, normalise

__all__ = ["Axis", "Partition"]

Cells: TypeAlias = npt.NDArray[np.int64]


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

    Two stretches of the line are one atom if no set tells them apart.

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
    """

    def __init__(self, universe: Intervals, sets: Iterable[Intervals]) -> None:
        distinct = set(sets)
        cuts = {cut for pairs in (universe, *distinct) for first, last in pairs for cut in (first, last + 1)}
        self._starts = sorted(cuts)
        inside = np.concatenate([self._pieces(((first, last),)) for first, last in universe])
        partition = Partition(len(self._starts))
        for pairs in sorted(distinct):
            partition.refine(self._pieces(pairs))
        # Pieces outside the universe (the gap after its end, or between two parts) are no atoms.
        atoms, atom_of_piece = np.unique(partition.cell_of[inside], return_inverse=True)
        self._atom_of_piece = np.full(len(self._starts), -1, dtype=np.int64)
        self._atom_of_piece[inside] = atom_of_piece
        self.count = len(atoms)
        self.stretches: list[tuple[int, int]] = []
        self.atom_of: Cells = np.empty(0, dtype=np.int64)
        self._join_stretches(inside, {first for first, _ in universe})

    def atoms(self, pairs: Intervals) -> Cells:
        """Return the atoms that make up `pairs`, one of the sets that the axis was cut by, sorted."""
        return np.unique(self._atom_of_piece[self._pieces(pairs)])

    def intervals(self, atoms: Iterable[int]) -> Intervals:
        """Return the numbers of `atoms`."""
        wanted = set(atoms)
        chosen = zip(self.stretches, self.atom_of.tolist(), strict=True)
        return normalise(stretch for stretch, atom in chosen if atom in wanted)

    def atom_at(self, number: int) -> int:
        """Return the atom that holds `number`, which must be in the universe."""
        return int(self._atom_of_piece[bisect_left(self._starts, number + 1) - 1])

    def _pieces(self, pairs: Intervals) -> Cells:
        runs = [np.arange(bisect_left(self._starts, a), bisect_left(self._starts, b + 1)) for a, b in pairs]
        return np.concatenate(runs) if runs else np.empty(0, dtype=np.int64)

    def _join_stretches(self, inside: Cells, breaks: set[int]) -> None:
        atoms: list[int] = []
        for piece in inside.tolist():
            first, last = self._starts[piece], self._starts[piece + 1] - 1
            atom = int(self._atom_of_piece[piece])
            if atoms and atoms[-1] == atom and first not in breaks and self.stretches[-1][1] + 1 == first:
                self.stretches[-1] = (self.stretches[-1][0], last)
            else:
                self.stretches.append((first, last))
                atoms.append(atom)
        self.atom_of = np.array(atoms, dtype=np.int64)
