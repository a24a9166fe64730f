"""What both ends allow of a pair: what egress matrices and ingress matrices permit together.

Nothing is looked at pair by pair. Pairs about which either matrix has an explicit cell are the cells of
both, matched by their sorted keys. For all others the tables of row groups by column groups decide: sources of one
column group that permit something to another column group meet the destinations there that permit something from the
first, as two lists and one mask. So what is not allowed costs nothing, and a default that allows all of
a large cluster is a few lists (engine 6-9).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.cells import sort_cells
from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.masks import NONE, MaskIds, PortMasks
from workbench.connectivity.engine.permission_matrix import PermissionMatrix
from workbench.connectivity.engine.runs import Runs, places_in, spread

__all__ = ["Connections", "PairIndex"]

_CHUNK = 4_000_000
"""Pairs that are spread out in one go: some hundred megabytes."""


class Connections(NamedTuple):
    """Pairs of ends that may talk: their numbers and mask ids; all of shape (pairs,)."""

    src: Indices
    dst: Indices
    masks: MaskIds


class _Lists(NamedTuple):
    """Ends of one direction, listed by what the table says about them.

    Attributes
    ----------
    column_groups : ndarray of int64, shape (lists,)
        ``source's column group * column groups + destination's column group`` of each list, sorted.
    masks : ndarray of int32, shape (lists,)
        What the ends in a list permit; never nothing.
    kinds : Runs
        The kinds of ends in each list.
    members : Runs
        The ends of each kind.
    """

    column_groups: Indices
    masks: MaskIds
    kinds: Runs
    members: Runs

    def sums(self, weights: Indices) -> Indices:
        """Return the sum of `weights`, one for each end, over the ends of each list."""
        if not len(self.column_groups):
            return np.empty(0, dtype=np.int64)
        by_end = np.r_[0, np.cumsum(weights[self.members.order])]
        by_kind = by_end[self.members.starts + self.members.sizes] - by_end[self.members.starts]
        summed: Indices = np.add.reduceat(by_kind[self.kinds.order], self.kinds.starts)
        return summed

    def ends(self, numbers: Indices) -> tuple[Indices, Indices]:
        """Return how many ends each of the lists has, and those ends, list by list."""
        repeats, kinds = self.kinds.members(numbers)
        sizes, ends = self.members.members(kinds)
        list_of = np.repeat(np.arange(len(numbers)), repeats)
        return np.bincount(list_of, sizes, minlength=len(numbers)).astype(np.int64), ends


@dataclass(frozen=True, slots=True, eq=False)
class PairIndex:
    """What both ends permit, for some sources and some destinations.

    Attributes
    ----------
    explicit : Connections
        Pairs about which some explicit cell is.
    sources, destinations : _Lists
        The ends, listed by what the tables say of them.
    meeting : Connections
        Numbers of a list of sources and one of destinations, all of which may talk unless a cell is about them.
    covered : ndarray of int64
        Sorted ``source * ends + destination`` of the pairs in lists that meet, but about which a cell is.
    count : int
        Number of ends.
    """

    explicit: Connections
    sources: _Lists
    destinations: _Lists
    meeting: Connections
    covered: Indices
    count: int

    @classmethod
    def of(
        cls, egress: PermissionMatrix, ingress: PermissionMatrix, masks: PortMasks, src: Indices, dst: Indices
    ) -> PairIndex:
        """Return what the sources `src` may send to the destinations `dst`, both sorted rows of the two matrices."""
        count = len(egress.row_group_of)
        explicit, covered = _explicit(egress, ingress, masks, src, dst)
        sources = _lists(egress, ingress, src, by_source=True)
        destinations = _lists(ingress, egress, dst, by_source=False)
        low, high = (
            destinations.column_groups.searchsorted(sources.column_groups, side=bound) for bound in ("left", "right")
        )
        repeats = high - low
        first = np.repeat(np.arange(len(sources.column_groups)), repeats)
        last = spread(low, repeats)
        met = masks.intersect(sources.masks[first], destinations.masks[last])
        kept = np.flatnonzero(met != NONE)
        return cls(explicit, sources, destinations, Connections(first[kept], last[kept], met[kept]), covered, count)

    def total(self, src_weights: Indices, dst_weights: Indices) -> int:
        """Return the sum of the products of both ends' weights, shape (ends,), over all pairs that may talk."""
        listed = (
            self.sources.sums(src_weights)[self.meeting.src] @ self.destinations.sums(dst_weights)[self.meeting.dst]
        )
        src, dst = np.divmod(self.covered, max(self.count, 1))
        named = src_weights[self.explicit.src] @ dst_weights[self.explicit.dst]
        return int(listed) - int(src_weights[src] @ dst_weights[dst]) + int(named)

    def connections(self) -> Iterator[Connections]:
        """Yield all pairs that may talk, each once, in no order, some at a time."""
        yield self.explicit
        heights, src = self.sources.ends(self.meeting.src)
        lists, masks = self.meeting.dst.repeat(heights), self.meeting.masks.repeat(heights)
        sizes = self.destinations.sums(np.ones(self.count, dtype=np.int64))
        chunk_of = np.cumsum(sizes[lists]) // _CHUNK
        bounds = np.r_[0, np.flatnonzero(np.diff(chunk_of)) + 1, len(src)].tolist()
        for low, high in pairwise(bounds):
            widths, dst = self.destinations.ends(lists[low:high])
            yield self._uncovered(Connections(src[low:high].repeat(widths), dst, masks[low:high].repeat(widths)))

    def _uncovered(self, found: Connections) -> Connections:
        """Return pairs of lists that meet without those about which a cell is."""
        if not len(self.covered):
            return found
        kept = np.flatnonzero(places_in(self.covered, found.src * self.count + found.dst) < 0)
        return Connections(found.src[kept], found.dst[kept], found.masks[kept])


