"""How NetworkPolicies deny a workload one peer and nothing else: they admit everyone else (what-if 14).

A NetworkPolicy only admits. So the peer is taken out of the rules of the policies that admit it, and where none
isolates the workload, one is added that admits everyone but the peer: all other namespaces, all pods of its namespace
that lack one of its labels, and all addresses. That holds for pods that come later, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from workbench.generate import block_of, cidrs_of, network_policy, policy_name
from workbench.ground import ALL_IPV4, ALL_IPV6, AddressSet
from workbench.policy import (
    EVERYTHING,
    NAMESPACE_NAME_LABEL,
    Anyone,
    Block,
    Direction,
    Operator,
    Pods,
    Policy,
    Requirement,
    Rule,
    RulePeer,
    Selector,
    Tier,
)
from workbench.whatif.free_names import with_free_name

if TYPE_CHECKING:
    from workbench.generate import WorkloadLabels
    from workbench.inventory import Workload

__all__ = ["ChosenPods", "Denied", "denying"]

_KIND: Final = "NetworkPolicy"
_NAME: Final = "cut-{workload}-{direction}"
_OPPOSITE: Final[Mapping[Operator, Operator]] = {
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.EXISTS: Operator.DOES_NOT_EXIST,
    Operator.DOES_NOT_EXIST: Operator.EXISTS,
}


@dataclass(frozen=True, slots=True)
class ChosenPods:
    """The pods of a workload, by labels that choose them and no others.

    Attributes
    ----------
    namespace : str
    selector : Selector
    """

    namespace: str
    selector: Selector


Denied: TypeAlias = ChosenPods | AddressSet
"""Who is denied: pods, or addresses."""


def denying(
    policies: Iterable[Policy],
    workload: Workload,
    direction: Direction,
    denied: Denied,
    labels: WorkloadLabels,
    namespaces: Mapping[str, Mapping[str, str]],
) -> list[Policy]:
    """Return the policies that are to be added, or to take the place of those of their names.

    Parameters
    ----------
    policies : iterable of Policy
        Those that are there.
    workload : Workload
        Whose labels choose its pods and no others.
    direction : Direction
    denied : ChosenPods or AddressSet
        Who may no longer send to it, or be sent to.
    labels : WorkloadLabels
    namespaces : mapping of str to mapping of str to str
        The labels of each namespace.

    Returns
    -------
    list of Policy
        Empty where no NetworkPolicy admits what is to be denied.
    """
    there = list(policies)
    taken = {one.ref for one in there}
    mine = [
        one
        for one in there
        if one.kind == _KIND
        and one.tier is Tier.NETWORK_POLICY
        and one.namespace == workload.namespace
        and direction in one.isolates
        and workload.peer in labels.chosen_by(one.namespace, one.subject.pods)
    ]
    if not mine:
        name = policy_name(_NAME.format(workload=workload.name, direction=direction.value))
        rule = Rule(direction, 0, tuple(_everyone_but(denied)))
        made = network_policy(workload.namespace, name, labels.of(workload).selector, [direction], [rule])
        return [with_free_name(made, taken)]
    found: list[Policy] = []
    for one in mine:
        rules = tuple(_without(one.rules, direction, denied, namespaces))
        if rules != one.rules:
            found += _for_one(one, workload, rules, labels, taken)
            taken |= {made.ref for made in found}
    return found


def _for_one(
    policy: Policy, workload: Workload, rules: tuple[Rule, ...], labels: WorkloadLabels, taken: set[str]
) -> Iterator[Policy]:
    """Yield a policy that has other rules for one workload, and for all others those that it had."""
    own, pods = labels.of(workload).selector, policy.subject.pods
    others = set(labels.chosen_by(policy.namespace, pods)) - {workload.peer}
    rest = _lacking(pods, own) if others else []
    if not rest:
        yield replace(policy, rules=rules)
        return
    names = set(taken)
    for number, selector in enumerate(rest):
        kept = _about(policy, selector, policy.rules)
        if number:
            kept = with_free_name(kept, names)
            names.add(kept.ref)
        yield kept
    mine = replace(_about(policy, own, rules), name=policy_name(f"{policy.name}-{workload.name}"))
    yield with_free_name(mine, names)


def _about(policy: Policy, pods: Selector, rules: tuple[Rule, ...]) -> Policy:
    return replace(policy, subject=Pods(policy.subject.namespaces, pods), rules=rules)


def _without(
    rules: Iterable[Rule], direction: Direction, denied: Denied, namespaces: Mapping[str, Mapping[str, str]]
) -> Iterator[Rule]:
    """Yield rules that admit all that they did, but for one end; a rule that admits nothing else goes."""
    index = 0
    for rule in rules:
        if rule.direction is not direction:
            yield rule
            continue
        peers = tuple(dict.fromkeys(one for peer in rule.peers for one in _less(peer, denied, namespaces)))
        if peers or not rule.peers:
            yield replace(rule, peers=peers, index=index)
            index += 1


def _less(peer: RulePeer, denied: Denied, namespaces: Mapping[str, Mapping[str, str]]) -> Iterator[RulePeer]:
    """Yield peers that admit what one does, but for one end."""
    match peer, denied:
        case Anyone(), _:
            yield from _everyone_but(denied)
        case Block(), AddressSet() if peer.addresses & denied:
            left = peer.addresses - denied
            if left:
                yield Block(left, peer.cidr, (*peer.exceptions, *cidrs_of(peer.addresses & denied)))
        case Pods(), ChosenPods():
            yield from _pods_less(peer, denied, namespaces)
        case _:
            yield peer


def _pods_less(peer: Pods, denied: ChosenPods, namespaces: Mapping[str, Mapping[str, str]]) -> Iterator[RulePeer]:
    if isinstance(peer.namespaces, str):
        if peer.namespaces != denied.namespace:
            yield peer
            return
    elif not peer.namespaces.matches(namespaces.get(denied.namespace, {NAMESPACE_NAME_LABEL: denied.namespace})):
        yield peer
        return
    else:
        apart = _also(peer.namespaces, Requirement(NAMESPACE_NAME_LABEL, Operator.NOT_IN, (denied.namespace,)))
        if apart is not None:
            yield Pods(apart, peer.pods)
    yield from (Pods(denied.namespace, one) for one in _lacking(peer.pods, denied.selector))


def _lacking(pods: Selector, own: Selector) -> list[Selector]:
    """Return selectors that together choose what one does, but for the pods that another one chooses."""
    opposites = (Requirement(one.key, _OPPOSITE[one.operator], one.values) for one in own.requirements)
    found = [one for one in (_also(pods, opposite) for opposite in opposites) if one is not None]
    return [pods] if pods in found else found


def _also(selector: Selector, wanted: Requirement) -> Selector | None:
    """Return a selector with one more requirement; None where no labels meet all of them."""
    if selector.implies(Selector((wanted,))):
        return selector
    asked = [*selector.requirements, wanted]
    for key in {one.key for one in asked}:
        of_key = [one for one in asked if one.key == key]
        listed = {value for one in of_key if one.operator is Operator.IN for value in one.values}
        possible = [{key: value} for value in (*listed, "any-other-value")] + [{}]
        if not any(all(one.matches(labels) for one in of_key) for labels in possible):
            return None
    return Selector(tuple(sorted(_joined(set(asked)))))


def _joined(asked: Iterable[Requirement]) -> Iterator[Requirement]:
    """Yield requirements that say the same, those about values of one key as one."""
    by_key: defaultdict[str, list[Requirement]] = defaultdict(list)
    for one in asked:
        by_key[one.key].append(one)
    for key, ones in by_key.items():
        listed = [set(one.values) for one in ones if one.operator is Operator.IN]
        excluded = {value for one in ones if one.operator is Operator.NOT_IN for value in one.values}
        if listed:
            yield Requirement(key, Operator.IN, tuple(sorted(set.intersection(*listed) - excluded)))
            continue
        yield from (one for one in ones if one.operator is not Operator.NOT_IN)
        if excluded:
            yield Requirement(key, Operator.NOT_IN, tuple(sorted(excluded)))


def _everyone_but(denied: Denied) -> Iterator[RulePeer]:
    """Yield peers that are all pods and all addresses, but for one end."""
    if isinstance(denied, ChosenPods):
        elsewhere = Requirement(NAMESPACE_NAME_LABEL, Operator.NOT_IN, (denied.namespace,))
        yield Pods(Selector((elsewhere,)), EVERYTHING)
        yield from (Pods(denied.namespace, one) for one in _lacking(EVERYTHING, denied.selector))
    else:
        yield Pods(EVERYTHING, EVERYTHING)
    gone = AddressSet() if isinstance(denied, ChosenPods) else denied
    for cidr, family in (("0.0.0.0/0", ALL_IPV4), ("::/0", ALL_IPV6)):
        if family - gone:
            yield block_of(cidr, cidrs_of(family & gone))
