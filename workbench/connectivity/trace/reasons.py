"""Every pair of ends that was asked about, with what decides between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from workbench.connectivity.decisions import MAY_SHARE_NODE, OWN_NODE, PairPart, Ruling, restrict
from workbench.connectivity.engine import INGRESS_CONTROLLER, AddressRange, Chosen, Engine, PairFilter, Peer, RangeNames
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.explanation import PairExplanation
from workbench.connectivity.trace.query_ends import QueryEnds, SameNode, same_node
from workbench.ground import ALL_PORTS, AddressSet, ArgumentError, PortSet
from workbench.policy import Direction

__all__ = ["MOST_PAIRS", "Inquiry", "explain_pairs"]

MOST_PAIRS = 3_000_000
"""Pairs beyond which an error says how to ask for less (some 2 GB of text)."""


class Inquiry(NamedTuple):
    """What is to be explained.

    Attributes
    ----------
    scopes : sequence of PairFilter
        Pairs that are in any of them.
    ports : PortSet
    senders, receivers : AddressSet or None
        Keep to external sources, or destinations, that share an address with these.
    """

    scopes: Sequence[PairFilter]
    ports: PortSet
    senders: AddressSet | None = None
    receivers: AddressSet | None = None


def explain_pairs(
    engine: Engine, evaluator: Evaluator, query_ends: QueryEnds, inquiry: Inquiry
) -> tuple[PairExplanation, ...]:
    """Return what decides between the ends of every pair, also where nothing is allowed.

    Raises
    ------
    ArgumentError
        If there are more pairs than anyone could read.
    """
    pairs = _Pairs(engine, evaluator, query_ends, inquiry)
    found = list(pairs.pods())
    for scope in inquiry.scopes:
        found.extend(pairs.outside(scope))
    if inquiry.receivers is None:
        found.extend(pairs.entering())
    found.sort(key=lambda pair: (pair.src.name, pair.dst.name))
    return tuple(found)


class _Pairs:
    def __init__(
        self,
        engine: Engine,
        evaluator: Evaluator,
        query_ends: QueryEnds,
        inquiry: Inquiry,
    ) -> None:
        self._query_ends = query_ends
        self._engine = engine
        self._workloads = engine.workloads
        self._evaluator = evaluator
        self._inquiry = inquiry

    def pods(self) -> Iterator[PairExplanation]:
        """Yield the pairs of workload peers, also of one that has siblings with itself."""
        if self._inquiry.senders is not None or self._inquiry.receivers is not None:
            return
        peers, class_of = self._workloads.peers, self._workloads.class_of.tolist()
        siblings = self._workloads.siblings.tolist()
        chosen = [(self._chosen(scope.src), self._chosen(scope.dst)) for scope in self._inquiry.scopes]
        count = sum(len(senders) * len(receivers) for senders, receivers in chosen)
        if count > MOST_PAIRS:
            message = f"{count:,} pairs are more than an explanation should hold; name workloads, or ask query()"
            raise ArgumentError(message)
        seen: set[tuple[int, int]] = set()
        for senders, receivers in chosen:
            for sender in senders:
                for receiver in receivers:
                    if (sender != receiver or siblings[sender]) and (sender, receiver) not in seen:
                        seen.add((sender, receiver))
                        parts = self._evaluator.pods(class_of[sender], class_of[receiver])
                        parts = self._with_nodes(sender, receiver, parts)
                        yield PairExplanation(peers[sender], peers[receiver], restrict(parts, self._inquiry.ports))

    def _with_nodes(self, sender: int, receiver: int, parts: tuple[PairPart, ...]) -> tuple[PairPart, ...]:
        """Return what decides between two workload peers, also where one is as the other one's node."""
        if not self._engine.semantics.node_traffic:
            return parts
        hosts = ~self._engine.classes.isolatable[self._workloads.class_of[[sender, receiver]]]
        if hosts[0] == hosts[1]:
            return parts
        return _about_nodes(parts, same_node(self._query_ends.peer(sender), self._query_ends.peer(receiver)))

    def outside(self, scope: PairFilter) -> Iterator[PairExplanation]:
        """Yield the pairs of a workload peer and external addresses; none on a side that is restricted."""
        if scope.src is None and self._inquiry.receivers is None:
            yield from self._with_ranges(Direction.INGRESS, scope.dst, self._inquiry.senders, scope)
        if scope.dst is None and self._inquiry.senders is None:
            yield from self._with_ranges(Direction.EGRESS, scope.src, self._inquiry.receivers, scope)

    def entering(self) -> Iterator[PairExplanation]:
        """Yield the pairs of the ingress controller and the workload peers that something leads to.

        For netpol-analyzer, there is no pair where policies let nothing through.
        """
        everything = self._engine.semantics.wording == "people"
        for number, targets in self._engine.ingress_controller.targets.items():
            if any(scope.controller and (scope.dst is None or scope.dst[number]) for scope in self._inquiry.scopes):
                parts = self._evaluator.entering(int(self._workloads.class_of[number]), targets)
                peer = self._workloads.peers[number]
                if everything or any(part.allowed for part in parts):
                    yield PairExplanation(INGRESS_CONTROLLER, peer, restrict(parts, self._inquiry.ports))

    def _with_ranges(
        self, direction: Direction, chosen: Chosen | None, wanted: AddressSet | None, scope: PairFilter
    ) -> Iterator[PairExplanation]:
        externals = self._engine.externals[direction]
        first = len(self._engine.classes)
        ranges = [
            (found, first + atom)
            for found, atom in zip(externals.ranges, externals.atom_of_range.tolist(), strict=True)
            if found.family in scope.families and (wanted is None or wanted & found.addresses)
        ]
        for number in self._chosen(chosen):
            row, peer = int(self._workloads.class_of[number]), self._workloads.peers[number]
            node = self._node(number, wanted)
            for outside, parts in self._runs(direction, row, ranges, scope):
                src, dst = (outside, peer) if direction is Direction.INGRESS else (peer, outside)
                yield PairExplanation(src, dst, restrict(_about_nodes(parts, node), self._inquiry.ports))

    def _node(self, number: int, wanted: AddressSet | None) -> SameNode:
        """Tell whether an address that is asked about is the node of a workload peer: it is one of a range only."""
        if wanted is None or not self._engine.semantics.node_traffic:
            return SameNode.NO
        found = same_node(self._query_ends.peer(number), self._query_ends.address(wanted))
        return SameNode.SOME if found is SameNode.YES else found

    def _runs(
        self, direction: Direction, row: int, ranges: Sequence[tuple[AddressRange, int]], scope: PairFilter
    ) -> Iterator[tuple[Peer, tuple[PairPart, ...]]]:
        """Yield the ranges; if they are merged, those that touch and about which the same is decided as one."""
        names = RangeNames(scope.families, self._engine.semantics.wording)
        runs: list[tuple[AddressRange, AddressRange, tuple[PairPart, ...]]] = []
        for found, column in ranges:
            parts = self._evaluator.outside(direction, row, column)
            if runs and scope.ip_ranges == "merged" and parts == runs[-1][2] and _touch(runs[-1][1], found):
                runs[-1] = (runs[-1][0], found, parts)
            else:
                runs.append((found, found, parts))
        if scope.ip_ranges == "merged" and names.joins_families and _is_one(runs, names):
            runs = [(runs[0][0], runs[-1][1], runs[0][2])]
        for first, last, parts in runs:
            yield names.peer(first, last), parts

    def _chosen(self, chosen: Chosen | None) -> list[int]:
        count = len(self._workloads.peers)
        return list(range(count)) if chosen is None else np.flatnonzero(chosen).tolist()


