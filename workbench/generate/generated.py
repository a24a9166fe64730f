"""Which labels tell that a policy was generated, and the commands that delete all of them (generate 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from workbench.policy import Metadata

if TYPE_CHECKING:
    from workbench.policy import Policy

__all__ = ["BASELINE", "BUILD_TIME", "MANAGED_BY", "OWNERS", "RHACS", "deletion_commands", "is_generated"]

MANAGED: Final = ("app.kubernetes.io/managed-by", "netpol-workbench")
RHACS: Final = ("network-policy-generator.stackrox.io/generated", "true")
BASELINE: Final = ("network-policy-generator.stackrox.io/from-baseline", "true")
BUILD_TIME: Final = ("network-policy-buildtime-generator.stackrox.io/generated", "true")
OWNERS: Final = (MANAGED, RHACS, BASELINE, BUILD_TIME)
"""The label of each way to generate policies: ours, Red Hat ACS from flows and from baselines, and at build time."""
CLUSTER_WIDE: Final = (
    "clusternetworkpolicies.policy.networking.k8s.io",
    "adminnetworkpolicies.policy.networking.k8s.io",
)
"""What clients call the kinds of policies of ours that are for the whole cluster (guardrails)."""
MANAGED_BY: Final = Metadata.of(dict([MANAGED]))
"""What policies of our own strategies carry."""


def is_generated(policy: Policy) -> bool:
    """Tell whether a policy says that it was generated.

    Parameters
    ----------
    policy : Policy
    """
    return any(one in policy.metadata.labels for one in OWNERS)


def deletion_commands(
    namespaces: Iterable[str] = (), *, client: Literal["kubectl", "oc"] = "kubectl"
) -> tuple[str, ...]:
    """Return the commands that delete all generated policies, one for each label and namespace.

    Of kinds that are for the whole cluster, there is a command where no namespace is named; where a cluster does not
    have the kind, the client says so and does nothing.

    Parameters
    ----------
    namespaces : iterable of str
        All where it is empty.
    client : {"kubectl", "oc"}
    """
    places = [f"--namespace {name}" for name in sorted(set(namespaces))]
    kinds = [f"networkpolicies {place}" for place in places or ["--all-namespaces"]]
    found = [(kind, owner) for kind in kinds for owner in OWNERS]
    found += [] if places else [(kind, MANAGED) for kind in CLUSTER_WIDE]
    return tuple(f"{client} delete {kind} --selector {key}={value}" for kind, (key, value) in found)
