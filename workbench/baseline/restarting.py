"""What a change of the cluster means to baselines: two clusters in time are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from workbench.policy import NAMESPACE_NAME_LABEL, Policy

if TYPE_CHECKING:
    from workbench.inventory import Cluster, Workload

__all__ = ["gone", "policies_by_workload", "selected_by_new_policies"]


def gone(before: Cluster, after: Cluster) -> frozenset[str]:
    """Return the workloads that were there and are no longer (baselines N10)."""
    there = {one.peer for one in after.objects.workloads}
    return frozenset(one.peer for one in before.objects.workloads if one.peer not in there)


def selected_by_new_policies(before: Cluster, after: Cluster) -> frozenset[str]:
    """Return the workloads that policies select which are new, or say something new (baselines N9).

    What a policy says is whom it selects and its rules, and not its name.
    """
    known = {_said(policy) for policy in before.objects.policies}
    new = [policy for policy in after.objects.policies if _said(policy) not in known]
    return frozenset(policies_by_workload(after, new))


def policies_by_workload(cluster: Cluster, policies: Iterable[Policy]) -> dict[str, list[Policy]]:
    """Return which of some policies select at least one kind of a workload's pods; workloads without any are left out.

    Parameters
    ----------
    cluster : Cluster
    policies : iterable of Policy
    """
    known = {one.name: one.labels for one in cluster.objects.namespaces}
    within: defaultdict[str, list[Workload]] = defaultdict(list)
    for workload in cluster.objects.workloads:
        within[workload.namespace].append(workload)
    labels = {name: {NAMESPACE_NAME_LABEL: name, **known.get(name, {})} for name in within}
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        chosen = policy.subject.namespaces
        names = [chosen] if isinstance(chosen, str) else [name for name in within if chosen.matches(labels[name])]
        for workload in (each for name in names for each in within.get(name, ())):
            if _selects(policy, workload):
                found[workload.peer].append(policy)
    return dict(found)


def _selects(policy: Policy, workload: Workload) -> bool:
    # Pods in the network of their node are out of reach of policies.
    shapes = (shape for shape in workload.shapes if not shape.host_network)
    return any(policy.subject.pods.matches(shape.labels) for shape in shapes)


def _said(policy: Policy) -> Hashable:
    return policy.kind, policy.namespace, policy.subject, policy.isolates, policy.rules, policy.priority
