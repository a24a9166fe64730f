"""MultiNetworkPolicy (k8s.cni.cncf.io): a NetworkPolicy for the secondary networks that an annotation names."""

from __future__ import annotations

from workbench.policy.kinds.network_policy import read_network_policy, write_network_policy
from workbench.policy.registry import register_policy_kind

register_policy_kind("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", writes=write_network_policy, secondary=True)(
    read_network_policy
)
