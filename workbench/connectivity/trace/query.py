"""May this end reach that one, on this port, and which policies and rules decide it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from workbench.connectivity.decisions import DEFAULT, ITSELF, OWN_NODE, Decision, Effect, Part
from workbench.connectivity.engine import INGRESS_CONTROLLER, Engine
from workbench.connectivity.ingress_controller import Allowed, ControllerPlaces
from workbench.connectivity.trace.answer import Answer, Verdict
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.pod_blocks import PodBlocks
from workbench.connectivity.trace.query_ends import ON_OWN_NODE, End, SameNode, same_node
from workbench.connectivity.trace.variants import Variant, Variants, pairs_of
from workbench.ground import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy import Direction

__all__ = ["PairQuery", "kept_apart", "reasons_of"]

_ISOLATING = {Effect.OTHER_PORTS, Effect.NO_SUCH_PORT, Effect.NO_RULE}
_RANK = {effect: int(effect in _ISOLATING) for effect in Effect}


class _Cases(NamedTuple):
    """What is allowed in every case, and in some case."""

    every: PortSet
    some: PortSet


class PairQuery:
    """Finds the rules behind a pair, by evaluating again those policies that select one of its ends."""

    def __init__(self, engine: Engine, evaluator: Evaluator, variants: Variants) -> None:
        self._engine = engine
        self._evaluator = evaluator
        self._variants = variants
        self._ingress_controllers = engine.ingress_controller
        self._places = ControllerPlaces(engine)
        self._blocks = PodBlocks(engine, evaluator)

    def within_pod(self, end: End, asked: PortSet) -> Answer:
        """Return that a pod reaches itself, which no policy can block."""
        reason = ITSELF.about(asked)
        both = (Direction.EGRESS, Direction.INGRESS)
        verdicts = tuple(Verdict(direction, end.name, ALL_PORTS, (reason,)) for direction in both)
        return Answer(end.name, end.name, asked, ALL_PORTS, verdicts)

    def answer(self, src: End, dst: End, asked: PortSet, *, hairpin: bool = False) -> Answer:
        """Return whether `src` may reach `dst`, and why.

        Parameters
        ----------
        src, dst : End
            At least one of the two is a workload; `src` may be the ingress controller.
        asked : PortSet
            The ports that the question is about; reasons are given for these only.
        hairpin : bool
            Whether policies are evaluated about a pod and itself, too, as they are through a Service.
        """
        senders, receivers = self._variants.of(src, Direction.INGRESS), self._variants.of(dst, Direction.EGRESS)
        if hairpin:
            senders = [one._replace(pod=None) for one in senders]
        verdicts = self._verdicts(src, dst, senders, receivers, asked)
        if self._engine.semantics.node_traffic and same_node(src, dst) is SameNode.YES:
            return _on_own_node(src, dst, asked, verdicts)
        connection = reduce(and_, (verdict.ports for verdict in verdicts), ALL_PORTS)
        certain = self._cases(senders, receivers)
        possible = self._cases(
            [*senders, *self._variants.elsewhere(src, Direction.INGRESS)],
            [*receivers, *self._variants.elsewhere(dst, Direction.EGRESS)],
        )
        notes = [*_differing(src, dst, certain, asked), *_unknown_node(src, dst, certain, possible, asked)]
        sure, some = possible.every & connection, possible.some | self.may_allow(senders, receivers)
        some, why = self._in_part(src, dst, asked - sure, some)
        notes.extend(why)
        notes.extend(_on_hosts(src, dst, asked - sure))
        notes.extend(self._blocks.notes(src, dst, asked, pairs_of(senders, receivers)))
        notes.extend(self._blocks.unknown(src, dst, asked, pairs_of(senders, receivers)))
        return Answer(src.name, dst.name, asked, connection, tuple(verdicts), in_part=some - sure, notes=tuple(notes))

    def _verdicts(
        self, src: End, dst: End, senders: Sequence[Variant], receivers: Sequence[Variant], asked: PortSet
    ) -> list[Verdict]:
        """Return what each end that is a workload permits, or sends where it is the ingress controller."""
        verdicts = [self._entrance(dst, asked)] if src.is_controller else []
        if any(one.row is not None for one in senders):
            verdicts.append(self.verdict(Direction.EGRESS, src.name, senders, receivers, asked))
        if senders and any(one.row is not None for one in receivers):
            verdicts.append(self.verdict(Direction.INGRESS, dst.name, receivers, senders, asked))
        return verdicts

    def _in_part(self, src: End, dst: End, asked: PortSet, some: PortSet) -> tuple[PortSet, list[str]]:
        """Return which ports are allowed in some cases, and on what that depends.

        Parameters
        ----------
        asked : PortSet
            Those that are not sure to be allowed.
        some : PortSet
            Those that policies allow in some cases.
        """
        if src.is_controller:
            elsewhere = [self._places.elsewhere(index, asked) for index in dst.peers]
            usual = (allowed.ports for allowed in elsewhere if allowed.known or allowed.products)
            notes = dict.fromkeys(note for allowed in elsewhere for note in _from_elsewhere(allowed))
            return PortSet.union_of([some & self._sent(dst), *usual]), list(notes)
        if self._engine.semantics.node_traffic and asked and (note := _maybe_own_node(src, dst)):
            return ALL_PORTS, [note]
        return some, []

    def _cases(self, senders: Sequence[Variant], receivers: Sequence[Variant]) -> _Cases:
        engine = self._engine
        found = {
            (
                -1 if src.row is None else engine.mask(Direction.EGRESS, src.row, dst.column),
                -1 if dst.row is None else engine.mask(Direction.INGRESS, dst.row, src.column),
            )
            for src, dst in pairs_of(senders, receivers)
        }
        ports = [reduce(and_, (engine.masks.ports(mask) for mask in masks if mask >= 0), ALL_PORTS) for masks in found]
        return _Cases(reduce(and_, ports, ALL_PORTS), reduce(or_, ports, NO_PORTS))

    def may_allow(self, senders: Sequence[Variant], receivers: Sequence[Variant]) -> PortSet:
        """Return what rules allow if the one address that is meant has one of their domain names."""
        if len(senders) != 1 or len(receivers) != 1 or senders[0].row is None or receivers[0].row is not None:
            return NO_PORTS
        parts = self._evaluator.parts(Direction.EGRESS, senders[0].row, receivers[0].column)
        return PortSet.union_of(
            part.ports for part in parts for decision in part.ruling.decisions if decision.effect is Effect.MAY_ALLOW
        )

    def _sent(self, dst: End) -> PortSet:
        return reduce(and_, (self._ingress_controllers.sent(index) for index in dst.peers), ALL_PORTS)

    def _entrance(self, dst: End, asked: PortSet) -> Verdict:
        """Return what Ingresses and routes send to a workload, and which of them."""
        sent = self._sent(dst)
        reasons = [
            Decision(Effect.ALLOWS, target=target, ports=target.ports & asked)
            for index in dst.peers
            for target in self._ingress_controllers.targets.get(index, ())
            if target.ports & asked
        ]
        if rest := asked - sent:
            where = "to other ports of it" if rest != asked else "to it" if asked == ALL_PORTS else "there"
            note = f"no Ingress, Route, HTTPRoute or GRPCRoute leads {where}"
            reasons.append(Decision(Effect.NO_ROUTE, ports=rest, note=note))
        return Verdict(Direction.EGRESS, INGRESS_CONTROLLER.name, sent, tuple(reasons))

    def verdict(
        self,
        direction: Direction,
        workload: str,
        own: Sequence[Variant],
        others: Sequence[Variant],
        asked: PortSet,
    ) -> Verdict:
        """Return what an end permits in all cases, and why.

        Where the cases differ, the reasons are those of the first in which something asked is denied.
        """
        engine = self._engine
        pairs = [(one.row, other.column) for one, other in pairs_of(own, others) if one.row is not None]
        permitted = {pair: engine.mask(direction, *pair) for pair in pairs}
        ports = {mask: engine.masks.ports(mask) for mask in set(permitted.values())}
        denied = (pair for pair in pairs if asked - ports[permitted[pair]])
        parts = self._evaluator.parts(direction, *next(denied, pairs[0]))
        every, some = reduce(and_, ports.values()), reduce(or_, ports.values())
        return Verdict(direction, workload, every, tuple(reasons_of(parts, asked, direction)), some - every)


def kept_apart(src: End, dst: End, asked: PortSet) -> Answer:
    """Return that nothing passes between two ends of which one has an obstacle."""
    ends = ((Direction.EGRESS, src), (Direction.INGRESS, dst))
    verdicts = tuple(
        Verdict(direction, end.name, NO_PORTS, (Decision(Effect.NO_NETWORK, ports=asked, note=end.obstacle),))
        for direction, end in ends
        if end.obstacle
    )
    return Answer(src.name, dst.name, asked, NO_PORTS, verdicts, obstacle=src.obstacle or dst.obstacle)


def _on_own_node(src: End, dst: End, asked: PortSet, verdicts: Sequence[Verdict]) -> Answer:
    """Return the answer about a pod and its own node."""
    reason = (OWN_NODE.about(asked),)
    pod = dst if src.is_node else src
    on_node = tuple(
        Verdict(
            verdict.direction, verdict.workload, ALL_PORTS, reason if verdict.workload == pod.name else verdict.reasons
        )
        for verdict in verdicts
    )
    return Answer(src.name, dst.name, asked, ALL_PORTS, on_node)


def _maybe_own_node(src: End, dst: End) -> str:
    """Return on what it depends whether two ends are a pod and its own node; empty where it does not."""
    match same_node(src, dst):
        case SameNode.UNKNOWN:
            return f"{ON_OWN_NODE}; whether {src.name} and {dst.name} are on one node was not read (spec.nodeName)."
        case SameNode.SOME:
            return f"{ON_OWN_NODE}, and {src.name} and {dst.name} share {', '.join(sorted(src.nodes & dst.nodes))}."
        case _:
            return ""


def _from_elsewhere(allowed: Allowed) -> Iterator[str]:
    """Yield which controllers policies let through, though not every one."""
    if allowed.known:
        yield f"Policies allow {allowed.ports} from {allowed.known}, which runs a controller: ask about it."
    elif allowed.places:
        yield f"Policies allow {allowed.ports} only if {allowed.condition}."


def _on_hosts(src: End, dst: End, denied: PortSet) -> Iterator[str]:
    for end in (src, dst):
        if end.is_node and end.peers and denied:
            yield (
                f"{end.name} is on the host's network: no selector chooses it, only rules about everyone or about "
                "the address of its node."
            )


def _differing(src: End, dst: End, cases: _Cases, asked: PortSet) -> Iterator[str]:
    """Yield why there are several cases: pods that policies tell apart, or addresses."""
    if not asked & (cases.some - cases.every):
        return
    for end in dict.fromkeys((src, dst)):
        if len(end.peers) > 1:
            yield f"Policies treat the {len(end.peers)} kinds of pods of {end.name} differently."
        elif end.unknown:
            yield "Policies treat the pods and addresses that it may be differently."
        elif end.addresses is not None:
            yield f"Policies allow a part of the addresses of {end.name} only."


def _unknown_node(src: End, dst: End, certain: _Cases, possible: _Cases, asked: PortSet) -> Iterator[str]:
    if asked & ((possible.some - certain.some) | (certain.every - possible.every)):
        host = src if src.is_node and src.peers else dst
        yield f"It depends on the address of the node of {host.name}, which was not read."


def reasons_of(parts: Sequence[Part], asked: PortSet, direction: Direction) -> Iterator[Decision]:
    """Yield each decision about `asked` once: those of the admin tier, of policies that allow, the others."""
    decided: dict[Decision, PortSet] = {}
    by_default = NO_PORTS
    for ports, ruling in parts:
        here = ports & asked
        for decision in ruling.decisions if here else ():
            decided[decision] = decided.get(decision, NO_PORTS) | here
        if ruling.allowed and (not ruling.decisions or DEFAULT in ruling.decisions):
            by_default |= here
    allowing = {decision.ref for decision in decided if decision.effect is Effect.ALLOWS}
    for decision, ports in sorted(decided.items(), key=lambda item: _RANK[item[0].effect]):
        if decision.effect in _ISOLATING:
            if decision.ref not in allowing:
                yield decision.about(NO_PORTS)
        elif decision is not DEFAULT:
            yield decision.about(ports)
    if by_default:
        others = "else " if by_default != asked else ""
        note = f"no policy selects it for {direction}, so everything {others}is allowed"
        yield Decision(Effect.DEFAULT, ports=by_default, note=note)
