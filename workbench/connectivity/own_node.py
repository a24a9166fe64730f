"""Which connections of a map are those of a pod and its own node: they are allowed whatever policies say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from workbench.connectivity.engine import Engine, Peer
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.connectivity.trace.query_ends import End, QueryEnds, SameNode, same_node

__all__ = ["OwnNodes"]


class OwnNodes:
    """Tells of workload peers, and of addresses outside, whether one is a node and the other runs there.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts = engine.semantics.node_traffic
        self._knows_nodes = self._counts and bool(engine.resolver.places.directory.names)
        self._hosts = ~engine.classes.isolatable[engine.workloads.class_of]
        self._known: dict[int, End] = {}
        self._addresses: dict[Peer, End | None] = {}

    @cached_property
    def _ends(self) -> QueryEnds:
        return QueryEnds(self._engine, EndpointResolver(self._engine))

    def end(self, index: int) -> End:
        """Return the end that a workload peer is."""
        if index not in self._known:
            self._known[index] = self._ends.peer(index)
        return self._known[index]

    def node_at(self, peer: Peer) -> End | None:
        """Return the node that a peer outside is; None where it is none, or more than one address."""
        if peer not in self._addresses:
            found = peer.addresses if self._knows_nodes else None
            end = self._ends.address(found) if found is not None and found.single else None
            self._addresses[peer] = end if end is not None and end.is_node else None
        return self._addresses[peer]

    def are_one(self, one: End, other: End) -> bool:
        """Tell whether two ends are a pod and its own node, for certain and for all pods that are meant."""
        return self._counts and same_node(one, other) is SameNode.YES

    def may_be_one(self, one: End, other: End) -> bool:
        """Tell whether two ends may be a pod and its own node, as far as is known, or are for some pods."""
        return self._counts and same_node(one, other) is not SameNode.NO

    @cached_property
    def hosts(self) -> list[int]:
        """The workload peers of the host's network of which it is known that all run on one node."""
        if not self._counts:
            return []
        return [index for index in np.flatnonzero(self._hosts).tolist() if _single(self.end(index))]

    @cached_property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """The workload peers that are a pod and its own node, source and destination."""
        return frozenset(self._pairs())

    def _pairs(self) -> Iterator[tuple[int, int]]:
        if not self.hosts:
            return
        on: defaultdict[str, list[int]] = defaultdict(list)
        for index in np.flatnonzero(~self._hosts).tolist():
            if node := _single(self.end(index)):
                on[node].append(index)
        for host in self.hosts:
            for index in on[_single(self.end(host))]:
                yield host, index
                yield index, host


def _single(end: End) -> str:
    """Return the one node of an end; empty where there are several, or where one is not known."""
    return next(iter(end.nodes)) if len(end.nodes) == 1 else ""
