"""What if policies were added or removed: the compiled form anew, where it changes and nowhere else.

Only the rows of classes that a changed policy selects are made anew; a connection is the
intersection of two matrices that are read when it is asked for, so a pair of which both ends are
selected is right as well. Policies may bring labels, ports and address blocks that no other
mentions: classes are final, port masks and address atoms are refined (engine 10). Only
where an admin policy brings new networks, and pods were read with their addresses, or where a selector
tells pods of a template apart that none did before, is all compiled anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.compile import Engine, compile_engine
from workbench.connectivity.engine.patched_rows import PatchedMatrix
from workbench.connectivity.engine.permission_matrix import ColumnGroups, matrix_of_rows
from workbench.connectivity.engine.primary_networks import is_network
from workbench.connectivity.engine.resolve import Resolved, Resolver
from workbench.connectivity.engine.rows import RowIndex
from workbench.connectivity.engine.selector_index import NO_PODS
from workbench.ground import Problem, no_progress
from workbench.policy import Direction, LeftOut, Policy

__all__ = ["touched_classes", "with_policies"]

_Item = TypeVar("_Item")


def with_policies(
    engine: Engine, add: Sequence[Policy], remove: Collection[int], left_out: tuple[LeftOut, ...]
) -> Engine:
    """Return the engine with the policies `add`, and without those of the numbers `remove`.

    Parameters
    ----------
    left_out : tuple of LeftOut
        The policies that are left out then.
    """
    families = engine.families.changed(add, (engine.policies[number] for number in remove))
    removed = engine.removed.union(remove)
    objects = replace(engine.objects, left_out=left_out)
    if not (engine.resolver.places.are_final_with(add) and engine.population.is_final_with(add)):
        there = [policy for number, policy in enumerate(engine.policies) if number not in removed]
        left = (policy for policy in there if not is_network(policy))  # networks are made anew
        objects = replace(objects, policies=(*left, *add))
        return compile_engine(objects, engine.semantics, no_progress, families=families)
    resolver = engine.resolver.forked(add)
    first = len(engine.policies)
    resolved = [resolver.resolve(first + place, policy) for place, policy in enumerate(add)]
    changed = replace(
        engine,
        objects=objects,
        policies=engine.policies.with_more(add),
        removed=removed,
        resolver=resolver,
        clauses={
            direction: known.with_more(clause for found in resolved for clause in found.clauses[direction])
            for direction, known in engine.clauses.items()
        },
        subjects=engine.subjects.with_more(found.subject for found in resolved),
        problems=_changed_problems(engine, add, resolved, removed),
        families=families,
        # No policy can split or join workload peers that are each of one class.
        known_workloads=None if engine.workloads.alike else engine.workloads,
        known_numbers=_changed_numbers(engine, add, remove),
    )
    numbers = [*remove, *range(first, len(changed.policies))]
    rows = _changed_rows(engine, changed, numbers)
    made = {direction: _changed_matrix(engine, changed, rows, numbers, direction) for direction in Direction}
    return replace(
        changed,
        known_rows=rows,
        made_matrices={direction: matrix for direction, (matrix, _) in made.items()},
        column_groups={direction: column_groups for direction, (_, column_groups) in made.items()},
    )


def touched_classes(before: Engine, after: Engine) -> dict[Direction, Indices] | None:
    """Return the classes of which policies on one side alone have a say in each direction, sorted.

    Of all others, both permit the same. None where the two have no classes in common: neither was made of the other by
    `with_policies`, or all was compiled anew.
    """
    if before.classes is not after.classes:
        return None
    found: dict[Direction, list[Indices]] = {direction: [NO_PODS] for direction in Direction}
    for side, other in ((before, after), (after, before)):
        for ref, number in _numbers_apart(side, other):
            policy, known = side.policies[number], other.numbers.get(ref)
            if known is not None and other.policies[known] is policy:
                continue
            for direction in Direction:
                if _is_about(policy, direction):
                    found[direction].append(side.subject(number))
    return {direction: np.unique(np.concatenate(classes)) for direction, classes in found.items()}


def _numbers_apart(side: Engine, other: Engine) -> Iterator[tuple[str, int]]:
    """Yield the refs and numbers of policies, but for those that the two have in common from the beginning on."""
    common = side.policies.in_common(other.policies)
    if not common:
        yield from side.numbers.items()
        return
    yield from (entry for entry in side.numbers.items() - other.numbers.items() if entry[1] < common)
    for number in range(common, len(side.policies)):
        ref = side.policies[number].ref
        if side.numbers.get(ref) == number:
            yield ref, number


def _changed_numbers(engine: Engine, add: Sequence[Policy], remove: Collection[int]) -> dict[str, int]:
    """Return the number of each policy that is there after a change, by its ``ref``."""
    numbers = dict(engine.numbers)
    for number in remove:
        del numbers[engine.policies[number].ref]
    numbers.update((policy.ref, number) for number, policy in enumerate(add, len(engine.policies)))
    return numbers


def _changed_problems(
    engine: Engine, add: Sequence[Policy], resolved: Sequence[Resolved], removed: Collection[int]
) -> tuple[tuple[int, Problem], ...]:
    """Return the problems of the policies that are there after a change, with their numbers."""
    kept = (entry for entry in engine.problems if entry[0] not in removed)
    added = (
        (number, problem)
        for number, (policy, found) in enumerate(zip(add, resolved, strict=True), len(engine.policies))
        for problem in (*found.problems, *engine.population.problems_of(policy))
    )
    return (*kept, *added)


def _changed_matrix(
    engine: Engine, changed: Engine, rows: RowIndex, numbers: Sequence[int], direction: Direction
) -> tuple[PatchedMatrix, ColumnGroups]:
    """Return what one direction permits, with the rows made anew that the policies of these `numbers` select."""
    matrix, known = engine.matrices[direction], engine.column_groups[direction]
    if changed.externals[direction] is not engine.externals[direction]:
        origin = _origin_of_columns(engine, changed.resolver, direction)
        matrix, known = matrix.with_columns(origin), known.with_columns(origin)
    clauses = changed.clauses[direction]
    column_groups = known.refined(_added(engine.clauses[direction], clauses), changed.sets)
    if column_groups is not known:
        matrix = matrix.with_column_groups(column_groups.partition)
    affected = _selected(changed, (n for n in numbers if _is_about(changed.policies[n], direction)))
    selecting = [rows.clauses_of(direction, row) for row in affected.tolist()]
    isolated = [changed.isolates(direction, rows.policies_of(row)) for row in affected.tolist()]
    replacement = matrix_of_rows(clauses, selecting, isolated, column_groups, changed.sets, changed.masks)
    return PatchedMatrix(matrix, affected, replacement), column_groups


def _added(before: Sequence[_Item], after: Sequence[_Item]) -> list[_Item]:
    """Return what a sequence holds after the items that it held before."""
    return [after[number] for number in range(len(before), len(after))]


def _selected(engine: Engine, numbers: Iterable[int]) -> Indices:
    """Return the classes that the policies of these `numbers` select, sorted."""
    return np.unique(np.concatenate([NO_PODS, *(engine.subject(number) for number in numbers)]))


def _is_about(policy: Policy, direction: Direction) -> bool:
    """Tell whether a policy says anything about a direction."""
    return direction in policy.isolates or any(rule.direction is direction for rule in policy.rules)


def _changed_rows(engine: Engine, changed: Engine, numbers: Sequence[int]) -> RowIndex:
    """Return the index of rows, with those made anew that the policies of these `numbers` select."""
    affected = _selected(changed, numbers).tolist()
    gone = changed.removed
    subjects = _by_row(changed, _added(engine.subjects, changed.subjects), len(engine.subjects))
    clauses: dict[Direction, dict[int, tuple[int, ...]]] = {}
    for direction, found in changed.clauses.items():
        known = engine.clauses[direction]
        added = _by_row(changed, (clause.rows for clause in _added(known, found)), len(known))
        clauses[direction] = {
            row: (*(n for n in engine.rows.clauses_of(direction, row) if found[n].policy not in gone), *added[row])
            for row in affected
        }
    policies = {row: (*(n for n in engine.rows.policies_of(row) if n not in gone), *subjects[row]) for row in affected}
    return engine.rows.with_changes(clauses, policies)


def _by_row(engine: Engine, sets: Iterable[int], first: int) -> defaultdict[int, list[int]]:
    """Return which of some index sets hold each row; the sets are numbered from `first` on."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, rows in enumerate(sets, first):
        for row in engine.sets[rows].tolist():
            found[row].append(number)
    return found


def _origin_of_columns(engine: Engine, resolver: Resolver, direction: Direction) -> Indices:
    """Return, for each column after new address blocks have cut the atoms finer, which column it was part of."""
    before, after = engine.externals[direction], resolver.externals[direction]
    parent = np.empty(after.count, dtype=np.int64)
    for found, atom in zip(after.ranges, after.atom_of_range.tolist(), strict=True):
        parent[atom] = before.atom_of(found)
    classes = len(engine.classes)
    origin: Indices = np.r_[np.arange(classes), classes + parent]
    return origin
