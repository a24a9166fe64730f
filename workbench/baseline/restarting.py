"""What a change of the cluster means to baselines: two clusters in time are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from workbench.inventory import Subjects

if TYPE_CHECKING:
    from workbench.inventory import Cluster
    from workbench.policy import Policy

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
    """Return which of some policies are about pods of each workload; workloads without any are left out.

    Finished pods and those of their node's network do not count: policies are not about them.

    Parameters
    ----------
    cluster : Cluster
    policies : iterable of Policy
    """
    subjects = Subjects(cluster.objects.workloads, cluster.objects.namespaces)
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        for workload, shapes in subjects.of(policy.subject):
            if shapes:
                found[workload.peer].append(policy)
    return dict(found)


def _said(policy: Policy) -> Hashable:
    return policy.kind, policy.namespace, policy.subject, policy.isolates, policy.rules, policy.priority
