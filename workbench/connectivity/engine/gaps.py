"""Which peer sets fill most of some column groups: they are kept as these, and the few ends that they leave out.

So a rule about all pods but a few, of which every policy has its own, costs what it leaves out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from workbench.connectivity.engine.cells import NO_KEYS, union_cells, unite
from workbench.connectivity.engine.index_sets import IndexSets, Stretches
from workbench.connectivity.engine.masks import NONE, MaskIds, PortMasks
from workbench.connectivity.engine.partition import Partition
from workbench.connectivity.engine.runs import Indices, places_in, spread

__all__ = ["Filling", "Gaps", "fillings"]

CELLS_A_GROUP = 1
"""A set is kept as column groups if that saves more explicit cells for each column group of a row."""
CELLS_A_STRETCH = 2
"""A set is kept as column groups if no more explicit cells are left of it for each of its stretches."""


class Filling(NamedTuple):
    """A set as the column groups of which it holds more than half: with `rest`, but without `missing`; all sorted."""

    column_groups: Indices
    missing: Indices
    rest: Indices


class Gaps(NamedTuple):
    """The pairs that sets leave out in the column groups they are kept as.

    Attributes
    ----------
    keys : ndarray of int64
        Sorted ``row * width + column`` of the pairs that one or more rectangles leave out.
    covered : ndarray of int64
        Keys of these, in no order, that some other rectangle holds: once for each that does.
    cells : ndarray of int32
        The mask ids of those others.
    """

    keys: Indices
    covered: Indices
    cells: MaskIds

    @classmethod
    def of(
        cls,
        rows: Sequence[Indices],
        columns: Sequence[int],
        ids: Sequence[int],
        known: Mapping[int, Filling],
        column_groups: Partition,
        masks: PortMasks,
    ) -> Gaps:
        """Return the gaps of rectangles of `rows`, each sorted, and numbers of sets of which the fillings are known."""
        if not rows:
            return cls(NO_KEYS, NO_KEYS, np.empty(0, dtype=np.int32))
        width = len(column_groups.cell_of)
        missing = [known[number].missing for number in columns]
        keys, _ = union_cells(rows, [Stretches.single(found) for found in missing], [NONE] * len(rows), width, masks)
        numbers = sorted(set(columns))
        fills = np.zeros((len(numbers), len(column_groups)), dtype=np.bool_)
        for one, number in enumerate(numbers):
            fills[one, known[number].column_groups] = True
        left_out = np.concatenate([one * width + known[number].missing for one, number in enumerate(numbers)])
        # Each rectangle is looked for in all gaps of its rows.
        row = np.concatenate(rows)
        low = keys.searchsorted(row * width)
        counts = keys.searchsorted((row + 1) * width) - low
        rectangle = np.arange(len(rows)).repeat([len(found) for found in rows]).repeat(counts)
        key = keys[spread(low, counts)]
        column = key % width
        place = np.searchsorted(numbers, columns)[rectangle]
        holds = fills[place, column_groups.cell_of[column]] & (places_in(left_out, place * width + column) < 0)
        return cls(keys, key[holds], np.array(ids, dtype=np.int32)[rectangle[holds]])

    def among(self, keys: Indices, cells: MaskIds, masks: PortMasks) -> tuple[Indices, MaskIds]:
        """Return explicit cells together with these."""
        if not len(self.keys):
            return keys, cells
        nothing = np.full(len(self.keys), NONE, dtype=np.int32)
        return unite(
            np.concatenate([keys, self.keys, self.covered]), np.concatenate([cells, nothing, self.cells]), masks
        )


def fillings(numbers: Collection[int], sets: IndexSets, column_groups: Partition) -> dict[int, Filling]:
    """Return the fillings of those of some sets that are better kept as column groups."""
    least = CELLS_A_GROUP * len(column_groups)
    sizes = np.bincount(column_groups.cell_of, minlength=len(column_groups))
    found: dict[int, Filling] = {}
    for number in numbers:
        if sets.size(number) <= least:
            continue
        members = sets[number]
        held = np.bincount(column_groups.cell_of[members], minlength=len(column_groups))
        is_filled = 2 * held > sizes
        left = np.where(is_filled, sizes - held, held).sum()
        if left > CELLS_A_STRETCH * len(sets.stretches(number).firsts) or len(members) - left <= least:
            continue
        inside = is_filled[column_groups.cell_of]
        rest = members[~inside[members]]
        inside[members] = False
        found[number] = Filling(np.flatnonzero(is_filled), np.flatnonzero(inside), rest)
    return found