def _about_nodes(parts: tuple[PairPart, ...], node: SameNode) -> tuple[PairPart, ...]:
    """Return what decides between a node and pods, of which policies alone would decide `parts`."""
    match node:
        case SameNode.NO:
            return parts
        case SameNode.YES:
            ruling = Ruling(allowed=True, decisions=(OWN_NODE,))
            return (PairPart(ALL_PORTS, ruling, ruling),)
        case _:
            return tuple(
                PairPart(part.ports, _unless_on_node(part.egress), _unless_on_node(part.ingress)) for part in parts
            )


def _unless_on_node(ruling: Ruling) -> Ruling:
    return ruling if ruling.allowed else Ruling(allowed=False, decisions=(MAY_SHARE_NODE, *ruling.decisions))


def _is_one(runs: Sequence[tuple[AddressRange, AddressRange, tuple[PairPart, ...]]], names: RangeNames) -> bool:
    """Tell whether there is one run for each family, and the same is decided about all addresses."""
    if len(runs) != len(names.families) or any(parts != runs[0][2] for _, _, parts in runs):
        return False
    return all(RangeNames(frozenset({first.family}), "people").is_everything(first, last) for first, last, _ in runs)


def _touch(left: AddressRange, right: AddressRange) -> bool:
    return left.family == right.family and left.last + 1 == right.first
