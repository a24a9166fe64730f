"""The cluster as it is declared or was read: typed objects inside, DataFrames at the door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.inventory.model import Objects
from workbench.inventory.services import complete_namespaces
from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import Problem, ProblemLog
from workbench.policy.readers import read_policy
from workbench.policy.rules import Policy

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inventory.frames import TableName

__all__ = ["Cluster"]


@dataclass(frozen=True, eq=False, repr=False)
class Cluster:
    """Everything that was read of a cluster; never changed once made.

    The tables are made when first asked for; each time you get a copy that is yours to change. Their
    columns are described in `workbench.inventory.frames`, once. Programs that need no tables walk
    `objects` and `problems_found`, and then pandas is never imported.

    Attributes
    ----------
    objects : Objects
        The typed values.
    problems_found : tuple of Problem
        What was wrong with the input, in the order in which it was found.
    """

    objects: Objects = field(default_factory=Objects)
    problems_found: tuple[Problem, ...] = ()

    @property
    def workloads(self) -> pd.DataFrame:
        """One row for each pod shape of each workload; columns: `frames.WORKLOADS`."""
        return self._table("workloads")

    @property
    def namespaces(self) -> pd.DataFrame:
        """One row for each namespace; columns: `frames.NAMESPACES`."""
        return self._table("namespaces")

    @property
    def services(self) -> pd.DataFrame:
        """One row for each Service; columns: `frames.SERVICES`."""
        return self._table("services")

    @property
    def ingresses(self) -> pd.DataFrame:
        """One row for each Service that an Ingress or a route leads to; columns: `frames.INGRESSES`."""
        return self._table("ingresses")

    @property
    def policies(self) -> pd.DataFrame:
        """One row for each policy; columns: `frames.POLICIES`."""
        return self._table("policies")

    @property
    def rules(self) -> pd.DataFrame:
        """One row for each rule of each policy; columns: `frames.RULES`."""
        return self._table("rules")

    @property
    def problems(self) -> pd.DataFrame:
        """One row for each problem; columns: `frames.PROBLEMS`."""
        return self._table("problems")

    def manifests_of(self, kind: str, group: str | None = None) -> tuple[Manifest, ...]:
        """Return the objects of a kind as they were written, such as ``Ingress`` or ``ConfigMap``.

        Parameters
        ----------
        group : str, optional
            API group (``""`` is the core group); any group if it is not given.
        """
        return tuple(
            manifest for manifest in self.objects.manifests if manifest.kind == kind and group in {None, manifest.group}
        )

    def with_policies(
        self, add: Cluster | Iterable[Policy | Mapping[str, Any]] = (), remove: Iterable[str] = ()
    ) -> Cluster:
        """Return a cluster with some policies added and others removed; this one stays as it is.

        Parameters
        ----------
        add : Cluster, or iterable of Policy or mapping
            The policies of another cluster (``load_manifests("new.yaml")``), or policies as values or
            as manifests. One takes the place of another of the same kind, namespace and name.
        remove : iterable of str
            Policies as ``Kind namespace/name`` (or ``Kind name``), as `Policy.ref` gives them.

        Raises
        ------
        LookupError
            If a policy to be removed is not there.
        """
        log = ProblemLog()
        given = add.objects.policies if isinstance(add, Cluster) else add
        read = [one if isinstance(one, Policy) else read_policy(Manifest(one), log) for one in given]
        added = {policy.ref: policy for policy in read if policy is not None}
        there = {policy.ref: policy for policy in self.objects.policies}
        gone = set(remove)
        missing = gone.difference(there)
        if missing:
            message = f"there is no policy {', '.join(sorted(missing))}"
            raise LookupError(message)
        kept = {ref: policy for ref, policy in there.items() if ref not in gone}
        policies = tuple(
            sorted({**kept, **added}.values(), key=lambda policy: (policy.namespace, policy.name, policy.kind))
        )
        used = [policy.namespace for policy in added.values() if policy.namespace]
        objects = replace(
            self.objects, policies=policies, namespaces=complete_namespaces(self.objects.namespaces, used)
        )
        return Cluster(objects, (*self.problems_found, *log))

    def __repr__(self) -> str:
        counts = (
            (len(self.objects.workloads), "workload", "workloads"),
            (len(self.objects.namespaces), "namespace", "namespaces"),
            (len(self.objects.policies), "policy", "policies"),
            (len(self.problems_found), "problem", "problems"),
        )
        return f"Cluster({', '.join(f'{count} {one if count == 1 else more}' for count, one, more in counts)})"

    @cached_property
    def _made(self) -> dict[str, pd.DataFrame]:
        return {}

    def _table(self, name: TableName) -> pd.DataFrame:
        from workbench.inventory.frames import make_table, own_cells  # noqa: PLC0415  (pandas takes half a second)

        if name not in self._made:
            self._made[name] = make_table(name, self.objects, self.problems_found)
        return own_cells(self._made[name])
