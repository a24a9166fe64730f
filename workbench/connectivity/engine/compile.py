"""From a cluster's policies to the value that answers every question about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.classes import Classes, Indices, classify
from workbench.connectivity.engine.externals import Externals
from workbench.connectivity.engine.families import Families
from workbench.connectivity.engine.index_sets import IndexSets
from workbench.connectivity.engine.ingress_controller import IngressController
from workbench.connectivity.engine.masks import PortMasks
from workbench.connectivity.engine.overlaps import Contradiction, Overlaps, contradiction_problems
from workbench.connectivity.engine.pair_index import PairIndex
from workbench.connectivity.engine.patched_rows import PatchedMatrix
from workbench.connectivity.engine.peers import WorkloadPeers
from workbench.connectivity.engine.permission_matrix import ColumnGroups, PermissionMatrix, build_matrix, matrix_of_rows
from workbench.connectivity.engine.persistent_sequence import PersistentSequence
from workbench.connectivity.engine.places import Places
from workbench.connectivity.engine.population import Population, populate
from workbench.connectivity.engine.primary_networks import is_network, with_isolation
from workbench.connectivity.engine.quotient import Quotient
from workbench.connectivity.engine.resolve import Resolved, Resolver
from workbench.connectivity.engine.rows import RowIndex
from workbench.connectivity.engine.selector_index import NO_PODS
from workbench.connectivity.engine.semantics import Semantics
from workbench.connectivity.engine.service_blocks import ServiceBlocks
from workbench.connectivity.engine.tier_table import Clause
from workbench.ground import Problem, ProblemLog, Progress, Severity, count_of, gc_paused
from workbench.inventory import Objects, Target, ingress_targets
from workbench.policy import Direction, DomainNames, Policy, RulePeer, Tier

__all__ = ["Engine", "compile_engine"]


@dataclass(frozen=True, eq=False)
class Engine:
    """A cluster's policies in the form in which questions are answered. Made by `compile_engine`; never changed.

    Attributes
    ----------
    objects : Objects
    semantics : Semantics
        What was compiled, and how it is read; of the objects, the policies are those at first.
    population : Population
        What of the objects counts in this reading.
    policies : sequence of Policy
        Policies and clauses keep their numbers when others are added or removed.
    removed : frozenset of int
        Numbers of the policies that are no longer there.
    classes : Classes
        The pods; classes are the first ends of both directions.
    resolver : Resolver
    clauses : mapping of Direction to sequence of Clause
    subjects : sequence of int
        For each policy, the index set of the classes that it selects.
    made_matrices : mapping of Direction to PermissionMatrix or PatchedMatrix
        What both ends permit, as it was made; `matrices` has it in one form.
    column_groups : mapping of Direction to ColumnGroups
        The column groups of each matrix's columns.
    problems : tuple of (int, Problem)
        What policies ask for and nothing in the cluster can meet, with the policy's number.
    targets : tuple of Target
        Where Ingresses and routes lead to, before policies are evaluated.
    target_problems : tuple of Problem
        Why some of them lead nowhere.
    families : Families
        Of the addresses outside that answers list.
    known_workloads : WorkloadPeers or None
        The workload peers, where they are known already.
    known_rows : RowIndex or None
        The index of rows, where it is known already.
    known_numbers : mapping of str to int, or None
        The numbers of the policies that are there, where they are known already.
    """

    objects: Objects
    semantics: Semantics
    population: Population
    policies: PersistentSequence[Policy]
    removed: frozenset[int]
    classes: Classes
    resolver: Resolver
    clauses: dict[Direction, PersistentSequence[Clause]]
    subjects: PersistentSequence[int]
    made_matrices: dict[Direction, PermissionMatrix | PatchedMatrix]
    column_groups: dict[Direction, ColumnGroups]
    problems: tuple[tuple[int, Problem], ...]
    targets: tuple[Target, ...]
    target_problems: tuple[Problem, ...]
    families: Families
    known_workloads: WorkloadPeers | None = None
    known_rows: RowIndex | None = None
    known_numbers: Mapping[str, int] | None = None

    @property
    def externals(self) -> dict[Direction, Externals]:
        """The address atoms, which are the ends after the classes."""
        return self.resolver.externals

    @property
    def masks(self) -> PortMasks:
        """The port sets that mask ids stand for."""
        return self.resolver.masks

    @property
    def sets(self) -> IndexSets:
        """The index sets that clauses and subjects refer to by number."""
        return self.resolver.sets

    @cached_property
    def policies_in_use(self) -> tuple[Policy, ...]:
        """The policies that are there, in the order of their numbers."""
        return tuple(policy for number, policy in enumerate(self.policies) if number not in self.removed)

    @cached_property
    def has_domain_names(self) -> bool:
        """Whether any rule is about domain names."""
        return any(
            isinstance(peer, DomainNames)
            for policy in self.policies_in_use
            if policy.tier is not Tier.NETWORK_POLICY
            for rule in policy.rules
            for peer in rule.peers
        )

    @property
    def sets_in_use(self) -> Sequence[Indices]:
        """The index sets that policies which are there refer to."""
        if not self.removed:
            return self.sets
        numbers = {subject for number, subject in enumerate(self.subjects) if number not in self.removed}
        for clauses in self.clauses.values():
            for clause in clauses:
                if clause.policy not in self.removed:
                    numbers.update((clause.rows, clause.columns))
        return [self.sets[number] for number in sorted(numbers)]

    @cached_property
    def workloads(self) -> WorkloadPeers:
        """The workloads, as the peers that policies tell apart."""
        if self.known_workloads is not None:
            return self.known_workloads
        with gc_paused():  # else the collector walks all of a large cluster again for every few of them
            return WorkloadPeers.of(
                self.classes, self.sets_in_use, self.policies_in_use, siblings=self.semantics.siblings
            )

    @cached_property
    def ingress_controller(self) -> IngressController:
        """What the ingress controller sends."""
        return IngressController(
            self.classes, self.workloads, self.targets, self.made_matrices[Direction.INGRESS], self.masks
        )

    @property
    def user_policies(self) -> list[int]:
        """The numbers of the policies that were written, in order: of the others, networks are made."""
        return [
            number
            for number, policy in enumerate(self.policies)
            if number not in self.removed and not is_network(policy)
        ]

    @cached_property
    def rows(self) -> RowIndex:
        """Which clauses and policies select each class."""
        return self.known_rows or RowIndex.of(self.clauses, self.subjects, self.sets, len(self.classes))

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each policy that is there, by its ``ref``."""
        if self.known_numbers is not None:
            return self.known_numbers
        return {policy.ref: n for n, policy in enumerate(self.policies) if n not in self.removed}

    def allowed_by_name(self, direction: Direction) -> Engine:
        """Return what the rules of `direction` allow by name: without default, baseline and ingress controller."""
        clauses = [clause for clause in self.clauses[direction] if clause.policy not in self.removed]
        matrix = build_matrix(
            clauses,
            self.sets.listed(clause.rows for clause in clauses),
            self.sets,
            np.ones(len(self.classes), dtype=np.bool_),
            self.column_groups[direction],
            self.masks,
        )
        matrices = {**self.made_matrices, direction: matrix}
        return replace(self, made_matrices=matrices, targets=(), known_workloads=self.workloads)

    def matrix_of_rows(
        self, direction: Direction, selecting: Sequence[Sequence[int]], isolated: Sequence[bool]
    ) -> PermissionMatrix:
        """Return what rows would permit, each selected by the clauses of the numbers `selecting`, isolated or not."""
        return matrix_of_rows(
            self.clauses[direction], selecting, isolated, self.column_groups[direction], self.sets, self.masks
        )

    def ends(self, peer: RulePeer, direction: Direction, tier: Tier) -> Indices:
        """Return the ends that a peer of a rule of `direction` and `tier` selects, sorted."""
        return self.resolver.ends(peer, direction, tier)

    def subject(self, number: int) -> Indices:
        """Return the classes that the policy of a number selects, sorted."""
        return self.sets[self.subjects[number]]

    def isolates(self, direction: Direction, numbers: Iterable[int]) -> bool:
        """Tell whether any of the policies of these `numbers` isolates what it selects in `direction`."""
        return any(direction in self.policies[number].isolates for number in numbers)

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Where policies of one priority contradict each other."""
        there = [number for number in range(len(self.policies)) if number not in self.removed]
        found = Overlaps(
            there,
            self.policies,
            self.clauses,
            self.sets,
            self.masks,
            self.classes,
            self.externals,
            siblings=self.semantics.siblings,
        )
        return tuple(found.contradictions())

    @cached_property
    def overlaps(self) -> tuple[Problem, ...]:
        """Which policies of one priority contradict each other."""
        return tuple(contradiction_problems(self.contradictions))

    @cached_property
    def matrices(self) -> dict[Direction, PermissionMatrix]:
        """What both ends permit."""
        return {
            direction: made.whole() if isinstance(made, PatchedMatrix) else made
            for direction, made in self.made_matrices.items()
        }

    def mask(self, direction: Direction, row: int, column: int) -> int:
        """Return the mask id of what a class permits in `direction` towards one end."""
        return self.made_matrices[direction].mask(row, column)

    def pair_index(self, src: Indices, dst: Indices) -> PairIndex:
        """Return what the classes `src` may send to the classes `dst`, both sorted."""
        return PairIndex.of(self.matrices[Direction.EGRESS], self.matrices[Direction.INGRESS], self.masks, src, dst)

    @cached_property
    def quotient(self) -> Quotient:
        """The matrices over blocs of classes that the policies treat alike."""
        with gc_paused():
            return Quotient.of(self.matrices)


def compile_engine(
    objects: Objects, semantics: Semantics, progress: Progress, *, families: Families | None = None
) -> Engine:
    """Compile the policies of `objects` against its pods.

    Parameters
    ----------
    families : Families, optional
        Of the addresses outside that answers list; those that `objects` are about by default.
    """
    given = semantics.read(objects)
    population = populate(given, semantics)
    objects = with_isolation(population.objects)
    policies = objects.policies
    places = Places(objects, semantics)
    classes = classify(objects, isolate_host_network=semantics.host_network == "pod", places=places)
    log = ProblemLog()
    targets = ingress_targets(objects, log)
    log.extend(_passed_over(objects))
    log.extend(population.problems)
    services = ServiceBlocks(objects.services if semantics.cluster_addresses != "ignored" else ())
    resolver = Resolver(classes, policies, places, services, {target.ports for target in targets})
    resolved: list[Resolved] = []
    for number, policy in enumerate(policies):
        if number % 1024 == 0:
            progress("compile policies", number, len(policies))
        resolved.append(resolver.resolve(number, policy))
    progress("compile policies", len(policies), len(policies))
    clauses = {
        direction: [clause for found in resolved for clause in found.clauses[direction]] for direction in Direction
    }
    column_groups = {
        direction: ColumnGroups.of(found, resolver.sets, len(classes) + resolver.externals[direction].count)
        for direction, found in clauses.items()
    }
    return Engine(
        objects=given,
        semantics=semantics,
        population=population,
        policies=PersistentSequence(policies),
        removed=frozenset(),
        classes=classes,
        resolver=resolver,
        clauses={direction: PersistentSequence(found) for direction, found in clauses.items()},
        subjects=PersistentSequence([found.subject for found in resolved]),
        made_matrices={
            direction: build_matrix(
                found,
                resolver.sets.listed(clause.rows for clause in found),
                resolver.sets,
                _isolated(direction, policies, resolved, resolver, classes),
                column_groups[direction],
                resolver.masks,
            )
            for direction, found in clauses.items()
        },
        column_groups=column_groups,
        problems=tuple(
            (number, problem)
            for number, (policy, found) in enumerate(zip(policies, resolved, strict=True))
            for problem in (*found.problems, *population.problems_of(policy))
        ),
        targets=targets,
        target_problems=tuple(dict.fromkeys(log)),
        families=families or Families.of(given, semantics),
    )


def _isolated(
    direction: Direction, policies: Sequence[Policy], resolved: Sequence[Resolved], resolver: Resolver, classes: Classes
) -> npt.NDArray[np.bool_]:
    """Return which classes some policy isolates in a direction, shape (classes,)."""
    isolated = np.zeros(len(classes), dtype=np.bool_)
    subjects = {found.subject for policy, found in zip(policies, resolved, strict=True) if direction in policy.isolates}
    isolated[np.concatenate([NO_PODS, *resolver.sets.listed(subjects)])] = True
    if direction is Direction.INGRESS and classes.controller is not None:
        isolated[classes.controller] = True  # it only ever sends: no way leads over it
    return isolated


def _passed_over(objects: Objects) -> Iterator[Problem]:
    """Yield a warning where pods have further interfaces, which are passed over here."""
    count = sum(not network.primary for network in objects.networks)
    if count or objects.multi_policies:
        yield Problem(
            Severity.WARNING,
            "networks-not-evaluated",
            f"{count_of(count, 'secondary network')} and {count_of(len(objects.multi_policies), 'MultiNetworkPolicy')} "
            "are not evaluated: pods may reach each other there, too",
            remedy="ask for a map of each network: --multiple-networks, or connectivity_by_network(cluster)",
        )
