"""What one end of a connection permits: for each pod class, the ports open to or from every other end.

A `PermissionMatrix` is the ingress or the egress half of the answer. Its rows are classes (the policies'
subjects), its columns are all ends (classes, then address atoms). Two things make it small:

- Columns that no *wide* peer set and no admin or baseline rule tells apart are one **column group**, and rows
  that the same such rules select have one **row group**; row groups by column groups is a small dense table.
- What is left, rules whose peers are few or nearly all of some column groups, is a sorted list of explicit cells
  (engine 5-9).

A connection is what the ingress matrix of its destination and the egress matrix of its source both permit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.cells import sort_cells, union_cells
from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.gaps import Filling, Gaps, fillings
from workbench.connectivity.engine.index_sets import IndexSets, Stretches
from workbench.connectivity.engine.masks import MaskIds, PortMasks
from workbench.connectivity.engine.partition import Partition
from workbench.connectivity.engine.runs import places_in, spread
from workbench.connectivity.engine.tier_table import Clause, KeptColumnGroups, RowGroups
from workbench.policy import Tier

__all__ = ["ColumnGroups", "PermissionMatrix", "TransposedMatrix", "build_matrix", "matrix_of_rows"]

MIN_WIDE = 48
"""Peer sets of fewer ends are always kept as explicit cells."""
MAX_COLUMN_GROUPS = 256
"""Wide peer sets stop making column groups when there would be more than this; admin and baseline rules never stop."""
MIN_SAVING = 1
"""A peer set is wide only if this many explicit cells per column, or more, tell it from none and from all ends."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnGroups:
    """The column groups of a matrix's columns.

    Attributes
    ----------
    partition : Partition
        Of the columns.
    wide : frozenset of int
        Numbers of the column sets that are known to be unions of column groups: what clauses say of them is in the
        table of row groups by column groups, as all that admin and baseline clauses say.
    """

    partition: Partition
    wide: frozenset[int]

    @classmethod
    def of(cls, clauses: Sequence[Clause], sets: IndexSets, columns: int) -> ColumnGroups:
        """Return the column groups that suit `clauses`."""
        return cls(Partition(columns), frozenset()).refined(clauses, sets)

    def refined(self, clauses: Sequence[Clause], sets: IndexSets) -> ColumnGroups:
        """Return column groups that suit `clauses`, too; themselves where they do already."""
        partition = self.partition.copy()
        columns = len(partition.cell_of)
        wide = set(self.wide)
        for clause in clauses:
            if clause.tier is not Tier.NETWORK_POLICY and clause.columns not in wide:
                wide.add(clause.columns)
                partition.refine(sets[clause.columns])
        uses: dict[int, int] = {}
        for clause in clauses:
            number = clause.columns
            if number not in wide and sets.size(number) >= MIN_WIDE:
                uses[number] = uses.get(number, 0) + sets.size(clause.rows)
        saving = {n: count * min(sets.size(n), columns - sets.size(n)) for n, count in uses.items()}
        for number in sorted(saving, key=lambda number: -saving[number]):
            if saving[number] < MIN_SAVING * columns:
                break
            if partition.refine(sets[number], limit=max(MAX_COLUMN_GROUPS, len(partition))):
                wide.add(number)
        return self if wide == self.wide else ColumnGroups(partition, frozenset(wide))

    def with_columns(self, origin: Indices) -> ColumnGroups:
        """Return the column groups of other columns; column i is a part of what column ``origin[i]`` was."""
        return ColumnGroups(Partition.of_cells(self.partition.cell_of[origin], len(self.partition)), self.wide)


