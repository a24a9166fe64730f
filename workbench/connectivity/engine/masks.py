"""Sets of ports as small numbers, over the atoms that policies cut the ports into (engine 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.alike import distinct_runs
from workbench.connectivity.engine.bit_store import BitStore
from workbench.connectivity.engine.mask_store import MaskIds, MaskStore
from workbench.connectivity.engine.partition import Axis, Words
from workbench.connectivity.engine.range_store import RangeStore
from workbench.connectivity.engine.runs import spread
from workbench.ground import ALL_PORTS, NO_PORTS, Intervals, PortSet

__all__ = ["ALL", "NONE", "MaskIds", "PortMasks", "Words"]

NONE, ALL = 0, 1
"""Ids of the empty and of the full set."""

_TABLE_LIMIT = 4096
"""Up to this many masks, intersections are kept in a square table of ids (64 MB at the most)."""


class PortMasks:
    """Interned port sets over the atoms of a family of port sets.

    Parameters
    ----------
    sets : iterable of PortSet
        The sets that the ports must be cut by. Their unions and intersections are then exact, too.
    known : sequence of PortSet, optional
        Sets that get the first ids, in this order; unions and intersections of those in `sets`.
    """

    def __init__(self, sets: Iterable[PortSet], known: Sequence[PortSet] = (NO_PORTS, ALL_PORTS)) -> None:
        self._family = frozenset({*sets, ALL_PORTS})
        axis = Axis(ALL_PORTS.axis, (ports.axis for ports in self._family))
        self.words_per_mask = axis.words
        self._store: MaskStore = BitStore(axis) if axis.is_merged else RangeStore(axis)
        self._sets: dict[int, PortSet] = {}
        self._known: dict[Intervals, int] = {}
        self._table: MaskIds = np.full((0, 0), -1, dtype=np.int32)
        self._add(known)
        self._add(sorted(self._family, key=lambda ports: ports.axis))

    def refined(self, sets: Iterable[PortSet]) -> PortMasks:
        """Return masks that are cut by `sets`, too; present ids stand for the same port sets in both."""
        if self._family.issuperset(sets):
            return self
        return PortMasks(self._family.union(sets), [self.ports(number) for number in range(len(self))])

    def __len__(self) -> int:
        return len(self._store)

    def id_of(self, ports: PortSet) -> int:
        """Return the id of a union of sets that the masks were made for."""
        if ports.axis not in self._known:
            self._add([ports])
        return self._known[ports.axis]

    def ports(self, mask_id: int) -> PortSet:
        """Return the port set with this id."""
        found = self._sets.get(mask_id)
        if found is None:
            found = self._sets[mask_id] = PortSet(self._store.intervals(mask_id))
        return found

    def contain(self, ids: MaskIds, points: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return whether each mask holds its point of the axis of a `PortSet`, shape (n,) for n ids and n points."""
        found = np.zeros(len(ids), dtype=np.bool_)
        order = np.argsort(ids, kind="stable")
        distinct, starts = np.unique(ids[order], return_index=True)
        for number, here in zip(distinct.tolist(), np.split(order, starts)[1:], strict=True):
            bounds = [bound for first, last in self.ports(number).axis for bound in (first, last + 1)]
            found[here] = np.array(bounds, dtype=np.int64).searchsorted(points[here], side="right") % 2 == 1
        return found

    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words per mask)."""
        return self._store.words(ids)

    @property
    def all_words(self) -> Words:
        """The bits of all ports."""
        return self.words(np.array(ALL))

    def intern(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words per mask); new rows get new ids."""
        return self._store.of_words(words)

    def union_runs(self, ids: MaskIds, starts: npt.NDArray[np.int64]) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``.

        Rows that the same rules select have the same runs: each is united once.
        """
        lengths = np.diff(np.r_[starts, len(ids)])
        firsts, inverse = distinct_runs(ids, starts, lengths)
        ids = ids[spread(starts[firsts], lengths[firsts])]
        return self._store.unions(ids, np.cumsum(lengths[firsts]) - lengths[firsts])[inverse]

    def unite(self, left: MaskIds, right: MaskIds) -> MaskIds:
        """Return the ids of the unions, elementwise over two arrays of shape (n,)."""
        found = np.where(left == NONE, right, left)
        several = np.flatnonzero((left != right) & (left != NONE) & (right != NONE))
        if len(several):
            both = np.stack([left[several], right[several]], axis=1)
            found[several] = self.union_runs(both.reshape(-1), np.arange(0, both.size, 2))
        return found

    def intersect(self, left: MaskIds, right: MaskIds) -> MaskIds:
        """Return the ids of the intersections, elementwise over two arrays of one shape."""
        found = np.full(left.shape, NONE, dtype=np.int32)
        # Most pairs of a large cluster share nothing: they are passed over before anything is looked up.
        live = np.flatnonzero((left != NONE) & (right != NONE))
        found.reshape(-1)[live] = self._intersect_live(left.reshape(-1)[live], right.reshape(-1)[live])
        return found

    def _intersect_live(self, left: MaskIds, right: MaskIds) -> MaskIds:
        size = len(self._table)
        if size <= max(int(left.max(initial=0)), int(right.max(initial=0))):
            size = self._grow_table()
        if size == 0:
            return self._intersect_distinct(left, right)
        code = left * np.int32(size) + right
        table = self._table.reshape(-1)
        found = table.take(code)
        if found.min(initial=0) < 0:
            missing = np.unique(code[found < 0])
            table[missing] = self._store.meets(missing // size, missing % size)
            found = table.take(code)
        return found

    def _grow_table(self) -> int:
        size = 2 * len(self)
        if size > _TABLE_LIMIT:
            size = 0
        self._table = np.full((size, size), -1, dtype=np.int32)
        return size

    def _intersect_distinct(self, left: MaskIds, right: MaskIds) -> MaskIds:
        code = left.astype(np.int64) * len(self) + right
        distinct, inverse = np.unique(code, return_inverse=True)
        return self._store.meets(distinct // len(self), distinct % len(self))[inverse].reshape(left.shape)

    def _add(self, sets: Sequence[PortSet]) -> None:
        """Give an id to each of `sets` that has none."""
        numbers = self._store.of_sets([ports.axis for ports in sets]).tolist()
        for ports, number in zip(sets, numbers, strict=True):
            self._known[ports.axis] = number
            self._sets[number] = ports
