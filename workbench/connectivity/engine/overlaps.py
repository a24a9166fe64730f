"""Which admin policies of one priority contradict each other: the order in which they count is undefined.

Two policies of one tier and one priority contradict each other if there is a connection of which both
have a first rule to match, with different actions, and which no policy of a lower priority number decides
before them (semantics 14, 16).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Final, NamedTuple

import numpy as np

from workbench.connectivity.engine.classes import Classes, Indices
from workbench.connectivity.engine.externals import Externals
from workbench.connectivity.engine.masks import PortMasks, Words
from workbench.connectivity.engine.partition import Partition
from workbench.connectivity.engine.tier_table import Clause
from workbench.ground import PortSet, Problem, Severity
from workbench.manifests import field_line, field_path
from workbench.policy import Action, Direction, Policy, Rule, Tier

__all__ = ["Contradiction", "Overlaps", "contradiction_problems"]

_MOST: Final = 100
"""Pairs of policies that are reported."""


class Contradiction(NamedTuple):
    """A connection that two policies decide differently: its ends as text, its ports, and a rule of each."""

    policies: tuple[Policy, Policy]
    src: str
    dst: str
    ports: PortSet
    rules: tuple[Rule, Rule]


class Overlaps:
    """Finds pairs of admin policies whose rules overlap with different actions.

    Parameters
    ----------
    there : sequence of int
        Numbers of the policies to look at.
    policies : sequence of Policy
    clauses : mapping of Direction to sequence of Clause
    sets : sequence of ndarray of int64
        The index sets that clauses refer to.
    masks : PortMasks
    classes : Classes
    externals : mapping of Direction to Externals
    siblings : bool
        Whether the pods of one workload among themselves are answers.
    """

    def __init__(  # noqa: PLR0913, PLR0917  (what a compiler has made so far)
        self,
        there: Sequence[int],
        policies: Sequence[Policy],
        clauses: Mapping[Direction, Sequence[Clause]],
        sets: Sequence[Indices],
        masks: PortMasks,
        classes: Classes,
        externals: Mapping[Direction, Externals],
        *,
        siblings: bool,
    ) -> None:
        self._policies, self._sets, self._masks = policies, sets, masks
        self._classes, self._externals, self._siblings = classes, externals, siblings
        self._groups = _groups(there, policies)
        present = frozenset(there)
        # The rules of each policy of the admin and baseline tiers, in the order in which they are evaluated.
        self._clauses: dict[Direction, defaultdict[int, list[Clause]]] = {}
        for direction in Direction if self._groups else ():
            self._clauses[direction] = defaultdict(list)
            for clause in sorted(clauses[direction], key=lambda clause: clause.order):
                if clause.tier is not Tier.NETWORK_POLICY and clause.policy in present:
                    self._clauses[direction][clause.policy].append(clause)

    def contradictions(self) -> Iterator[Contradiction]:
        """Yield a connection for each such pair; for the first of them, if there are very many."""
        found = 0
        for left, right in (pair for group in self._groups for pair in combinations(group, 2)):
            witness = self._witness(left, right, Direction.INGRESS) or self._witness(left, right, Direction.EGRESS)
            if witness is not None:
                found += 1
                yield witness
            if found == _MOST:
                return

    def _witness(self, left: int, right: int, direction: Direction) -> Contradiction | None:
        """Return a connection that two policies decide differently; None where there is none."""
        pair = self._clauses[direction][left], self._clauses[direction][right]
        if not any(self._may_meet(one, other) for one, other in product(*pair)):
            return None
        policy = self._policies[left]
        earlier = [
            clause
            for number, clauses in self._clauses[direction].items()
            if self._policies[number].tier is policy.tier and self._policies[number].priority < policy.priority
            for clause in clauses
        ]
        ends = len(self._classes) + self._externals[direction].count
        grid = _Grid((*earlier, *pair[0], *pair[1]), self._sets, self._masks, len(self._classes), ends)
        free = grid.left_by(earlier)
        claims = grid.claims(pair[0]), grid.claims(pair[1])
        for one, other in permutations(Action, 2):
            disputed = claims[0][one] & claims[1][other] & free
            for row_cell, column_cell in np.argwhere(disputed.any(axis=2)).tolist():
                found = self._ends(*grid.members(row_cell, column_cell), direction)
                if found is not None:
                    row, column, names = found
                    ports = self._masks.ports(int(self._masks.intern(disputed[row_cell, column_cell][None])[0]))
                    rules = self._first(pair[0], row, column, ports), self._first(pair[1], row, column, ports)
                    return Contradiction((policy, self._policies[right]), *names, ports, rules)
        return None

    def _may_meet(self, one: Clause, other: Clause) -> bool:
        return (
            one.action is not other.action
            and bool(self._masks.ports(one.mask) & self._masks.ports(other.mask))
            and _share(self._sets[one.rows], self._sets[other.rows])
            and _share(self._sets[one.columns], self._sets[other.columns])
        )

    def _ends(self, rows: Indices, columns: Indices, direction: Direction) -> tuple[int, int, tuple[str, str]] | None:
        """Return a class and an end, with their names as source and destination; two workloads if there are.

        None where the only connection is that of a workload without siblings with itself.
        """
        itself: tuple[int, int, tuple[str, str]] | None = None
        for row, column in product(rows[:2].tolist(), columns[:2].tolist()):
            members = self._classes.members[row]
            if column >= len(self._classes):
                atom = column - len(self._classes)
                externals = self._externals[direction]
                other = str(externals.ranges[int(np.argmax(externals.atom_of_range == atom))])
            elif column != row:
                other = self._classes.members[column][0].workload.peer
            else:
                other = members[-1].workload.peer
            subject = members[0].workload.peer
            if other != subject:
                return row, column, ((other, subject) if direction is Direction.INGRESS else (subject, other))
            if (
                self._siblings
                and members[0].workload.has_siblings
                and (row != column or not self._classes.pod_name(row))
            ):
                itself = itself or (row, column, (subject, subject))
        return itself

    def _first(self, clauses: Sequence[Clause], row: int, column: int, ports: PortSet) -> Rule:
        """Return the first rule that matches the first of `ports` between a class and an end."""
        first = ports.axis[0][0]
        port = PortSet(((first, first),))
        clause = next(
            clause
            for clause in clauses
            if row in self._sets[clause.rows]
            and column in self._sets[clause.columns]
            and self._masks.ports(clause.mask) & port
        )
        return self._policies[clause.policy].rules[clause.rule]


class _Grid:
    """The cells that some clauses tell apart: rows by columns by ports.

    Parameters
    ----------
    clauses : iterable of Clause
    sets : sequence of ndarray of int64
    masks : PortMasks
    rows, columns : int
        Numbers of rows and columns of the whole matrix.
    """

    def __init__(
        self, clauses: Iterable[Clause], sets: Sequence[Indices], masks: PortMasks, rows: int, columns: int
    ) -> None:
        self._sets, self._masks = sets, masks
        self._rows, self._columns = Partition(rows), Partition(columns)
        for clause in clauses:
            self._rows.refine(sets[clause.rows])
            self._columns.refine(sets[clause.columns])

    def left_by(self, clauses: Iterable[Clause]) -> Words:
        """Return what no clause claims, shape (row cells, column cells, words per mask)."""
        left: Words = np.empty((len(self._rows), len(self._columns), self._masks.words_per_mask), dtype=np.uint64)
        left[:] = self._masks.all_words
        for clause in clauses:
            left[self._cells(clause)] &= ~self._masks.words(np.array(clause.mask))
        return left

    def claims(self, clauses: Iterable[Clause]) -> dict[Action, Words]:
        """Return what the first clause to match does, for each action; shapes as in `left_by`."""
        left = self.left_by(())
        found: dict[Action, Words] = {action: np.zeros_like(left) for action in Action}
        for clause in clauses:
            cells = self._cells(clause)
            claimed = left[cells] & self._masks.words(np.array(clause.mask))
            left[cells] &= ~claimed
            found[clause.action][cells] |= claimed
        return found

    def members(self, row_cell: int, column_cell: int) -> tuple[Indices, Indices]:
        """Return the rows and the columns of a cell."""
        return np.flatnonzero(self._rows.cell_of == row_cell), np.flatnonzero(self._columns.cell_of == column_cell)

    def _cells(self, clause: Clause) -> tuple[Indices, ...]:
        return np.ix_(self._rows.cells(self._sets[clause.rows]), self._columns.cells(self._sets[clause.columns]))


def _groups(there: Iterable[int], policies: Sequence[Policy]) -> list[list[int]]:
    """Return the policies of each tier that share a priority, where they are several; each group by name."""
    groups: defaultdict[tuple[Tier, int], list[int]] = defaultdict(list)
    ordered = (number for number in there if policies[number].tier is not Tier.NETWORK_POLICY)
    for number in sorted(ordered, key=lambda number: (policies[number].name, number)):
        groups[policies[number].tier, policies[number].priority].append(number)
    return [numbers for numbers in groups.values() if len(numbers) > 1]


def _share(left: Indices, right: Indices) -> bool:
    return left is right or bool(np.isin(left, right, assume_unique=True).any())


def contradiction_problems(contradictions: Iterable[Contradiction]) -> Iterator[Problem]:
    """Yield a Problem for each contradiction."""
    for number, found in enumerate(contradictions, start=1):
        yield _problem(found, last=number == _MOST)


def _problem(witness: Contradiction, *, last: bool) -> Problem:
    policy, other = witness.policies
    mine, theirs = witness.rules
    tier = policy.tier.name.lower()
    more = f"; no more than {_MOST} such pairs are looked for" if last else ""
    path = theirs.path
    return Problem(
        Severity.WARNING,
        "equal-priority-overlap",
        f"{policy.ref} has the same priority {policy.priority} in the {tier} tier, and contradicts it: for instance,"
        f" {witness.src} => {witness.dst} : {witness.ports} is {mine.action} there, by"
        f" {field_path(mine.path)}, and {theirs.action} here."
        f" Which of them counts is undefined (here it is {policy.name}, by its name){more}",
        "Give them different priorities, or make their rules distinct.",
        other.source.file,
        field_line(other.source, path),
        other.ref,
        field_path(path),
    )
