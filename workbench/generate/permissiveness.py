"""What a looser proposal would open besides, and how many rules it would save (generate 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from workbench.connectivity import diff, evaluate
from workbench.generate.admitting import rules_of
from workbench.generate.draft import Draft, RuleKey, rule_key
from workbench.generate.frames import LEVELS
from workbench.generate.naming import policy_name
from workbench.generate.needs import Need
from workbench.ground import ALL_PORTS, ArgumentError
from workbench.policy import EVERYTHING, Direction, Pods, Rule, RulePeer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.generate.proposal import Proposal

__all__ = ["Level", "levels", "loosened"]

Level: TypeAlias = Literal["exact", "any-port", "namespace"]
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)


def loosened(proposal: Proposal, level: Level) -> Proposal:
    """Return a proposal that allows more with fewer rules; policies that deny alone stay as they are.

    Parameters
    ----------
    proposal : Proposal
    level : {"exact", "any-port", "namespace"}
        As it is; without ports; or all pods of a namespace alike, and those of the namespaces that it needs.

    Raises
    ------
    ArgumentError
        If there is no such level.
    """
    if level not in _LEVELS:
        message = f"{level!r} is not a level: {', '.join(_LEVELS)}"
        raise ArgumentError(message)
    if level == "exact":
        return proposal
    drafts = [_without_ports(one) for one in proposal.drafts]
    if level == "namespace":
        drafts = _by_namespace(drafts)
    return replace(proposal, drafts=tuple(drafts))


def levels(proposal: Proposal) -> pd.DataFrame:
    """Return what each level opens beside the proposal as it is, and what it saves.

    Parameters
    ----------
    proposal : Proposal

    Returns
    -------
    DataFrame
        Columns as in `frames.LEVELS`.
    """
    exact = evaluate(proposal.changed_cluster)
    rows = []
    for level in _LEVELS:
        found = loosened(proposal, level)
        opened = diff(exact, found.changed_cluster).to_frame() if level != "exact" else None
        rules = sum(len(one.policy.rules) for one in found.drafts)
        opening = 0 if opened is None else int(opened["change"].isin(["added", "changed"]).sum())
        rows.append((level, len(found.drafts), rules, opening))
    return LEVELS.from_rows(rows)


def _without_ports(draft: Draft) -> Draft:
    return _with_rules(draft, [(rule, peer) for rule in draft.policy.rules for peer in rule.peers])


def _with_rules(draft: Draft, admitted: Iterable[tuple[Rule, RulePeer]]) -> Draft:
    """Return a draft whose rules admit the same peers at all ports."""
    by_way: defaultdict[Direction, list[tuple[RulePeer, Need]]] = defaultdict(list)
    for rule, peer in admitted:
        for need in draft.reasons.get(rule_key(rule), ()):
            by_way[rule.direction].append((peer, need._replace(ports=ALL_PORTS)))
    rules: list[Rule] = []
    reasons: dict[RuleKey, tuple[Need, ...]] = {}
    anywhere: dict[RuleKey, str] = {}
    said = {rule.direction: why for rule in draft.policy.rules if (why := draft.anywhere.get(rule_key(rule)))}
    for way, peers in by_way.items():
        for rule, needs in rules_of(way, peers):
            rules.append(rule)
            reasons[rule_key(rule)] = needs
            if way in said:
                anywhere[rule_key(rule)] = said[way]
    return replace(
        draft,
        policy=replace(draft.policy, rules=tuple(rules)),
        reasons=MappingProxyType(reasons),
        anywhere=MappingProxyType(anywhere),
    )


def _by_namespace(drafts: Iterable[Draft]) -> list[Draft]:
    """Return one draft for each namespace and set of directions, which is about all its pods."""
    together: defaultdict[tuple[str, frozenset[Direction]], list[Draft]] = defaultdict(list)
    kept = []
    for one in drafts:
        if one.policy.rules and one.policy.namespace:
            together[one.policy.namespace, one.policy.isolates].append(one)
        else:
            kept.append(one)
    found = [_namespace_draft(namespace, isolates, members) for (namespace, isolates), members in together.items()]
    return [*found, *kept]


def _namespace_draft(namespace: str, isolates: frozenset[Direction], members: list[Draft]) -> Draft:
    ways = "-".join(sorted(way.value for way in isolates)) if len(isolates) == 1 else ""
    first = members[0]
    policy = replace(
        first.policy,
        name=policy_name("-".join(filter(None, ("namespace", namespace, ways)))),
        subject=Pods(namespace, EVERYTHING),
        rules=(),
    )
    reasons: dict[RuleKey, tuple[Need, ...]] = {}
    admitted: list[tuple[Rule, RulePeer]] = []
    anywhere: dict[RuleKey, str] = {}
    rules_of_all = [(one, rule) for one in members for rule in one.policy.rules]
    for place, (member, rule) in enumerate(rules_of_all):
        numbered = replace(rule, index=place)
        reasons[rule_key(numbered)] = member.reasons.get(rule_key(rule), ())
        if why := member.anywhere.get(rule_key(rule)):
            anywhere[rule_key(numbered)] = why
        admitted += [(numbered, _whole(peer)) for peer in rule.peers]
    whole = Draft(
        replace(policy, rules=tuple(dict.fromkeys(rule for rule, _ in admitted))),
        None,
        MappingProxyType(reasons),
        MappingProxyType(anywhere),
        because=f"all pods of {namespace} alike",
    )
    return _with_rules(whole, admitted)


def _whole(peer: RulePeer) -> RulePeer:
    return Pods(peer.namespaces, EVERYTHING) if isinstance(peer, Pods) else peer
