"""What is a workload exposed to beyond the pods that were read, and which policies open it (semantics 20-22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from workbench.connectivity.decisions import HOST_NETWORK, Decision, Effect, Part, Ruling
from workbench.connectivity.engine import Engine, Wording
from workbench.connectivity.exposure.representatives import ENTIRE_CLUSTER, Representative, Representatives
from workbench.connectivity.trace.evaluator import Evaluator, PolicyMatch
from workbench.ground import ALL_PORTS, PortSet
from workbench.policy import Action, Direction, NamedPort, Tier

__all__ = ["Exposed", "Opening"]


class Opening(NamedTuple):
    """What one direction of a workload permits to representative pods.

    Attributes
    ----------
    representative : Representative
    ports : PortSet
    named : tuple of (NamedPort, Decision)
        Ports that egress rules name: each destination will resolve them for itself.
    parts : tuple of Part
        All ports, with what decides about them.
    """

    representative: Representative
    ports: PortSet
    named: tuple[tuple[NamedPort, Decision], ...]
    parts: tuple[Part, ...]

    @property
    def names(self) -> frozenset[NamedPort]:
        """The named ports."""
        return frozenset(port for port, _ in self.named)


class _Matchable(NamedTuple):
    """A policy, and position, ports and selected representatives of each of its rules of one direction."""

    policy: int
    rules: tuple[tuple[int, PortSet, Mapping[Representative, None]], ...]


class Exposed:
    """Finds the openings of classes; classes about which the same policies decide alike share them."""

    def __init__(self, engine: Engine, evaluator: Evaluator) -> None:
        self._engine = engine
        self._evaluator = evaluator
        self._representatives = Representatives(engine)
        self._evaluated: dict[tuple[Direction, tuple[PolicyMatch, ...]], tuple[Part, ...]] = {}

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        return self._engine.semantics.wording

    def is_protected(self, direction: Direction, row: int) -> bool:
        """Tell whether some policy selects a class in a direction (semantics 20)."""
        for number in self._evaluator.policies_of(row):
            policy = self._engine.policies[number]
            if policy.tier is Tier.NETWORK_POLICY:
                if direction in policy.isolates:
                    return True
            elif any(rule.direction is direction for rule in policy.rules):
                return True
        return False

    def openings(self, direction: Direction, row: int, wanted: PortSet) -> Iterator[Opening]:
        """Yield the opening to the entire cluster, and those to representatives that differ from it.

        Parameters
        ----------
        wanted : PortSet
            The ports that matter. Named ports are left out where these are not all, since it is not known
            which they will be.
        """
        matchable = self._matchable(direction, row)
        cluster = self._opening(direction, row, matchable, ENTIRE_CLUSTER)
        if cluster.ports & wanted or (cluster.named and wanted == ALL_PORTS):
            yield cluster
        candidates = dict.fromkeys(
            found for evaluated in matchable for _, _, chosen in evaluated.rules for found in chosen
        )
        for representative in candidates:
            found = self._opening(direction, row, matchable, representative)
            if found.ports & wanted != cluster.ports & wanted or (found.names != cluster.names and wanted == ALL_PORTS):
                yield found

    def _matchable(self, direction: Direction, row: int) -> list[_Matchable]:
        found: list[_Matchable] = []
        for number in self._evaluator.policies_of(row):
            rules: list[tuple[int, PortSet, Mapping[Representative, None]]] = []
            policy = self._engine.policies[number]
            for position, rule in enumerate(policy.rules):
                if rule.direction is direction:
                    ports = (
                        self._evaluator.ports_at(rule, row) if direction is Direction.INGRESS else rule.ports.numbers
                    )
                    selected = [self._representatives.selected_by(peer, policy.tier) for peer in rule.peers]
                    chosen = selected[0] if len(selected) == 1 else dict.fromkeys(chain.from_iterable(selected))
                    rules.append((position, ports, chosen))
            found.append(_Matchable(number, tuple(rules)))
        return found

    def _opening(
        self, direction: Direction, row: int, matchable: Sequence[_Matchable], representative: Representative
    ) -> Opening:
        if not self._engine.classes.isolatable[row]:
            return Opening(
                representative, ALL_PORTS, (), (Part(ALL_PORTS, Ruling(allowed=True, decisions=(HOST_NETWORK,))),)
            )
        policy_matches = tuple(
            PolicyMatch(
                number, tuple((position, ports) for position, ports, chosen in rules if representative in chosen)
            )
            for number, rules in matchable
        )
        parts = self._evaluated.get((direction, policy_matches))
        if parts is None:
            parts = self._evaluated[direction, policy_matches] = self._evaluator.evaluate(direction, policy_matches)
        allowed = PortSet.union_of(part.ports for part in parts if part.ruling.allowed)
        named = tuple(self._named(policy_matches, parts, allowed)) if direction is Direction.EGRESS else ()
        return Opening(representative, allowed, named, parts)

    def _named(
        self, policy_matches: Sequence[PolicyMatch], parts: Sequence[Part], allowed: PortSet
    ) -> Iterator[tuple[NamedPort, Decision]]:
        """Yield the ports that rules open by a name, as far as they may open more.

        An admin rule's name stands for whatever protocol and number the destination gives it. Which other
        rules would then decide before it is not known; so it is named as far as anything is left to open.
        """
        left = PortSet.union_of(part.ports for part in parts if not _is_admins(part))
        for number, rules, _ in policy_matches:
            policy = self._engine.policies[number]
            for position, _ in rules:
                rule = policy.rules[position]
                if policy.tier is Tier.BASELINE or rule.action is not Action.ALLOW:
                    continue
                for port in rule.ports.named:
                    whole = ALL_PORTS if port.protocol is None else PortSet.of(port.protocol)
                    if left & whole and whole - allowed:
                        yield port, self._evaluator.decision(Effect.ALLOWS, number, position)


def _is_admins(part: Part) -> bool:
    """Tell whether an admin rule has the last word about the ports of a part."""
    return any(
        decision.policy is not None
        and decision.policy.tier is Tier.ADMIN
        and decision.effect in {Effect.ALLOWS, Effect.DENIES}
        for decision in part.ruling.decisions
    )
