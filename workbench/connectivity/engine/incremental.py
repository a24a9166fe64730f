"""What if policies were added or removed: the compiled form anew, where it changes and nowhere else.

Only the rows of classes that a changed policy selects are made anew; a connection is the
intersection of two sides that are read when it is asked for, so a pair of which both ends are
selected is right as well. Policies may bring labels, ports and address blocks that no other
mentions: classes are final, port masks and address atoms are refined (engine 10). Only
where an admin policy brings new networks, and pods were read with their addresses, or where a selector
tells pods of a template apart that none did before, is all compiled anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.compile import Compiled, compile_objects
from workbench.connectivity.engine.patched_rows import PatchedSide
from workbench.connectivity.engine.permission_matrix import Side, Zones, build_side
from workbench.connectivity.engine.primary_networks import is_network
from workbench.connectivity.engine.resolve import Resolver
from workbench.connectivity.engine.rows import RowIndex
from workbench.connectivity.engine.tier_table import Clause
from workbench.ground import no_progress
from workbench.policy import Direction, LeftOut, Policy

__all__ = ["amended", "rows_side"]


def amended(
    compiled: Compiled, add: Sequence[Policy], remove: Collection[int], left_out: tuple[LeftOut, ...]
) -> Compiled:
    """Return the compiled form with the policies `add`, and without those of the numbers `remove`.

    Parameters
    ----------
    left_out : tuple of LeftOut
        The policies that are left out then.
    """
    if not (compiled.resolver.places.are_final_with(add) and compiled.population.is_final_with(add)):
        gone = compiled.removed.union(remove)
        left = tuple(
            policy
            for number, policy in enumerate(compiled.policies)
            if number not in gone and not is_network(policy)  # those are made anew
        )
        return compile_objects(
            replace(compiled.objects, policies=(*left, *add), left_out=left_out), compiled.semantics, no_progress
        )
    resolver = compiled.resolver.forked(add)
    first = len(compiled.policies)
    resolved = [resolver.resolve(first + place, policy) for place, policy in enumerate(add)]
    policies = compiled.policies.with_more(add)
    subjects = compiled.subjects.with_more(found.subject for found in resolved)
    added = {direction: [c for found in resolved for c in found.clauses[direction]] for direction in Direction}
    clauses = {direction: known.with_more(added[direction]) for direction, known in compiled.clauses.items()}
    changed = [*remove, *range(first, len(subjects))]
    selected = _union(resolver.sets[subjects[number]] for number in changed)
    rows = _amended_rows(compiled, clauses, subjects, resolver.sets, selected, remove)
    sides: dict[Direction, Side | PatchedSide] = {}
    zones: dict[Direction, Zones] = {}
    for direction, found in clauses.items():
        side, known_zones = compiled.sides[direction], compiled.zones[direction]
        if resolver.externals[direction] is not compiled.externals[direction]:
            origin = _origin_of_columns(compiled, resolver, direction)
            side, known_zones = side.with_columns(origin), known_zones.with_columns(origin)
        zones[direction] = known_zones.refined(added[direction], resolver.sets)
        if zones[direction] is not known_zones:
            side = side.with_zones(zones[direction].partition)
        heard = (number for number in changed if _is_about(policies[number], direction))
        affected = _union(resolver.sets[subjects[number]] for number in heard)
        selecting = [rows.clauses_of(direction, row) for row in affected.tolist()]
        isolated = [
            any(direction in policies[number].isolates for number in rows.policies_of(row)) for row in affected.tolist()
        ]
        replacement = rows_side(found, selecting, isolated, zones[direction], resolver)
        sides[direction] = PatchedSide(side, affected, replacement)
    removed = compiled.removed.union(remove)
    numbers = dict(compiled.numbers)
    for number in remove:
        del numbers[compiled.policies[number].ref]
    numbers.update((policy.ref, first + place) for place, policy in enumerate(add))
    kept = [entry for entry in compiled.problems if entry[0] not in removed]
    brought = [
        (first + place, problem)
        for place, found in enumerate(resolved)
        for problem in (*found.problems, *compiled.population.problems_of(add[place]))
    ]
    return Compiled(
        objects=replace(compiled.objects, left_out=left_out),
        semantics=compiled.semantics,
        population=compiled.population,
        policies=policies,
        removed=removed,
        classes=compiled.classes,
        resolver=resolver,
        clauses=clauses,
        subjects=subjects,
        made_sides=sides,
        zones=zones,
        problems=(*kept, *brought),
        targets=compiled.targets,
        target_problems=compiled.target_problems,
        known_rows=rows,
        known_numbers=numbers,
    )


def _union(sets: Iterable[Indices]) -> Indices:
    """Return the numbers that are in any of `sets`, sorted."""
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *sets]))


def _is_about(policy: Policy, direction: Direction) -> bool:
    """Tell whether a policy says anything about a direction."""
    return direction in policy.isolates or any(rule.direction is direction for rule in policy.rules)


def _amended_rows(
    compiled: Compiled,
    clauses: Mapping[Direction, Sequence[Clause]],
    subjects: Sequence[int],
    sets: Sequence[Indices],
    affected: Indices,
    remove: Collection[int],
) -> RowIndex:
    """Return the index of rows with those of `affected` made anew."""
    gone = frozenset(remove)
    new_policies: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(len(compiled.subjects), len(subjects)):
        for row in sets[subjects[number]].tolist():
            new_policies[row].append(number)
    changes: dict[Direction, dict[int, tuple[int, ...]]] = {}
    for direction, found in clauses.items():
        new_clauses: defaultdict[int, list[int]] = defaultdict(list)
        for number in range(len(compiled.clauses[direction]), len(found)):
            for row in sets[found[number].rows].tolist():
                new_clauses[row].append(number)
        changes[direction] = {
            row: (
                *(n for n in compiled.rows.clauses_of(direction, row) if found[n].policy not in gone),
                *new_clauses[row],
            )
            for row in affected.tolist()
        }
    policies = {
        row: (*(n for n in compiled.rows.policies_of(row) if n not in gone), *new_policies[row])
        for row in affected.tolist()
    }
    return compiled.rows.with_changes(changes, policies)


def _origin_of_columns(compiled: Compiled, resolver: Resolver, direction: Direction) -> Indices:
    """Return, for each column after new address blocks have cut the atoms finer, which column it was part of."""
    before, after = compiled.externals[direction], resolver.externals[direction]
    parent = np.empty(after.count, dtype=np.int64)
    for found, atom in zip(after.ranges, after.atom_of_range.tolist(), strict=True):
        parent[atom] = before.atom_of(found)
    classes = len(compiled.classes)
    origin: Indices = np.r_[np.arange(classes), classes + parent]
    return origin


def rows_side(
    clauses: Sequence[Clause],
    selecting: Sequence[Sequence[int]],
    isolated: Sequence[bool],
    zones: Zones,
    resolver: Resolver,
) -> Side:
    """Return the side of a few rows, of which each is selected by the clauses of the numbers `selecting`."""
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, numbers in enumerate(selecting):
        for number in numbers:
            rows[number].append(row)
    return build_side(
        [clauses[number] for number in rows],
        [np.array(found, dtype=np.int64) for found in rows.values()],
        resolver.sets,
        np.array(isolated, dtype=np.bool_),
        zones,
        resolver.masks,
    )
