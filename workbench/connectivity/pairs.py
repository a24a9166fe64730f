"""Every allowed connection, as arrays: pods to pods, and pods to and from address ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.classes import Indices
from workbench.connectivity.compile import Compiled
from workbench.connectivity.masks import NONE, MaskIds
from workbench.connectivity.peers import WorkloadPeers
from workbench.policy.rules import Direction

__all__ = [
    "CHUNK",
    "Chosen",
    "IpRanges",
    "PodPairs",
    "RangePairs",
    "Scope",
    "members",
    "pod_masks",
    "pod_pairs",
    "range_pairs",
]

IpRanges: TypeAlias = Literal["merged", "split"]
"""``merged``: touching ranges with equal connections are one; ``split``: the reference tool's split."""

CHUNK = 2_000_000
"""Pairs that are looked at in one go: some tens of megabytes."""


Chosen: TypeAlias = npt.NDArray[np.bool_]
"""Which workload peers, or which classes, are meant; shape (peers,) or (classes,)."""


class Scope(NamedTuple):
    """What to list.

    Attributes
    ----------
    families : frozenset of {4, 6}
        Address families of external ranges.
    ip_ranges : IpRanges
    src, dst : ndarray of bool, shape (peers,), or None
        Keep to connections from, or to, these workload peers; None keeps all.
    """

    families: frozenset[int]
    ip_ranges: IpRanges = "merged"
    src: Chosen | None = None
    dst: Chosen | None = None


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


def pod_masks(compiled: Compiled, wanted: Chosen | None = None) -> Iterator[tuple[Indices, MaskIds]]:
    """Yield what source classes may send to all classes, some rows at a time.

    Parameters
    ----------
    wanted : ndarray of bool, shape (classes,), optional
        The source classes to look at; all by default.

    Yields
    ------
    rows : ndarray of int64, shape (n,)
        Source classes.
    masks : ndarray of int32, shape (n, classes)
    """
    count = len(compiled.classes)
    egress = compiled.sides[Direction.EGRESS]
    ingress = compiled.sides[Direction.INGRESS].transposed()
    step = max(1, CHUNK // max(count, 1))
    for first in range(0, count, step):
        last = min(first + step, count)
        if wanted is not None and not wanted[first:last].any():
            continue
        sent = egress.rows(first, last)[:, :count]
        yield np.arange(first, last), compiled.masks.intersect(sent, ingress.columns(first, last))


def pod_pairs(compiled: Compiled, peers: WorkloadPeers, scope: Scope) -> PodPairs:
    """Return every allowed connection between two different workload peers."""
    found: list[PodPairs] = []
    for rows, masks in pod_masks(compiled, None if scope.src is None else _classes(peers, scope.src)):
        row, column = np.nonzero(masks != NONE)
        found.append(_expand(peers, PodPairs(rows[row], column, masks[row, column]), scope))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return PodPairs(nothing, nothing, np.empty(0, dtype=np.int32))
    return PodPairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def range_pairs(compiled: Compiled, peers: WorkloadPeers, direction: Direction, scope: Scope) -> RangePairs:
    """Return every allowed connection of `direction` between workload peers and external ranges."""
    wanted = scope.dst if direction is Direction.INGRESS else scope.src
    count = len(compiled.classes)
    externals = compiled.externals[direction]
    family = np.array([found.family for found in externals.ranges])
    chosen = np.flatnonzero(np.isin(family, list(scope.families)))
    columns = count + externals.atom_of_range[chosen]
    breaks = np.r_[True, family[chosen][1:] != family[chosen][:-1]]
    side = compiled.sides[direction]
    found: list[RangePairs] = []
    step = max(1, CHUNK // max(len(chosen), side.columns, 1))
    for first in range(0, count, step):
        masks = side.rows(first, min(first + step, count))[:, columns]
        starts = np.ones(masks.shape, dtype=np.bool_)
        if scope.ip_ranges == "merged":
            starts[:, 1:] = (masks[:, 1:] != masks[:, :-1]) | breaks[1:]
        row, begin = np.nonzero(starts)
        flat = row * masks.shape[1] + begin
        end = np.r_[flat[1:], masks.size] - 1 - row * masks.shape[1]
        kept = np.flatnonzero(masks[row, begin] != NONE)
        row, begin, end = row[kept], begin[kept], end[kept]
        repeats, having = members(peers.by_class, first + row)
        pairs = RangePairs(
            having, chosen[begin].repeat(repeats), chosen[end].repeat(repeats), masks[row, begin].repeat(repeats)
        )
        if wanted is not None:
            kept = np.flatnonzero(wanted[having])
            pairs = RangePairs(pairs.peer[kept], pairs.first[kept], pairs.last[kept], pairs.masks[kept])
        found.append(pairs)
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return RangePairs(nothing, nothing, nothing, np.empty(0, dtype=np.int32))
    return RangePairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _classes(peers: WorkloadPeers, chosen: Chosen) -> Chosen:
    found = np.zeros(peers.classes, dtype=np.bool_)
    found[peers.class_of[chosen]] = True
    return found


def members(by_class: tuple[Indices, Indices], classes: Indices) -> tuple[Indices, Indices]:
    """Return how many peers each of `classes` has, and those peers, class by class.

    Parameters
    ----------
    by_class : tuple of ndarray of int64
        As `WorkloadPeers.by_class` gives them.
    """
    order, starts = by_class
    repeats = starts[classes + 1] - starts[classes]
    offsets = np.cumsum(repeats) - repeats
    places = np.arange(int(repeats.sum())) + np.repeat(starts[classes] - offsets, repeats)
    return repeats, order[places]


def _expand(peers: WorkloadPeers, pairs: PodPairs, scope: Scope) -> PodPairs:
    """Turn pairs of classes into pairs of different peers."""
    repeats, src = members(peers.by_class, pairs.src)
    dst, masks = pairs.dst.repeat(repeats), pairs.masks.repeat(repeats)
    repeats, dst = members(peers.by_class, dst)
    src, masks = src.repeat(repeats), masks.repeat(repeats)
    kept = src != dst
    if scope.src is not None:
        kept &= scope.src[src]
    if scope.dst is not None:
        kept &= scope.dst[dst]
    return PodPairs(src[kept], dst[kept], masks[kept])
