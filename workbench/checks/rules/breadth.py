"""Rules that allow more than they must: NP007, NP008."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.checks.admitted import NO_CONNECTION, is_opening, ports_words, side_of
from workbench.checks.context import CheckContext, policed_shapes
from workbench.checks.found import NO_PATCH, Found
from workbench.checks.patching import with_rule
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.tiers import selects_all
from workbench.ground import ALL_PORTS, PROTOCOLS, PortSet, count_of, listed
from workbench.inventory import PodVariant
from workbench.policy import NAMESPACE_NAME_LABEL, Direction, Pods, Policy, PortMatch, Rule, RulePeer, Selector

__all__ = ["admits_the_namespace", "names_no_ports"]

_FEW: Final = 3
"""So many workloads at the other end are tried for an example: there may be a finding for each of many policies."""
_MOST: Final = 100
"""Of so many workloads, at most, the declared ports are put together."""
_GUIDE: Final = "Red Hat, Guide to Kubernetes Ingress Network Policies"


@register_check(
    "NP007",
    title="Rule without ports",
    severity=CheckSeverity.LOW,
    reason="It opens whatever else listens there: debuggers, metrics, the administration of a proxy.",
    remedy="Name the ports that are called. Try it in what-if first: containers need not declare their ports.",
    source=f"{_GUIDE}, fine-grained ports",
)
@eased_on_platforms(CheckSeverity.LOW)
def names_no_ports(context: CheckContext) -> Iterator[Found]:
    """Find rules that allow all ports, or all ports of a protocol, however that is written.

    A rule without ``ports``, one with a protocol and no port, and one from port 1 to port 65535 are alike. Rules that
    deny or pass are not looked at, nor rules of the baseline tier, nor those of policies that select nothing (NP010).

    The patch names the ports that the containers at the receiving end declare; there is none where some declare
    nothing, where these are not in the manifests, and where the rule leads to everyone or to addresses.
    """
    for policy in context.policies:
        for rule in policy.rules if context.selected[policy.ref] else ():
            if not is_opening(policy, rule):
                continue
            whole = [one for one in PROTOCOLS if not PortSet.of(one) - rule.ports.numbers]
            if not whole:
                continue
            every = rule.ports.numbers == ALL_PORTS
            shapes = _receiving(context, policy, rule)
            declared = PortSet.union_of(PortSet.of(port.protocol, port.port) for one in shapes for port in one.ports)
            kept = declared & rule.ports.numbers
            yield Found.of_policy(
                policy,
                f"allows all {'ports' if every else f'{listed(whole)} ports'}",
                rule=rule,
                evidence=(_declared(shapes, declared),),
                patch=with_rule(policy, rule, replace(rule, ports=replace(rule.ports, numbers=kept)))
                if kept and all(one.ports for one in shapes)
                else NO_PATCH,
            )


def _declared(shapes: list[PodVariant], declared: PortSet) -> str:
    if not shapes:
        return "which ports the receiving end declares is not known"
    return f"containers at the receiving end declare {declared or 'no ports'}"


def _receiving(context: CheckContext, policy: Policy, rule: Rule) -> list[PodVariant]:
    """Return the kinds of pods that a rule leads to; nothing where some are not known, or there are very many."""
    if rule.direction is Direction.INGRESS:
        return [one for _, shapes in context.selected[policy.ref][:_MOST] for one in shapes]
    found: list[PodVariant] = []
    for peer in rule.peers:
        if not isinstance(peer, Pods) or (isinstance(peer.namespaces, Selector) and selects_all(peer.namespaces)):
            return []
        members = context.members(peer)
        if not members or len(members) > _MOST:
            return []
        found += [one for workload in members for one in policed_shapes(workload) if peer.pods.matches(one.labels)]
    return found


@register_check(
    "NP008",
    title="Rule for all pods of the namespace",
    severity=CheckSeverity.MEDIUM,
    reason="One pod that is taken over reaches all others of the namespace.",
    remedy="Name the pods that are meant by their labels, and the ports: such a rule is a starting point.",
    source=f"{_GUIDE}, same namespace",
    techniques=("T1046",),
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def admits_the_namespace(context: CheckContext) -> Iterator[Found]:
    """Find peers of NetworkPolicies that are all pods of the policy's own namespace.

    An empty podSelector is one, and so is the namespace by its name, ``kubernetes.io/metadata.name``, without a
    podSelector. The severity is low where the rule names ports, and where the namespace has one workload so far. What
    is for all namespaces is found by NP005 and NP006.
    """
    names = {name: [one.peer for one in workloads] for name, workloads in context.workloads_of.items()}
    for policy in context.network_policies:
        chosen = [workload.peer for workload, _ in context.selected[policy.ref]]
        for rule in policy.rules if chosen else ():
            for place, peer in enumerate(rule.peers):
                if not is_own_namespace(peer, policy.namespace):
                    continue
                everyone = names[policy.namespace]
                whole = rule.ports == PortMatch()
                words = "traffic from" if rule.direction is Direction.INGRESS else "traffic to"
                yield Found.of_policy(
                    policy,
                    f"allows {words} all pods of its namespace on {ports_words(rule)}",
                    rule=rule,
                    path=(side_of(rule), place),
                    evidence=(
                        f"selects {count_of(len(chosen), 'workload')}: {listed(chosen)}",
                        f"the namespace has {count_of(len(everyone), 'workload')}: {listed(everyone)}",
                    ),
                    connection=_example(context, rule, chosen[0], everyone[:_FEW]),
                    severity=None if whole and len(everyone) > 1 else CheckSeverity.LOW,
                )


def is_own_namespace(peer: RulePeer, namespace: str) -> bool:
    """Tell whether a peer is all pods of a namespace, and no others.

    Parameters
    ----------
    peer : RulePeer
    namespace : str
    """
    if not isinstance(peer, Pods) or not selects_all(peer.pods):
        return False
    return peer.namespaces in {namespace, Selector.of({NAMESPACE_NAME_LABEL: namespace})}


def _example(context: CheckContext, rule: Rule, one: str, others: list[str]) -> tuple[str, str, str]:
    for other in others:
        src, dst = (other, one) if rule.direction is Direction.INGRESS else (one, other)
        if src != dst and (ports := context.passing(src, dst, rule.ports.numbers)):
            return src, dst, str(ports)
    return NO_CONNECTION
