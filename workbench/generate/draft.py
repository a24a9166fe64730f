"""A policy as a strategy proposes it: with the pods that are meant, and why each rule is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.generate.generated import MANAGED_BY
from workbench.generate.needs import LeftOutNeed, Need
from workbench.ground import Problem
from workbench.manifests import field_path
from workbench.policy import Direction, Metadata, Pods, Policy, Rule, Selector, Tier

__all__ = ["NETWORK_POLICY", "Draft", "Drafts", "RuleKey", "network_policy", "rule_key"]

NETWORK_POLICY: Final = "NetworkPolicy"
RuleKey: TypeAlias = tuple[Direction, int]
"""A rule of a policy: its direction, and its place among the rules of that direction."""
_NONE: Final[Mapping[RuleKey, tuple[Need, ...]]] = MappingProxyType({})
_NOWHERE: Final[Mapping[RuleKey, str]] = MappingProxyType({})


def rule_key(rule: Rule) -> RuleKey:
    """Return what a rule of a policy is told by.

    Parameters
    ----------
    rule : Rule
    """
    return rule.direction, rule.index


def network_policy(
    namespace: str,
    name: str,
    pods: Selector,
    directions: Iterable[Direction] = tuple(Direction),
    rules: Iterable[Rule] = (),
    *,
    metadata: Metadata = MANAGED_BY,
) -> Policy:
    """Return a NetworkPolicy.

    Parameters
    ----------
    namespace, name : str
        The name is one that the API server takes.
    pods : Selector
        Those of the namespace that it is about.
    directions : iterable of Direction
        In which it isolates them.
    rules : iterable of Rule
    metadata : Metadata
    """
    return Policy(
        NETWORK_POLICY,
        namespace,
        name,
        Tier.NETWORK_POLICY,
        Pods(namespace, pods),
        frozenset(directions),
        tuple(rules),
        metadata=metadata,
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that is proposed.

    Attributes
    ----------
    policy : Policy
    workloads : frozenset of str or None
        Those that it is meant to choose; None where all pods that its selector chooses are meant, whatever comes.
    reasons : mapping of (Direction, int) to tuple of Need
        Why each rule is there.
    anywhere : mapping of (Direction, int) to str
        Why a rule is for everyone, of rules that are so on purpose: others are refused (generate 3).
    because : str
        Why there is the policy, where no rule says it: that of a policy that denies all.
    holder : mapping or None
        The object in which the tool that a strategy follows hands its policies on, as it is written, but for the
        policy itself: a GeneratedNetworkPolicy of Kubescape.
    """

    policy: Policy
    workloads: frozenset[str] | None = None
    reasons: Mapping[RuleKey, tuple[Need, ...]] = field(default_factory=lambda: _NONE, hash=False)
    anywhere: Mapping[RuleKey, str] = field(default_factory=lambda: _NOWHERE, hash=False)
    because: str = ""
    holder: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def ref(self) -> str:
        """``Kind namespace/name``, as messages have it."""
        return self.policy.ref

    @property
    def paths(self) -> Mapping[RuleKey, str]:
        """Where each rule stands in the policy."""
        return {rule_key(rule): field_path(rule.path) for rule in self.policy.rules}

    def keeping(self, rules: Iterable[Rule]) -> Draft:
        """Return the draft with some of its rules, numbered anew.

        Parameters
        ----------
        rules : iterable of Rule
            Of the policy.
        """
        counts = dict.fromkeys(Direction, 0)
        kept, places = [], {}
        for rule in rules:
            places[rule_key(rule)] = (rule.direction, counts[rule.direction])
            kept.append(replace(rule, index=counts[rule.direction]))
            counts[rule.direction] += 1
        return replace(
            self,
            policy=replace(self.policy, rules=tuple(kept)),
            reasons=MappingProxyType({places[key]: why for key, why in self.reasons.items() if key in places}),
            anywhere=MappingProxyType({places[key]: why for key, why in self.anywhere.items() if key in places}),
        )


class Drafts(NamedTuple):
    """What a strategy returns.

    Attributes
    ----------
    drafts : tuple of Draft
    left_out : tuple of LeftOutNeed
    replaces : tuple of str
        Refs of policies of the cluster that are to be removed.
    needs : tuple of Need
        What was to be allowed, whether or not there is a rule for it.
    problems : tuple of Problem
        What is to be said of what they were made of.
    commands : tuple of str
        What is to be run before the policies are applied, such as ``kubectl label``.
    remarks : tuple of str
        What is to be said of the whole, a sentence each.
    """

    drafts: tuple[Draft, ...] = ()
    left_out: tuple[LeftOutNeed, ...] = ()
    replaces: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    problems: tuple[Problem, ...] = ()
    commands: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __or__(self, other: Drafts) -> Drafts:
        return Drafts(
            self.drafts + other.drafts,
            self.left_out + other.left_out,
            self.replaces + other.replaces,
            self.needs + other.needs,
            self.problems + other.problems,
            self.commands + other.commands,
            self.remarks + other.remarks,
        )
