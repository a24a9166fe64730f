"""Which rule of which policy decides about each port between two ends, in the order in which tiers are evaluated.

The engine's tables know what is allowed; this module evaluates the policies of one end again, to know why
(semantics 14). It is quick because only the policies that select the end are evaluated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from workbench.connectivity.decisions import (
    DEFAULT,
    HOST_NETWORK,
    Decision,
    Effect,
    PairPart,
    Part,
    Ruling,
    join_parts,
)
from workbench.connectivity.engine import Engine, Indices
from workbench.ground import ALL_PORTS, NO_PORTS, AddressSet, PortSet
from workbench.inventory import Target
from workbench.policy import Action, Block, Direction, DomainNames, Rule, Tier

__all__ = ["Evaluator", "PolicyMatch"]

_BY_DEFAULT = (Part(ALL_PORTS, Ruling(allowed=True)),)


class PolicyMatch(NamedTuple):
    """A policy that selects the subject, and what its rules say about one other end.

    Attributes
    ----------
    policy : int
        Its number among all policies.
    rules : tuple of (int, PortSet)
        Position in ``policy.rules`` and ports of each rule of the direction that selects the other
        end; no ports where a named port resolves to none.
    unknown : frozenset of int
        Positions among `rules` of those that may select it or not: by domain names.
    """

    policy: int
    rules: tuple[tuple[int, PortSet], ...]
    unknown: frozenset[int] = frozenset()


class _ResolvedRule(NamedTuple):
    """A rule, its position in ``policy.rules``, and the ends that each of its peers selects, sorted."""

    position: int
    rule: Rule
    ends: tuple[Indices, ...]


class _BlockView(NamedTuple):
    """How blocks of policies of some tiers hold a pod: by this address; by none where it is None."""

    address: AddressSet | None
    tiers: frozenset[Tier]

    def holds(self, block: Block) -> bool:
        """Tell whether a block holds the pod."""
        return self.address is not None and bool(self.address) and not self.address - block.addresses


class Evaluator:
    """Evaluates the policies that select one class about another end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._decisions: dict[tuple[Effect, int, int], Decision] = {}
        self._parts: dict[tuple[Direction, int, int], tuple[Part, ...]] = {}
        self._rules: dict[tuple[int, Direction], tuple[_ResolvedRule, ...]] = {}
        self._evaluated: dict[tuple[Direction, tuple[PolicyMatch, ...]], tuple[Part, ...]] = {}
        self._joined: dict[tuple[int, int], tuple[PairPart, ...]] = {}
        self._numbers: dict[int, list[int]] = {}
        self._pairs: dict[tuple[int | None, int | None, int], tuple[PairPart, ...]] = {}

    def parts(self, direction: Direction, row: int, column: int) -> tuple[Part, ...]:
        """Return what the class `row` rules about the end `column`, all ports divided among the parts."""
        key = (direction, row, column)
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = self._decide(direction, row, column)
        return found

    def permitted(
        self,
        direction: Direction,
        row: int,
        column: int,
        address: AddressSet | None,
        tiers: frozenset[Tier] = frozenset({Tier.NETWORK_POLICY}),
    ) -> PortSet:
        """Return what the class `row` permits if blocks hold pods in another way.

        Parameters
        ----------
        column : int
            The other end, a class.
        address : AddressSet or None
            The address by which blocks hold it; None for blocks that hold no pods at all.
        tiers : frozenset of Tier
            Of which the policies are whose blocks these are.
        """
        view = _BlockView(address, tiers)
        policy_matches = [self._policy_match(number, direction, row, column, view) for number in self.policies_of(row)]
        return PortSet.union_of(part.ports for part in self.evaluate(direction, policy_matches) if part.ruling.allowed)

    def pods(self, sender: int, receiver: int) -> tuple[PairPart, ...]:
        """Return what decides between two classes."""
        return self._pair(sender, receiver, -1)

    def outside(self, direction: Direction, row: int, column: int) -> tuple[PairPart, ...]:
        """Return what decides between a class and addresses, the end `column` of `direction`."""
        return self._pair(None, row, column) if direction is Direction.INGRESS else self._pair(row, None, column)

    def entering(self, receiver: int, targets: Sequence[Target]) -> tuple[PairPart, ...]:
        """Return what decides between the ingress controller and a class that Ingresses and routes lead to.

        Only these send anything; what they do not send is denied by the destination's side, as the
        reference tool words it, next to what policies say.
        """
        controller = self._engine.classes.controller
        ingress = _BY_DEFAULT if controller is None else self.parts(Direction.INGRESS, receiver, controller)
        sent = _sent(targets)
        both = (
            Part(
                permitted.ports & part.ports,
                Ruling(
                    permitted.ruling.allowed and part.ruling.allowed,
                    (*permitted.ruling.decisions, *part.ruling.decisions),
                ),
            )
            for permitted in ingress
            for part in sent
        )
        return join_parts(_BY_DEFAULT, [part for part in both if part.ports])

    def policies_of(self, row: int) -> list[int]:
        """Return the numbers of the policies that select a class, in the order in which they are evaluated."""
        return self.in_order(self._engine.rows.policies_of(row))

    def in_order(self, numbers: Iterable[int]) -> list[int]:
        """Return the numbers of policies in the order in which these are evaluated."""
        policies = self._engine.policies

        def place(number: int) -> tuple[Tier, int, str, int]:
            policy = policies[number]
            return policy.tier, policy.priority, policy.name, number

        return sorted(numbers, key=place)

    def evaluate(self, direction: Direction, policy_matches: Sequence[PolicyMatch]) -> tuple[Part, ...]:
        """Return the parts into which policies, in the order in which they are evaluated, divide all ports."""
        found: defaultdict[Ruling, PortSet] = defaultdict(lambda: NO_PORTS)
        open_ports: list[tuple[PortSet, tuple[Decision, ...]]] = []
        hints: list[tuple[PortSet, Decision]] = []
        left = ALL_PORTS
        for claimed, decision in self._first_matches(policy_matches, Tier.ADMIN, ALL_PORTS):
            if decision.effect is Effect.MAY_ALLOW:
                hints.append((claimed, decision))
                continue
            left -= claimed
            if decision.effect is Effect.PASSES:
                open_ports.append((claimed, (decision,)))
            else:
                found[Ruling(decision.effect is Effect.ALLOWS, (decision,))] |= claimed
        open_ports.insert(0, (left, ()))
        policies = [policy_match for policy_match in policy_matches if self._isolates(policy_match.policy, direction)]
        for ports, trail in open_ports:
            below = self._union(policies, ports) if policies else self._baseline(policy_matches, ports, hints)
            for part, ruling in below:
                reasons = ruling.decisions or ((DEFAULT,) if trail else ())
                found[Ruling(ruling.allowed, (*trail, *reasons))] |= part
        parts = _hinted([Part(ports, ruling) for ruling, ports in found.items() if ports], hints)
        return tuple(parts if self._engine.semantics.name_all_losers else _silence_losers(parts))

    def _pair(self, sender: int | None, receiver: int | None, column: int) -> tuple[PairPart, ...]:
        key = (sender, receiver, column)
        found = self._pairs.get(key)
        if found is None:
            egress: tuple[Part, ...] = _BY_DEFAULT
            ingress: tuple[Part, ...] = _BY_DEFAULT
            if sender is not None:
                egress = self.parts(Direction.EGRESS, sender, column if receiver is None else receiver)
            if receiver is not None:
                ingress = self.parts(Direction.INGRESS, receiver, column if sender is None else sender)
            sides = (id(egress), id(ingress))  # `_parts` keeps both, so that no other parts get these
            if sides not in self._joined:
                self._joined[sides] = join_parts(egress, ingress)
            found = self._pairs[key] = self._joined[sides]
        return found

    def _policies(self, row: int) -> list[int]:
        found = self._numbers.get(row)
        if found is None:
            found = self._numbers[row] = self.policies_of(row)
        return found

    def _decide(self, direction: Direction, row: int, column: int) -> tuple[Part, ...]:
        if not self._engine.classes.isolatable[row]:
            return (Part(ALL_PORTS, Ruling(allowed=True, decisions=(HOST_NETWORK,))),)
        policy_matches = tuple(self._policy_match(number, direction, row, column) for number in self._policies(row))
        found = self._evaluated.get((direction, policy_matches))
        if found is None:
            found = self._evaluated[direction, policy_matches] = self.evaluate(direction, policy_matches)
        return found

    def _policy_match(
        self, number: int, direction: Direction, row: int, column: int, view: _BlockView | None = None
    ) -> PolicyMatch:
        """Return what a policy says about the end `column`; `view` is of blocks of some tiers."""
        if view and self._engine.policies[number].tier not in view.tiers:
            view = None
        destination = row if direction is Direction.INGRESS else column
        is_outside = column >= len(self._engine.classes)
        found: list[tuple[int, PortSet]] = []
        unknown: set[int] = set()
        for position, rule, ends in self._rules_of(number, direction):
            selects = any(
                view.holds(peer) if view and isinstance(peer, Block) else _holds(chosen, column)
                for peer, chosen in zip(rule.peers, ends, strict=True)
            )
            if not selects and is_outside and any(isinstance(peer, DomainNames) for peer in rule.peers):
                unknown.add(position)
                selects = True
            if selects:
                found.append((position, self.ports_at(rule, destination)))
        return PolicyMatch(number, tuple(found), frozenset(unknown))

    def ports_at(self, rule: Rule, destination: int) -> PortSet:
        """Return the ports of a rule on a destination, which is a class, or an end that declares no names."""
        ports = rule.ports.numbers
        if rule.ports.named and destination < len(self._engine.classes):
            declared = self._engine.classes.ports[destination]
            for named in rule.ports.named:
                for name, protocol, value in declared:
                    if name == named.name and named.protocol in {None, protocol}:
                        ports |= PortSet.of(protocol, value)
        return ports

    def _rules_of(self, number: int, direction: Direction) -> tuple[_ResolvedRule, ...]:
        """Return the rules of a policy in a direction."""
        found = self._rules.get((number, direction))
        if found is None:
            policy = self._engine.policies[number]
            found = self._rules[number, direction] = tuple(
                _ResolvedRule(
                    position, rule, tuple(self._engine.ends(peer, direction, policy.tier) for peer in rule.peers)
                )
                for position, rule in enumerate(policy.rules)
                if rule.direction is direction
            )
        return found

    def _isolates(self, number: int, direction: Direction) -> bool:
        policy = self._engine.policies[number]
        return policy.tier is Tier.NETWORK_POLICY and direction in policy.isolates

    def _first_matches(
        self, policy_matches: Sequence[PolicyMatch], tier: Tier, ports: PortSet
    ) -> Iterator[tuple[PortSet, Decision]]:
        """Yield what each rule of an ordered tier claims of `ports`: the first to match a port has it."""
        effects = {Action.ALLOW: Effect.ALLOWS, Action.DENY: Effect.DENIES, Action.PASS: Effect.PASSES}
        for policy_match in policy_matches:
            policy = self._engine.policies[policy_match.policy]
            if policy.tier is not tier:
                continue
            for position, matched in policy_match.rules:
                claimed = ports & matched
                if claimed and position in policy_match.unknown:
                    yield claimed, self.decision(Effect.MAY_ALLOW, policy_match.policy, position)
                elif claimed:
                    ports -= claimed
                    yield claimed, self.decision(effects[policy.rules[position].action], policy_match.policy, position)

    def _baseline(
        self, policy_matches: Sequence[PolicyMatch], ports: PortSet, hints: list[tuple[PortSet, Decision]]
    ) -> Iterator[tuple[PortSet, Ruling]]:
        """Yield what baseline rules decide about `ports`; what they may allow is added to `hints`."""
        for claimed, decision in self._first_matches(policy_matches, Tier.BASELINE, ports):
            if decision.effect is Effect.MAY_ALLOW:
                hints.append((claimed, decision))
                continue
            ports -= claimed
            if decision.effect is Effect.PASSES:  # below the baseline there is the default alone
                yield claimed, Ruling(allowed=True, decisions=(decision, DEFAULT))
            else:
                yield claimed, Ruling(decision.effect is Effect.ALLOWS, (decision,))
        yield ports, Ruling(allowed=True)

    def _union(self, policy_matches: Sequence[PolicyMatch], ports: PortSet) -> Iterator[tuple[PortSet, Ruling]]:
        """Yield the parts of `ports` that the same NetworkPolicy rules allow, and the rest, which is denied."""
        pieces: list[tuple[PortSet, tuple[Decision, ...]]] = [(ports, ())]
        for policy_match in policy_matches:
            for position, matched in policy_match.rules:
                decision = self.decision(Effect.ALLOWS, policy_match.policy, position)
                pieces = [
                    (part, decisions)
                    for whole, allowing in pieces
                    for part, decisions in ((whole & matched, (*allowing, decision)), (whole - matched, allowing))
                    if part
                ]
        for part, decisions in pieces:
            yield part, Ruling(bool(decisions), decisions or tuple(self._losers(policy_matches)))

    def _losers(self, policy_matches: Sequence[PolicyMatch]) -> Iterator[Decision]:
        """Yield why each policy that isolates the subject does not allow what no rule allows."""
        for policy_match in policy_matches:
            if policy_match.rules:
                for position, matched in policy_match.rules:
                    named = not matched and self._engine.semantics.wording == "reference"
                    effect = Effect.NO_SUCH_PORT if named else Effect.OTHER_PORTS
                    yield self.decision(effect, policy_match.policy, position)
            else:
                yield self.decision(Effect.NO_RULE, policy_match.policy, -1)

    def decision(self, effect: Effect, number: int, position: int) -> Decision:
        """Return the decision of a policy's rule, or of the policy as a whole where `position` is negative."""
        key = (effect, number, position)
        found = self._decisions.get(key)
        if found is None:
            policy = self._engine.policies[number]
            rule = policy.rules[position] if position >= 0 else None
            found = self._decisions[key] = Decision(effect, policy, rule)
        return found


