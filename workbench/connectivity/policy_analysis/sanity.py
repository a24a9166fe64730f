"""All faults of policies and rules, without those that are usual."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from workbench.connectivity.engine import Engine
from workbench.connectivity.policy_analysis.emptiness import Emptiness
from workbench.connectivity.policy_analysis.findings import Finding, Findings, findings_of
from workbench.connectivity.policy_analysis.service_ports import ServicePorts
from workbench.connectivity.policy_analysis.shadowing import RuleKey, Shadow, shadowed_rules
from workbench.connectivity.policy_analysis.unused import find_conflicting, find_empty, find_redundant, find_shadowed
from workbench.connectivity.result import Connectivity
from workbench.ground import Progress, Severity, no_progress
from workbench.inventory import Cluster
from workbench.manifests import FieldPath
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
    return findings_of(conn, partial(_all_faults, progress=progress))


def _all_faults(engine: Engine, *, progress: Progress) -> list[Finding]:
    """Return the faults of policies and rules, each once: by policy, and what is an info at the end."""
    shadows = shadowed_rules(engine)
    standing = {_place(engine, key) for key, shadow in shadows.items() if _only_denies(engine, key, shadow)}
    hidden = (finding for finding in find_shadowed(engine) if (finding.policy.ref, finding.path) not in standing)
    faulty = [*find_empty(engine), *hidden]
    found_before = standing | {(finding.policy.ref, finding.path) for finding in faulty}
    redundant = (one for one in find_redundant(engine, progress=progress) if not _is_known(one, found_before))
    found = [*find_conflicting(engine), *faulty, *_unmatched(engine), *_service_ports(engine), *redundant]
    order = engine.numbers
    return sorted(found, key=lambda finding: (finding.severity is Severity.INFO, order[finding.policy.ref]))


def _is_known(redundant: Finding, known: set[tuple[str, FieldPath]]) -> bool:
    """Tell whether a fault was found already of what is redundant, or of its policy, or of each of its rules."""
    policy = redundant.policy
    if {(policy.ref, ()), (policy.ref, redundant.path)} & known:
        return True
    rules = policy.rules if redundant.rule is None else ()
    return bool(rules) and known.issuperset((policy.ref, rule.path) for rule in rules)


def _only_denies(engine: Engine, key: RuleKey, shadow: Shadow) -> bool:
    """Tell whether a rule denies in the baseline tier, and only NetworkPolicies are evaluated before it."""
    policy = engine.policies[key[0]]
    rule = policy.rules[key[1]]
    return policy.tier is Tier.BASELINE and rule.action is Action.DENY and not shadow.claimers


def _place(engine: Engine, key: RuleKey) -> tuple[str, FieldPath]:
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
    return findings_of(conn, _unmatched)


def _unmatched(engine: Engine) -> Iterator[Finding]:
    emptiness = Emptiness(engine)
    for policy in map(engine.policies.__getitem__, engine.user_policies):
        for rule in policy.rules:
            lacking = emptiness.lacking(policy, rule)
            if lacking and len(lacking) < len(rule.peers):
                yield emptiness.empty(policy, rule, f"has peers without pods: {'; '.join(lacking)}")


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
    return findings_of(conn, _service_ports)


def _service_ports(engine: Engine) -> Iterator[Finding]:
    ports = ServicePorts(engine)
    for number in engine.user_policies:
        policy, subject = engine.policies[number], engine.subject(number).tolist()
        for rule in policy.rules:
            for one in ports.mistaken(policy, subject, rule):
                message = (
                    f"allows {one.protocol} {one.port}, the {one.kind} of Service {one.service}, whose pods listen on"
                    f" {one.target}: policies see the port of the pod, so that requests to the Service are not allowed"
                )
                remedy = f"If these requests are intended, name port {one.target}."
                yield Finding("service-port", policy, rule, message, remedy=remedy)