@dataclass(frozen=True, slots=True, eq=False)
class PermissionMatrix:
    """What one direction permits, for every pair of a class and an end.

    Attributes
    ----------
    row_group_of : ndarray of int64, shape (rows,)
    column_group_of : ndarray of int64, shape (columns,)
    table : ndarray of int32, shape (row groups, column groups)
        Mask id of each row group in each column group.
    keys : ndarray of int64, shape (cells,)
        Sorted ``row * columns + column`` of the explicit cells, which override the table.
    cells : ndarray of int32, shape (cells,)
        Their mask ids.
    """

    row_group_of: Indices
    column_group_of: Indices
    table: MaskIds
    keys: Indices
    cells: MaskIds

    @property
    def columns(self) -> int:
        """Number of ends."""
        return len(self.column_group_of)

    def mask(self, row: int, column: int) -> int:
        """Return the mask id of one pair."""
        key = row * self.columns + column
        place = int(self.keys.searchsorted(key))
        if place < len(self.keys) and self.keys[place] == key:
            return int(self.cells[place])
        return int(self.table[self.row_group_of[row], self.column_group_of[column]])

    def rows(self, first: int, last: int) -> MaskIds:
        """Return the mask ids of rows ``first..last - 1``, shape (last - first, columns)."""
        found = self.table[self.row_group_of[first:last]].take(self.column_group_of, axis=1)
        low, high = self.keys.searchsorted((first * self.columns, last * self.columns))
        found.reshape(-1)[self.keys[low:high] - first * self.columns] = self.cells[low:high]
        return found

    def chosen_rows(self, rows: Indices) -> MaskIds:
        """Return the mask ids of any rows, in any order, shape (len(rows), columns)."""
        found = self.table[self.row_group_of[rows]].take(self.column_group_of, axis=1)
        _put_cells(found, rows, self.keys, self.cells)
        return found

    def masks(self, rows: Indices, columns: Indices) -> MaskIds:
        """Return the mask ids of pairs, shape (n,) for n rows and n columns."""
        found = self.table[self.row_group_of[rows], self.column_group_of[columns]]
        if len(self.keys):
            keys = rows * self.columns + columns
            places = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
            explicit = self.keys[places] == keys
            found[explicit] = self.cells[places[explicit]]
        return found

    def with_rows(self, rows: Indices, replacement: PermissionMatrix) -> PermissionMatrix:
        """Return the matrix with `rows`, sorted, taken from those of `replacement`, which has the same columns."""
        row_group_of = self.row_group_of.copy()
        row_group_of[rows] = len(self.table) + replacement.row_group_of
        first, last = _stretches(rows)
        low = self.keys.searchsorted(rows[first] * self.columns)
        high = self.keys.searchsorted((rows[last] + 1) * self.columns)
        row, column = np.divmod(replacement.keys, self.columns)
        added = rows[row] * self.columns + column
        bounds = added.searchsorted(rows[first] * self.columns).tolist()
        keys: list[Indices] = []
        cells: list[MaskIds] = []
        end = 0
        stretches = zip(low.tolist(), high.tolist(), bounds, [*bounds[1:], len(added)], strict=False)
        for start, after, place, until in stretches:
            keys += (self.keys[end:start], added[place:until])
            cells += (self.cells[end:start], replacement.cells[place:until])
            end = after
        return PermissionMatrix(
            row_group_of,
            self.column_group_of,
            np.concatenate([self.table, replacement.table]),
            np.concatenate([*keys, self.keys[end:]]),
            np.concatenate([*cells, self.cells[end:]]),
        )

    def with_column_groups(self, partition: Partition) -> PermissionMatrix:
        """Return the matrix with finer column groups: those of a refined partition of the columns."""
        parent = np.zeros(len(partition), dtype=np.int64)
        parent[partition.cell_of] = self.column_group_of
        return PermissionMatrix(self.row_group_of, partition.cell_of, self.table[:, parent], self.keys, self.cells)

    def with_columns(self, origin: Indices) -> PermissionMatrix:
        """Return the matrix with other columns; column i is a part of what column ``origin[i]`` was."""
        order = np.argsort(origin, kind="stable")
        repeats = np.bincount(origin, minlength=self.columns)
        first = np.cumsum(repeats) - repeats
        row, column = np.divmod(self.keys, self.columns)
        times = repeats[column]
        keys = np.repeat(row, times) * len(origin) + order[spread(first[column], times)]
        return PermissionMatrix(
            self.row_group_of, self.column_group_of[origin], self.table, *sort_cells(keys, self.cells.repeat(times))
        )

    def restricted(self, chosen: Indices) -> PermissionMatrix:
        """Return the matrix of some of its rows, a sorted choice of classes: they are the first columns, too."""
        classes = len(self.row_group_of)
        columns = np.r_[chosen, np.arange(classes, self.columns)]
        new_row = np.full(classes, -1, dtype=np.int64)
        new_row[chosen] = np.arange(len(chosen))
        new_column = np.full(self.columns, -1, dtype=np.int64)
        new_column[columns] = np.arange(len(columns))
        row, column = np.divmod(self.keys, self.columns)
        kept = np.flatnonzero((new_row[row] >= 0) & (new_column[column] >= 0))
        keys = new_row[row[kept]] * len(columns) + new_column[column[kept]]
        return PermissionMatrix(
            self.row_group_of[chosen], self.column_group_of[columns], self.table, keys, self.cells[kept]
        )

    def transposed(self) -> TransposedMatrix:
        """Return the same cells ordered by column, for reading columns."""
        row, column = np.divmod(self.keys, self.columns)
        height = len(self.row_group_of)
        keys, cells = sort_cells(column * height + row, self.cells)
        return TransposedMatrix(self, keys, cells)


