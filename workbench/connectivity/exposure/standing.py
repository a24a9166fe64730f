"""What is known of each workload of a map: its labels, and in which directions policies restrict it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

from workbench.connectivity.engine import Engine, Peer
from workbench.connectivity.exposure.openings import Exposed
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.inventory import Workload
from workbench.policy import Direction

__all__ = ["Standing", "standings"]


class Standing(NamedTuple):
    """A workload of a map.

    Attributes
    ----------
    peer : Peer
    workload : Workload
    protected : frozenset of Direction
        Where some policy has a say about it.
    """

    peer: Peer
    workload: Workload
    protected: frozenset[Direction]

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of its first pods."""
        return self.workload.shapes[0].labels


def standings(engine: Engine, evaluator: Evaluator, names: Container[str] | None = None) -> list[Standing]:
    """Return what is known of each workload, or of those with some names, in the order of the map."""
    exposed = Exposed(engine, evaluator)
    known: dict[int, frozenset[Direction]] = {}
    found = []
    peers = engine.workloads
    for peer, workload, row in zip(peers.peers, peers.workloads, peers.class_of.tolist(), strict=True):
        if names is not None and peer.name not in names:
            continue
        if row not in known:
            known[row] = frozenset(direction for direction in Direction if exposed.is_protected(direction, row))
        found.append(Standing(peer, workload, known[row]))
    return found