def _explicit(
    egress: PermissionMatrix, ingress: PermissionMatrix, masks: PortMasks, src: Indices, dst: Indices
) -> tuple[Connections, Indices]:
    """Return the pairs that some cell is about and that may talk, and the keys of those that lists would hold, too."""
    count = len(egress.row_group_of)
    is_dst, is_src = _flags(dst, egress.columns), _flags(src, ingress.columns)
    row, column = np.divmod(egress.keys, egress.columns)
    kept = np.flatnonzero(is_src[row] & is_dst[column])
    sent, sent_masks = row[kept] * count + column[kept], egress.cells[kept]
    row, column = np.divmod(ingress.keys, ingress.columns)
    kept = np.flatnonzero(is_dst[row] & is_src[column])
    received, received_masks = sort_cells(column[kept] * count + row[kept], ingress.cells[kept])
    place = places_in(received, sent)
    both = np.flatnonzero(place >= 0)
    alone = np.ones(len(received), dtype=np.bool_)
    alone[place[both]] = False
    keys = np.concatenate([sent, received[alone]])
    first, last = np.divmod(keys, max(count, 1))
    by_table = egress.table[egress.row_group_of[first], egress.column_group_of[last]]
    by_other = ingress.table[ingress.row_group_of[last], ingress.column_group_of[first]]
    permitted = np.concatenate([sent_masks, by_table[len(sent) :]])
    others = by_other.copy()
    others[both] = received_masks[place[both]]
    others[len(sent) :] = received_masks[alone]
    found = masks.intersect(permitted, others)
    covered = keys[masks.intersect(by_table, by_other) != NONE]
    covered.sort()
    kept = np.flatnonzero(found != NONE)
    return Connections(first[kept], last[kept], found[kept]), covered


def _lists(matrix: PermissionMatrix, other: PermissionMatrix, ends: Indices, *, by_source: bool) -> _Lists:
    """List the rows `ends` of a matrix by the column groups that they permit, and by their own in the other matrix."""
    mine, theirs = matrix.table.shape[1], other.table.shape[1]
    codes = matrix.row_group_of[ends] * theirs + other.column_group_of[ends]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, codes[order][1:] != codes[order][:-1]]) if len(ends) else order
    members = Runs(ends[order], starts, np.diff(np.r_[starts, len(ends)]))
    row_group, own_column_group = np.divmod(codes[order][starts], theirs)
    kind, column_group = np.nonzero(matrix.table[row_group] != NONE)
    masks = matrix.table[row_group[kind], column_group]
    column_groups = (
        own_column_group[kind] * mine + column_group if by_source else column_group * theirs + own_column_group[kind]
    )
    order = np.lexsort((masks, column_groups))
    column_groups, masks = column_groups[order], masks[order]
    changes = (column_groups[1:] != column_groups[:-1]) | (masks[1:] != masks[:-1])
    starts = np.flatnonzero(np.r_[True, changes]) if len(column_groups) else order
    return _Lists(
        column_groups[starts],
        masks[starts],
        Runs(kind[order], starts, np.diff(np.r_[starts, len(column_groups)])),
        members,
    )


def _flags(chosen: Indices, size: int) -> npt.NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    found[chosen] = True
    return found
