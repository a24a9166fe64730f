"""What a change of the cluster means to baselines: two clusters in time are compared."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from workbench.policy import NAMESPACE_NAME_LABEL, Policy, Selector

if TYPE_CHECKING:
    from workbench.inventory import Cluster, Workload

__all__ = ["gone", "policies_selecting", "selected_by_new_policies"]


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
    return frozenset(one.peer for one in after.objects.workloads if policies_selecting(after, one, new))


def policies_selecting(cluster: Cluster, workload: Workload, policies: list[Policy]) -> list[Policy]:
    """Return the policies that select at least one kind of a workload's pods."""
    namespaces = {one.name: one.labels for one in cluster.objects.namespaces}
    labels = {NAMESPACE_NAME_LABEL: workload.namespace, **namespaces.get(workload.namespace, {})}
    return [one for one in policies if _selects(one, workload, labels)]


def _selects(policy: Policy, workload: Workload, namespace: dict[str, str]) -> bool:
    chosen = policy.subject.namespaces
    within = chosen.matches(namespace) if isinstance(chosen, Selector) else chosen == workload.namespace
    # Pods in the network of their node are out of reach of policies.
    shapes = (shape for shape in workload.shapes if not shape.host_network)
    return within and any(policy.subject.pods.matches(shape.labels) for shape in shapes)


def _said(policy: Policy) -> Hashable:
    return policy.kind, policy.namespace, policy.subject, policy.isolates, policy.rules, policy.priority
