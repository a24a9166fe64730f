"""What a looser proposal would open besides, and how many rules it would save (generate 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from workbench.connectivity import diff, evaluate
from workbench.generate.admitting import rules_of
from workbench.generate.draft import Draft, RuleKey, rule_key
from workbench.generate.frames import LEVELS
from workbench.generate.generated import is_generated
from workbench.generate.naming import policy_name
from workbench.generate.needs import Need
from workbench.generate.peers import block_of
from workbench.generate.selectors import WorkloadLabels
from workbench.ground import ALL_PORTS, AddressSet, ArgumentError, Progress, addresses_named, no_progress
from workbench.policy import EVERYTHING, Block, Direction, Pods, Rule, RulePeer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import ConnectivityDiff
    from workbench.generate.proposal import Proposal

__all__ = ["Level", "levels", "loosened", "opened"]

Level: TypeAlias = Literal["exact", "any-port", "namespace"]
_LEVELS: Final[tuple[Level, ...]] = get_args(Level)


def loosened(proposal: Proposal, level: Level) -> Proposal:
    """Return a proposal that allows more with fewer rules; policies that deny alone stay as they are.

    One that is as loose already is returned as it is.

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
    if _LEVELS.index(level) <= _LEVELS.index(cast("Level", proposal.level)):
        return proposal
    drafts = [_without_ports(one) for one in proposal.drafts]
    if level == "namespace":
        drafts = _by_namespace(drafts, _names_of_others(proposal))
    return replace(proposal, drafts=tuple(drafts), level=level)


def opened(proposal: Proposal, level: Level) -> ConnectivityDiff:
    """Return what a level allows that the proposal as it is does not.

    Parameters
    ----------
    proposal : Proposal
    level : {"exact", "any-port", "namespace"}

    Raises
    ------
    ArgumentError
        If there is no such level.
    """
    return diff(evaluate(proposal.changed_cluster), loosened(proposal, level).changed_cluster)


def levels(proposal: Proposal, progress: Progress = no_progress) -> pd.DataFrame:
    """Return what each level opens beside the proposal as it is, and what it saves.

    Parameters
    ----------
    proposal : Proposal
    progress : Progress, optional
        It may raise, and that stops the work.

    Returns
    -------
    DataFrame
        Columns as in `frames.LEVELS`.
    """
    exact = evaluate(proposal.changed_cluster)
    labels = WorkloadLabels(proposal.cluster)
    own, admitted = _own_rules(proposal), _admitted(proposal, labels)
    known = _known(proposal, admitted)
    rows = []
    for number, level in enumerate(_LEVELS):
        progress("what looser proposals open is worked out", number, len(_LEVELS))
        found = loosened(proposal, level)
        more = diff(exact, found.changed_cluster).to_frame() if level != "exact" else None
        opening = 0 if more is None else int(more["change"].isin(["added", "changed"]).sum())
        rules = _own_rules(found)
        admits = admitted if found is proposal else _admitted(found, labels)
        outside = sum(_many(all_ - known[end]) for end, all_ in admits.items())
        rows.append((level, len(found.drafts), rules, own - rules, opening, min(outside, _MOST)))
    return LEVELS.from_rows(rows)


def _own_rules(proposal: Proposal) -> int:
    return sum(len(one.policy.rules) for one in proposal.drafts)


_Side: TypeAlias = tuple[str, Direction]
_MOST: Final = 2**63 - 1
_OF_IPV6: Final = 2**64
"""Addresses of IPv6 that count as one: those of one network."""


def _admitted(proposal: Proposal, labels: WorkloadLabels) -> defaultdict[_Side, AddressSet]:
    """Return the addresses that blocks of a proposal admit at each workload, by direction."""
    found: defaultdict[_Side, AddressSet] = defaultdict(AddressSet)
    for draft in proposal.drafts:
        blocks: defaultdict[Direction, list[AddressSet]] = defaultdict(list)
        for rule in draft.policy.rules:
            blocks[rule.direction] += [peer.addresses for peer in rule.peers if isinstance(peer, Block)]
        chosen = draft.workloads or labels.chosen_by(draft.policy.namespace, draft.policy.subject.pods)
        for way, sets in blocks.items():
            all_ = AddressSet.union_of(sets)
            for workload in chosen:
                found[workload, way] |= all_
    return found


def _known(proposal: Proposal, admitted: Mapping[_Side, AddressSet]) -> defaultdict[_Side, AddressSet]:
    """Return what a proposal admits at each workload, without what blocks have beside what they are there for."""
    wide: defaultdict[_Side, AddressSet] = defaultdict(AddressSet)
    exact: defaultdict[_Side, AddressSet] = defaultdict(AddressSet)
    for draft in proposal.drafts:
        for (way, _), needs in draft.reasons.items():
            for need in needs:
                other, mine = (need.src, need.dst) if way is Direction.INGRESS else (need.dst, need.src)
                if (address := addresses_named(other)) is not None:
                    exact[mine, way] |= address
                    wide[mine, way] |= AddressSet.union_of(block_of(one).addresses for one in need.blocks)
    found = {side: (all_ - wide[side]) | exact[side] for side, all_ in admitted.items()}
    return defaultdict(AddressSet, found)


def _many(addresses: AddressSet) -> int:
    """Return how many addresses there are; of IPv6, networks of 64 bits."""
    narrow = sum(high - low + 1 for low, high in addresses.ipv4)
    return narrow + sum(-((low - high - 1) // _OF_IPV6) for low, high in addresses.ipv6)


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


def _names_of_others(proposal: Proposal) -> set[str]:
    """Return the refs that a policy may not have: of those that are there and are neither replaced nor generated."""
    there = proposal.cluster.objects.policies
    return {one.ref for one in there if one.ref not in proposal.replaces and not is_generated(one)}


def _by_namespace(drafts: Iterable[Draft], taken: set[str]) -> list[Draft]:
    """Return one draft for each namespace and set of directions, which is about all its pods."""
    together: defaultdict[tuple[str, frozenset[Direction]], list[Draft]] = defaultdict(list)
    kept = []
    for one in drafts:
        if one.policy.rules and one.policy.namespace:
            together[one.policy.namespace, one.policy.isolates].append(one)
        else:
            kept.append(one)
    taken = {*taken, *(one.ref for one in kept)}
    found = [_namespace_draft(*group, members, taken) for group, members in together.items()]
    return [*found, *kept]


def _namespace_draft(namespace: str, isolates: frozenset[Direction], members: list[Draft], taken: set[str]) -> Draft:
    ways = "-".join(sorted(way.value for way in isolates)) if len(isolates) == 1 else ""
    first = members[0]
    policy = replace(
        first.policy,
        name=policy_name("-".join(filter(None, ("namespace", namespace, ways)))),
        subject=Pods(namespace, EVERYTHING),
        rules=(),
    )
    plain = policy.name
    for number in count(2):
        if policy.ref not in taken:
            break
        policy = replace(policy, name=policy_name(f"{plain}-{number}"))
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
