"""Which rules and which policies select a class: the way from a pod to what decides about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.tier_table import Clause
from workbench.policy import Direction

__all__ = ["RowIndex"]


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """A list of numbers for each row; `changed` lists take the place of the others."""

    starts: Indices
    numbers: Indices
    changed: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, members: Sequence[Indices], rows: int) -> _Lists:
        """Return, for each row, the numbers of those of `members` that hold it, ascending."""
        row_of = np.concatenate([np.empty(0, dtype=np.int64), *members])
        number_of = np.repeat(np.arange(len(members)), [len(found) for found in members])
        order = np.argsort(row_of, kind="stable")
        return cls(row_of[order].searchsorted(np.arange(rows + 1)), number_of[order], {})

    def of_row(self, row: int) -> Sequence[int]:
        """Return the numbers of one row, ascending."""
        changed = self.changed.get(row)
        if changed is not None:
            return changed
        found: list[int] = self.numbers[self.starts[row] : self.starts[row + 1]].tolist()
        return found

    def with_changes(self, changes: Mapping[int, tuple[int, ...]]) -> _Lists:
        """Return the same lists but for those of some rows."""
        return replace(self, changed={**self.changed, **changes})


@dataclass(frozen=True, slots=True, eq=False)
class RowIndex:
    """For each class, the clauses of each direction and the policies that select it."""

    clauses: Mapping[Direction, _Lists]
    policies: _Lists

    @classmethod
    def of(
        cls,
        clauses: Mapping[Direction, Sequence[Clause]],
        subjects: Sequence[int],
        sets: Sequence[Indices],
        rows: int,
    ) -> RowIndex:
        """Return the index of all clauses, and of all policies by the sets of their subjects."""
        return cls(
            {d: _Lists.of([sets[clause.rows] for clause in found], rows) for d, found in clauses.items()},
            _Lists.of([sets[subject] for subject in subjects], rows),
        )

    def clauses_of(self, direction: Direction, row: int) -> Sequence[int]:
        """Return the numbers of the clauses of `direction` that select a class."""
        return self.clauses[direction].of_row(row)

    def policies_of(self, row: int) -> Sequence[int]:
        """Return the numbers of the policies that select a class."""
        return self.policies.of_row(row)

    def with_changes(
        self,
        clauses: Mapping[Direction, Mapping[int, tuple[int, ...]]],
        policies: Mapping[int, tuple[int, ...]],
    ) -> RowIndex:
        """Return the same index but for some rows."""
        return RowIndex(
            {d: lists.with_changes(clauses.get(d, {})) for d, lists in self.clauses.items()},
            self.policies.with_changes(policies),
        )
