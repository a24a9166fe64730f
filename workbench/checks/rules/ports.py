"""Ports that rules name and pods do not listen on: NP027, NP039."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.checks.context import CheckContext, policed_shapes
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import with_rule
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.ground import listed
from workbench.inventory import ContainerPort, PodVariant
from workbench.policy import Anyone, Direction, NamedPort, Pods, Policy, PortMatch, Rule

__all__ = ["port_of_a_service", "unknown_port_name"]


@register_check(
    "NP027",
    title="Named port that no pod declares",
    severity=CheckSeverity.MEDIUM,
    reason="A name that no container declares for the protocol allows nothing.",
    remedy="Write the port's number, or the name that the containers of these pods declare.",
    source="np-guard, netpol-analyzer pull request 412",
)
def unknown_port_name(context: CheckContext) -> Iterator[Found]:
    """Find named ports in rules of all kinds of policies that resolve on none of the pods at the destination.

    The destination of an ingress rule are the pods that the policy selects, that of an egress rule those that its peers
    choose. Each of them resolves the name for itself, by the ports that its containers declare: it is not found where
    one of them does, though others do not. Where there are no such pods in the manifests, nothing is known.

    A name that these pods declare for another protocol is said to be so; if they agree on the protocol, the patch
    writes it.
    """
    for policy in context.policies:
        for rule in policy.rules:
            if not rule.ports.named:
                continue
            pods = _destinations(context, policy, rule)
            declared = list(dict.fromkeys(port for pod in pods for port in pod.ports)) if pods else []
            for wanted in rule.ports.named if pods else ():
                same = [port for port in declared if port.name == wanted.name]
                if not any(wanted.protocol in {None, port.protocol} for port in same):
                    yield _unknown(context, policy, rule, wanted, declared)


def _destinations(context: CheckContext, policy: Policy, rule: Rule) -> list[PodVariant]:
    if rule.direction is Direction.INGRESS:
        return [shape for _, shapes in context.selected[policy.ref] for shape in shapes]
    if any(isinstance(peer, Anyone) for peer in rule.peers):
        return [shape for workload in context.reachable_workloads for shape in policed_shapes(workload)]
    peers = [peer for peer in rule.peers if isinstance(peer, Pods)]
    return [
        shape
        for peer in peers
        for workload in context.members(peer)
        for shape in policed_shapes(workload)
        if peer.pods.matches(shape.labels)
    ]


def _unknown(
    context: CheckContext, policy: Policy, rule: Rule, wanted: NamedPort, declared: Sequence[ContainerPort]
) -> Found:
    same = [port for port in declared if port.name == wanted.name]
    known = [f"{port.protocol} {port.port}{port.name and f' ({port.name})'}" for port in declared]
    protocols = sorted({port.protocol for port in same})
    message = f"names port {wanted.name}, which none of the pods at its destination declares"
    remedy, patch = "", NO_PATCH
    if protocols:
        message = f"names port {wanted.name} of {wanted.protocol}, which these pods declare for {listed(protocols)}"
        remedy = f"Write protocol {listed(protocols)} for it."
        patch = _of_protocol(policy, rule, wanted, protocols[0]) if len(protocols) == 1 else NO_PATCH
    elif not rule.ports.numbers and len(rule.ports.named) == 1:
        message = f"{message}, so that the rule allows nothing" if rule.action.value == "Allow" else message
    chosen = [workload.peer for workload, _ in context.selected[policy.ref]]
    evidence = (
        f"selected: {listed(chosen) if chosen else 'none'}",
        f"declared at the destination: {listed(known) if known else 'no ports'}",
    )
    return Found.of_policy(
        policy,
        message,
        rule=rule,
        path=("ports",),
        evidence=evidence,
        remedy=remedy,
        patch=patch,
        key=f"{wanted.protocol or ''} {wanted.name}",
    )


def _of_protocol(policy: Policy, rule: Rule, wanted: NamedPort, protocol: str) -> Patch:
    named = [replace(port, protocol=protocol) if port == wanted else port for port in rule.ports.named]
    ports = PortMatch(rule.ports.numbers, tuple(dict.fromkeys(named)))
    return with_rule(policy, rule, replace(rule, ports=ports))


@register_check(
    "NP039",
    title="Port of a Service in place of the port of its pods",
    severity=CheckSeverity.HIGH,
    reason="Policies see the port of the pod: requests to the Service are denied though the rule seems to allow them.",
    remedy="Name the target port of the Service.",
    source="Kubernetes, Virtual IPs and Service Proxies",
)
def port_of_a_service(context: CheckContext) -> Iterator[Found]:
    """Find rules of NetworkPolicies that name the port or node port of a Service whose pods listen on another.

    Found where no pod that the rule leads to declares the port, and the rule does not name the pods' port beside it.
    """
    for one in context.faults:
        if one.code == "service-port":
            yield Found.of_policy(
                one.policy,
                one.message,
                rule=one.rule,
                path=("ports",),
                evidence=(f"{one.rule.ports.numbers} is what the rule names",) if one.rule else (),
                remedy=one.remedy,
                key=one.message,
            )
