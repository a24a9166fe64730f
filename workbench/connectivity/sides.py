"""What one end of a connection permits: for each pod class, the ports open to or from every other end.

A `Side` is the ingress or the egress half of the answer. Its rows are classes (the policies'
subjects), its columns are all ends (classes, then address atoms). Two things make it small:

- Columns that no *wide* peer set and no admin or baseline rule tells apart are one **zone**, and rows
  that the same such rules select have one **pattern**; patterns by zones is a small dense table.
- What is left, rules whose peers are few, is a sorted list of explicit cells (performance.md, engine 5-9).

A connection is what the ingress side of its destination and the egress side of its source both permit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.connectivity.cells import sort_cells, union_cells
from workbench.connectivity.classes import Indices
from workbench.connectivity.masks import MaskIds, PortMasks
from workbench.connectivity.partition import Partition
from workbench.connectivity.patterns import Clause, Patterns
from workbench.policy.rules import Tier

__all__ = ["Side", "TransposedSide", "build_side"]

MIN_WIDE = 48
"""Peer sets of fewer ends are always kept as explicit cells."""
MAX_ZONES = 256
"""Wide peer sets stop making zones when there would be more than this; admin and baseline rules never stop."""
MIN_SAVING = 4
"""A peer set is wide only if it stands for at least this many explicit cells per column."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What one direction permits, for every pair of a class and an end.

    Attributes
    ----------
    pattern_of : ndarray of int64, shape (rows,)
    zone_of : ndarray of int64, shape (columns,)
    table : ndarray of int32, shape (patterns, zones)
        Mask id of each pattern in each zone.
    keys : ndarray of int64, shape (cells,)
        Sorted ``row * columns + column`` of the explicit cells, which override the table.
    cells : ndarray of int32, shape (cells,)
        Their mask ids.
    """

    pattern_of: Indices
    zone_of: Indices
    table: MaskIds
    keys: Indices
    cells: MaskIds

    @property
    def columns(self) -> int:
        """Number of ends."""
        return len(self.zone_of)

    def mask(self, row: int, column: int) -> int:
        """Return the mask id of one pair."""
        key = row * self.columns + column
        place = int(self.keys.searchsorted(key))
        if place < len(self.keys) and self.keys[place] == key:
            return int(self.cells[place])
        return int(self.table[self.pattern_of[row], self.zone_of[column]])

    def rows(self, first: int, last: int) -> MaskIds:
        """Return the mask ids of rows ``first..last - 1``, shape (last - first, columns)."""
        found = self.table[self.pattern_of[first:last]].take(self.zone_of, axis=1)
        low, high = self.keys.searchsorted((first * self.columns, last * self.columns))
        found.reshape(-1)[self.keys[low:high] - first * self.columns] = self.cells[low:high]
        return found

    def chosen_rows(self, rows: Indices) -> MaskIds:
        """Return the mask ids of any rows, in any order, shape (len(rows), columns)."""
        found = self.table[self.pattern_of[rows]].take(self.zone_of, axis=1)
        _put_cells(found, rows, self.keys, self.cells)
        return found

    def transposed(self) -> TransposedSide:
        """Return the same cells ordered by column, for reading columns."""
        row, column = np.divmod(self.keys, self.columns)
        height = len(self.pattern_of)
        keys, cells = sort_cells(column * height + row, self.cells)
        return TransposedSide(self, keys, cells)


@dataclass(frozen=True, slots=True, eq=False)
class TransposedSide:
    """A `Side` read by columns."""

    side: Side
    keys: Indices
    cells: MaskIds

    def columns(self, first: int, last: int) -> MaskIds:
        """Return the mask ids of columns ``first..last - 1``, shape (last - first, rows)."""
        height = len(self.side.pattern_of)
        found = self.side.table[:, self.side.zone_of[first:last]].T.take(self.side.pattern_of, axis=1)
        low, high = self.keys.searchsorted((first * height, last * height))
        found.reshape(-1)[self.keys[low:high] - first * height] = self.cells[low:high]
        return found

    def chosen_columns(self, columns: Indices) -> MaskIds:
        """Return the mask ids of any columns, in any order, shape (len(columns), rows)."""
        found = self.side.table[:, self.side.zone_of[columns]].T.take(self.side.pattern_of, axis=1)
        _put_cells(found, columns, self.keys, self.cells)
        return found


def _put_cells(found: MaskIds, lines: Indices, keys: Indices, cells: MaskIds) -> None:
    """Write the explicit cells of `lines` over what the table says, `found` of shape (lines, width)."""
    width = found.shape[1]
    low, high = keys.searchsorted(lines * width), keys.searchsorted((lines + 1) * width)
    counts = high - low
    place = np.arange(int(counts.sum())) + np.repeat(low - (np.cumsum(counts) - counts), counts)
    moved = np.repeat((np.arange(len(lines)) - lines) * width, counts)
    found.reshape(-1)[keys[place] + moved] = cells[place]


def build_side(
    clauses: Sequence[Clause], sets: Sequence[Indices], isolated: npt.NDArray[np.bool_], columns: int, masks: PortMasks
) -> Side:
    """Return the side that `clauses` describe.

    Parameters
    ----------
    sets : sequence of ndarray of int64
        The index sets that clauses refer to, each sorted.
    isolated : ndarray of bool, shape (rows,)
        Whether some NetworkPolicy isolates the row in this direction.
    columns : int
        Number of ends.
    """
    sizes = [len(members) for members in sets]
    clauses = [c for c in clauses if sizes[c.rows] and sizes[c.columns]]
    zones, wide = _zones(clauses, sets, columns)
    in_table = [c for c in clauses if c.tier is not Tier.NETWORK_POLICY or c.columns in wide]
    explicit = [c for c in clauses if c.tier is Tier.NETWORK_POLICY and c.columns not in wide]
    patterns = Patterns(in_table, sets, isolated, zones, masks)
    keys, cells = union_cells(
        [sets[c.rows] for c in explicit],
        [sets[c.columns] for c in explicit],
        [c.mask for c in explicit],
        columns,
        masks,
    )
    if len(keys):
        row, column = np.divmod(keys, columns)
        cells = patterns.apply(patterns.pattern_of[row], zones.cell_of[column], cells)
    return Side(patterns.pattern_of, zones.cell_of, patterns.table, keys, cells)


def _zones(clauses: Sequence[Clause], sets: Sequence[Indices], columns: int) -> tuple[Partition, frozenset[int]]:
    """Return the zones, and the ids of the column sets that are unions of them."""
    zones = Partition(columns)
    wide: set[int] = set()
    uses: dict[int, int] = {}
    for clause in clauses:
        if clause.tier is not Tier.NETWORK_POLICY and clause.columns not in wide:
            wide.add(clause.columns)
            zones.refine(sets[clause.columns])
        uses[clause.columns] = uses.get(clause.columns, 0) + len(sets[clause.rows])
    saving = {number: count * len(sets[number]) for number, count in uses.items() if len(sets[number]) >= MIN_WIDE}
    for number in sorted(saving, key=lambda number: -saving[number]):
        if saving[number] < MIN_SAVING * columns:
            break
        if zones.refine(sets[number], limit=max(MAX_ZONES, len(zones))):
            wide.add(number)
    return zones, frozenset(wide)
