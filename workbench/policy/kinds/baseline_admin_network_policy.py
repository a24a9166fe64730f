"""BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1) in normal form (connectivity.md 14, 15)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog
from workbench.manifests.validation import validate
from workbench.policy.admin import AdminReading
from workbench.policy.kinds.admin_network_policy import AdminRules, read_rules
from workbench.policy.readers import policy_reader
from workbench.policy.rules import Action, Policy, Tier

__all__ = ["read_baseline_admin_network_policy"]

_ONLY_NAME: Final = "default"
_ACTIONS: Final = MappingProxyType({"Allow": Action.ALLOW, "Deny": Action.DENY})


@policy_reader("policy.networking.k8s.io", "BaselineAdminNetworkPolicy")
def read_baseline_admin_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | None:
    """Return a BaselineAdminNetworkPolicy in normal form; None where the API server would reject it.

    There is one in a cluster, since it must be called ``default``.
    """
    spec = validate(AdminRules, manifest.content.get("spec", {}), manifest, log, ("spec",))
    if spec is None:
        return None
    reading = AdminReading(manifest, log)
    if manifest.name != _ONLY_NAME:
        reading.reject(
            ("metadata", "name"),
            f"a cluster has one baseline policy, which is called {_ONLY_NAME!r}, not {manifest.name!r}",
            f"Call it {_ONLY_NAME}, and put the rules of all others into it.",
        )
    subject = reading.subject(spec.subject)
    rules = read_rules(reading, spec, _ACTIONS)
    if reading.rejected or subject is None:
        return None
    return Policy(
        kind="BaselineAdminNetworkPolicy",
        namespace="",
        name=manifest.name,
        tier=Tier.BASELINE,
        subject=subject,
        rules=rules,
        source=manifest.source,
    )
