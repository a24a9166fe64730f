"""ApplicationNetworkPolicy of Amazon EKS: a NetworkPolicy whose egress may also go by DNS names (dialects 4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from workbench.generate.dialects.registry import Said, Unsaid, dialect
from workbench.generate.dialects.shared import (
    IngressRule,
    LabelSelector,
    Meta,
    Peer,
    PolicyPort,
    PolicyType,
    Written,
    meta_of,
    network_policies,
    network_policy_spec,
    place_of,
    split_by_names,
    unsaid_removals,
)
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.generate.draft import Draft
    from workbench.generate.proposal import Proposal

__all__ = ["ApplicationNetworkPolicy", "eks"]

_NAME: Final = r"^(\*\.)?([a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$"
DomainName = Annotated[str, Field(pattern=_NAME)]


class ApplicationPeer(Peer):
    """One entry of ``to``: DNS names stand alone in it."""

    domain_names: Annotated[list[DomainName], Field(min_length=1)] | None = None


class ApplicationEgressRule(Written):
    """One entry of ``egress``."""

    peers: list[ApplicationPeer] | None = Field(default=None, alias="to")
    ports: list[PolicyPort] | None = None


class ApplicationSpec(Written):
    """``spec``."""

    pod_selector: LabelSelector
    policy_types: list[PolicyType]
    ingress: list[IngressRule] | None = None
    egress: list[ApplicationEgressRule] | None = None


class ApplicationNetworkPolicy(Written):
    """ApplicationNetworkPolicy (networking.k8s.aws/v1alpha1)."""

    api_version: Literal["networking.k8s.aws/v1alpha1"] = "networking.k8s.aws/v1alpha1"
    kind: Literal["ApplicationNetworkPolicy"] = "ApplicationNetworkPolicy"
    metadata: Meta
    spec: ApplicationSpec


@dialect("eks-application")
def eks(proposal: Proposal) -> Said:
    """Write ApplicationNetworkPolicy objects of Amazon EKS, with egress by DNS name where clients knew the names."""
    drafts, unsaid = network_policies(proposal, ApplicationNetworkPolicy.__name__)
    unsaid += unsaid_removals(proposal, "an object says which policy is to be there, not which one is to go")
    otherwise: list[Unsaid] = []
    objects = tuple(
        ApplicationNetworkPolicy(
            metadata=meta_of(one.policy), spec=ApplicationSpec.model_validate(_spec(one, unsaid, otherwise))
        )
        for one in drafts
    )
    return Said("eks-application", objects, tuple(unsaid), tuple(otherwise))


def _spec(draft: Draft, unsaid: list[Unsaid], otherwise: list[Unsaid]) -> dict[str, Any]:
    spec = dict(network_policy_spec(draft.policy))
    rules = [one for one in draft.policy.rules if one.direction is Direction.EGRESS]
    written = []
    for rule, entry in zip(rules, spec.get("egress", ()), strict=True):
        kept, names, named = split_by_names(draft, rule)
        place = place_of(rule)
        strange = [name for name in names if not re.match(_NAME, name)]
        unsaid += [Unsaid(draft.ref, place, name, "it is no domain name with a dot") for name in strange]
        valid = [name for name in names if name not in strange]
        if not valid or strange:
            # Its addresses stay: without them, something that is needed would be denied.
            written.append(entry)
            continue
        otherwise += [Unsaid(draft.ref, place, one.text, f"by name: {', '.join(valid)}") for one in named]
        peers = [text for peer, text in zip(rule.peers, entry["to"], strict=True) if peer in kept]
        written.append({**entry, "to": [*peers, {"domainNames": valid}]})
    return {**spec, "egress": written} if written else spec
