"""What a change of the cluster means to baselines: two clusters in time are compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import count_of, first_of
from workbench.inventory import Subjects

if TYPE_CHECKING:
    from workbench.baseline.deciding import DecidedBaselines
    from workbench.inventory import Cluster
    from workbench.policy import Policy

__all__ = ["Followed", "followed", "gone", "new_workloads", "policies_by_workload", "selected_by_new_policies"]


class Followed(NamedTuple):
    """What a change of the cluster does to baselines: names of workloads, sorted.

    Attributes
    ----------
    restarted : tuple of str
        Those whose observation begins anew (baselines N9).
    gone : tuple of str
        Those that have no baseline any more (baselines N10).
    begun : tuple of str
        New ones, whose observation begins (baselines N2).
    """

    restarted: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The same in words; empty where nothing changes."""
        said = (
            (self.restarted, "is observed anew", "are observed anew", "policies that select {} are new or changed"),
            (self.gone, "is gone", "are gone", ""),
            (self.begun, "is observed from now on", "are observed from now on", ""),
        )
        parts = []
        for names, one, several, why in said:
            if names:
                because = f", as {why.format('it' if len(names) == 1 else 'them')}" if why else ""
                verb = one if len(names) == 1 else several
                parts.append(f"{count_of(len(names), 'workload')} {verb}{because}: {first_of(names)}")
        return "; ".join(parts)


def followed(before: DecidedBaselines, after: DecidedBaselines) -> Followed:
    """Return what differs between baselines and those that followed a change of the cluster.

    Parameters
    ----------
    before, after : Baselines
    """
    known = before.heads.keys() & after.heads.keys()
    return Followed(
        tuple(sorted(name for name in known if before.heads[name] != after.heads[name])),
        tuple(sorted(before.heads.keys() - known)),
        tuple(sorted(after.heads.keys() - known)),
    )


def gone(before: Cluster, after: Cluster) -> frozenset[str]:
    """Return the workloads that were there and are no longer (baselines N10)."""
    there = {one.peer for one in after.objects.workloads}
    return frozenset(one.peer for one in before.objects.workloads if one.peer not in there)


def new_workloads(before: Cluster, after: Cluster) -> frozenset[str]:
    """Return the workloads that are there and were not before (baselines N2)."""
    return gone(after, before)


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
