"""Every allowed connection, as arrays: pods to pods, and pods to and from address ranges."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.compile import Engine
from workbench.connectivity.engine.masks import NONE, MaskIds, PortMasks
from workbench.connectivity.engine.pair_index import Connections
from workbench.connectivity.engine.peers import WorkloadPeers, are_answers
from workbench.connectivity.engine.runs import Runs
from workbench.ground import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy import Direction

__all__ = [
    "CHUNK",
    "Chosen",
    "IpRanges",
    "PairFilter",
    "RangePairs",
    "count_pairs",
    "pod_pairs",
    "range_pairs",
]

IpRanges: TypeAlias = Literal["merged", "split"]
"""``merged``: touching ranges with equal connections are one; ``split``: the reference tool's split."""

CHUNK = 2_000_000
"""Pairs that are looked at in one go: some tens of megabytes."""

Chosen: TypeAlias = npt.NDArray[np.bool_]
"""Which workload peers are meant; shape (peers,)."""


class PairFilter(NamedTuple):
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


def pod_pairs(engine: Engine, scope: PairFilter) -> Connections:
    """Return every allowed connection between workload peers, also of one that has siblings with itself."""
    peers = engine.workloads
    runs = Runs.of(peers.class_of, len(engine.classes))
    senders, receivers = (_classes(runs, peers, chosen) for chosen in (scope.src, scope.dst))
    found: list[Connections] = []
    for part in engine.pair_index(senders, receivers).connections():
        masks = _within(engine.masks, part.masks, scope.ports)
        kept = np.flatnonzero(masks != NONE)
        found.append(_expand(runs, peers, Connections(part.src[kept], part.dst[kept], masks[kept]), scope))
    return Connections(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _classes(runs: Runs, peers: WorkloadPeers, chosen: Chosen | None) -> Indices:
    """Return the classes that have workload peers, or only those that have `chosen` ones, sorted."""
    if chosen is None:
        return np.flatnonzero(runs.sizes)
    return np.unique(peers.class_of[chosen])


def range_pairs(engine: Engine, direction: Direction, scope: PairFilter) -> RangePairs:
    """Return every allowed connection of `direction` between workload peers and external ranges."""
    wanted = scope.dst if direction is Direction.INGRESS else scope.src
    count = len(engine.quotient)
    externals = engine.externals[direction]
    family = np.array([found.family for found in externals.ranges])
    chosen = np.flatnonzero(np.isin(family, list(scope.families)))
    columns = count + externals.atom_of_range[chosen]
    breaks = np.r_[True, family[chosen][1:] != family[chosen][:-1]]
    matrix = engine.quotient.matrix(direction)
    runs = Runs.of(engine.quotient.bloc_of[engine.workloads.class_of], len(engine.quotient))
    found: list[RangePairs] = []
    step = max(1, CHUNK // max(len(chosen), matrix.columns, 1))
    for first in range(0, count, step):
        masks = _within(engine.masks, matrix.rows(first, min(first + step, count))[:, columns], scope.ports)
        starts = np.ones(masks.shape, dtype=np.bool_)
        if scope.ip_ranges == "merged":
            differs = masks[:, 1:] != masks[:, :-1]
            starts[:, 1:] = differs | breaks[1:]
            if engine.semantics.wording == "people":
                starts[~differs.any(axis=1), 1:] = False
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


def count_pairs(engine: Engine) -> int:
    """Return the number of ordered pairs of workload peers that may talk on some port."""
    peers = engine.workloads
    runs = Runs.of(peers.class_of, len(engine.classes))
    sizes, alone = runs.sizes, runs.sums((~peers.siblings).astype(np.int64))
    classes = np.flatnonzero(sizes)
    itself = engine.masks.intersect(*(matrix.masks(classes, classes) for matrix in engine.matrices.values()))
    return engine.pair_index(classes, classes).total(sizes, sizes) - int(alone[classes[itself != NONE]].sum())


def _expand(runs: Runs, peers: WorkloadPeers, pairs: Connections, scope: PairFilter) -> Connections:
    """Turn pairs of classes into pairs of peers."""
    repeats, src = runs.members(pairs.src)
    dst, masks = pairs.dst.repeat(repeats), pairs.masks.repeat(repeats)
    repeats, dst = runs.members(dst)
    src, masks = src.repeat(repeats), masks.repeat(repeats)
    kept = are_answers(src, dst, peers.siblings)
    if scope.src is not None:
        kept &= scope.src[src]
    if scope.dst is not None:
        kept &= scope.dst[dst]
    return Connections(src[kept], dst[kept], masks[kept])
