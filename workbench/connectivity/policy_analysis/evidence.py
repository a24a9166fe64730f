"""Which connections of two maps show something, such as that one allows more: counted, and some of them named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from workbench.connectivity.difference.align import ABSENT, AlignedPeers
from workbench.connectivity.difference.compare import Differences, EngineComparison
from workbench.connectivity.policy_analysis.statements import Statement, Witness
from workbench.ground import NO_PORTS, PortSet

__all__ = ["Evidence", "Shown", "common", "differing", "lacking"]

Shown: TypeAlias = Callable[[PortSet, PortSet], PortSet]
"""Of what the first and the second map allow between two ends, what shows it; empty if nothing does."""


def differing(first: PortSet, second: PortSet) -> PortSet:
    """Return what only one allows."""
    return (first - second) | (second - first)


def lacking(first: PortSet, second: PortSet) -> PortSet:
    """Return what the first allows and the second does not."""
    return first - second


def common(first: PortSet, second: PortSet) -> PortSet:
    """Return what both allow."""
    return first & second


class Evidence:
    """Connections that show something.

    Parameters
    ----------
    shown : Shown
    limit : int
        Of each list of connections, this many are kept as witnesses.
    """

    def __init__(self, shown: Shown, limit: int) -> None:
        self._shown, self._limit = shown, limit
        self._witnesses: dict[tuple[str, str], Witness] = {}
        self._more = 0

    def add(self, comparison: EngineComparison, found: Differences) -> None:
        """Add those connections that show it.

        Connections that were added before must not come again where there are more than the limit.
        """
        sets = comparison.ports.sets
        pairs, which = np.unique(found.before * np.int64(len(sets)) + found.after, return_inverse=True)
        both = [(sets[pair // len(sets)], sets[pair % len(sets)]) for pair in pairs.tolist()]
        kept = np.flatnonzero(np.array([bool(self._shown(*pair)) for pair in both], dtype=np.bool_)[which])
        self._more += max(0, len(kept) - self._limit)
        if len(kept) > self._limit:
            rank = np.empty(len(found.peers), dtype=np.int64)
            rank[sorted(range(len(found.peers)), key=lambda place: found.peers[place].name)] = np.arange(len(rank))
            keys = rank[found.src[kept]] * len(rank) + rank[found.dst[kept]]
            kept = kept[np.argpartition(keys, self._limit)[: self._limit]]
        for place in kept.tolist():
            first, second = both[which[place]]
            self._put(found.peers[found.src[place]].name, found.peers[found.dst[place]].name, first, second)

    def add_missing(self, aligned: AlignedPeers, side: int) -> None:
        """Add the workloads that one side (0 or 1) lacks."""
        for place in np.flatnonzero(aligned.places[:, side] == ABSENT).tolist():
            name = aligned.peers[place].name
            self._witnesses[name, ""] = Witness(name, "", NO_PORTS, NO_PORTS, NO_PORTS)

    def against(self, question: str) -> Statement:
        """Return the statement that there is no evidence."""
        witnesses = sorted(self._witnesses.values(), key=lambda witness: (witness.src, witness.dst))
        count = len(witnesses) + self._more
        return Statement(question, count == 0, tuple(witnesses[: self._limit]), count)

    def _put(self, src: str, dst: str, first: PortSet, second: PortSet) -> None:
        earlier = self._witnesses.get((src, dst))
        first |= earlier.first if earlier else NO_PORTS
        self._witnesses[src, dst] = Witness(src, dst, first, second, self._shown(first, second))
