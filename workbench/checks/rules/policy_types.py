"""Directions that are left to be guessed: NP019."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.checks.context import CheckContext
from workbench.checks.found import Found
from workbench.checks.patching import patch_to
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.policy import Direction

__all__ = ["leaves_out_types"]


@register_check(
    "NP019",
    title="NetworkPolicy without policyTypes",
    severity=CheckSeverity.LOW,
    reason="What it isolates is derived from its rules, so that taking one away opens a direction.",
    remedy="Write policyTypes.",
    source="cyclonus CheckSourceMissingPolicyTypes",
)
@eased_on_platforms(CheckSeverity.LOW)
def leaves_out_types(context: CheckContext) -> Iterator[Found]:
    """Find NetworkPolicies without ``policyTypes``, or with an empty list of them.

    Such a policy always isolates for ingress, also if it has rules for egress alone; and for egress if it has a rule
    for it. An empty ``egress``, which looks as if it denied everything, isolates nothing: severity medium. Policies
    that were not read from manifests say what they isolate, and are not found.

    The patch writes the types that hold now, so that it changes nothing.
    """
    for policy in context.network_policies:
        spec = context.specs.get(policy.ref)
        if spec is None or spec.get("policyTypes"):
            continue
        holding = [one.value for one in (Direction.INGRESS, Direction.EGRESS) if one in policy.isolates]
        idle = "egress" in spec and Direction.EGRESS not in policy.isolates
        rules = {way: sum(one.direction is way for one in policy.rules) for way in Direction}
        message = f"leaves out policyTypes, and isolates for {' and '.join(holding)}"
        yield Found.of_policy(
            policy,
            f"{message}: its empty egress denies nothing" if idle else message,
            path=("spec",),
            evidence=tuple(f"{count} {way.value} {'rule' if count == 1 else 'rules'}" for way, count in rules.items()),
            remedy="Write policyTypes with Egress, if egress is to be denied." if idle else "",
            patch=patch_to(policy),
            severity=CheckSeverity.MEDIUM if idle else None,
        )
