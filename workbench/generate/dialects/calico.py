"""Calico's StagedKubernetesNetworkPolicy: what a NetworkPolicy would do, shown before it does it (dialects 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.generate.dialects.registry import Said, dialect
from workbench.generate.dialects.shared import (
    EgressRule,
    IngressRule,
    LabelSelector,
    Meta,
    PolicyType,
    Written,
    meta_of,
    network_policies,
    network_policy_spec,
    unsaid_removals,
)

if TYPE_CHECKING:
    from workbench.generate.proposal import Proposal

__all__ = ["StagedKubernetesNetworkPolicy", "calico"]


class StagedSpec(Written):
    """``spec``: that of a NetworkPolicy, and what is staged."""

    staged_action: Literal["Set"] = "Set"
    pod_selector: LabelSelector
    policy_types: list[PolicyType]
    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


class StagedKubernetesNetworkPolicy(Written):
    """StagedKubernetesNetworkPolicy (projectcalico.org/v3)."""

    api_version: Literal["projectcalico.org/v3"] = "projectcalico.org/v3"
    kind: Literal["StagedKubernetesNetworkPolicy"] = "StagedKubernetesNetworkPolicy"
    metadata: Meta
    spec: StagedSpec


@dialect("calico-staged")
def calico(proposal: Proposal) -> Said:
    """Write StagedKubernetesNetworkPolicy objects of Calico, which show what would be denied and deny nothing."""
    drafts, unsaid = network_policies(proposal, StagedKubernetesNetworkPolicy.__name__)
    unsaid += unsaid_removals(proposal, "an object stages a policy that is to be set, not one that is to go")
    return Said(
        "calico-staged",
        tuple(
            StagedKubernetesNetworkPolicy(
                metadata=meta_of(one.policy), spec=StagedSpec.model_validate(network_policy_spec(one.policy))
            )
            for one in drafts
        ),
        tuple(unsaid),
    )
