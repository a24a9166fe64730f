"""The cluster that a map was made of, and the policies that were added and removed since."""

from __future__ import annotations

from typing import NamedTuple

from workbench.connectivity.engine import Semantics
from workbench.connectivity.policy_change import PolicyChange
from workbench.ground import Problem
from workbench.inventory import Cluster

__all__ = ["NOWHERE", "Origin"]


class Origin(NamedTuple):
    """Where a map comes from; the cluster as it is after the changes is made when it is asked for.

    Attributes
    ----------
    cluster : Cluster
    changes : tuple of PolicyChange
        Since then, the first one first.
    """

    cluster: Cluster = Cluster()
    changes: tuple[PolicyChange, ...] = ()

    def changed(self, change: PolicyChange) -> Origin:
        """Return the origin of a map with other policies."""
        return self._replace(changes=(*self.changes, change))

    def as_changed(self) -> Cluster:
        """Return the cluster with all changes."""
        cluster = self.cluster
        for change in self.changes:
            objects = cluster.objects
            there = {policy.ref for policy in objects.policies} | {left.ref for left in objects.left_out}
            cluster = cluster.with_policies(add=change.added, remove=change.removed & there)
        return cluster

    def problems(self, semantics: Semantics) -> tuple[Problem, ...]:
        """Return what is wrong with the input, as it is read."""
        return self.as_changed().problems_as_read(semantics.unknown_fields)


NOWHERE = Origin()
