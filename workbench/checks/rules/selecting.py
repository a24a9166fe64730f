"""Policies and rules that select nothing: NP010, NP011, NP012."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.checks.context import CheckContext
from workbench.checks.found import Found, Patch
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.ground import Severity

__all__ = ["selects_no_workload"]


@register_check(
    "NP010",
    title="Policy selects no workload",
    severity=CheckSeverity.MEDIUM,
    reason="A policy that selects no pods protects nothing, though it looks as if it did.",
    remedy="Compare its labels with those of the pods that are meant.",
    source="kube-linter dangling-networkpolicy",
)
def selects_no_workload(context: CheckContext) -> Iterator[Found]:
    """Find policies whose subject is empty; one that is about pods outside of the manifests is an info."""
    for one in context.faults:
        if one.code in {"empty", "elsewhere"} and one.rule is None:
            severity = CheckSeverity.INFO if one.severity is Severity.INFO else None
            delete = Patch(delete=(one.policy.ref,)) if one.code == "empty" else Patch()
            yield Found.of_policy(one.policy, one.message, remedy=one.remedy, severity=severity, patch=delete)
