"""What can be reached over several hops: which workloads, by which path, on which ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import Runs, spread
from workbench.ground import needed_by

if TYPE_CHECKING:
    from workbench.connectivity.engine import Engine, Indices, PortMasks
    from workbench.ground import PortSet

__all__ = ["BlocGraph", "Closure", "Search", "closure"]

UNREACHED = -1


@dataclass(frozen=True, slots=True, eq=False)
class BlocGraph:
    """Which bloc may talk to which, in compressed rows.

    Attributes
    ----------
    starts : ndarray of int64, shape (blocs + 1,)
    targets : ndarray of int64, shape (edges,)
        The successors of bloc b are ``targets[starts[b]:starts[b + 1]]``, sorted.
    """

    starts: Indices
    targets: Indices

    @classmethod
    def of(cls, engine: Engine, ports: PortSet | None = None) -> BlocGraph:
        """Return the graph of all connections, or of those that share a port with `ports`."""
        quotient, masks = engine.quotient, engine.masks
        passing = None if ports is None else _sharing(masks, ports)
        keys: list[Indices] = []
        for found in quotient.pair_index(masks).connections():
            wanted = slice(None) if passing is None else np.flatnonzero(passing[found.masks])
            keys.append(found.src[wanted] * len(quotient) + found.dst[wanted])
        edges = np.concatenate(keys)
        edges.sort()
        src, dst = np.divmod(edges, max(len(quotient), 1))
        return cls(src.searchsorted(np.arange(len(quotient) + 1)), dst)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def successors(self, bloc: int) -> Indices:
        """Return the blocs that `bloc` may talk to, sorted."""
        return self.targets[self.starts[bloc] : self.starts[bloc + 1]]

    def _of_all(self, blocs: Indices) -> tuple[Indices, Indices]:
        """Return the edges that leave `blocs`, as sources and targets."""
        sizes = self.starts[blocs + 1] - self.starts[blocs]
        return blocs.repeat(sizes), self.targets[spread(self.starts[blocs], sizes)]

    def search(self, first: Indices, hops: int | None = None) -> Search:
        """Return the shortest paths from a start whose successors are `first`, of at most `hops` hops."""
        distance = np.full(len(self), UNREACHED, dtype=np.int64)
        parent = np.full(len(self), UNREACHED, dtype=np.int64)
        frontier, depth = first, 1
        while len(frontier) and (hops is None or depth <= hops):
            distance[frontier] = depth
            sources, targets = self._of_all(frontier)
            fresh = np.flatnonzero(distance[targets] == UNREACHED)
            frontier, chosen = np.unique(targets[fresh], return_index=True)
            parent[frontier] = sources[fresh][chosen]
            depth += 1
        parent[distance == UNREACHED] = UNREACHED
        return Search(distance, parent)


class Search(NamedTuple):
    """Shortest paths from one start.

    Attributes
    ----------
    distance : ndarray of int64, shape (blocs,)
        Hops to each bloc, -1 where it is out of reach.
    parent : ndarray of int64, shape (blocs,)
        The bloc before it on a shortest path; -1 at the first hop.
    """

    distance: Indices
    parent: Indices

    def way(self, bloc: int) -> list[int]:
        """Return the blocs of a shortest path to `bloc`, itself the last."""
        found = [bloc]
        while (before := int(self.parent[found[-1]])) != UNREACHED:
            found.append(before)
        return found[::-1]


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """Which workloads reach which over any number of hops.

    Attributes
    ----------
    component_of : ndarray of int64, shape (blocs,)
        The strongly connected component of each bloc.
    reached : ndarray of uint64, shape (components, words)
        Bit c of row r tells whether component r reaches component c over one hop or more.
    """

    component_of: Indices
    reached: npt.NDArray[np.uint64]

    def reaches(self, src: int, dst: int) -> bool:
        """Tell whether bloc `src` reaches bloc `dst`."""
        component = int(self.component_of[dst])
        return bool((int(self.reached[self.component_of[src], component // 64]) >> (component % 64)) & 1)

    def rows(self) -> Iterator[npt.NDArray[np.bool_]]:
        """Yield, for each bloc, which blocs it reaches, shape (blocs,)."""
        components = int(self.component_of.max(initial=-1)) + 1
        for component in self.component_of.tolist():
            bits = np.unpackbits(self.reached[component].astype("<u8").view(np.uint8), bitorder="little")
            yield bits[:components].astype(np.bool_)[self.component_of]

    def counts(self, weights: Indices) -> Indices:
        """Return how much of `weights`, one for each bloc, each bloc reaches; shape (blocs,)."""
        components = int(self.component_of.max(initial=-1)) + 1
        per_component = np.bincount(self.component_of, weights, minlength=components).astype(np.int64)
        found = np.empty(components, dtype=np.int64)
        for component in range(components):
            bits = np.unpackbits(self.reached[component].astype("<u8").view(np.uint8), bitorder="little")
            found[component] = per_component[bits[:components].astype(np.bool_)].sum()
        counted: Indices = found[self.component_of]
        return counted


def closure(graph: BlocGraph) -> Closure:
    """Return the transitive closure of a graph.

    Strongly connected components first, then bit sets united in reverse topological order
    (engine 11).
    """
    with needed_by("the reach of every workload at once"):
        from scipy.sparse import csr_array  # noqa: PLC0415  (a third of a second, for those who ask this question)
        from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    size = len(graph)
    sources = np.repeat(np.arange(size), np.diff(graph.starts))
    ones = np.ones(len(graph.targets), dtype=np.int8)
    matrix = csr_array((ones, (sources, graph.targets)), shape=(size, size))
    components, labels = connected_components(matrix, directed=True, connection="strong")
    component_of = labels.astype(np.int64)
    src, dst = component_of[sources], component_of[graph.targets]
    is_inner = np.zeros(components, dtype=np.bool_)
    is_inner[src[src == dst]] = True
    inner = np.flatnonzero(is_inner)
    outer = np.flatnonzero(src != dst)
    edges = src[outer] * components + dst[outer]
    edges.sort()
    src, dst = np.divmod(edges[np.flatnonzero(np.diff(edges, prepend=-1))], max(components, 1))
    starts = src.searchsorted(np.arange(components + 1))
    reached = np.zeros((components, -(-components // 64) or 1), dtype=np.uint64)
    bit = np.uint64(1) << (np.arange(components, dtype=np.uint64) % np.uint64(64))
    reached[inner, inner // 64] |= bit[inner]
    for component in _successors_first(src, dst, components):
        after = dst[starts[component] : starts[component + 1]]
        if len(after):
            np.bitwise_or.at(reached[component], after // 64, bit[after])
            reached[component] |= np.bitwise_or.reduce(reached[after], axis=0)
    return Closure(component_of, reached)


def _successors_first(src: Indices, dst: Indices, size: int) -> list[int]:
    """Return the nodes of an acyclic graph so that each comes after all that it leads to."""
    waiting = np.bincount(src, minlength=size)
    entering = Runs.of(dst, size)
    ready = np.flatnonzero(waiting == 0)
    found: list[int] = []
    while len(ready):
        found.extend(ready.tolist())
        released = src[entering.members(ready)[1]]
        np.subtract.at(waiting, released, 1)
        released = np.unique(released)
        ready = released[waiting[released] == 0]
    return found


def _sharing(masks: PortMasks, ports: PortSet) -> npt.NDArray[np.bool_]:
    """Return, for each mask id, whether it shares a port with `ports`."""
    return np.array([bool(masks.ports(number) & ports) for number in range(len(masks))], dtype=np.bool_)
