"""From the two names of a query to its answers: the ends, where calls of Services arrive, and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.connectivity.engine import Engine
from workbench.connectivity.trace.answer import Answer
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.query import PairQuery, kept_apart
from workbench.connectivity.trace.query_ends import End, QueryEnds
from workbench.connectivity.trace.service_addresses import naming_rules
from workbench.connectivity.trace.service_calls import Call, Calls
from workbench.connectivity.trace.variants import Variants
from workbench.connectivity.unevaluated import Unevaluated, unevaluated
from workbench.ground import ArgumentError, PortSet, all_of
from workbench.inventory import ServiceDirectory
from workbench.policy import Direction, Policy, Tier

__all__ = ["Tracer"]

_THROUGH_SERVICE = "Through a Service, policies apply to a pod's traffic to itself, too."
_AMONG_PODS = "This is about its pods among each other; a pod always reaches its own address."


@dataclass(frozen=True, eq=False)
class Tracer:
    """An engine, with what finds the ends that people name, and the policies that decide between them.

    Attributes
    ----------
    engine : Engine
    services : ServiceDirectory
        The Services that questions may name.
    known_ends : EndpointResolver, optional
        Of an engine of other policies, in case that names mean the same here.
    """

    engine: Engine
    services: ServiceDirectory
    known_ends: EndpointResolver | None = None

    @cached_property
    def evaluator(self) -> Evaluator:
        """What policies decide."""
        return Evaluator(self.engine)

    @cached_property
    def ends(self) -> EndpointResolver:
        """Finds ends by name."""
        known = self.known_ends
        return known if known is not None and known.suit(self.engine) else EndpointResolver(self.engine)

    @cached_property
    def query_ends(self) -> QueryEnds:
        """Finds an end by its name, with all that decides about it."""
        return QueryEnds(self.engine, self.ends)

    @cached_property
    def unevaluated(self) -> Unevaluated:
        """The policies that no answer takes into account."""
        return unevaluated(self.engine)

    @cached_property
    def variants(self) -> Variants:
        """Finds what ends mean."""
        return Variants(self.engine)

    @cached_property
    def calls(self) -> Calls:
        """Finds where calls arrive."""
        return Calls(self.ends, self.query_ends, self.services, all_of(self.engine.families.listed or {4}))

    @cached_property
    def pairs(self) -> PairQuery:
        """Finds what decides between two ends."""
        return PairQuery(self.engine, self.evaluator, self.variants)

    def answers(
        self, src: str, dst: str, port: int | None, protocol: str, *, within: Callable[[End, Call], PortSet]
    ) -> tuple[Answer, ...]:
        """Return the answer about each place where a call from `src` to `dst` arrives.

        Parameters
        ----------
        within : callable
            Returns the ports that the question is about, of those that a call from an end arrives at.
        """
        sender = self.query_ends.find(src)
        found = (replace(call, ports=within(sender, call)) for call in self.calls.to(dst, port, protocol))
        return tuple(self._answer(src, dst, sender, call) for call in found)

    def end(self, name: str) -> End | None:
        """Return the end that a name means; None where it means none, or several."""
        try:
            return self.query_ends.find(name)
        except LookupError:
            return None

    def arrivals(self, dst: str, port: int | None, protocol: str) -> tuple[Call, ...]:
        """Return where a call of `dst` arrives; nowhere where that is not known."""
        try:
            return self.calls.to(dst, port, protocol)
        except LookupError:
            return ()

    def _answer(self, src: str, dst: str, sender: End, call: Call) -> Answer:
        receiver = call.end
        if receiver.is_controller:
            message = f"{receiver.name} is only ever a source: it is not known where it runs"
            raise ArgumentError(message)
        if sender.obstacle or receiver.obstacle:
            return replace(kept_apart(sender, receiver, call.ports), service=call.service, notes=call.notes)
        if not sender.peers and not receiver.peers and not receiver.unknown:
            message = f"{sender.name} and {receiver.name} are both outside the cluster: no policy applies to them"
            raise ArgumentError(message)
        notes = list(call.notes)
        if self.is_within_pod(src, dst, sender, call):
            return self.pairs.within_pod(receiver, call.ports)
        if not set(sender.peers).isdisjoint(receiver.peers):
            notes.append(_THROUGH_SERVICE if call.service else _AMONG_PODS)
        found = self.pairs.answer(sender, receiver, call.ports, hairpin=bool(call.service))
        notes += found.notes
        policies = self.engine.policies
        if not found.allowed:
            notes.extend(naming_rules((policies[number] for number in self.policies_of(sender.peers)), call.addresses))
        rows = self.engine.workloads.class_of[[*sender.peers, *receiver.peers]].tolist()
        notes.extend(self.unevaluated.notes(rows))
        notes.extend(self._taken_for_granted(sender, receiver, allowed=found.allowed))
        return replace(found, service=call.service, notes=tuple(notes))

    def is_within_pod(self, src: str, dst: str, sender: End, call: Call) -> bool:
        """Tell whether a call from the end `src` to `dst` is that of a pod to its own address."""
        if call.service or set(sender.peers).isdisjoint(call.end.peers):
            return False
        pods = {*sender.peers, *call.end.peers}
        is_one = len(pods) == 1 and bool(self.engine.workloads.alone[list(pods)].all())
        return is_one or self.ends.are_one_pod(src, dst)

    def policies_of(self, peers: Iterable[int]) -> list[int]:
        """Return the numbers of the policies that select some pods of workload peers, as they are evaluated.

        Parameters
        ----------
        peers : iterable of int
            Indices.
        """
        rows = {int(self.engine.workloads.class_of[index]) for index in peers}
        return self.evaluator.in_order({number for row in rows for number in self.engine.rows.policies_of(row)})

    def _taken_for_granted(self, sender: End, receiver: End, *, allowed: bool) -> Iterator[str]:
        """Yield what is not known of the namespaces of two ends and decides about them."""
        engine, peers = self.engine, self.engine.workloads.peers
        undeclared = engine.population.undeclared
        for direction, own, other in ((Direction.EGRESS, sender, receiver), (Direction.INGRESS, receiver, sender)):
            policies = [engine.policies[number] for number in self.policies_of(own.peers)]
            namespaces = {peers[index].namespace for index in other.peers}
            yield from undeclared.notes(policies, direction, namespaces, allowed=allowed)
            rows = sorted({int(engine.workloads.class_of[index]) for index in own.peers})
            labels = [engine.classes.labels[row] for row in rows if engine.classes.isolatable[row]]
            if labels:
                isolated = any(direction in policy.isolates for policy in policies)
                there = self._in_use(without=Tier.BASELINE if isolated else None)
                yield from undeclared.subject_notes(there, direction, peers[own.peers[0]].namespace, labels)

    def _in_use(self, *, without: Tier | None) -> Iterator[Policy]:
        """Yield the policies that are there, but those of a tier; few answers look at any."""
        yield from (policy for policy in self.engine.policies_in_use if policy.tier is not without)
