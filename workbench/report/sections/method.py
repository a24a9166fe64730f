"""How the answers were found, and what they do not say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.report.model import Prose
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["method"]


@register_section("method", title="Method and limits", order=800)
def method(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    yield (
        "What is allowed was computed from the manifests for every pair of workloads, port and protocol, by the rules "
        "of the Kubernetes API; nothing was sampled. It holds if the network plugin enforces policies as that API says."
    )
    semantics = context.semantics
    yield (
        f"Pods of the node's network were read as {semantics.host_network}s. Addresses in policies were taken "
        f"for those of pods and nodes: {semantics.cluster_addresses}. Policies with unknown fields: "
        f"{semantics.unknown_fields}."
    )
    yield (
        "What was seen was attributed to workloads by names, addresses and times of the recordings. A connection that "
        "no source recorded is not known here. That something was not seen does not prove that it is not needed."
    )
    yield (
        "Not judged: what is inside of connections and whether they are encrypted; meshes and proxies; firewalls, "
        "routers and load balancers outside of the cluster; rights of people (RBAC); what happens on nodes."
    )
    yield from context.connectivity.notes
    for left in context.connectivity.unevaluated:
        yield Prose.warning(f"{left.policy.ref} is not evaluated: the cluster may allow something else.")
    made = ", ".join(f"{name} {version}" for name, version in sorted(context.versions.items()))
    yield f"Made with {made}."
    yield (
        "A bundle of this report holds its inputs, options and hashes. `netpol-workbench report verify BUNDLE` "
        "computes everything anew and names each cell that differs."
    )
