"""Which workloads reach which in the end, on a graph of 10,000 nodes and a million edges: beside networkx.

Two such graphs: one in which edges lead anywhere, so that all nodes reach each other, and one in which they
only lead on, where every node reaches a different set: the worst case for a closure. networkx is asked
about some nodes only, and what it would take for all of them is reckoned from that.
"""

from __future__ import annotations

import time

import networkx as nx
import numpy as np

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.reachability.hops import BlocGraph, closure

__all__ = ["GRAPHS", "measure_closure"]

NODES, EDGES = 10_000, 1_000_000
SAMPLE = 3
GRAPHS = {"edges anywhere": False, "edges only on": True}
"""What the graphs are called, and whether they have no cycles."""


def measure_closure(*, acyclic: bool) -> tuple[float, float]:
    """Return the seconds that networkx would take for all nodes, and those that ours took.

    Raises
    ------
    AssertionError
        If the two do not agree.
    """
    src, dst = _edges(acyclic=acyclic)
    graph = BlocGraph(src.searchsorted(np.arange(NODES + 1)), dst)
    start = time.perf_counter()
    closed = closure(graph)
    ours = time.perf_counter() - start
    reached = closed.counts(np.ones(NODES, dtype=np.int64))
    plain: nx.DiGraph[int] = nx.DiGraph()
    plain.add_edges_from(zip(src.tolist(), dst.tolist(), strict=True))
    sources = np.linspace(0, NODES - 1, SAMPLE, dtype=np.int64).tolist()
    start = time.perf_counter()
    expected = [len(nx.descendants(plain, source)) for source in sources]
    theirs = time.perf_counter() - start
    # networkx does not count the source itself, whether or not a cycle leads back to it.
    found = [int(reached[source]) - closed.reaches(source, source) for source in sources]
    if found != expected:
        message = f"ours reaches {found} nodes, networkx {expected}"
        raise AssertionError(message)
    return theirs / SAMPLE * NODES, ours


def _edges(*, acyclic: bool) -> tuple[Indices, Indices]:
    """Return sources and targets, sorted, each pair once."""
    chance = np.random.default_rng(1)
    src, dst = chance.integers(0, NODES, (2, EDGES))
    if acyclic:
        src, dst = np.minimum(src, dst), np.maximum(src, dst)
    keys = src[src != dst] * NODES + dst[src != dst]
    keys.sort()
    src, dst = np.divmod(keys[np.flatnonzero(np.diff(keys, prepend=-1))], NODES)
    return src, dst
