"""Reachability as frames: what a workload or an address reaches, in how many hops, by which path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from workbench.connectivity.engine import Peer
from workbench.connectivity.frames import BLAST_RADIUS, REACH, STEPS
from workbench.connectivity.reachability.hops import UNREACHED, BlocGraph, Search, closure
from workbench.ground import NO_PORTS, AddressSet, PortSet
from workbench.policy import Direction

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity.engine import Engine, Indices

__all__ = ["Paths", "Start", "blast_radius"]

Start: TypeAlias = int | AddressSet | Peer
"""The index of a workload peer, addresses outside, or the ingress controller."""


class Paths:
    """The shortest paths from one start to everything that can be reached from it.

    Parameters
    ----------
    src : int, AddressSet or Peer
        A workload peer, addresses of which any may be the start, or the ingress controller.
    ports : PortSet, optional
        Keep to connections that share a port with these; all by default.
    hops : int, optional
        At most this many hops; any number by default.
    start : str, optional
        What addresses at the start were called.
    """

    def __init__(
        self,
        engine: Engine,
        src: Start,
        ports: PortSet | None = None,
        hops: int | None = None,
        start: str = "",
    ) -> None:
        self._start = start
        self._engine = engine
        self._workloads = engine.workloads
        self._src = src
        self._ports = ports
        self._bloc_of = engine.quotient.bloc_of[self._workloads.class_of]
        self._graph = BlocGraph.of(engine, ports)
        self._entered = self._entered_from_controller() if isinstance(src, Peer) else {}
        self._lead = 1 if isinstance(src, Peer) else 0
        left = None if hops is None else hops - self._lead
        self._search: Search = self._graph.search(self._first_blocs(), left)
        self._member = self._first_members()

    def reached(self) -> list[int]:
        """Return the workload peers that can be reached, the nearest first, by name among equals.

        The start is one of them only where it has siblings: these are reached, and not the pod itself.
        """
        distance = np.where(self._search.distance == UNREACHED, UNREACHED, self._search.distance + self._lead)
        hops = distance[self._bloc_of]
        hops[list(self._entered)] = 1
        siblings = self._workloads.siblings
        found = [peer for peer in np.flatnonzero(hops != UNREACHED).tolist() if peer != self._src or siblings[peer]]
        return sorted(found, key=lambda peer: (int(hops[peer]), peer))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each workload that can be reached; columns as in `frames.REACH`."""
        return REACH.from_rows(self._reach())

    def _reach(self) -> Iterator[tuple[str, str, str, int, str, tuple[str, ...]]]:
        for number in self.reached():
            peer, way = self._workloads.peers[number], self._way(number)
            ports = self._step_ports([self._src, *way][-2], number)
            path = self._name(self._src), *(self._name(step) for step in way)
            yield peer.name, peer.kind, peer.namespace, len(way), str(ports), path

    def steps_to(self, targets: Iterable[int]) -> pd.DataFrame:
        """Return the steps of a shortest path to each reachable one of `targets`; columns as in `frames.STEPS`."""
        return STEPS.from_rows(self._steps(targets))

    def _steps(self, targets: Iterable[int]) -> Iterator[tuple[str, int, str, str, str]]:
        reached = set(self.reached())
        for target in targets:
            ends: Sequence[Start] = [self._src, *self._way(target)] if target in reached else []
            for step, (src, dst) in enumerate(pairwise(ends), start=1):
                ports = str(self._step_ports(src, dst))
                yield self._name(target), step, self._name(src), self._name(dst), ports

    def _entered_from_controller(self) -> dict[int, PortSet]:
        """Return the workload peers that the ingress controller leads to, and on which ports."""
        found = {peer: self._passing(ports) for peer, ports in self._engine.ingress_controller.connections().items()}
        return {peer: ports for peer, ports in found.items() if ports}

    def _first_blocs(self) -> Indices:
        """Return the blocs that the search begins with: one hop from the start, two from the ingress controller."""
        match self._src:
            case AddressSet():
                return self._entered_from(self._src)
            case Peer():
                following = [self._graph.successors(int(self._bloc_of[peer])) for peer in self._entered]
                return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *following]))
            case int():
                return self._graph.successors(int(self._bloc_of[self._src]))

    def _entered_from(self, addresses: AddressSet) -> Indices:
        """Return the blocs that some of `addresses` may talk to directly."""
        side = self._engine.quotient.ingress
        blocs = np.arange(len(self._engine.quotient))
        open_to = np.zeros(len(blocs), dtype=np.bool_)
        for atom in self._engine.externals[Direction.INGRESS].atoms_touching(addresses):
            masks = side.masks(blocs, np.full(len(blocs), len(blocs) + atom))
            for number in np.unique(masks).tolist():
                if self._passing(self._engine.masks.ports(number)):
                    open_to |= masks == number
        return np.flatnonzero(open_to)

    def _first_members(self) -> Indices:
        """Return one peer for each bloc to stand for it on the path, other than the start where there is another."""
        found = np.zeros(len(self._engine.quotient), dtype=np.int64)
        peers = np.arange(len(self._bloc_of))[::-1]
        found[self._bloc_of[peers]] = peers
        if isinstance(self._src, int):
            bloc = self._bloc_of[self._src]
            others = [peer for peer in np.flatnonzero(self._bloc_of == bloc).tolist() if peer != self._src]
            found[bloc] = others[0] if others else self._src
        return found

    def _way(self, peer: int) -> list[int]:
        if peer in self._entered:
            return [peer]
        blocs = self._search.way(int(self._bloc_of[peer]))
        way = [*(int(self._member[bloc]) for bloc in blocs[:-1]), peer]
        entered = (p for p in self._entered if blocs[0] in self._graph.successors(int(self._bloc_of[p])))
        return [next(entered), *way] if self._lead else way

    def _passing(self, ports: PortSet) -> PortSet:
        return ports if self._ports is None else ports & self._ports

    def _step_ports(self, src: Start, dst: Start) -> PortSet:
        """Return what one step of a path, which leads to a workload, may use."""
        engine = self._engine
        if not isinstance(dst, int):
            return NO_PORTS
        if isinstance(src, Peer):
            return self._entered[dst]
        row = int(self._workloads.class_of[dst])
        ingress = engine.matrices[Direction.INGRESS]
        if isinstance(src, AddressSet):
            first = len(engine.classes)
            atoms = engine.externals[Direction.INGRESS].atoms_touching(src)
            found = PortSet.union_of(engine.masks.ports(ingress.mask(row, first + atom)) for atom in atoms)
            return self._passing(found)
        column = int(self._workloads.class_of[src])
        sent = engine.masks.ports(engine.matrices[Direction.EGRESS].mask(column, row))
        return self._passing(sent & engine.masks.ports(ingress.mask(row, column)))

    def _name(self, end: Start) -> str:
        match end:
            case AddressSet():
                return self._start or str(end)
            case Peer():
                return end.name
            case int():
                return self._workloads.peers[end].name


