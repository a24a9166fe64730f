"""Policies and rules that change nothing, or contradict each other: NP024, NP029, NP031, NP040."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import without_rule
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.witness import NO_CONNECTION, Admitting, admitted_by_each
from workbench.ground import Severity, count_of, listed
from workbench.inventory import Workload
from workbench.manifests import FieldPath, field_path
from workbench.policy import EVERYTHING, Action, Direction, Policy, Rule

__all__ = ["blocked", "contradicting", "of_the_host_network", "without_effect"]

_HOST = "host-network"
_REASONS = 5
"""So many of the policies that are the reason are listed."""


@register_check(
    "NP024",
    title="Workload that nobody reaches, or that reaches nobody",
    severity=CheckSeverity.INFO,
    reason="Where everything is denied, a rule may have been forgotten, or a workload may have no use any more.",
    remedy="Allow what it needs, or leave it so if nothing is needed.",
    source="cyclonus CheckTargetAllIngressBlocked, CheckTargetAllEgressBlocked",
)
def blocked(context: CheckContext) -> Iterator[Found]:
    """Find workloads with policies of a direction, and nothing that is allowed in it: one finding for both directions.

    What counts: connections of other workloads and of its own pods among each other, addresses outside, and the ingress
    controller. A workload with a rule that allows anything is not found, though nobody is there whom it would let in:
    such pods may be deployed later. A rule that others decide before, and that never allows anything, is none. Pods of
    the host's network and finished ones are in no policy's reach, and are not found.
    """
    crowds = context.crowds
    open_crowds: dict[Direction, set[int]] = {
        Direction.INGRESS: {one.dst for one in crowds.connections},
        Direction.EGRESS: {one.src for one in crowds.connections},
    }
    open_names: dict[Direction, set[str]] = {
        Direction.INGRESS: {one.dst.name for one in context.outside},
        Direction.EGRESS: {one.src.name for one in context.outside},
    }
    for direction, numbers in open_crowds.items():
        open_names[direction].update(peer.name for number in numbers for peer in crowds.members[number])
    reachable = {one.peer: one for one in context.reachable_workloads}
    allowing = _allowing(context)
    shut: dict[str, set[Direction]] = {}
    for name in reachable:
        for direction in Direction:
            mine = context.standings_of.get(name, ())
            if (
                mine
                and (name, direction) not in allowing
                and all(direction in one.protected and one.peer.name not in open_names[direction] for one in mine)
            ):
                shut.setdefault(name, set()).add(direction)
    for name, directions in shut.items():
        if directions:
            yield _shut(context, reachable[name], directions)


def _allowing(context: CheckContext) -> set[tuple[str, Direction]]:
    """Return the workloads and directions about which a policy has a rule that allows something."""
    hidden = {(one.policy.ref, one.path) for one in context.faults if one.code == "shadowed"}
    return {
        (workload.peer, rule.direction)
        for policy in context.policies
        for rule in policy.rules
        if rule.action is Action.ALLOW and rule.peers and (policy.ref, rule.path) not in hidden
        for workload, _ in context.selected[policy.ref]
    }


def _shut(context: CheckContext, workload: Workload, directions: set[Direction]) -> Found:
    if len(directions) > 1:
        message = "nobody may connect to it, and it may connect to nobody"
    else:
        message = "nobody may connect to it" if Direction.INGRESS in directions else "it may connect to nobody"
    by = [
        f"{direction.value}: {listed([policy.ref for policy in context.isolating[workload.peer, direction]])}"
        for direction in Direction
        if direction in directions and (workload.peer, direction) in context.isolating
    ]
    evidence = tuple(by) or ("denied by cluster-wide policies",)
    return Found.of_workload(workload, message, evidence=evidence)


@register_check(
    "NP029",
    title="Policy about pods of the host's network",
    severity=CheckSeverity.MEDIUM,
    reason="Policies do not apply to pods of the host's network, however their labels read.",
    remedy="Protect these pods by a firewall of their nodes, or give them a network of their own.",
    source="kube-linter host-network",
)
def of_the_host_network(context: CheckContext) -> Iterator[Found]:
    """Find policies whose selectors choose pods of the host's network, and rules whose peers choose only such pods.

    A policy that selects other pods, too, is found with these workloads as evidence. Where it selects all pods of its
    namespaces, the severity is info: such a policy is about whatever is there, and does what it says for the others.
    """
    told: set[str] = set()
    for one in context.faults:
        if one.code == _HOST:
            severity = CheckSeverity.INFO if one.severity is Severity.INFO else None
            told.update(() if one.rule else (one.policy.ref,))
            evidence = "no pod is chosen" if one.rule else "no pod is protected"
            yield Found.of_policy(
                one.policy, one.message, rule=one.rule, evidence=(evidence,), remedy=one.remedy, severity=severity
            )
    hosts = [one for one in context.workloads if any(shape.host_network for shape in one.shapes)]
    by_namespace: defaultdict[str, list[Workload]] = defaultdict(list)
    for workload in hosts:
        by_namespace[workload.namespace].append(workload)
    for policy in context.policies if hosts else ():
        if policy.ref in told:
            continue
        spaces, pods = policy.subject
        near = by_namespace.get(spaces, ()) if isinstance(spaces, str) else hosts
        chosen = [
            workload.peer
            for workload in near
            if context.subjects.has(workload.namespace, spaces)
            and any(one.host_network and not one.finished and pods.matches(one.labels) for one in workload.shapes)
        ]
        if chosen:
            yield Found.of_policy(
                policy,
                "selects pods of the host's network, too, to which it does not apply",
                path=("spec", "podSelector" if isinstance(spaces, str) else "subject"),
                evidence=(f"{count_of(len(chosen), 'workload')}: {listed(chosen)}",),
                severity=CheckSeverity.INFO if pods == EVERYTHING else None,
            )


@register_check(
    "NP031",
    title="Policy or rule without effect beside others",
    severity=CheckSeverity.LOW,
    reason="What changes nothing misleads those who read it, and does something once others are changed.",
    remedy="Delete it, if the others are meant to stay.",
    source="cyclonus, list of things to do; Batfish",
)
def without_effect(context: CheckContext) -> Iterator[Found]:
    """Find policies and rules that can be taken away without any change, and rules that are never evaluated.

    Redundant is what other policies and rules allow as well. Shadowed is a rule of a tier of which others decide
    everything before it; where a rule of these decides differently, the severity is medium. A policy that denies a
    direction altogether is neither: it is also there for pods that are deployed later.

    Each is found by itself: of two that say the same, one must stay. So the patches are for one at a time.
    """
    rules = {f"{policy.ref} {field_path(rule.path)}": rule for policy in context.policies for rule in policy.rules}
    faults = [one for one in context.faults if one.code in {"redundant", "shadowed"}]
    shown = _still_allowed(context)
    for one in faults:
        against = one.code == "shadowed" and any(_differs(one.rule, rules.get(other)) for other in one.others)
        more = len(one.others) - _REASONS
        said = [f"{'decides before it' if one.code == 'shadowed' else 'says it, too'}: {other}" for other in one.others]
        yield Found.of_policy(
            one.policy,
            one.message,
            rule=one.rule,
            evidence=(*said[:_REASONS], *([f"and {more:,} more"] if more > 0 else []))
            or ("nothing changes without it",),
            connection=shown.get((one.policy.ref, one.path), NO_CONNECTION),
            patch=_gone(one.policy, one.rule),
            severity=CheckSeverity.MEDIUM if against else None,
            key=one.code,
        )


def _differs(rule: Rule | None, other: Rule | None) -> bool:
    """Tell whether a rule that decides before another one decides otherwise."""
    return rule is not None and other is not None and other.action not in {rule.action, Action.PASS}


def _still_allowed(context: CheckContext) -> dict[tuple[str, FieldPath], tuple[str, str, str]]:
    """Return a connection that each redundant policy or rule allows, and others allow as well."""
    asked = [
        ((one.policy.ref, one.path), Admitting(one.policy, rule))
        for one in context.faults
        if one.code == "redundant"
        for rule in ((one.rule,) if one.rule else one.policy.rules)
        if rule.action is Action.ALLOW
    ]
    found = admitted_by_each(context, [admitting for _, admitting in asked])
    shown: dict[tuple[str, FieldPath], tuple[str, str, str]] = {}
    for (place, _), connection in zip(asked, found, strict=True):
        if any(connection):
            shown.setdefault(place, connection)
    return shown


def _gone(policy: Policy, rule: Rule | None) -> Patch:
    if rule is None:
        return Patch(delete=(policy.ref,))
    return NO_PATCH if rule.index < 0 else without_rule(policy, rule)


@register_check(
    "NP040",
    title="Policies of one priority that contradict each other",
    severity=CheckSeverity.HIGH,
    reason="Which of them decides is not defined, and differs between network plugins.",
    remedy="Give one of them another priority.",
    source="Network Policy API, AdminNetworkPolicy and ClusterNetworkPolicy, priority",
)
def contradicting(context: CheckContext) -> Iterator[Found]:
    """Find two policies of one tier and one priority of which rules decide some connection differently.

    The witness is such a connection, whether it passes or not. Two policies of one priority that agree, or that are
    about different pods, are not found.
    """
    for one in context.faults:
        if one.code == "conflicting":
            shown = one.witness
            connection = (shown.src, shown.dst, str(shown.ports)) if shown else NO_CONNECTION
            yield Found.of_policy(
                one.policy,
                one.message,
                rule=one.rule,
                evidence=tuple(f"against: {other}" for other in one.others),
                connection=connection,
                key=" ".join(one.others),
            )
