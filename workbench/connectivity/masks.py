"""Sets of ports as small numbers: each set has an id, and a bit for each port atom (performance.md, engine 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.partition import Axis
from workbench.policy.intervals import Intervals
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet

__all__ = ["ALL", "NONE", "MaskIds", "PortMasks", "Words"]

MaskIds: TypeAlias = npt.NDArray[np.int32]
Words: TypeAlias = npt.NDArray[np.uint64]
"""Bits of port atoms, shape (…, words per mask)."""

NONE, ALL = 0, 1
"""Ids of the empty and of the full set."""

_WORD_BITS = 64
_TABLE_LIMIT = 4096
"""Up to so many masks, intersections are kept in a square table of ids (64 MB at the most)."""


class PortMasks:
    """Interned port sets over the atoms of a family of port sets.

    Parameters
    ----------
    sets : iterable of PortSet
        The sets that the ports must be cut by. Their unions and intersections are then exact, too.
    """

    def __init__(self, sets: Iterable[PortSet]) -> None:
        self._family = frozenset({*sets, ALL_PORTS})
        self._axis = Axis(ALL_PORTS.axis, (ports.axis for ports in self._family))
        self.words_per_mask = -(-self._axis.count // _WORD_BITS)
        self._words: Words = np.zeros((0, self.words_per_mask), dtype=np.uint64)
        self._ids: dict[bytes, int] = {}
        self._sets: dict[int, PortSet] = {}
        self._known: dict[Intervals, int] = {}
        self._table: MaskIds = np.full((0, 0), -1, dtype=np.int32)
        for ports in (NO_PORTS, ALL_PORTS):
            self.id_of(ports)

    def refined(self, sets: Iterable[PortSet]) -> PortMasks:
        """Return masks that are cut by `sets`, too; present ids stand for the same port sets in both."""
        if self._family.issuperset(sets):
            return self
        finer = PortMasks(self._family.union(sets))
        finer._words = np.zeros((0, finer.words_per_mask), dtype=np.uint64)
        finer._ids.clear()
        finer._known.clear()
        finer._sets.clear()
        for number in range(len(self)):
            finer.id_of(self.ports(number))
        return finer

    def __len__(self) -> int:
        return len(self._ids)

    def id_of(self, ports: PortSet) -> int:
        """Return the id of a union of sets that the masks were made for."""
        number = self._known.get(ports.axis)
        if number is None:
            row = np.zeros((1, self.words_per_mask), dtype=np.uint64)
            for atom in self._axis.atoms(ports.axis).tolist():
                row[0, atom // _WORD_BITS] |= np.uint64(1 << (atom % _WORD_BITS))
            number = int(self.intern(row)[0])
            self._known[ports.axis] = number
            self._sets[number] = ports
        return number

    def ports(self, mask_id: int) -> PortSet:
        """Return the port set with this id."""
        found = self._sets.get(mask_id)
        if found is None:
            bits = np.unpackbits(self._words[mask_id].astype("<u8").view(np.uint8), bitorder="little")
            found = PortSet(self._axis.intervals(np.flatnonzero(bits).tolist()))
            self._sets[mask_id] = found
        return found

    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words per mask)."""
        found: Words = self._words[ids]
        return found

    def intern(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words per mask); new rows get new ids."""
        if self.words_per_mask == 1:
            distinct, inverse = np.unique(words[:, 0], return_inverse=True)
            distinct = distinct[:, None]
        else:
            distinct, inverse = np.unique(words, axis=0, return_inverse=True)
        numbers = np.empty(len(distinct), dtype=np.int32)
        added: list[Words] = []
        for index, row in enumerate(distinct):
            number = self._ids.setdefault(row.tobytes(), len(self._ids))
            if number >= len(self._words) + len(added):
                added.append(row)
            numbers[index] = number
        if added:
            self._words = np.vstack([self._words, *added])
        return numbers[inverse]

    def union_runs(self, ids: MaskIds, starts: npt.NDArray[np.int64]) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``."""
        if len(starts) == 0:
            return np.empty(0, dtype=np.int32)
        return self.intern(np.bitwise_or.reduceat(self._words[ids], starts, axis=0))

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
            table[missing] = self.intern(self._words[missing // size] & self._words[missing % size])
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
        rows = self._words[distinct // len(self)] & self._words[distinct % len(self)]
        return self.intern(rows)[inverse].reshape(left.shape)