def blast_radius(engine: Engine, ports: PortSet | None = None) -> pd.DataFrame:
    """Return, for each workload, how many it reaches; columns as in `frames.BLAST_RADIUS`."""
    workloads = engine.workloads
    bloc_of = engine.quotient.bloc_of[workloads.class_of]
    weights = np.bincount(bloc_of, minlength=len(engine.quotient))
    graph = BlocGraph.of(engine, ports)
    sources = np.repeat(np.arange(len(graph)), np.diff(graph.starts))
    direct = np.bincount(sources, weights[graph.targets], minlength=len(graph)).astype(np.int64)
    closed = closure(graph)
    total = closed.counts(weights)
    itself = np.zeros(len(graph), dtype=np.int64)
    itself[sources[sources == graph.targets]] = 1
    cyclic = np.array([closed.reaches(bloc, bloc) for bloc in range(len(graph))], dtype=np.int64)
    alone = (~workloads.siblings).astype(np.int64)
    return BLAST_RADIUS.from_columns(
        {
            "workload": [peer.name for peer in workloads.peers],
            "kind": [peer.kind for peer in workloads.peers],
            "namespace": [peer.namespace for peer in workloads.peers],
            "direct": direct[bloc_of] - itself[bloc_of] * alone,
            "reached": total[bloc_of] - cyclic[bloc_of] * alone,
            "component": closed.component_of[bloc_of],
        },
    )
