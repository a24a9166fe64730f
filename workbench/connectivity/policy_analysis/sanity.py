"""All faults of policies and rules, apart from what is usual."""

from __future__ import annotations

from workbench.connectivity.engine import Engine
from workbench.connectivity.inputs import as_connectivity, engine_of
from workbench.connectivity.policy_analysis.emptiness import Emptiness
from workbench.connectivity.policy_analysis.findings import Finding, Findings
from workbench.connectivity.policy_analysis.service_ports import ServicePorts
from workbench.connectivity.policy_analysis.shadowing import RuleKey, Shadow, shadowed_rules
from workbench.connectivity.policy_analysis.unused import conflicting, empty, redundant, shadowed
from workbench.connectivity.result import Connectivity
from workbench.ground import Progress, Severity, no_progress
from workbench.inventory import Cluster
from workbench.policy import Action, Tier

__all__ = ["sanity", "service_ports", "unmatched"]


def sanity(conn: Cluster | Connectivity, *, progress: Progress = no_progress) -> Findings:
    """Find all faults of policies and rules, each once.

    What is empty or shadowed is not called redundant once more. What denies a direction altogether, or what the
    baseline tier denies, is not called redundant, nor never evaluated, because other policies deny it today.

    Parameters
    ----------
    conn : Cluster or Connectivity
    progress : Progress
        Called with the progress of the work.

    Returns
    -------
    Findings
        By policy: what is `conflicting`, `empty`, `unmatched`, `shadowed` and `redundant`, and `service_ports`.
        What leads out of the manifests comes last, as info.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    shadows = shadowed_rules(engine)
    standing = {_place(engine, key) for key, shadow in shadows.items() if _only_denies(engine, key, shadow)}
    hidden = (finding for finding in shadowed(asked) if (finding.policy.ref, finding.path) not in standing)
    faulty = [*empty(asked), *hidden]
    policies = {finding.policy.ref for finding in faulty if finding.rule is None}
    rules = standing.union((finding.policy.ref, finding.path) for finding in faulty)
    found = [*conflicting(asked), *faulty, *unmatched(asked), *service_ports(asked)]
    for finding in redundant(asked, progress=progress):
        ref = finding.policy.ref
        if finding.rule is None:
            paths = [rule.path for rule in finding.policy.rules]
            # Where every rule was found by itself, or denies for good, there is nothing new to say.
            is_new = ref not in policies and not (paths and all((ref, path) in rules for path in paths))
        else:
            is_new = ref not in policies and (ref, finding.path) not in rules
        if is_new:
            found.append(finding)
    order = engine.numbers
    return Findings(
        tuple(sorted(found, key=lambda finding: (finding.severity is Severity.INFO, order[finding.policy.ref]))),
        (asked,),
    )


def _only_denies(engine: Engine, key: RuleKey, shadow: Shadow) -> bool:
    """Tell whether a rule denies in the baseline tier, and only NetworkPolicies are evaluated before it."""
    policy = engine.policies[key[0]]
    rule = policy.rules[key[1]]
    return policy.tier is Tier.BASELINE and rule.action is Action.DENY and not shadow.claimers


def _place(engine: Engine, key: RuleKey) -> tuple[str, tuple[str | int, ...]]:
    policy = engine.policies[key[0]]
    return policy.ref, policy.rules[key[1]].path


def unmatched(conn: Cluster | Connectivity) -> Findings:
    """Find the rules of which some peers match pods or addresses, and others ought to and match none.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    judge = Emptiness(engine)
    found: list[Finding] = []
    for number in engine.user_policies:
        policy = engine.policies[number]
        for rule in policy.rules:
            lacking = judge.lacking(policy, rule)
            if lacking and len(lacking) < len(rule.peers):
                message = f"has peers without pods: {'; '.join(lacking)}"
                found.append(judge.empty(policy, rule, message))
    return Findings(tuple(found), (asked,))


def service_ports(conn: Cluster | Connectivity) -> Findings:
    """Find the rules that name the port of a Service where its pods listen on another one.

    Parameters
    ----------
    conn : Cluster or Connectivity

    Returns
    -------
    Findings
        One for each rule, Service and port.
    """
    asked = as_connectivity(conn)
    engine = engine_of(asked)
    ports = ServicePorts(engine)
    found: list[Finding] = []
    for number in engine.user_policies:
        policy = engine.policies[number]
        subject = engine.sets[engine.subjects[number]].tolist()
        for rule in policy.rules:
            for one in ports.mistaken(policy, subject, rule):
                message = (
                    f"allows {one.protocol} {one.port}, the {one.kind} of Service {one.service}, whose pods listen on"
                    f" {one.target}: policies see the port of the pod, so that requests to the Service are not allowed"
                )
                remedy = f"If these requests are intended, name port {one.target}."
                found.append(Finding("service-port", policy, rule, message, remedy=remedy))
    return Findings(tuple(found), (asked,))
