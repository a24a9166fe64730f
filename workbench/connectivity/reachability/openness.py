"""How much is open: with how many others each workload may talk directly, and whether with anyone outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.connectivity.engine import CHUNK, NONE
from workbench.connectivity.frames import OPENNESS
from workbench.connectivity.reachability.hops import BlocGraph
from workbench.ground import EVERYWHERE, LINK_LOCAL, PRIVATE, AddressSet
from workbench.policy import Direction

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity.engine import Engine, Indices

__all__ = ["openness"]

_WORDS: Final = ("none", "some", "anyone")
_INTERNET: Final = (
    EVERYWHERE
    - PRIVATE
    - LINK_LOCAL
    - AddressSet.union_of(map(AddressSet.of, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/16", "ff00::/8")))
)
_FAMILIES: Final = (AddressSet(ipv4=_INTERNET.ipv4), AddressSet(ipv6=_INTERNET.ipv6))


def openness(engine: Engine) -> pd.DataFrame:
    """Return, for each workload, with how many others it may talk; columns as in `frames.OPENNESS`."""
    workloads = engine.workloads
    bloc_of = engine.quotient.bloc_of[workloads.class_of]
    weights = np.bincount(bloc_of, minlength=len(engine.quotient))
    graph = BlocGraph.of(engine)
    sources = np.repeat(np.arange(len(graph)), np.diff(graph.starts))
    sent = np.bincount(sources, weights[graph.targets], minlength=len(graph)).astype(np.int64)
    received = np.bincount(graph.targets, weights[sources], minlength=len(graph)).astype(np.int64)
    itself = np.zeros(len(graph), dtype=np.int64)
    itself[sources[sources == graph.targets]] = 1
    return OPENNESS.from_columns(
        {
            "workload": [peer.name for peer in workloads.peers],
            "kind": [peer.kind for peer in workloads.peers],
            "namespace": [peer.namespace for peer in workloads.peers],
            "senders": (received - itself)[bloc_of],
            "receivers": (sent - itself)[bloc_of],
            "other_workloads": np.full(len(bloc_of), max(len(bloc_of) - 1, 0), dtype=np.int64),
            "from_outside": _outside(engine, Direction.INGRESS, bloc_of),
            "to_outside": _outside(engine, Direction.EGRESS, bloc_of),
        }
    )


def _outside(engine: Engine, direction: Direction, bloc_of: Indices) -> list[str]:
    """Return for each workload whether some address of the internet, or each of a family, may be at the other end."""
    externals, count = engine.externals[direction], len(engine.quotient)
    matrix = engine.quotient.matrix(direction)
    words = np.zeros(count, dtype=np.int64)
    for family in _FAMILIES:
        atoms = np.array(externals.atoms_touching(family), dtype=np.int64)
        step = max(1, CHUNK // max(matrix.columns, 1))
        for first in range(0, count, step):
            last = min(first + step, count)
            passes = matrix.rows(first, last)[:, count + atoms] != NONE
            found = passes.any(axis=1).astype(np.int64) + passes.all(axis=1)
            words[first:last] = np.maximum(words[first:last], found)
    return [_WORDS[word] for word in words[bloc_of].tolist()]
