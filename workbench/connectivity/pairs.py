"""Every allowed connection, as arrays: pods to pods, and pods to and from address ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.classes import Indices
from workbench.connectivity.compile import Compiled
from workbench.connectivity.masks import NONE, MaskIds, PortMasks
from workbench.connectivity.peers import WorkloadPeers
from workbench.connectivity.quotient import Quotient
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy.rules import Direction

__all__ = [
    "CHUNK",
    "Chosen",
    "IpRanges",
    "PodPairs",
    "RangePairs",
    "Runs",
    "Scope",
    "count_pairs",
    "pod_masks",
    "pod_pairs",
    "range_pairs",
]

IpRanges: TypeAlias = Literal["merged", "split"]
"""``merged``: touching ranges with equal connections are one; ``split``: the reference tool's split."""

CHUNK = 2_000_000
"""Pairs that are looked at in one go: some tens of megabytes."""
_FEW = 8
"""Rows that are looked at in one go where only some are wanted."""


Chosen: TypeAlias = npt.NDArray[np.bool_]
"""Which workload peers, or which blocs, are meant; shape (peers,) or (blocs,)."""


class Scope(NamedTuple):
    """What to list.

    Attributes
    ----------
    families : frozenset of {4, 6}
        Address families of external ranges.
    ip_ranges : IpRanges
    src, dst : ndarray of bool, shape (peers,), or None
        Keep to connections from, or to, these workload peers; None keeps all.
    controller : bool
        Whether connections from the ingress controller are kept.
    ports : PortSet
        Keep to connections on some of these ports.
    """

    families: frozenset[int]
    ip_ranges: IpRanges = "merged"
    src: Chosen | None = None
    dst: Chosen | None = None
    controller: bool = True
    ports: PortSet = ALL_PORTS


class PodPairs(NamedTuple):
    """Connections between workload peers: indices of peers, and mask ids; all of shape (pairs,)."""

    src: Indices
    dst: Indices
    masks: MaskIds


class RangePairs(NamedTuple):
    """Connections of one direction between workload peers and runs of external ranges.

    Attributes
    ----------
    peer : ndarray of int64, shape (pairs,)
    first, last : ndarray of int64, shape (pairs,)
        The run of ranges, as indices into ``Externals.ranges``, both included.
    masks : ndarray of int32, shape (pairs,)
    """

    peer: Indices
    first: Indices
    last: Indices
    masks: MaskIds


