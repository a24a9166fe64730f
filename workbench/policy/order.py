"""Whether the admin policies of a cluster agree about which is evaluated first (semantics 14-16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from workbench.ground import Problem, ProblemLog, Severity
from workbench.manifests import FieldPath, field_line, field_path
from workbench.policy.rules import Policy, Tier

__all__ = ["check_order"]

_ADMIN: Final = "AdminNetworkPolicy"
_BASELINE: Final = "BaselineAdminNetworkPolicy"
_CLUSTER: Final = "ClusterNetworkPolicy"


def check_order(policies: Iterable[Policy], log: ProblemLog) -> None:
    """Report what leaves open in which order `policies` are evaluated; all of them are kept.

    Two AdminNetworkPolicies of one priority are an error, whatever their rules (semantics 15).
    ClusterNetworkPolicies may share one; those that then contradict each other are found where it is
    known which pods they select, see `workbench.connectivity.engine.overlaps`. No API says how policies of the two
    versions stand in one tier: they are evaluated in one order of priorities here, and a warning says so.

    Parameters
    ----------
    policies : iterable of Policy
    log : ProblemLog
        Gets what is wrong.
    """
    first: dict[int, Policy] = {}
    kinds: defaultdict[Tier, dict[str, Policy]] = defaultdict(dict)
    for policy in policies:
        kinds[policy.tier].setdefault(policy.kind, policy)
        if policy.kind == _ADMIN and first.setdefault(policy.priority, policy) is not policy:
            log.add(_equal_priority(policy, first[policy.priority]))
    for tier, older in ((Tier.ADMIN, _ADMIN), (Tier.BASELINE, _BASELINE)):
        if {older, _CLUSTER} <= kinds[tier].keys():
            log.add(_two_versions(kinds[tier][_CLUSTER], kinds[tier][older]))


def _equal_priority(policy: Policy, other: Policy) -> Problem:
    return _problem(
        policy,
        Severity.ERROR,
        "equal-priority",
        f"{other.ref} has the same priority {policy.priority}: which of the two is evaluated first is undefined"
        f" (here it is {other.name}, by its name)",
        "Give each AdminNetworkPolicy a priority of its own.",
        ("spec", "priority"),
    )


def _two_versions(policy: Policy, other: Policy) -> Problem:
    rank = f"as if it had priority {other.priority}" if other.kind == _BASELINE else "in one order of priorities"
    return _problem(
        policy,
        Severity.WARNING,
        "mixed-admin-versions",
        f"{other.ref} is of the older API, and the APIs do not define in which order the two apply:"
        f" {other.kind} is evaluated {rank}{'' if other.kind == _BASELINE else ' with ClusterNetworkPolicy'} here",
        f"Write the rules of {other.ref} as a ClusterNetworkPolicy.",
        ("spec", "tier"),
    )


def _problem(policy: Policy, severity: Severity, code: str, message: str, remedy: str, path: FieldPath) -> Problem:
    source = policy.source
    return Problem(severity, code, message, remedy, source.file, field_line(source, path), policy.ref, field_path(path))