@dataclass(frozen=True, slots=True, eq=False)
class TransposedMatrix:
    """A `PermissionMatrix` read by columns."""

    matrix: PermissionMatrix
    keys: Indices
    cells: MaskIds

    def columns(self, first: int, last: int) -> MaskIds:
        """Return the mask ids of columns ``first..last - 1``, shape (last - first, rows)."""
        height = len(self.matrix.row_group_of)
        found = self.matrix.table[:, self.matrix.column_group_of[first:last]].T.take(self.matrix.row_group_of, axis=1)
        low, high = self.keys.searchsorted((first * height, last * height))
        found.reshape(-1)[self.keys[low:high] - first * height] = self.cells[low:high]
        return found

    def chosen_columns(self, columns: Indices) -> MaskIds:
        """Return the mask ids of any columns, in any order, shape (len(columns), rows)."""
        found = self.matrix.table[:, self.matrix.column_group_of[columns]].T.take(self.matrix.row_group_of, axis=1)
        _put_cells(found, columns, self.keys, self.cells)
        return found


def _stretches(numbers: Indices) -> tuple[Indices, Indices]:
    """Return where each run of consecutive numbers begins and ends in a sorted array."""
    breaks = np.flatnonzero(np.diff(numbers) > 1)
    return np.r_[0, breaks + 1][: len(numbers)], np.r_[breaks, len(numbers) - 1][: len(numbers)]


def _put_cells(found: MaskIds, lines: Indices, keys: Indices, cells: MaskIds) -> None:
    """Write the explicit cells of `lines` over what the table says, `found` of shape (lines, width)."""
    width = found.shape[1]
    low, high = keys.searchsorted(lines * width), keys.searchsorted((lines + 1) * width)
    counts = high - low
    place = spread(low, counts)
    moved = np.repeat((np.arange(len(lines)) - lines) * width, counts)
    found.reshape(-1)[keys[place] + moved] = cells[place]


def build_matrix(
    clauses: Sequence[Clause],
    rows: Sequence[Indices],
    sets: IndexSets,
    isolated: npt.NDArray[np.bool_],
    column_groups: ColumnGroups,
    masks: PortMasks,
) -> PermissionMatrix:
    """Return the matrix that `clauses` describe.

    Parameters
    ----------
    rows : sequence of ndarray of int64
        The rows of each clause, sorted.
    sets : IndexSets
        The sets that the clauses' columns refer to.
    isolated : ndarray of bool, shape (rows,)
        Whether some NetworkPolicy isolates the row in this direction.
    """
    partition = column_groups.partition
    exact: list[int] = []
    explicit: list[int] = []
    for i, clause in enumerate(clauses):
        if len(rows[i]) and sets.size(clause.columns):
            is_exact = clause.columns in column_groups.wide or clause.tier is not Tier.NETWORK_POLICY
            (exact if is_exact else explicit).append(i)
    filling = fillings({clauses[i].columns for i in explicit}, sets, partition)
    filled = [i for i in explicit if clauses[i].columns in filling] if filling else []
    in_table = sorted(exact + filled)
    column_groups_of = {number: partition.cells(sets[number]) for number in {clauses[i].columns for i in exact}}
    column_groups_of.update((number, found.column_groups) for number, found in filling.items())
    kept = KeptColumnGroups(len(partition), column_groups_of, filling)
    row_groups = RowGroups([clauses[i] for i in in_table], [rows[i] for i in in_table], kept, isolated, masks)
    keys, cells = union_cells(
        [rows[i] for i in explicit],
        [_rest(filling, sets, clauses[i].columns) for i in explicit],
        [clauses[i].mask for i in explicit],
        len(partition.cell_of),
        masks,
    )
    gaps = Gaps.of(
        [rows[i] for i in filled],
        [clauses[i].columns for i in filled],
        [clauses[i].mask for i in filled],
        filling,
        partition,
        masks,
    )
    keys, cells = gaps.among(keys, cells, masks)
    if len(keys):
        row, column = np.divmod(keys, len(partition.cell_of))
        where = row_groups.row_group_of[row], partition.cell_of[column]
        cells = row_groups.apply(*where, cells, places_in(gaps.keys, keys) >= 0)
    return PermissionMatrix(row_groups.row_group_of, partition.cell_of, row_groups.table, keys, cells)


def matrix_of_rows(
    clauses: Sequence[Clause],
    selecting: Sequence[Sequence[int]],
    isolated: Sequence[bool],
    column_groups: ColumnGroups,
    sets: IndexSets,
    masks: PortMasks,
) -> PermissionMatrix:
    """Return the matrix of a few rows, of which each is selected by the clauses of the numbers `selecting`."""
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, numbers in enumerate(selecting):
        for number in numbers:
            rows[number].append(row)
    return build_matrix(
        [clauses[number] for number in rows],
        [np.array(found, dtype=np.int64) for found in rows.values()],
        sets,
        np.array(isolated, dtype=np.bool_),
        column_groups,
        masks,
    )


def _rest(filling: Mapping[int, Filling], sets: IndexSets, number: int) -> Stretches:
    """Return what of a set the table does not hold."""
    found = filling.get(number)
    return Stretches.single(found.rest) if found else sets.stretches(number)