def pod_masks(
    masks: PortMasks, quotient: Quotient, wanted: Chosen | None = None, by: Direction = Direction.EGRESS
) -> Iterator[tuple[Indices, MaskIds]]:
    """Yield what blocs may send to all blocs, or get from them, some rows at a time.

    Parameters
    ----------
    wanted : ndarray of bool, shape (blocs,), optional
        The blocs of the rows to look at; all by default.
    by : Direction
        Whether rows are sources (egress) or destinations (ingress).

    Yields
    ------
    rows : ndarray of int64, shape (n,)
        Blocs.
    masks : ndarray of int32, shape (n, blocs)
    """
    count = len(quotient)
    mine, others = quotient.egress, quotient.ingress
    if by is Direction.INGRESS:
        mine, others = others, mine
    columns = others.transposed()
    step = max(1, CHUNK // max(count, 1)) if wanted is None else max(1, min(_FEW, CHUNK // max(count, 1)))
    for first in range(0, count, step):
        last = min(first + step, count)
        if wanted is not None and not wanted[first:last].any():
            continue
        yield np.arange(first, last), masks.intersect(mine.rows(first, last)[:, :count], columns.columns(first, last))


def pod_pairs(compiled: Compiled, peers: WorkloadPeers, scope: Scope) -> PodPairs:
    """Return every allowed connection between two different workload peers."""
    runs = Runs.of(compiled.quotient.bloc_of[peers.class_of], len(compiled.quotient))
    by, chosen = Direction.EGRESS, scope.src
    if scope.src is None and scope.dst is not None:
        by, chosen = Direction.INGRESS, scope.dst
    wanted = None
    if chosen is not None:
        wanted = np.zeros(len(compiled.quotient), dtype=np.bool_)
        wanted[compiled.quotient.bloc_of[peers.class_of[chosen]]] = True
    found: list[PodPairs] = []
    for rows, masks in pod_masks(compiled.masks, compiled.quotient, wanted, by):
        masks = _within(compiled.masks, masks, scope.ports)  # noqa: PLW2901  (what is left of them)
        row, column = np.nonzero(masks != NONE)
        src, dst = (rows[row], column) if by is Direction.EGRESS else (column, rows[row])
        found.append(_expand(runs, PodPairs(src, dst, masks[row, column]), scope))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return PodPairs(nothing, nothing, np.empty(0, dtype=np.int32))
    return PodPairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def range_pairs(compiled: Compiled, peers: WorkloadPeers, direction: Direction, scope: Scope) -> RangePairs:
    """Return every allowed connection of `direction` between workload peers and external ranges."""
    wanted = scope.dst if direction is Direction.INGRESS else scope.src
    count = len(compiled.quotient)
    externals = compiled.externals[direction]
    family = np.array([found.family for found in externals.ranges])
    chosen = np.flatnonzero(np.isin(family, list(scope.families)))
    columns = count + externals.atom_of_range[chosen]
    breaks = np.r_[True, family[chosen][1:] != family[chosen][:-1]]
    side = compiled.quotient.side(direction)
    runs = Runs.of(compiled.quotient.bloc_of[peers.class_of], len(compiled.quotient))
    found: list[RangePairs] = []
    step = max(1, CHUNK // max(len(chosen), side.columns, 1))
    for first in range(0, count, step):
        masks = _within(compiled.masks, side.rows(first, min(first + step, count))[:, columns], scope.ports)
        starts = np.ones(masks.shape, dtype=np.bool_)
        if scope.ip_ranges == "merged":
            starts[:, 1:] = (masks[:, 1:] != masks[:, :-1]) | breaks[1:]
        row, begin = np.nonzero(starts)
        flat = row * masks.shape[1] + begin
        end = np.r_[flat[1:], masks.size] - 1 - row * masks.shape[1]
        kept = np.flatnonzero(masks[row, begin] != NONE)
        row, begin, end = row[kept], begin[kept], end[kept]
        repeats, members = runs.members(first + row)
        pairs = RangePairs(
            members, chosen[begin].repeat(repeats), chosen[end].repeat(repeats), masks[row, begin].repeat(repeats)
        )
        if wanted is not None:
            kept = np.flatnonzero(wanted[members])
            pairs = RangePairs(pairs.peer[kept], pairs.first[kept], pairs.last[kept], pairs.masks[kept])
        found.append(pairs)
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return RangePairs(nothing, nothing, nothing, np.empty(0, dtype=np.int32))
    return RangePairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _within(masks: PortMasks, ids: MaskIds, ports: PortSet) -> MaskIds:
    """Return `ids` with one id for all masks that are alike on `ports`, and NONE for those without any of them."""
    if ports == ALL_PORTS:
        return ids
    distinct, places = np.unique(ids, return_inverse=True)
    alike: dict[PortSet, int] = {NO_PORTS: NONE}
    kept = [alike.setdefault(masks.ports(number) & ports, number) for number in distinct.tolist()]
    return np.array(kept, dtype=np.int32)[places].reshape(ids.shape)


def count_pairs(compiled: Compiled, peers: WorkloadPeers) -> int:
    """Return the number of ordered pairs of different workload peers that may talk on some port."""
    sizes = Runs.of(compiled.quotient.bloc_of[peers.class_of], len(compiled.quotient)).sizes
    total = 0
    for rows, masks in pod_masks(compiled.masks, compiled.quotient):
        reachable = masks != NONE
        total += int((reachable @ sizes) @ sizes[rows])
        total -= int(sizes[rows][reachable[np.arange(len(rows)), rows]].sum())
    return total


@dataclass(frozen=True, slots=True)
class Runs:
    """The peers of each bloc: ``order[starts[b] : starts[b] + sizes[b]]``."""

    order: Indices
    starts: Indices
    sizes: Indices

    @classmethod
    def of(cls, bloc_of: Indices, blocs: int) -> Runs:
        """Return the peers of each of `blocs`, from the bloc of each peer."""
        order = np.argsort(bloc_of, kind="stable")
        starts = bloc_of[order].searchsorted(np.arange(blocs + 1))
        return cls(order, starts[:-1], np.diff(starts))

    def members(self, blocs: Indices) -> tuple[Indices, Indices]:
        """Return how many peers each of `blocs` has, and those peers, bloc by bloc."""
        repeats = self.sizes[blocs]
        offsets = np.cumsum(repeats) - repeats
        places = np.arange(int(repeats.sum())) + np.repeat(self.starts[blocs] - offsets, repeats)
        return repeats, self.order[places]


def _expand(runs: Runs, pairs: PodPairs, scope: Scope) -> PodPairs:
    """Turn pairs of blocs into pairs of different peers."""
    repeats, src = runs.members(pairs.src)
    dst, masks = pairs.dst.repeat(repeats), pairs.masks.repeat(repeats)
    repeats, dst = runs.members(dst)
    src, masks = src.repeat(repeats), masks.repeat(repeats)
    kept = src != dst
    if scope.src is not None:
        kept &= scope.src[src]
    if scope.dst is not None:
        kept &= scope.dst[dst]
    return PodPairs(src[kept], dst[kept], masks[kept])
