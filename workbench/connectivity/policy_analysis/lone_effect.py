"""Is something allowed by one rule alone: then it is needed, and nothing has to be evaluated without it.

Of most rules this is so, and asking takes a fraction of what evaluating without the rule does. A no says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from workbench.connectivity.engine import NONE, Engine, Indices
from workbench.policy import Direction, Tier

if TYPE_CHECKING:
    from workbench.connectivity.policy_analysis.removal import Removal

__all__ = ["LoneEffect"]

_ROWS: Final = 4
"""So many of the classes that a policy selects are looked at."""
_COLUMNS: Final = 64
"""So many of the other ends."""


class LoneEffect:
    """Says of rules and policies whether they surely have an effect.

    Parameters
    ----------
    engine : Engine
    are_ends : callable
        Tells of two classes, the source first, whether there is an answer about them.
    is_listed : callable
        Tells of an atom of addresses, by its direction, whether the map lists it.
    """

    def __init__(
        self,
        engine: Engine,
        are_ends: Callable[[int, int], bool],
        is_listed: Callable[[Direction, int], bool],
    ) -> None:
        self._engine, self._are_ends, self._is_listed = engine, are_ends, is_listed

    def shows(self, removal: Removal) -> bool:
        """Tell whether some connection is surely another one after a removal.

        Parameters
        ----------
        removal : Removal
        """
        policy = self._engine.policies[removal.policy]
        if policy.tier is not Tier.NETWORK_POLICY:
            return False
        rule = None if removal.rule is None else policy.rules[removal.rule].direction
        directions = [one for one in policy.isolates if rule in {None, one}]
        rows = self._engine.subject(removal.policy)[:_ROWS].tolist()
        return any(self._changes(direction, row, removal) for direction in directions for row in rows)

    def _changes(self, direction: Direction, row: int, removal: Removal) -> bool:
        engine = self._engine
        clauses = [engine.clauses[direction][n] for n in engine.rows.clauses_of(direction, row)]
        if any(one.tier is not Tier.NETWORK_POLICY for one in clauses):
            return False
        isolating = [n for n in engine.rows.policies_of(row) if direction in engine.policies[n].isolates]
        matrix = engine.matrices[direction]
        if removal.rule is None and isolating == [removal.policy]:  # all is allowed then
            before = matrix.chosen_rows(np.array([row], dtype=np.int64))[0]
            return self._is_seen(direction, row, np.flatnonzero(before == NONE)[:_COLUMNS], closed=True)
        others = [one.columns for one in clauses if not removal.covers(one)]
        own = (self._left(one.columns, others) for one in clauses if removal.covers(one))
        return any(self._is_seen(direction, row, left, closed=False) for left in own if len(left))

    def _left(self, columns: int, others: list[int]) -> Indices:
        """Return some of a set of ends that none of the other sets has."""
        left = self._engine.sets[columns][:_COLUMNS]
        for other in others:
            there = self._engine.sets[other]
            if len(there):
                place = there.searchsorted(left)
                left = left[there.take(place, mode="clip") != left]
            if not len(left):
                break
        return left

    def _is_seen(self, direction: Direction, row: int, columns: Indices, *, closed: bool) -> bool:
        """Tell whether one of some cells, which are all closed or become so, decides about an answer."""
        engine, count = self._engine, len(self._engine.classes)
        rows = np.full(len(columns), row, dtype=np.int64)
        own = engine.matrices[direction].masks(rows, columns)
        open_ = np.ones(len(columns), dtype=np.bool_) if closed else own != NONE
        if any(self._is_listed(direction, atom) for atom in (columns[open_ & (columns >= count)] - count).tolist()):
            return True
        pods = np.flatnonzero(open_ & (columns < count) & (columns != engine.classes.controller))
        if not len(pods):
            return False
        other = Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS
        sent = engine.matrices[other].masks(columns[pods], rows[pods])
        passing = sent if closed else engine.masks.intersect(own[pods], sent)
        ends = (
            (int(one), row) if direction is Direction.INGRESS else (row, int(one))
            for one in columns[pods[passing != NONE]]
        )
        return any(self._are_ends(*pair) for pair in ends)
