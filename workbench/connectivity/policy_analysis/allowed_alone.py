"""What a NetworkPolicy or one of its rules allows and nothing beside it does: found without trying the rest.

Most policies of a large cluster allow something that no other does. To see that, a few ends are enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from workbench.connectivity.engine import NONE, Clause, Engine, Indices
from workbench.policy import Direction, Tier

__all__ = ["Alone", "allowed_alone"]

_ROWS: Final = 2
_COLUMNS: Final = 64
_SHOWN: Final = 8
"""So many ends are looked at."""


class Alone(NamedTuple):
    """A class and an end that only one policy or rule allows some ports.

    Attributes
    ----------
    direction : Direction
    row, column : int
    mask : int
        Ports that it allows alone.
    """

    direction: Direction
    row: int
    column: int
    mask: int


def allowed_alone(engine: Engine, policy: int, rule: int | None) -> Iterator[Alone]:
    """Yield a few ends that a NetworkPolicy, or one of its rules, allows and no other rule does.

    Parameters
    ----------
    engine : Engine
    policy : int
        Number of the policy.
    rule : int or None
        Index within ``policy.rules``; None for the whole policy.
    """
    if engine.policies[policy].tier is not Tier.NETWORK_POLICY:
        return
    rows = engine.subject(policy)[:_ROWS].tolist()
    for direction in Direction:
        clauses = engine.clauses[direction]
        for row in rows:
            found = [clauses[number] for number in engine.rows.clauses_of(direction, row)]
            own = [one for one in found if one.policy == policy and rule in {None, one.rule}]
            if own and _only_denied_otherwise(engine, policy, rule, direction, row, found):
                others = [one for one in found if not (one.policy == policy and rule in {None, one.rule})]
                for clause in own:
                    for column in _left(engine, clause, others).tolist():
                        yield Alone(direction, row, column, clause.mask)


def _only_denied_otherwise(
    engine: Engine, policy: int, rule: int | None, direction: Direction, row: int, found: list[Clause]
) -> bool:
    """Tell whether what no other NetworkPolicy allows a class is denied without what is taken away."""
    if any(one.tier is not Tier.NETWORK_POLICY for one in found):
        return False
    isolating = (n for n in engine.rows.policies_of(row) if direction in engine.policies[n].isolates)
    return any(rule is not None or number != policy for number in isolating)


def _left(engine: Engine, clause: Clause, others: list[Clause]) -> Indices:
    """Return some of the ends of a clause that no other one has."""
    if clause.mask == NONE:
        return np.empty(0, dtype=np.int64)
    left = engine.sets[clause.columns][:_COLUMNS]
    for other in others:
        there = engine.sets[other.columns]
        place = np.searchsorted(there, left)
        held = place < len(there)
        held[held] = there[place[held]] == left[held]
        left = left[~held]
        if not len(left):
            break
    return left[:_SHOWN]
