"""Which peers, addresses and port sets of two inputs are the same: what has to be known before they are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import (
    NONE,
    AddressRange,
    Engine,
    Indices,
    MaskIds,
    Peer,
    PortMasks,
    Runs,
)
from workbench.ground import NO_PORTS, PortSet
from workbench.policy import Direction

__all__ = ["ABSENT", "AlignedPeers", "CommonPorts", "CommonRanges", "Translation"]

ABSENT = -1
"""Stands for the index and the bloc of a workload on the side where it does not exist."""
_UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class AlignedPeers:
    """The workloads of two inputs, each once, grouped by what the policies of both treat alike.

    Attributes
    ----------
    peers : tuple of Peer
        Sorted by name.
    places : ndarray of int64, shape (peers, 2)
        The index of each peer among the `WorkloadPeers` of each side, or `ABSENT`.
    blocs : ndarray of int64, shape (joint blocs, 2)
        The bloc that a joint bloc is on each side, or `ABSENT`.
    runs : Runs
        The peers of each joint bloc.
    siblings : ndarray of bool, shape (peers,)
        Whether the pods of a peer among themselves are an answer on every side where the peer is.
    """

    peers: tuple[Peer, ...]
    places: Indices
    blocs: Indices
    runs: Runs
    siblings: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, before: Engine, after: Engine) -> AlignedPeers:
        """Match workloads by name.

        Where one side tells the pods of a workload apart and the other does not, the parts are
        compared with the whole.
        """
        found: list[tuple[Peer, int, int]] = []
        if before.workloads is after.workloads:
            found = [(peer, number, number) for number, peer in enumerate(before.workloads.peers)]
        else:
            parts_before, parts_after = _parts(before), _parts(after)
            for whole in {**parts_before, **parts_after}:
                found += _matched(parts_before.get(whole, {}), parts_after.get(whole, {}))
        found.sort(key=lambda entry: entry[0].name.encode())
        places = np.array([entry[1:] for entry in found], dtype=np.int64).reshape(-1, 2)
        ends = np.stack([_blocs(before, places[:, 0]), _blocs(after, places[:, 1])], axis=1)
        blocs, bloc_of = np.unique(ends, axis=0, return_inverse=True)
        siblings = [
            np.append(side.workloads.siblings, True)[where]
            for side, where in zip((before, after), places.T, strict=True)
        ]
        return cls(
            tuple(entry[0] for entry in found), places, blocs, Runs.of(bloc_of, len(blocs)), np.logical_and(*siblings)
        )


def _blocs(engine: Engine, places: Indices) -> Indices:
    """Return the blocs of the peers at `places`, `ABSENT` for `ABSENT`."""
    found: Indices = np.append(engine.quotient.bloc_of[engine.workloads.class_of], ABSENT)[places]
    return found


def _parts(engine: Engine) -> dict[str, dict[Peer, int]]:
    """Return the peers of each workload, mostly one, with their indices."""
    parts: defaultdict[str, dict[Peer, int]] = defaultdict(dict)
    for index, peer in enumerate(engine.workloads.peers):
        parts[f"{peer.namespace}/{peer.workload}[{peer.kind}]"][peer] = index
    return parts


def _matched(before: dict[Peer, int], after: dict[Peer, int]) -> list[tuple[Peer, int, int]]:
    """Return the peers that a workload is for both sides together, with the index on each side."""
    if len(before) == 1 and len(after) > 1:
        (whole,) = before.values()
        return [(peer, whole, part) for peer, part in after.items()]
    if len(after) == 1 and len(before) > 1:
        (whole,) = after.values()
        return [(peer, part, whole) for peer, part in before.items()]
    return [(peer, before.get(peer, ABSENT), after.get(peer, ABSENT)) for peer in {**before, **after}]


class CommonRanges(NamedTuple):
    """The coarsest ranges of addresses that the ranges of two inputs are made of, in order.

    Attributes
    ----------
    ranges : list of AddressRange
    before, after : ndarray of int64, shape (ranges,)
        The atom that a range is in on each side.
    breaks : ndarray of bool, shape (ranges,)
        Whether a range does not touch the one before it.
    """

    ranges: list[AddressRange]
    before: Indices
    after: Indices
    breaks: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, before: Engine, after: Engine, direction: Direction, families: Iterable[int]) -> CommonRanges:
        """Refine the ranges of both sides, which cover the same addresses."""
        wanted = set(families)
        found: list[tuple[AddressRange, int, int]] = []
        left, right = (iter(_with_atoms(side, direction, wanted)) for side in (before, after))
        one, other = next(left, None), next(right, None)
        start: tuple[int, int] | None = None
        while one is not None and other is not None:
            (mine, atom), (theirs, their_atom) = one, other
            family, first = start or (mine.family, mine.first)
            last = min(mine.last, theirs.last)
            found.append((AddressRange(family, first, last), atom, their_atom))
            one = next(left, None) if mine.last == last else one
            other = next(right, None) if theirs.last == last else other
            start = None if mine.last == theirs.last else (family, last + 1)
        ranges = [entry[0] for entry in found]
        families_found = np.array([found.family for found in ranges])
        return cls(
            ranges,
            np.array([entry[1] for entry in found], dtype=np.int64),
            np.array([entry[2] for entry in found], dtype=np.int64),
            np.r_[True, families_found[1:] != families_found[:-1]][: len(ranges)],
        )


def _with_atoms(engine: Engine, direction: Direction, families: set[int]) -> list[tuple[AddressRange, int]]:
    externals = engine.externals[direction]
    pairs = zip(externals.ranges, externals.atom_of_range.tolist(), strict=True)
    return [(found, atom) for found, atom in pairs if found.family in families]


class CommonPorts:
    """Port sets of two inputs, numbered alike, so that equal sets have equal numbers.

    Attributes
    ----------
    sets : list of PortSet
        The set of each number; number 0 is the empty set.
    """

    def __init__(self) -> None:
        self.sets: list[PortSet] = [NO_PORTS]
        self._numbers: dict[PortSet, int] = {NO_PORTS: NONE}

    def number(self, ports: PortSet) -> int:
        """Return the number of `ports`."""
        number = self._numbers.setdefault(ports, len(self.sets))
        if number == len(self.sets):
            self.sets.append(ports)
        return number


class Translation:
    """From the mask ids of one input to the numbers of `CommonPorts`."""

    def __init__(self, masks: PortMasks, common: CommonPorts) -> None:
        self._masks = masks
        self._common = common
        self._known: MaskIds = np.empty(0, dtype=np.int32)

    def numbers(self, ids: MaskIds) -> MaskIds:
        """Return the numbers of `ids`, same shape."""
        missing = len(self._masks) - len(self._known)
        if missing:
            self._known = np.concatenate([self._known, np.full(missing, _UNKNOWN, dtype=np.int32)])
        found = self._known.take(ids)
        if found.min(initial=0) == _UNKNOWN:
            for number in np.flatnonzero(np.bincount(ids[found == _UNKNOWN])).tolist():
                self._known[number] = self._common.number(self._masks.ports(number))
            found = self._known.take(ids)
        return found