def _hinted(parts: Sequence[Part], hints: Sequence[tuple[PortSet, Decision]]) -> list[Part]:
    """Return the parts, those that are denied divided by which rules may allow them."""
    found = list(parts)
    for ports, decision in hints:
        found = [
            Part(some, Ruling(part.ruling.allowed, decisions))
            for part in found
            for some, decisions in (
                ((part.ports, part.ruling.decisions),)
                if part.ruling.allowed
                else (
                    (part.ports & ports, (decision, *part.ruling.decisions)),
                    (part.ports - ports, part.ruling.decisions),
                )
            )
            if some
        ]
    return found


def _sent(targets: Sequence[Target]) -> list[Part]:
    """Return the parts into which Ingresses and routes divide all ports; one of each object and Service is named."""
    ports: dict[tuple[str, str], PortSet] = {}
    first: dict[tuple[str, str], Target] = {}
    for target in targets:
        key = (target.ingress.ref, target.backend.service)
        ports[key] = target.ports | ports.get(key, NO_PORTS)
        first.setdefault(key, target)
    allowing = {key: Decision(Effect.ALLOWS, target=target) for key, target in first.items()}
    others = tuple(Decision(Effect.OTHER_PORTS, target=target) for target in first.values())
    pieces: list[tuple[PortSet, tuple[Decision, ...]]] = [(ALL_PORTS, ())]
    for key, sent in ports.items():
        pieces = [
            (part, decisions)
            for whole, known in pieces
            for part, decisions in ((whole & sent, (*known, allowing[key])), (whole - sent, known))
            if part
        ]
    return [Part(part, Ruling(bool(decisions), decisions or others)) for part, decisions in pieces]


def _silence_losers(parts: Sequence[Part]) -> list[Part]:
    """Return the parts as netpol-analyzer explains them.

    Where an admin rule allows some ports of a pair, and no rule of any NetworkPolicy selects the
    other end, it gives no reason for the other ports, which those NetworkPolicies deny.
    """
    if not any(_allowed_by_admin(part.ruling) for part in parts):
        return list(parts)
    return [
        part._replace(ruling=Ruling(allowed=False))
        if part.ruling.decisions and all(decision.effect is Effect.NO_RULE for decision in part.ruling.decisions)
        else part
        for part in parts
    ]


def _allowed_by_admin(ruling: Ruling) -> bool:
    return any(
        decision.effect is Effect.ALLOWS and decision.policy is not None and decision.policy.tier is Tier.ADMIN
        for decision in ruling.decisions
    )


def _holds(ends: Indices, column: int) -> bool:
    place = int(ends.searchsorted(column))
    return place < len(ends) and int(ends[place]) == column
