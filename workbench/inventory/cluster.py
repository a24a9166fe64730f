"""The cluster as it is declared or was read: typed objects inside, DataFrames at the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from workbench.ground import FEW_ROWS, FirstRows, Problem, ProblemLog, Shown, View, count_of
from workbench.inventory.frames import TableName, make_table, own_cells
from workbench.inventory.given import policies_given, refs_given
from workbench.inventory.left_out import problems_left_out
from workbench.inventory.model import Objects
from workbench.inventory.services import complete_namespaces
from workbench.manifests import Manifest
from workbench.policy import LeftOut, Policy, read_policy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cluster"]


@dataclass(frozen=True, eq=False, repr=False)
class Cluster(Shown):
    """Everything that was read of a cluster; it never changes.

    Its tables are DataFrames, made when they are first used; each access returns a copy, which you may change. Their
    columns are documented in `workbench.inventory.frames`. A program that needs no tables can use
    `objects` and `problems_found`; then pandas is not imported.

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
        """The workloads, one row for each, or for each kind of pod where its pods differ (`frames.WORKLOADS`)."""
        return self._table("workloads")

    @property
    def namespaces(self) -> pd.DataFrame:
        """The namespaces, one row for each; columns as in `frames.NAMESPACES`."""
        return self._table("namespaces")

    @property
    def services(self) -> pd.DataFrame:
        """The Services, one row for each; columns as in `frames.SERVICES`."""
        return self._table("services")

    @property
    def ingresses(self) -> pd.DataFrame:
        """The Ingresses and routes, one row for each Service that they lead to; columns as in `frames.INGRESSES`."""
        return self._table("ingresses")

    @property
    def policies(self) -> pd.DataFrame:
        """The policies, one row for each; columns as in `frames.POLICIES`."""
        return self._table("policies")

    @property
    def rules(self) -> pd.DataFrame:
        """The rules of all policies, one row for each; columns as in `frames.RULES`."""
        return self._table("rules")

    @property
    def problems(self) -> pd.DataFrame:
        """What was wrong with the input, one row for each problem; columns as in `workbench.ground.PROBLEMS`."""
        return self._table("problems")

    def manifests_of(self, kind: str, group: str | None = None) -> tuple[Manifest, ...]:
        """Return the objects of a kind as they were written, such as ``Ingress`` or ``ConfigMap``.

        Parameters
        ----------
        kind : str
            Such as ``Pod``.
        group : str, optional
            API group (``""`` is the core group); any group if it is not given.
        """
        return tuple(
            manifest for manifest in self.objects.manifests if manifest.kind == kind and group in {None, manifest.group}
        )

    def with_policies(
        self,
        add: Cluster | Policy | Mapping[str, Any] | Iterable[Policy | LeftOut | Mapping[str, Any]] = (),
        remove: str | Policy | Iterable[str | Policy] = (),
    ) -> Cluster:
        """Return a cluster with some policies added and others removed; this one stays as it is.

        Parameters
        ----------
        add : Cluster, Policy, mapping, or iterable of Policy, LeftOut or mapping
            The policies of another cluster (``load_manifests("new.yaml")``), or policies as values or
            as manifests; also those that are left out. One takes the place of another of the same kind,
            namespace and name.
        remove : str, Policy, or iterable of such
            Policies as ``Kind namespace/name`` (or ``Kind name``), as `Policy.ref` gives them.

        Raises
        ------
        LookupError
            If a policy to be removed is not there.
        TypeError
            If what is to be added or removed is not a policy; the message says what to write.
        """
        given: Iterable[Policy | LeftOut | Mapping[str, Any]] = (
            _written(add.objects) if isinstance(add, Cluster) else policies_given(add)
        )
        log = ProblemLog()
        added = {one.ref: one for one in (_read(one, log) for one in given)}
        there = _written(self.objects)
        gone = refs_given(remove, dict.fromkeys(one.ref for one in there))
        kept = [one for one in there if one.ref not in gone]
        # What the API server refuses takes no place: an earlier policy of that name stays.
        replaced = {ref for ref, one in added.items() if isinstance(one, Policy) or one.in_force}
        final = [*(one for one in kept if one.ref not in replaced), *added.values()]
        policies = tuple(sorted((one for one in final if isinstance(one, Policy)), key=_order))
        used = [policy.namespace for policy in policies if policy.namespace]
        objects = replace(
            self.objects,
            policies=policies,
            namespaces=complete_namespaces(self.objects.namespaces, used),
            left_out=tuple(
                sorted((one for one in final if isinstance(one, LeftOut)), key=lambda left: _order(left.policy))
            ),
        )
        # What follows from leaving a policy out depends on the others: it is said of those that are there now.
        before = frozenset(problems_left_out(self.objects))
        kept_problems = (problem for problem in self.problems_found if problem not in before)
        return Cluster(objects, (*kept_problems, *log, *problems_left_out(objects)))

    def problems_as_read(self, unknown_fields: Literal["refuse", "ignore"]) -> tuple[Problem, ...]:
        """Return the problems of the input, for one of the two readings of unknown fields in policies.

        ``refuse`` leaves such policies out, with an error. ``ignore`` drops the fields, with a warning, and keeps
        policies in which nothing else is wrong.
        """
        if unknown_fields == "refuse":
            return self.problems_found
        refused = frozenset(problems_left_out(self.objects))
        kept = (problem for problem in self.problems_found if problem not in refused)
        ignored = (problem for left in self.objects.left_out if left.prunable for problem in left.warnings)
        return (*kept, *problems_left_out(self.objects.pruned()), *ignored)

    def _facts(self) -> Iterator[str]:
        yield from self.objects.counts
        if self.objects.left_out:
            yield f"{count_of(len(self.objects.left_out), 'policy')} left out"
        yield count_of(len(self.problems_found), "problem")

    def _view(self) -> View:
        found = self.objects
        of = [Counter(one.namespace for one in each) for each in (found.workloads, found.services, found.policies)]
        names = sorted(set[str]().union(*of, (one.name for one in found.namespaces)))
        rows = tuple((name, *(f"{counts[name]:,}" for counts in of)) for name in names[:FEW_ROWS])
        columns = ("namespace", "workloads", "services", "policies")
        listed = FirstRows(columns, rows, len(rows), len(names), "namespace", frozenset(columns[1:]))
        return View("Cluster", tuple(self._facts()), rows=listed, problems=self.problems_found)

    @cached_property
    def _made(self) -> dict[str, pd.DataFrame]:
        return {}

    def _table(self, name: TableName) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = make_table(name, self.objects, self.problems_found)
        return own_cells(self._made[name])


def _written(objects: Objects) -> list[Policy | LeftOut]:
    """Return the policies that count and those that are left out."""
    return [*objects.policies, *objects.left_out]


def _read(given: Policy | LeftOut | Mapping[str, Any], log: ProblemLog) -> Policy | LeftOut:
    """Return a policy; what is wrong with one that counts is logged, with one that is left out, kept by it."""
    if isinstance(given, Policy | LeftOut):
        return given
    own = ProblemLog()
    found = read_policy(Manifest(given), own)
    if isinstance(found, LeftOut):
        return replace(found, problems=tuple(own))
    log.extend(own)
    return found


def _order(policy: Policy) -> tuple[str, str, str]:
    return policy.namespace, policy.name, policy.kind
