"""Which rules ever decide anything, and which others decide before them all that they match.

In the admin and baseline tiers the first rule to match wins; what admin rules allow or deny never gets
to NetworkPolicies; a baseline rule is evaluated only where no NetworkPolicy isolates (semantics 14).
NetworkPolicies have no order among themselves: none of their rules can hide another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import Clause, Engine
from workbench.policy import Action, Direction, Tier

__all__ = ["RuleKey", "Shadow", "shadowed_rules"]

RuleKey: TypeAlias = tuple[int, int]
"""Number of a policy, and index of the rule within ``policy.rules``."""

Words: TypeAlias = npt.NDArray[np.uint64]
"""Port masks as bits."""


class Shadow(NamedTuple):
    """Why a rule is never evaluated.

    Attributes
    ----------
    claimers : tuple of RuleKey
        The admin and baseline rules that claim what it matches.
    isolating : tuple of int
        The numbers of the NetworkPolicies that isolate its subjects, for a baseline rule.
    """

    claimers: tuple[RuleKey, ...]
    isolating: tuple[int, ...]


def shadowed_rules(engine: Engine) -> dict[RuleKey, Shadow]:
    """Return the rules that match something and never decide anything, in the order of policies and rules."""
    found: dict[RuleKey, Shadow] = {}
    for direction, clauses in engine.clauses.items():
        if any(clause.tier is not Tier.NETWORK_POLICY for clause in clauses):
            found |= _Direction(engine, direction).shadowed()
    return dict(sorted(found.items()))


@dataclass(slots=True)
class _Rows:
    """What else selects the rows that one choice of admin and baseline rules selects.

    Attributes
    ----------
    of_policies : set of int
        Numbers of the NetworkPolicy clauses that select some of the rows.
    isolating : set of int
        Numbers of the NetworkPolicies that isolate some of the rows.
    open : bool
        Whether some of the rows are isolated by none.
    """

    of_policies: set[int] = field(default_factory=set)
    isolating: set[int] = field(default_factory=set)
    open: bool = False


class _Direction:
    """The rules of one direction, evaluated once for each choice of admin and baseline rules that selects a row."""

    def __init__(self, engine: Engine, direction: Direction) -> None:
        self._engine = engine
        self._clauses = engine.clauses[direction]
        self._column_groups = engine.column_groups[direction].partition
        self._matching: set[RuleKey] = set()
        self._deciding: set[RuleKey] = set()
        self._claimers: defaultdict[RuleKey, set[RuleKey]] = defaultdict(set)
        self._isolating: defaultdict[RuleKey, set[int]] = defaultdict(set)
        for of_tiers, rows in self._rows(direction).items():
            self._evaluate(of_tiers, rows)

    def shadowed(self) -> dict[RuleKey, Shadow]:
        """Return the rules that match and are never evaluated."""
        undecided = self._matching - self._deciding
        return {
            key: Shadow(tuple(sorted(self._claimers[key])), tuple(sorted(self._isolating[key]))) for key in undecided
        }

    def _rows(self, direction: Direction) -> Mapping[tuple[int, ...], _Rows]:
        engine = self._engine
        found: defaultdict[tuple[int, ...], _Rows] = defaultdict(_Rows)
        for row in range(len(engine.classes)):
            numbers = engine.rows.clauses_of(direction, row)
            of_tiers = [n for n in numbers if self._clauses[n].tier is not Tier.NETWORK_POLICY]
            if of_tiers:
                rows = found[tuple(of_tiers)]
                rows.of_policies.update(set(numbers).difference(of_tiers))
                isolating = [n for n in engine.rows.policies_of(row) if direction in engine.policies[n].isolates]
                rows.isolating.update(isolating)
                rows.open |= not isolating
        return found

    def _evaluate(self, of_tiers: Sequence[int], rows: _Rows) -> None:
        """Evaluate the rules of all tiers as for the first of some rows."""
        masks = self._engine.masks
        full = masks.all_words
        left = {tier: np.tile(full, (len(self._column_groups), 1)) for tier in Tier}
        claims: list[tuple[Clause, Words]] = []
        clauses = sorted((self._clauses[n] for n in of_tiers), key=lambda clause: (clause.tier, clause.order))
        baseline = [clause for clause in clauses if clause.tier is Tier.BASELINE]
        for clause in clauses[: len(clauses) - len(baseline)]:
            claimed = self._claim(clause, left[Tier.ADMIN], claims)
            if clause.action is not Action.PASS:
                left[Tier.NETWORK_POLICY] &= ~claimed
        left[Tier.BASELINE] &= left[Tier.NETWORK_POLICY]
        deciding = [claim for claim in claims if claim[0].action is not Action.PASS]
        for number in rows.of_policies:
            self._claim(self._clauses[number], left[Tier.NETWORK_POLICY].copy(), list(deciding))
        for clause in baseline:
            if rows.isolating:
                self._matching.add((clause.policy, clause.rule))
                self._isolating[clause.policy, clause.rule] |= rows.isolating
            if rows.open:
                self._claim(clause, left[Tier.BASELINE], deciding)

    def _claim(self, clause: Clause, left: Words, claims: list[tuple[Clause, Words]]) -> Words:
        """Let `clause` take what it matches of what is `left`, and note which clauses took the rest before.

        Returns
        -------
        Words, shape (column groups, words per mask)
            What it took.
        """
        wanted: Words = np.zeros_like(left)
        wanted[self._column_groups.cells(self._engine.sets[clause.columns])] = self._engine.masks.words(
            np.array(clause.mask)
        )
        if not wanted.any():
            return wanted
        key = clause.policy, clause.rule
        claimed = wanted & left
        self._matching.add(key)
        if claimed.any():
            self._deciding.add(key)
        elif key not in self._deciding:
            self._claimers[key].update((c.policy, c.rule) for c, taken in claims if (taken & wanted).any())
        left &= ~claimed
        claims.append((clause, claimed))
        return claimed
