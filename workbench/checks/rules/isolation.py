"""What no policy isolates, and what one alone does: NP001, NP002, NP003, NP004."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from workbench.checks.context import CheckContext
from workbench.checks.default_deny import TRY_FIRST
from workbench.checks.found import Found
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.rules.openings import is_for_anyone
from workbench.checks.severity import CheckSeverity
from workbench.ground import ALL_PORTS, OUTSIDE, count_of, listed
from workbench.inventory import Workload
from workbench.policy import Action, Direction, Policy, Rule

__all__ = ["closed_by_one", "not_selected", "open_to_egress", "open_to_ingress"]

_LESS: Final = {CheckSeverity.HIGH: CheckSeverity.MEDIUM, CheckSeverity.MEDIUM: CheckSeverity.LOW}
_OPEN: Final = {
    Direction.INGRESS: "accepts connections from anyone: no policy isolates it for ingress",
    Direction.EGRESS: "may connect to anyone: no policy isolates it for egress",
}
_GUIDE: Final = "Red Hat, Guide to Kubernetes Ingress Network Policies"


@register_check(
    "NP001",
    title="Namespace open to ingress by default",
    severity=CheckSeverity.HIGH,
    reason="Pods that no policy selects, now or later, accept connections from anyone.",
    remedy=f"Add a policy that selects all pods and denies ingress, and allow what is needed by others. {TRY_FIRST}",
    source=_GUIDE,
    techniques=("T1046",),
)
@eased_on_platforms(CheckSeverity.HIGH)
def open_to_ingress(context: CheckContext) -> Iterator[Found]:
    """Find namespaces with workloads in which no policy selects all pods for ingress.

    A NetworkPolicy with an empty podSelector counts, whatever it allows, for pods that come later are isolated by it.
    So does what the other tiers deny: if AdminNetworkPolicies, ClusterNetworkPolicies or a BaselineAdminNetworkPolicy
    with all pods of the namespace as subject deny ingress from all pods on all ports. Rules that allow some pods before
    are exceptions and no matter; one that allows all pods before is. Addresses outside of the cluster are beyond what
    ingress rules of these kinds can name.

    Workloads whose pods are all in the network of their nodes, or have finished, do not count: policies are not about
    them. Where policies isolate each workload that there is, the severity is medium, since only pods that come later
    are open. In namespaces of the platform it is low.
    """
    yield from _open_by_default(context, Direction.INGRESS, CheckSeverity.HIGH)


@register_check(
    "NP002",
    title="Namespace open to egress by default",
    severity=CheckSeverity.MEDIUM,
    reason="Pods that no policy selects, now or later, may connect to anyone, also outside of the cluster.",
    remedy=f"Add a policy that selects all pods and denies egress but to DNS, and allow what is needed. {TRY_FIRST}",
    source="Red Hat, Guide to Kubernetes Egress Network Policies",
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def open_to_egress(context: CheckContext) -> Iterator[Found]:
    """Find namespaces with workloads in which no policy selects all pods for egress.

    What counts is as in NP001. Egress rules of cluster-wide policies may name addresses, too: where these policies deny
    all pods and not all addresses outside, the severity is low. It is low as well where policies isolate each workload
    that there is.
    """
    yield from _open_by_default(context, Direction.EGRESS, CheckSeverity.MEDIUM)


def _open_by_default(context: CheckContext, direction: Direction, severity: CheckSeverity) -> Iterator[Found]:
    open_ones = _open_workloads(context, direction)
    for name, workloads in sorted(context.workloads_of.items()):
        if (name, direction) in context.backstops:
            continue
        closed = context.closed_namespaces.get((name, direction))
        if closed is not None and closed.to_pods:
            if direction is Direction.EGRESS and not closed.to_outside:
                yield Found.of_namespace(
                    context.placed(name),
                    "is closed to pods by default, and open to all addresses outside of the cluster",
                    evidence=(f"{listed(closed.by)} deny egress to all pods", *_counted(workloads)),
                    patch=context.default_denies.patch(name, [direction]),
                    severity=CheckSeverity.LOW,
                )
            continue
        opened = [one.peer for one in workloads if one.peer in open_ones]
        message = f"has no policy that denies {direction.value} by default"
        if not opened:
            message += ": pods that come later are open"
        yield Found.of_namespace(
            context.placed(name),
            message,
            evidence=(
                *_counted(workloads),
                f"isolated by no policy for {direction.value}: {listed(opened) if opened else 'none of them'}",
            ),
            patch=context.default_denies.patch(name, [direction]),
            severity=None if opened else _LESS[severity],
        )


def _counted(workloads: tuple[Workload, ...]) -> tuple[str]:
    return (f"{count_of(len(workloads), 'workload')}: {listed([one.name for one in workloads])}",)


def _open_workloads(context: CheckContext, direction: Direction) -> dict[str, str]:
    """Return the workloads of which some pods are open in a direction, by name, and why."""
    reasons = ((one.peer, _openness(context, one, direction)) for one in context.reachable_workloads)
    return {name: why for name, why in reasons if why}


def _openness(context: CheckContext, workload: Workload, direction: Direction) -> str:
    """Return why some pods of a workload are open in a direction, in words; empty where they are not."""
    standings = context.standings_of.get(workload.peer, ())
    bare = [one.peer.name for one in standings if direction not in one.protected]
    if bare:
        some = f": {listed(bare)}" if len(bare) < len(standings) else ""
        return f"no policy selects {'some of ' if some else ''}its pods for {direction.value}{some}"
    rules = [
        (policy, rule)
        for policy in context.policies_of.get(workload.peer, ())
        for rule in policy.rules
        if rule.direction is direction
    ]
    if (workload.peer, direction) in context.isolating or any(rule.action is Action.DENY for _, rule in rules):
        return ""
    deciding = list(dict.fromkeys(policy.ref for policy, _ in rules))
    return f"rules of {listed(deciding)} only allow or pass {direction.value}, and nothing denies it"


@register_check(
    "NP003",
    title="Workload that no policy isolates",
    severity=CheckSeverity.HIGH,
    reason="Whatever no policy selects may talk to everyone, and everyone to it.",
    remedy=f"Write a policy that selects its pods and allows what they need, or deny by default. {TRY_FIRST}",
    source=f"{_GUIDE}; kube-linter non-isolated-pod, which does not look at directions; Red Hat ACS default policies",
    techniques=("T1046",),
)
@eased_on_platforms(CheckSeverity.HIGH)
def not_selected(context: CheckContext) -> Iterator[Found]:
    """Find workloads of which some pods are selected by no policy in a direction, one finding for each direction.

    Policies of all kinds count. A policy with policyTypes Ingress does not isolate for egress, and the other way round.
    Cluster-wide policies count where a rule of theirs denies something in the direction; where rules of theirs only
    allow or pass, nothing is denied, and the finding says so. A workload of which one kind of pods is selected and
    another is not is found, and the kinds are named.

    Workloads in the network of their nodes, and those that have finished, do not count. For egress the severity is
    medium, as in NP002; in namespaces of the platform it is low.
    """
    for direction in Direction:
        open_ones = _open_workloads(context, direction)
        alike = Counter(one.namespace for one in context.reachable_workloads if one.peer in open_ones)
        for workload in context.reachable_workloads:
            if workload.peer in open_ones:
                count = count_of(alike[workload.namespace], "workload")
                yield Found.of_workload(
                    workload,
                    _OPEN[direction],
                    evidence=(
                        open_ones[workload.peer],
                        f"so it is of {count} of namespace {workload.namespace}",
                    ),
                    connection=(OUTSIDE, workload.peer, str(ALL_PORTS))
                    if direction is Direction.INGRESS
                    else (workload.peer, OUTSIDE, str(ALL_PORTS)),
                    patch=context.default_denies.patch(workload.namespace, [direction]),
                    severity=CheckSeverity.MEDIUM if direction is Direction.EGRESS else None,
                    key=direction.value,
                )


@register_check(
    "NP004",
    title="Policy that alone isolates workloads",
    severity=CheckSeverity.HIGH,
    reason="Who deletes it, or changes a label, opens everything: no policy that denies by default stands behind it.",
    remedy=f"Add a policy that selects all pods of the namespace and denies by default. {TRY_FIRST}",
    source=f"{_GUIDE}, default deny",
)
@eased_on_platforms(CheckSeverity.HIGH)
def closed_by_one(context: CheckContext) -> Iterator[Found]:
    """Find NetworkPolicies without which some pods would be open to everyone.

    A policy is found where it is the only one that isolates some kind of pods of a workload in a direction. Not found
    is one that selects all pods of the namespace: it is what others fall back on. Nor is one whose pods cluster-wide
    policies close to all pods, on all ports: these hold without it. Nor is one that lets anyone through on all ports:
    it is no loss.

    In namespaces of the platform the severity is low.
    """
    for policy in context.network_policies:
        alone = {
            direction: names
            for direction in sorted(policy.isolates, reverse=True)
            if (policy.namespace, direction) not in context.backstops
            and not any(_opens_all(rule, direction) for rule in policy.rules)
            and (names := _isolated_alone(context, policy, direction))
        }
        if alone:
            count = count_of(len(set().union(*alone.values())), "workload")
            ways = " and ".join(one.value for one in alone)
            yield Found.of_policy(
                policy,
                f"is the only policy that isolates {count} for {ways}: without it, all of that would be allowed",
                path=("spec", "podSelector"),
                evidence=tuple(
                    f"isolated for {way.value} by it alone: {listed(names)}" for way, names in alone.items()
                ),
                patch=context.default_denies.patch(policy.namespace, alone),
            )


def _opens_all(rule: Rule, direction: Direction) -> bool:
    return rule.direction is direction and is_for_anyone(rule) and rule.ports.numbers == ALL_PORTS


def _isolated_alone(context: CheckContext, policy: Policy, direction: Direction) -> list[str]:
    """Return the workloads of which some pods are isolated in a direction by one policy and nothing else."""
    return [
        workload.peer
        for workload, shapes in context.selected[policy.ref]
        if not _is_closed(context, workload, direction)
        and any(
            all(
                other is policy or not other.subject.pods.matches(shape.labels)
                for other in context.isolating[workload.peer, direction]
            )
            for shape in shapes
        )
    ]


def _is_closed(context: CheckContext, workload: Workload, direction: Direction) -> bool:
    closed = context.closed_workloads.get((workload.peer, direction))
    return closed is not None and closed.to_pods
