"""Where do two compiled inputs differ: both are read side by side, some rows at a time.

Nothing is looked at pair by pair: the workloads of both inputs fall into joint blocs, which the
policies of both treat alike; their rows are compared as arrays, and only what differs is spread out
to workloads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.difference.align import (
    ABSENT,
    AlignedPeers,
    CommonPorts,
    CommonRanges,
    Translation,
)
from workbench.connectivity.engine import (
    CHUNK,
    INGRESS_CONTROLLER,
    NONE,
    Engine,
    Indices,
    IpRanges,
    MaskIds,
    Peer,
    RangeNames,
    are_answers,
    touched_classes,
)
from workbench.connectivity.own_node import OwnNodes
from workbench.ground import ALL_PORTS, PortSet
from workbench.policy import Direction

__all__ = ["Differences", "EngineComparison"]

_Part: TypeAlias = tuple[Indices, Indices, MaskIds, MaskIds]
"""Source, destination, what was allowed and what is."""


class Differences(NamedTuple):
    """Connections that differ (or that do not), in no order.

    Attributes
    ----------
    peers : list of Peer
        Workloads first, in the order of `AlignedPeers`; then address ranges.
    src, dst : ndarray of int64, shape (connections,)
        Indices of peers.
    before, after : ndarray of int32, shape (connections,)
        Numbers of `CommonPorts`.
    """

    peers: list[Peer]
    src: Indices
    dst: Indices
    before: MaskIds
    after: MaskIds

    def chosen(self, places: Indices) -> Differences:
        """Return the connections at `places`, in that order."""
        return Differences(self.peers, self.src[places], self.dst[places], self.before[places], self.after[places])


class _Runs(NamedTuple):
    """Joint blocs and runs of ranges, first and last included; all of shape (runs,)."""

    row: Indices
    first: Indices
    last: Indices
    before: MaskIds
    after: MaskIds


class _Input:
    """One of the two inputs, read by joint bloc."""

    def __init__(self, engine: Engine, blocs: Indices, ports: CommonPorts) -> None:
        self.quotient = engine.quotient
        self._masks = engine.masks
        self._blocs = blocs
        self._ingress = engine.quotient.ingress.transposed()
        self._egress = engine.quotient.egress.transposed()
        self._translation = Translation(engine.masks, ports)

    def to_pods(self, rows: Indices) -> MaskIds:
        """Return what joint blocs may send to all joint blocs, shape (len(rows), joint blocs)."""
        count = len(self.quotient)
        if not count:
            return np.full((len(rows), len(self._blocs)), NONE, dtype=np.int32)
        own = self._blocs[rows]
        sent = self.quotient.egress.chosen_rows(own)[:, :count]
        masks = self._masks.intersect(sent, self._ingress.chosen_columns(own))
        found = self._translation.numbers(masks).take(self._blocs, axis=1)
        found[own == ABSENT] = NONE
        found[:, self._blocs == ABSENT] = NONE
        return found

    def from_pods(self, columns: Indices) -> MaskIds:
        """Return what all joint blocs may send to joint blocs, shape (len(columns), joint blocs)."""
        count = len(self.quotient)
        if not count:
            return np.full((len(columns), len(self._blocs)), NONE, dtype=np.int32)
        own = self._blocs[columns]
        taken = self.quotient.ingress.chosen_rows(own)[:, :count]
        masks = self._masks.intersect(taken, self._egress.chosen_columns(own))
        found = self._translation.numbers(masks).take(self._blocs, axis=1)
        found[own == ABSENT] = NONE
        found[:, self._blocs == ABSENT] = NONE
        return found

    def with_ranges(self, rows: Indices, direction: Direction, atoms: Indices) -> MaskIds:
        """Return what joint blocs may exchange with addresses in `direction`, shape (len(rows), ranges)."""
        count = len(self.quotient)
        if not count:
            return np.full((len(rows), len(atoms)), NONE, dtype=np.int32)
        own = self._blocs[rows]
        found = self._translation.numbers(self.quotient.matrix(direction).chosen_rows(own)[:, count + atoms])
        found[own == ABSENT] = NONE
        return found


class EngineComparison:
    """Two inputs, ready to be compared.

    Parameters
    ----------
    before, after : Engine
    ip_ranges : IpRanges
        Whether touching ranges with equal connections, before as well as after, are one.

    Attributes
    ----------
    aligned : AlignedPeers
    ports : CommonPorts
    """

    def __init__(self, before: Engine, after: Engine, ip_ranges: IpRanges) -> None:
        self.aligned = AlignedPeers.of(before, after)
        self.ports = CommonPorts()
        self._before = _Input(before, self.aligned.blocs[:, 0], self.ports)
        self._after = _Input(after, self.aligned.blocs[:, 1], self.ports)
        self._ingress_controllers = before.ingress_controller.connections(), after.ingress_controller.connections()
        self._sides = before, after
        self._own_nodes = OwnNodes(before), OwnNodes(after)
        self._ip_ranges = ip_ranges
        families = before.families.listed | after.families.listed
        self._names = RangeNames(families, before.semantics.wording)
        self._ranges = {direction: CommonRanges.of(before, after, direction, families) for direction in Direction}

    def connections(self, *, equal: bool | None, own_nodes: bool = True) -> Differences:
        """Return the connections that are equal on both sides, or those that are not; both for None.

        Parameters
        ----------
        own_nodes : bool
            Whether traffic between a pod and its own node is allowed whatever policies say. Of pairs that are
            such on both sides, what policies allow is listed where it is the same, and nothing where it differs.
        """
        peers = list(self.aligned.peers)
        numbers: dict[Peer, int] = {}
        nothing = np.empty(0, dtype=np.int64)
        parts: list[_Part] = [(nothing, nothing, nothing.astype(np.int32), nothing.astype(np.int32))]
        parts += (self._between_pods(pairs) for pairs in self._pods(equal=equal))
        for direction in Direction:
            runs = self._outside(direction, equal=equal)
            parts += (self._with_outside(found, direction, peers, numbers) for found in runs)
        parts.append(self._entering(len(peers), equal=equal))
        peers.append(INGRESS_CONTROLLER)
        found = Differences(peers, *(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        return self._with_own_nodes(found, equal=equal) if own_nodes else found

    def may_share_node(self, src: int, dst: int) -> bool:
        """Tell whether some pods of two aligned peers may be on the node that the other one is, on any side."""
        return any(
            ABSENT not in (places := self.aligned.places[[src, dst], side].tolist())
            and nodes.may_be_one(*map(nodes.end, places))
            for side, nodes in enumerate(self._own_nodes)
        )

    def _with_own_nodes(self, found: Differences, *, equal: bool | None) -> Differences:
        """Return connections of which those between a pod and its own node are as they are, not as policies say."""
        moved = self._moved
        width = len(found.peers)
        keys = found.src * np.int64(width) + found.dst
        kept = np.ones(len(keys), dtype=np.bool_)
        if moved:
            kept &= ~np.isin(keys, [src * width + dst for src, dst, _, _ in moved])
        if equal is not True:
            before, after = found.before.copy(), found.after.copy()
            for row in self._at_nodes(found):
                own = self._own(found.peers, int(found.src[row]), int(found.dst[row]))
                before[row] = self._everything if own[0] else before[row]
                after[row] = self._everything if own[1] else after[row]
                kept[row] &= found.before[row] == found.after[row] or before[row] != after[row]
            found = found._replace(before=before, after=after)
        added = [one for one in moved if equal is None or (one[2] == one[3]) == equal]
        more = np.array(added, dtype=np.int64).reshape(-1, 4)
        found = found.chosen(np.flatnonzero(kept))
        return Differences(
            found.peers,
            np.r_[found.src, more[:, 0]],
            np.r_[found.dst, more[:, 1]],
            np.r_[found.before, more[:, 2].astype(np.int32)],
            np.r_[found.after, more[:, 3].astype(np.int32)],
        )

    @cached_property
    def _everything(self) -> int:
        return self.ports.number(ALL_PORTS)

    @cached_property
    def _moved(self) -> list[tuple[int, int, int, int]]:
        """Source, destination and what is allowed, of the peers that are a pod and its own node on one side only."""
        own_nodes = [self._aligned_pairs(side) for side in (0, 1)]
        found = []
        for src, dst in sorted(own_nodes[0] ^ own_nodes[1]):
            before, after = (
                self._everything if (src, dst) in own_nodes[side] else self._by_policies(side, src, dst)
                for side in (0, 1)
            )
            if before != NONE or after != NONE:
                found.append((src, dst, before, after))
        return found

    def _aligned_pairs(self, side: int) -> set[tuple[int, int]]:
        pairs = self._own_nodes[side].pairs
        if not pairs:
            return set()
        aligned: defaultdict[int, list[int]] = defaultdict(list)
        for number, place in enumerate(self.aligned.places[:, side].tolist()):
            aligned[place].append(number)
        return {(src, dst) for one, other in pairs for src in aligned[one] for dst in aligned[other]}

    def _by_policies(self, side: int, src: int, dst: int) -> int:
        places = self.aligned.places[[src, dst], side]
        if ABSENT in places:
            return NONE
        engine = self._sides[side]
        row, column = engine.workloads.class_of[places].tolist()
        sent, taken = engine.mask(Direction.EGRESS, row, column), engine.mask(Direction.INGRESS, column, row)
        return self.ports.number(engine.masks.ports(sent) & engine.masks.ports(taken))

    def _at_nodes(self, found: Differences) -> list[int]:
        """Return the rows of which an end is a node: pods of its network, or its address."""
        is_node = np.zeros(len(found.peers), dtype=np.bool_)
        for side, nodes in enumerate(self._own_nodes):
            is_node[: len(self.aligned.peers)] |= np.isin(self.aligned.places[:, side], nodes.hosts)
            for number in range(len(self.aligned.peers), len(found.peers)):
                is_node[number] |= nodes.node_at(found.peers[number]) is not None
        return np.flatnonzero(is_node[found.src] | is_node[found.dst]).tolist()

    def _own(self, peers: Sequence[Peer], src: int, dst: int) -> tuple[bool, bool]:
        """Tell of each side whether two peers are a pod and its own node there."""

        def on(side: int) -> bool:
            nodes = self._own_nodes[side]
            ends = []
            for number in (src, dst):
                place = ABSENT if number >= len(self.aligned.peers) else int(self.aligned.places[number, side])
                ends.append(nodes.node_at(peers[number]) if place == ABSENT else nodes.end(place))
            return ends[0] is not None and ends[1] is not None and nodes.are_one(ends[0], ends[1])

        return on(0), on(1)

    def count(self, *, equal: bool | None) -> int:
        """Return the number of connections that `connections` would return, without spreading them out."""
        sizes = self.aligned.runs.sizes
        alone = self.aligned.runs.sums((~self.aligned.siblings).astype(np.int64))
        total = 0
        for src, dst, _, _ in self._pods(equal=equal):
            total += int((sizes[src] * sizes[dst]).sum()) - int(alone[src[src == dst]].sum())
        for direction in Direction:
            total += sum(int(sizes[runs.row].sum()) for runs in self._outside(direction, equal=equal))
        total += len(self._entering(0, equal=equal)[0])
        return total + self._moved_count(equal=equal)

    def _moved_count(self, *, equal: bool | None) -> int:
        """Return how many connections there are more, or fewer, than policies say, since pods changed their nodes."""
        total = 0
        for src, dst, *allowed in self._moved:
            by_policies = [self._by_policies(side, src, dst) for side in (0, 1)]
            was = any(number != NONE for number in by_policies)
            total += (equal is None or (allowed[0] == allowed[1]) == equal) - (
                was and (equal is None or (by_policies[0] == by_policies[1]) == equal)
            )
        return total

    def _pods(self, *, equal: bool | None) -> Iterator[_Part]:
        """Yield pairs of joint blocs, and what is allowed between them."""
        count = len(self.aligned.blocs)
        senders = self._touched(Direction.EGRESS) if equal is False else np.arange(count)
        for rows in _chunks(senders, count):
            before, after = self._before.to_pods(rows), self._after.to_pods(rows)
            row, column = np.nonzero(_wanted(before, after, equal=equal))
            yield rows[row], column, before[row, column], after[row, column]
        others = np.ones(count, dtype=np.bool_)
        others[senders] = False
        if not others.any():
            return
        for columns in _chunks(self._touched(Direction.INGRESS), count):
            before, after = self._before.from_pods(columns), self._after.from_pods(columns)
            column, row = np.nonzero(_wanted(before, after, equal=equal) & others)
            yield row, columns[column], before[column, row], after[column, row]

    def _touched(self, direction: Direction) -> Indices:
        """Return the joint blocs that may permit something else on one side than on the other."""
        engine, touched = self._sides[0], self._touched_classes
        if touched is None:
            return np.arange(len(self.aligned.blocs))
        mask = np.zeros(len(engine.classes), dtype=np.bool_)
        mask[touched[direction]] = True
        # Classes are the same on both sides, and so are the peers.
        own = mask[engine.workloads.class_of[self.aligned.places[:, 0]]]
        return np.flatnonzero(self.aligned.runs.sums(own.astype(np.int64)))

    @cached_property
    def _touched_classes(self) -> dict[Direction, Indices] | None:
        before, after = self._sides
        return touched_classes(before, after) if before.workloads is after.workloads else None

    def _between_pods(self, pairs: _Part) -> _Part:
        """Turn pairs of joint blocs into pairs of peers."""
        src, dst, before, after = pairs
        repeats, src = self.aligned.runs.members(src)
        dst, before, after = dst.repeat(repeats), before.repeat(repeats), after.repeat(repeats)
        repeats, dst = self.aligned.runs.members(dst)
        src, before, after = src.repeat(repeats), before.repeat(repeats), after.repeat(repeats)
        kept = np.flatnonzero(are_answers(src, dst, self.aligned.siblings))
        return src[kept], dst[kept], before[kept], after[kept]

    def _outside(self, direction: Direction, *, equal: bool | None) -> Iterator[_Runs]:
        """Yield joint blocs, runs of ranges, and what is allowed between them."""
        common = self._ranges[direction]
        width = max(side.quotient.matrix(direction).columns for side in (self._before, self._after))
        chosen = self._touched(direction) if equal is False else np.arange(len(self.aligned.blocs))
        for rows in _chunks(chosen, max(width, len(common.ranges))):
            before = self._before.with_ranges(rows, direction, common.before)
            after = self._after.with_ranges(rows, direction, common.after)
            row, first, last = self._runs(before, after, common)
            before, after = before[row, first], after[row, first]
            kept = np.flatnonzero(_wanted(before, after, equal=equal))
            yield _Runs(rows[row[kept]], first[kept], last[kept], before[kept], after[kept])

    def _with_outside(self, runs: _Runs, direction: Direction, peers: list[Peer], numbers: dict[Peer, int]) -> _Part:
        """Turn joint blocs and runs of ranges into peers; those that are new are added to `peers`."""
        common = self._ranges[direction]
        bounds, which = np.unique(np.stack([runs.first, runs.last], axis=1), axis=0, return_inverse=True)
        outside = np.empty(len(bounds), dtype=np.int64)
        for position, (low, high) in enumerate(bounds.tolist()):
            peer = self._names.peer(common.ranges[low], common.ranges[high])
            outside[position] = numbers.setdefault(peer, len(peers))
            if numbers[peer] == len(peers):
                peers.append(peer)
        repeats, own = self.aligned.runs.members(runs.row)
        ends = outside[which].repeat(repeats)
        src, dst = (ends, own) if direction is Direction.INGRESS else (own, ends)
        return src, dst, runs.before.repeat(repeats), runs.after.repeat(repeats)

    def _entering(self, controller: int, *, equal: bool | None) -> _Part:
        """Return what the ingress controller, which is peer number `controller`, may send."""
        sides = zip(self._ingress_controllers, self.aligned.places.T, strict=True)
        before, after = (self._sent(connections, places) for connections, places in sides)
        dst = np.flatnonzero(_wanted(before, after, equal=equal))
        return np.full(len(dst), controller), dst, before[dst], after[dst]

    def _sent(self, connections: Mapping[int, PortSet], places: Indices) -> MaskIds:
        """Return what the ingress controller may send to each place; most get nothing."""
        found = np.full(len(places), NONE, dtype=np.int32)
        chosen = np.flatnonzero(np.isin(places, list(connections)))
        found[chosen] = [self.ports.number(connections[place]) for place in places[chosen].tolist()]
        return found

    def _runs(self, before: MaskIds, after: MaskIds, common: CommonRanges) -> tuple[Indices, Indices, Indices]:
        """Return row, first and last range of each run of touching ranges with equal connections."""
        starts = np.ones(before.shape, dtype=np.bool_)
        if self._ip_ranges == "merged":
            differs = (before[:, 1:] != before[:, :-1]) | (after[:, 1:] != after[:, :-1])
            starts[:, 1:] = differs | common.breaks[1:]
            if self._names.joins_families:
                starts[~differs.any(axis=1), 1:] = False
        row, first = np.nonzero(starts)
        flat = row * before.shape[1] + first
        last = np.r_[flat[1:], before.size][: len(flat)] - 1 - row * before.shape[1]
        return row, first, last


def _chunks(chosen: Indices, width: int) -> Iterator[Indices]:
    """Yield some numbers, so many at once that as many rows of a width are not too much."""
    step = max(1, CHUNK // max(width, 1))
    for first in range(0, len(chosen), step):
        yield chosen[first : first + step]


def _wanted(before: MaskIds, after: MaskIds, *, equal: bool | None) -> npt.NDArray[np.bool_]:
    """Return where something is allowed on some side and, unless `equal` is None, whether the same on both."""
    allowed: npt.NDArray[np.bool_] = (before != NONE) | (after != NONE)
    if equal is None:
        return allowed
    differs: npt.NDArray[np.bool_] = before != after
    return allowed & ~differs if equal else differs
