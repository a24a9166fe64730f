"""What of an engine's connections is in focus: the pairs to list, as peers, as connections, as edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.connectivity.edges import Connection, Edges, collect_edges
from workbench.connectivity.engine import Chosen, Engine, IpRanges, PairFilter, Peer, count_pairs
from workbench.connectivity.focus import EVERYTHING, Focus
from workbench.connectivity.trace.arguments import EndNames, choice_asked, names_asked
from workbench.connectivity.trace.endpoints import ALL_ENDPOINTS, EndpointResolver, EndpointSet
from workbench.connectivity.trace.query_ends import End
from workbench.connectivity.trace.service_calls import Call
from workbench.connectivity.trace.tracer import Tracer
from workbench.ground import ArgumentError, PortSet
from workbench.policy import Direction

__all__ = ["FocusedConnections"]


@dataclass(frozen=True)
class FocusedConnections:
    """The connections of an engine that are in focus.

    Attributes
    ----------
    tracer : Tracer
        Finds the ends that the focus names.
    scope : Focus
    """

    tracer: Tracer
    scope: Focus

    @property
    def engine(self) -> Engine:
        """What the connections are those of."""
        return self.tracer.engine

    @property
    def endpoints(self) -> EndpointResolver:
        """Finds ends by name."""
        return self.tracer.ends

    def filters(
        self, ip_ranges: IpRanges, src: EndpointSet = ALL_ENDPOINTS, dst: EndpointSet = ALL_ENDPOINTS
    ) -> list[PairFilter]:
        """Return what to list, so that a connection in any of them is in focus, and begins and ends as chosen."""
        choice_asked(ip_ranges, ("merged", "split"), "ip_ranges")
        scope = self.scope
        workloads, peers = map(self.endpoints.workloads, (scope.workloads or None, scope.peers or None))
        found = []
        for direction in scope.directions() if scope.workloads else (Direction.EGRESS,):
            first, last = (workloads, peers) if direction is Direction.EGRESS else (peers, workloads)
            senders, receivers = first.intersection(src), last.intersection(dst)
            chosen = senders.workloads, receivers.workloads
            listed = self.engine.families.listed
            found.append(PairFilter(listed, ip_ranges, *chosen, senders.controller, scope.ports))
        return found

    def edges(self, ip_ranges: IpRanges, src: EndpointSet = ALL_ENDPOINTS, dst: EndpointSet = ALL_ENDPOINTS) -> Edges:
        """Return the connections between chosen ends, as arrays."""
        return collect_edges(self.engine, *self.filters(ip_ranges, src, dst))

    def connections(self, ip_ranges: IpRanges, *, pods: bool = True) -> list[Connection]:
        """Return every connection, sorted by the source's name, then the destination's.

        Parameters
        ----------
        ip_ranges : {"merged", "split"}
        pods : bool
            Whether to list connections between workloads; those from and to the outside are always listed.
        """
        edges = collect_edges(self.engine, *self.filters(ip_ranges), pods=pods)
        masks, wanted = self.engine.masks, self.scope.ports
        ports = {number: masks.ports(number) & wanted for number in np.unique(edges.masks).tolist()}
        ends = zip(edges.src.tolist(), edges.dst.tolist(), edges.masks.tolist(), strict=True)
        return [Connection(edges.peers[src], edges.peers[dst], ports[mask]) for src, dst, mask in ends]

    def workloads_named(self, names: EndNames) -> list[Peer]:
        """Return the workload peers that `names` mean, as far as they are known; all of them for no names."""
        peers = self.engine.workloads.peers
        listed = names_asked(names)
        known = [name for name in listed if self.endpoints.knows(name)]
        chosen = self.endpoints.workload_mask(known if listed else None)
        return list(peers) if chosen is None else [peers[number] for number in np.flatnonzero(chosen).tolist()]

    def peers(self, ip_ranges: IpRanges) -> list[Peer]:
        """Return the workload peers, then the peers outside that occur in connections; each sorted by name."""
        if self.scope.workloads:
            return self._peers_of_workloads(ip_ranges)
        workloads = self.engine.workloads.peers
        edges = collect_edges(self.engine, *self.filters(ip_ranges), pods=False)
        return [*workloads, *sorted(edges.peers[len(workloads) :])]

    def _peers_of_workloads(self, ip_ranges: IpRanges) -> list[Peer]:
        found = {peer for connection in self.connections(ip_ranges) for peer in connection[:2]}
        inside = {peer for peer in found if peer.namespace} | set(self.workloads_named(self.scope.workloads))
        if self.scope.peers and self.engine.semantics.wording == "reference":
            inside.update(self.workloads_named(self.scope.peers))
        return [*sorted(inside), *sorted(found - inside)]

    def count(self) -> int:
        """Return the number of ordered pairs of workloads that may talk on some port."""
        if self.scope == EVERYTHING:
            return count_pairs(self.engine)
        edges, workloads = self.edges("merged"), len(self.engine.workloads.peers)
        return int(((edges.src < workloads) & (edges.dst < workloads)).sum())

    def ports_of_call(self, sender: End, call: Call) -> PortSet:
        """Return the ports of a call that are in focus.

        Raises
        ------
        ArgumentError
            If none is, or if its ends are not.
        """
        ports = call.ports & self.scope.ports
        if not ports or not self.holds(sender, call.end):
            message = f"{sender.name} => {call.end.name} on {call.ports} is not in focus: ask the whole connectivity"
            raise ArgumentError(message)
        return ports

    def holds(self, src: End | None, dst: End | None) -> bool:
        """Tell whether connections between two ends, of which None is one that is not known, are in focus."""
        return any(_includes(found, src, dst) for found in self._filters)

    @cached_property
    def _filters(self) -> list[PairFilter]:
        return self.filters("merged")


def _includes(scope: PairFilter, src: End | None, dst: End | None) -> bool:
    """Tell whether a filter keeps connections from all pods of one end to all pods of the other."""
    controller = src is not None and src.is_controller
    return (scope.controller or not controller) and _is_chosen(src, scope.src) and _is_chosen(dst, scope.dst)


def _is_chosen(end: End | None, chosen: Chosen | None) -> bool:
    """Tell whether all pods of an end are among the workload peers that are chosen; None stands for all ends."""
    if chosen is None:
        return True
    return end is not None and (end.is_controller or (bool(end.peers) and bool(chosen[list(end.peers)].all())))
