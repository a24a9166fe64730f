"""What do policies allow by name: a map as a specification of what must, or must not, be allowed.

A connection is specified if some rule of a NetworkPolicy or of the admin tier allows it at one of its
ends, and the other end does not deny it. What is allowed only because nobody forbids it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from workbench.connectivity.difference.compare import Compared, Comparison, Differences
from workbench.connectivity.engine.compile import Compiled
from workbench.connectivity.engine.peers import INGRESS_CONTROLLER
from workbench.connectivity.engine.permission_matrix import Side, build_side
from workbench.ground import EXTERNAL
from workbench.policy import Direction

__all__ = ["Specified", "specified"]


class Specified(NamedTuple):
    """What the egress or the ingress rules of a specification allow, and what another map allows there.

    Attributes
    ----------
    comparison : Comparison
        Of the specification, with nothing in that direction that is not allowed by name, and the other map.
    connections : Differences
    """

    comparison: Comparison
    connections: Differences


def specified(specification: Compared, other: Compared) -> Iterator[Specified]:
    """Yield what each direction's rules of `specification` allow by name."""
    for direction in Direction:
        sides = {**specification.compiled.made_sides, direction: _by_name(specification.compiled, direction)}
        compiled = replace(specification.compiled, made_sides=sides)
        named = specification._replace(compiled=compiled, entrances={})
        comparison = Comparison(named, other, "merged")
        found = comparison.connections(equal=None, own_nodes=False)
        # Of what crosses the border, only the end inside has a say.
        outside = np.array([p.kind in {EXTERNAL, INGRESS_CONTROLLER.kind} for p in found.peers], dtype=np.bool_)
        subjects = found.src if direction is Direction.EGRESS else found.dst
        yield Specified(comparison, found.chosen(np.flatnonzero(~outside[subjects])))


def _by_name(compiled: Compiled, direction: Direction) -> Side:
    """Return the side of `direction` as if every class were isolated: without the default and the baseline tier."""
    clauses = [clause for clause in compiled.clauses[direction] if clause.policy not in compiled.removed]
    return build_side(
        clauses,
        [compiled.sets[clause.rows] for clause in clauses],
        compiled.sets,
        np.ones(len(compiled.classes), dtype=np.bool_),
        compiled.zones[direction],
        compiled.masks,
    )
