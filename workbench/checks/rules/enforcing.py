"""Whether policies are enforced at all: NP033."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.checks.context import CheckContext
from workbench.checks.found import Found
from workbench.checks.registry import Fact, register_check
from workbench.checks.severity import CheckSeverity
from workbench.ground import count_of, listed
from workbench.policy import Tier

__all__ = ["not_enforced"]


@register_check(
    "NP033",
    title="Network plugin that does not enforce policies",
    severity=CheckSeverity.HIGH,
    reason="The API server stores policies all the same, and everything is open.",
    remedy="Install a network plugin that enforces NetworkPolicy, or switch its enforcement on.",
    source="guide of Red Hat ACS on network policies, first step; Kubernetes, Network Policies, prerequisites",
    needs=[Fact.CNI],
)
def not_enforced(context: CheckContext) -> Iterator[Found]:
    """Find that a cluster's network plugin is declared not to enforce NetworkPolicy.

    No manifest says so: it is declared, by the plugin's name or outright, and the check is not asked otherwise. One
    finding, about the cluster, with the policies that are without effect. It is found without policies, too: the first
    one would have no effect.
    """
    if context.declared.enforced is not False:
        return
    refs = [one.ref for one in context.policies]
    tiers = sum(one.tier is not Tier.NETWORK_POLICY for one in context.policies)
    plugin = context.declared.cni.strip()
    yield Found(
        "Cluster",
        f"has a network plugin that does not enforce policies{f': {plugin}' if plugin else ''}",
        evidence=(
            f"{count_of(len(refs), 'policy')} without effect" + (f": {listed(refs)}" if refs else ""),
            *([f"{tiers:,} of them cluster-wide"] if tiers else []),
        ),
    )
