"""Sets of ports as small numbers: each set has an id, and a bit for each port atom (performance.md, engine 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.partition import Axis, Words
from workbench.connectivity.runs import spread
from workbench.policy.intervals import Intervals
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet

__all__ = ["ALL", "NONE", "MaskIds", "PortMasks", "Words"]

MaskIds: TypeAlias = npt.NDArray[np.int32]

NONE, ALL = 0, 1
"""Ids of the empty and of the full set."""

_TABLE_LIMIT = 4096
"""Up to so many masks, intersections are kept in a square table of ids (64 MB at the most)."""
_WORDS_AT_ONCE = 2**22
"""How many words of bits are worked on in one go: some tens of megabytes."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""An odd number without a pattern, to mix words with."""
_KEY_BYTES = 16
"""Masks that are longer are known by a cryptographic digest of this length."""


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
        self._axis = Axis(ALL_PORTS.axis, (ports.axis for ports in self._family))
        self.words_per_mask = self._axis.words
        self._stored: Words = np.empty((len(known) + len(self._family), self.words_per_mask), dtype=np.uint64)
        self._ids: dict[bytes, int] = {}
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
        return len(self._ids)

    @property
    def _masks_at_once(self) -> int:
        """How many masks are worked on in one go."""
        return max(1, _WORDS_AT_ONCE // self.words_per_mask)

    def id_of(self, ports: PortSet) -> int:
        """Return the id of a union of sets that the masks were made for."""
        if ports.axis not in self._known:
            self._add([ports])
        return self._known[ports.axis]

    def ports(self, mask_id: int) -> PortSet:
        """Return the port set with this id."""
        found = self._sets.get(mask_id)
        if found is None:
            found = self._sets[mask_id] = PortSet(self._axis.intervals(self._stored[mask_id]))
        return found

    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words per mask)."""
        found: Words = self._stored[ids]
        return found

    def intern(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words per mask); new rows get new ids."""
        firsts, inverse = _distinct_rows(words)
        numbers = np.empty(len(firsts), dtype=np.int32)
        added: list[int] = []
        for index, row in enumerate(firsts.tolist()):
            key = words[row].tobytes()
            if len(key) > _KEY_BYTES:
                key = blake2b(key, digest_size=_KEY_BYTES).digest()
            fresh = len(self._ids)
            numbers[index] = self._ids.setdefault(key, fresh)
            if numbers[index] == fresh:
                added.append(row)
        if added:
            self._store(words[added])
        return numbers[inverse]

    def union_runs(self, ids: MaskIds, starts: npt.NDArray[np.int64]) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``.

        Rows that the same rules select have the same runs: each is united once.
        """
        lengths = np.diff(np.r_[starts, len(ids)])
        firsts, inverse = _distinct_runs(ids, starts, lengths)
        ids = ids[spread(starts[firsts], lengths[firsts])]
        return self._union_runs(ids, np.cumsum(lengths[firsts]) - lengths[firsts])[inverse]

    def unite(self, left: MaskIds, right: MaskIds) -> MaskIds:
        """Return the ids of the unions, elementwise over two arrays of shape (n,)."""
        found = np.where(left == NONE, right, left)
        several = np.flatnonzero((left != right) & (left != NONE) & (right != NONE))
        if len(several):
            both = np.stack([left[several], right[several]], axis=1)
            found[several] = self.union_runs(both.reshape(-1), np.arange(0, both.size, 2))
        return found

    def _union_runs(self, ids: MaskIds, starts: npt.NDArray[np.int64]) -> MaskIds:
        found = np.empty(len(starts), dtype=np.int32)
        bounds = np.r_[starts, len(ids)]
        begin = 0
        while begin < len(starts):
            most = bounds[begin] + self._masks_at_once
            end = max(begin + 1, int(bounds.searchsorted(most, side="right")) - 1)
            part = self._stored[ids[bounds[begin] : bounds[end]]]
            found[begin:end] = self.intern(np.bitwise_or.reduceat(part, starts[begin:end] - bounds[begin], axis=0))
            begin = end
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
            table[missing] = self._meet(missing // size, missing % size)
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
        return self._meet(distinct // len(self), distinct % len(self))[inverse].reshape(left.shape)

    def _meet(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> MaskIds:
        """Return the ids of the intersections of two arrays of ids, worked out anew."""
        step = self._masks_at_once
        parts = [slice(begin, begin + step) for begin in range(0, len(left), step)]
        found = [self.intern(self._stored[left[part]] & self._stored[right[part]]) for part in parts]
        return np.concatenate([np.empty(0, dtype=np.int32), *found])

    def _add(self, sets: Sequence[PortSet]) -> None:
        """Give an id to each of `sets` that has none."""
        step = self._masks_at_once
        for begin in range(0, len(sets), step):
            part = sets[begin : begin + step]
            numbers = self.intern(self._axis.bits([ports.axis for ports in part])).tolist()
            for ports, number in zip(part, numbers, strict=True):
                self._known[ports.axis] = number
                self._sets[number] = ports

    def _store(self, added: Words) -> None:
        """Keep the bits of the masks that got the last ids; room is made for as many again, so that few copies are."""
        size = len(self._ids)
        if size > len(self._stored):
            grown = np.empty((max(size, 2 * len(self._stored)), self.words_per_mask), dtype=np.uint64)
            grown[: size - len(added)] = self._stored[: size - len(added)]
            self._stored = grown
        self._stored[size - len(added) : size] = added


def _distinct_rows(words: Words) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of the first of each distinct row, in their order, and for each row which of these it is."""
    if words.shape[1] == 1:
        _, firsts, inverse = np.unique(words[:, 0], return_index=True, return_inverse=True)
    else:
        # One number for each row: sorting these is several times faster than sorting rows.
        odd = np.arange(words.shape[1], dtype=np.uint64) * _GOLDEN | np.uint64(1)
        _, firsts, inverse = np.unique(_mixed(words) @ odd, return_index=True, return_inverse=True)
        if not np.array_equal(words, words[firsts[inverse]]):
            _, firsts, inverse = np.unique(words, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return firsts[order], rank[inverse]


def _distinct_runs(
    ids: MaskIds, starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return a run of each kind, and for each run which of these it equals."""
    if len(starts):
        sums = np.add.reduceat(_mixed((ids.astype(np.uint64) + np.uint64(1)) * _GOLDEN), starts)
        _, firsts, inverse = np.unique(sums, return_index=True, return_inverse=True)
        alike = firsts[inverse]
        if np.array_equal(lengths, lengths[alike]) and np.array_equal(ids, ids[spread(starts[alike], lengths)]):
            return firsts, inverse
    each = np.arange(len(starts))
    return each, each


def _mixed(words: Words) -> Words:
    """Return `words` with their high bits spread over the low ones, for sums that hardly ever meet by chance."""
    found: Words = (words ^ (words >> np.uint64(29))) * _GOLDEN
    return found ^ (found >> np.uint64(32))
