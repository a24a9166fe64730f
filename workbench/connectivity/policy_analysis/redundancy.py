"""Which other policies and rules do the same: why one can be spared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from workbench.connectivity.engine import Clause, Engine, Indices
from workbench.connectivity.policy_analysis.removal import Removal
from workbench.connectivity.policy_analysis.shadowing import RuleKey
from workbench.policy import Direction

__all__ = ["covering"]


def covering(engine: Engine, removal: Removal) -> list[RuleKey | int]:
    """Return the rules that overlap with what is taken away, and the policies that isolate the same pods.

    Rules come as keys and policies as numbers, in the order of policies; NetworkPolicies that isolate are
    listed for a whole policy only.
    """
    rules = {key for direction in Direction for key in _overlapping(engine, direction, removal)}
    policies: set[int] = set()
    if removal.rule is None:
        isolates = engine.policies[removal.policy].isolates
        for row in engine.subject(removal.policy).tolist():
            others = (n for n in engine.rows.policies_of(row) if n != removal.policy)
            policies.update(n for n in others if engine.policies[n].isolates & isolates)
    policies.difference_update(policy for policy, _ in rules)
    return [*sorted(rules), *sorted(policies)]


def _overlapping(engine: Engine, direction: Direction, removal: Removal) -> Iterator[RuleKey]:
    """Yield the rules that match some of what the rules taken away match."""
    clauses = engine.clauses[direction]
    rows = engine.subject(removal.policy).tolist()
    candidates = [clauses[n] for n in sorted({n for row in rows for n in engine.rows.clauses_of(direction, row)})]
    own = [clause for clause in candidates if removal.covers(clause)]
    for other in candidates:
        if not removal.covers(other) and any(_meet(engine, clause, other) for clause in own):
            yield other.policy, other.rule


def _meet(engine: Engine, one: Clause, other: Clause) -> bool:
    if not engine.masks.ports(one.mask) & engine.masks.ports(other.mask):
        return False
    sets = engine.sets
    return _share(sets[one.rows], sets[other.rows]) and _share(sets[one.columns], sets[other.columns])


def _share(left: Indices, right: Indices) -> bool:
    return bool(np.isin(left, right, assume_unique=True).any())
