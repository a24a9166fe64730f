"""BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), read and written (semantics 14, 15)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from workbench.ground import ProblemLog
from workbench.manifests import Manifest
from workbench.policy.admin import AdminReading
from workbench.policy.admin_writing import AdminWriting
from workbench.policy.kinds.admin_network_policy import AdminRules, read_rules, written_port
from workbench.policy.older_admin import read_as_meant
from workbench.policy.registry import register_policy_kind
from workbench.policy.rules import Action, LeftOut, Policy, Tier

__all__ = ["read_baseline_admin_network_policy"]

_ONLY_NAME: Final = "default"
_ACTIONS: Final = MappingProxyType({"Allow": Action.ALLOW, "Deny": Action.DENY})
_WRITING: Final = AdminWriting(_ACTIONS, "ports", written_port, "namedPort")


@register_policy_kind("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", writes=_WRITING.spec)
def read_baseline_admin_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return a BaselineAdminNetworkPolicy in normal form; what could be read where the API server would refuse it.

    There is one in a cluster, since it must be called ``default``.
    """
    return read_as_meant(manifest, log, _read)


def _read(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    reading = AdminReading(manifest, log)
    spec = reading.spec(AdminRules)
    if manifest.name != _ONLY_NAME:
        reading.reject(
            ("metadata", "name"),
            f"a cluster has one baseline policy, which is called {_ONLY_NAME!r}, not {manifest.name!r}",
            f"Call it {_ONLY_NAME}, and put the rules of all others into it.",
        )
    return reading.outcome(
        Policy(
            kind="BaselineAdminNetworkPolicy",
            namespace="",
            name=manifest.name,
            tier=Tier.BASELINE,
            subject=reading.subject(spec),
            rules=() if spec is None else read_rules(reading, spec, _ACTIONS),
            source=manifest.source,
        )
    )
