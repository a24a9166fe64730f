"""AuditNetworkPolicy of kguardian: which traffic a NetworkPolicy would deny, counted (dialects 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.generate.dialects.registry import Said, dialect
from workbench.generate.dialects.shared import (
    Meta,
    Spec,
    Written,
    meta_of,
    network_policies,
    network_policy_spec,
    unsaid_removals,
)

if TYPE_CHECKING:
    from workbench.generate.proposal import Proposal

__all__ = ["AuditNetworkPolicy", "kguardian"]


class AuditNetworkPolicy(Written):
    """AuditNetworkPolicy (kguardian.dev/v1alpha1), with the ``spec`` of a NetworkPolicy."""

    api_version: Literal["kguardian.dev/v1alpha1"] = "kguardian.dev/v1alpha1"
    kind: Literal["AuditNetworkPolicy"] = "AuditNetworkPolicy"
    metadata: Meta
    spec: Spec


@dialect("kguardian-audit")
def kguardian(proposal: Proposal) -> Said:
    """Write AuditNetworkPolicy objects of kguardian, which count what would be denied and deny nothing."""
    drafts, unsaid = network_policies(proposal, AuditNetworkPolicy.__name__)
    unsaid += unsaid_removals(proposal, "an object is about a policy that is to be there, not about one that is to go")
    return Said(
        "kguardian-audit",
        tuple(
            AuditNetworkPolicy(metadata=meta_of(one.policy), spec=Spec.model_validate(network_policy_spec(one.policy)))
            for one in drafts
        ),
        tuple(unsaid),
    )
