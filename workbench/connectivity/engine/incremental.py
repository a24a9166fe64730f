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
from workbench.connectivity.engine.compile import Engine, compile_engine
from workbench.connectivity.engine.patched_rows import PatchedSide
from workbench.connectivity.engine.permission_matrix import Side, Zones, build_side
from workbench.connectivity.engine.primary_networks import is_network
from workbench.connectivity.engine.resolve import Resolver
from workbench.connectivity.engine.rows import RowIndex
from workbench.connectivity.engine.tier_table import Clause
from workbench.ground import no_progress
from workbench.policy import Direction, LeftOut, Policy

__all__ = ["rows_side", "with_policies"]


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
    if not (engine.resolver.places.are_final_with(add) and engine.population.is_final_with(add)):
        gone = engine.removed.union(remove)
        left = tuple(
            policy
            for number, policy in enumerate(engine.policies)
            if number not in gone and not is_network(policy)  # those are made anew
        )
        objects = replace(engine.objects, policies=(*left, *add), left_out=left_out)
        return compile_engine(objects, engine.semantics, no_progress, families=families)
    resolver = engine.resolver.forked(add)
    first = len(engine.policies)
    resolved = [resolver.resolve(first + place, policy) for place, policy in enumerate(add)]
    policies = engine.policies.with_more(add)
    subjects = engine.subjects.with_more(found.subject for found in resolved)
    added = {direction: [c for found in resolved for c in found.clauses[direction]] for direction in Direction}
    clauses = {direction: known.with_more(added[direction]) for direction, known in engine.clauses.items()}
    changed = [*remove, *range(first, len(subjects))]
    selected = _union(resolver.sets[subjects[number]] for number in changed)
    rows = _changed_rows(engine, clauses, subjects, resolver.sets, selected, remove)
    sides: dict[Direction, Side | PatchedSide] = {}
    zones: dict[Direction, Zones] = {}
    for direction, found in clauses.items():
        side, known_zones = engine.sides[direction], engine.zones[direction]
        if resolver.externals[direction] is not engine.externals[direction]:
            origin = _origin_of_columns(engine, resolver, direction)
            side, known_zones = side.with_columns(origin), known_zones.with_columns(origin)
        zones[direction] = known_zones.refined(added[direction], resolver.sets)
        if zones[direction] is not known_zones:
            side = side.with_zones(zones[direction].partition)
        evaluated = (number for number in changed if _is_about(policies[number], direction))
        affected = _union(resolver.sets[subjects[number]] for number in evaluated)
        selecting = [rows.clauses_of(direction, row) for row in affected.tolist()]
        isolated = [
            any(direction in policies[number].isolates for number in rows.policies_of(row)) for row in affected.tolist()
        ]
        replacement = rows_side(found, selecting, isolated, zones[direction], resolver)
        sides[direction] = PatchedSide(side, affected, replacement)
    removed = engine.removed.union(remove)
    numbers = dict(engine.numbers)
    for number in remove:
        del numbers[engine.policies[number].ref]
    numbers.update((policy.ref, first + place) for place, policy in enumerate(add))
    kept = [entry for entry in engine.problems if entry[0] not in removed]
    brought = [
        (first + place, problem)
        for place, found in enumerate(resolved)
        for problem in (*found.problems, *engine.population.problems_of(add[place]))
    ]
    return Engine(
        objects=replace(engine.objects, left_out=left_out),
        semantics=engine.semantics,
        population=engine.population,
        policies=policies,
        removed=removed,
        classes=engine.classes,
        resolver=resolver,
        clauses=clauses,
        subjects=subjects,
        made_sides=sides,
        zones=zones,
        problems=(*kept, *brought),
        targets=engine.targets,
        target_problems=engine.target_problems,
        families=families,
        # No policy can split or join workload peers that are each of one class.
        known_workloads=None if engine.workloads.alike else engine.workloads,
        known_rows=rows,
        known_numbers=numbers,
    )


def _union(sets: Iterable[Indices]) -> Indices:
    """Return the numbers that are in any of `sets`, sorted."""
    return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *sets]))


def _is_about(policy: Policy, direction: Direction) -> bool:
    """Tell whether a policy says anything about a direction."""
    return direction in policy.isolates or any(rule.direction is direction for rule in policy.rules)


def _changed_rows(
    engine: Engine,
    clauses: Mapping[Direction, Sequence[Clause]],
    subjects: Sequence[int],
    sets: Sequence[Indices],
    affected: Indices,
    remove: Collection[int],
) -> RowIndex:
    """Return the index of rows with those of `affected` made anew."""
    gone = frozenset(remove)
    new_policies: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(len(engine.subjects), len(subjects)):
        for row in sets[subjects[number]].tolist():
            new_policies[row].append(number)
    changes: dict[Direction, dict[int, tuple[int, ...]]] = {}
    for direction, found in clauses.items():
        new_clauses: defaultdict[int, list[int]] = defaultdict(list)
        for number in range(len(engine.clauses[direction]), len(found)):
            for row in sets[found[number].rows].tolist():
                new_clauses[row].append(number)
        changes[direction] = {
            row: (
                *(n for n in engine.rows.clauses_of(direction, row) if found[n].policy not in gone),
                *new_clauses[row],
            )
            for row in affected.tolist()
        }
    policies = {
        row: (*(n for n in engine.rows.policies_of(row) if n not in gone), *new_policies[row])
        for row in affected.tolist()
    }
    return engine.rows.with_changes(changes, policies)


def _origin_of_columns(engine: Engine, resolver: Resolver, direction: Direction) -> Indices:
    """Return, for each column after new address blocks have cut the atoms finer, which column it was part of."""
    before, after = engine.externals[direction], resolver.externals[direction]
    parent = np.empty(after.count, dtype=np.int64)
    for found, atom in zip(after.ranges, after.atom_of_range.tolist(), strict=True):
        parent[atom] = before.atom_of(found)
    classes = len(engine.classes)
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
