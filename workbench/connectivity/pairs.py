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

__all__ = ["IpRanges", "PodPairs", "RangePairs", "pod_masks", "pod_pairs", "range_pairs"]

IpRanges: TypeAlias = Literal["merged", "split"]
"""``merged``: touching ranges with equal connections are one; ``split``: the reference tool's split."""

_CHUNK = 2_000_000
"""Pairs that are looked at in one go: some tens of megabytes."""


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


def pod_masks(compiled: Compiled, wanted: npt.NDArray[np.bool_] | None = None) -> Iterator[tuple[Indices, MaskIds]]:
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
    step = max(1, _CHUNK // max(count, 1))
    for first in range(0, count, step):
        last = min(first + step, count)
        if wanted is not None and not wanted[first:last].any():
            continue
        sent = egress.rows(first, last)[:, :count]
        yield np.arange(first, last), compiled.masks.intersect(sent, ingress.columns(first, last))


def pod_pairs(
    compiled: Compiled,
    peers: WorkloadPeers,
    src: npt.NDArray[np.bool_] | None = None,
    dst: npt.NDArray[np.bool_] | None = None,
) -> PodPairs:
    """Return every allowed connection between two different workload peers.

    Parameters
    ----------
    src, dst : ndarray of bool, shape (peers,), optional
        The peers to look at; all by default.
    """
    found: list[PodPairs] = []
    for rows, masks in pod_masks(compiled, None if src is None else _classes(compiled, peers, src)):
        row, column = np.nonzero(masks != NONE)
        found.append(_expand(peers, rows[row], column, masks[row, column], src, dst))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return PodPairs(nothing, nothing, np.empty(0, dtype=np.int32))
    return PodPairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def range_pairs(
    compiled: Compiled,
    peers: WorkloadPeers,
    direction: Direction,
    families: frozenset[int],
    ip_ranges: IpRanges,
    wanted: npt.NDArray[np.bool_] | None = None,
) -> RangePairs:
    """Return every allowed connection of `direction` between workload peers and external ranges.

    Parameters
    ----------
    families : frozenset of {4, 6}
        Address families to look at.
    wanted : ndarray of bool, shape (peers,), optional
        The peers to look at; all by default.
    """
    count = len(compiled.classes)
    externals = compiled.externals[direction]
    family = np.array([found.family for found in externals.ranges])
    chosen = np.flatnonzero(np.isin(family, list(families)))
    columns = count + externals.atom_of_range[chosen]
    breaks = np.r_[True, family[chosen][1:] != family[chosen][:-1]]
    side = compiled.sides[direction]
    found: list[RangePairs] = []
    step = max(1, _CHUNK // max(len(chosen), side.columns, 1))
    for first in range(0, count, step):
        masks = side.rows(first, min(first + step, count))[:, columns]
        starts = np.ones(masks.shape, dtype=np.bool_)
        if ip_ranges == "merged":
            starts[:, 1:] = (masks[:, 1:] != masks[:, :-1]) | breaks[1:]
        row, begin = np.nonzero(starts)
        flat = row * masks.shape[1] + begin
        end = np.r_[flat[1:], masks.size] - 1 - row * masks.shape[1]
        kept = np.flatnonzero(masks[row, begin] != NONE)
        row, begin, end = row[kept], begin[kept], end[kept]
        repeats, members = _members(peers, first + row)
        pairs = RangePairs(
            members, chosen[begin].repeat(repeats), chosen[end].repeat(repeats), masks[row, begin].repeat(repeats)
        )
        if wanted is not None:
            kept = np.flatnonzero(wanted[members])
            pairs = RangePairs(*(part[kept] for part in pairs))
        found.append(pairs)
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return RangePairs(nothing, nothing, nothing, np.empty(0, dtype=np.int32))
    return RangePairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _classes(compiled: Compiled, peers: WorkloadPeers, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(compiled.classes), dtype=np.bool_)
    found[peers.class_of[wanted]] = True
    return found


def _members(peers: WorkloadPeers, classes: Indices) -> tuple[Indices, Indices]:
    """Return how many peers each of `classes` has, and those peers, class by class."""
    order, starts = peers.by_class
    repeats = starts[classes + 1] - starts[classes]
    offsets = np.cumsum(repeats) - repeats
    places = np.arange(int(repeats.sum())) + np.repeat(starts[classes] - offsets, repeats)
    return repeats, order[places]


def _expand(
    peers: WorkloadPeers,
    src: Indices,
    dst: Indices,
    masks: MaskIds,
    src_wanted: npt.NDArray[np.bool_] | None,
    dst_wanted: npt.NDArray[np.bool_] | None,
) -> PodPairs:
    """Turn pairs of classes into pairs of different peers."""
    repeats, src_peers = _members(peers, src)
    dst, masks = dst.repeat(repeats), masks.repeat(repeats)
    repeats, dst_peers = _members(peers, dst)
    src_peers, masks = src_peers.repeat(repeats), masks.repeat(repeats)
    kept = src_peers != dst_peers
    if src_wanted is not None:
        kept &= src_wanted[src_peers]
    if dst_wanted is not None:
        kept &= dst_wanted[dst_peers]
    return PodPairs(src_peers[kept], dst_peers[kept], masks[kept])
