"""What no manifest says and a person declares: whether policies are enforced, and which addresses pods have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.ground import ArgumentError, parse_cidr

__all__ = ["NOTHING_DECLARED", "DeclaredFacts"]

ENFORCING = frozenset(
    {
        *("antrea", "aws-vpc-cni", "azure-npm", "calico", "canal", "cilium", "gke-dataplane-v2"),
        *("kube-network-policies", "kube-ovn", "kube-router", "openshift-sdn", "ovn-kubernetes", "romana", "weave-net"),
    }
)
"""Network plugins that enforce NetworkPolicy, where that is not switched off."""
NOT_ENFORCING = frozenset({"flannel", "kubenet", "bridge", "host-local", "none"})
"""Those that store policies' objects without effect."""


@dataclass(frozen=True, slots=True)
class DeclaredFacts:
    """What a person declares about a cluster (checks 6).

    Attributes
    ----------
    cni : str
        Name of the network plugin; empty where nobody says.
    enforces : bool or None
        Whether NetworkPolicy is enforced; None for what is usual with the plugin.
    pod_cidrs, service_cidrs : tuple of str
        Blocks that pods and Services have addresses from.
    opt_in_labels : tuple of str
        Labels, ``key`` or ``key=value``, by which workloads are opted in to connections from or to anyone.
    tenant_label : str
        The label of namespaces whose value says whose they are; empty where nobody says.
    """

    cni: str = ""
    enforces: bool | None = None
    pod_cidrs: tuple[str, ...] = ()
    service_cidrs: tuple[str, ...] = ()
    opt_in_labels: tuple[str, ...] = (
        "networking/allow-all-connections",
        "networking/allow-internet-access",
    )
    tenant_label: str = ""

    def __post_init__(self) -> None:
        """Look at the blocks.

        Raises
        ------
        ArgumentError
            If one is no block of addresses.
        """
        for one in (*self.pod_cidrs, *self.service_cidrs):
            if parse_cidr(one) is None:
                message = f"{one!r} is no block of addresses; write it as 10.0.0.0/8 or fd00::/8"
                raise ArgumentError(message)

    @property
    def enforced(self) -> bool | None:
        """Whether NetworkPolicy is enforced; None where that is not known."""
        if self.enforces is not None:
            return self.enforces
        name = self.cni.strip().lower()
        if name in ENFORCING:
            return True
        return False if name in NOT_ENFORCING else None


NOTHING_DECLARED: Final = DeclaredFacts()
