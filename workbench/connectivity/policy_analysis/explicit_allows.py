"""What do policies allow by name: a map as a specification of what must, or must not, be allowed.

A connection is allowed explicitly if some rule of a NetworkPolicy or of the admin tier allows it at one of its
ends, and the other end does not deny it. What is allowed only because no policy forbids it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from workbench.connectivity.difference.compare import Differences, EngineComparison
from workbench.connectivity.engine import INGRESS_CONTROLLER, Engine
from workbench.ground import EXTERNAL
from workbench.policy import Direction

__all__ = ["ExplicitAllows", "explicit_allows"]


class ExplicitAllows(NamedTuple):
    """What the egress or the ingress rules of a specification allow, and what another map allows there.

    Attributes
    ----------
    comparison : EngineComparison
        Of the specification, with nothing in that direction that is not allowed by name, and the other map.
    connections : Differences
    """

    comparison: EngineComparison
    connections: Differences


def explicit_allows(specification: Engine, other: Engine) -> Iterator[ExplicitAllows]:
    """Yield what each direction's rules of `specification` allow by name."""
    for direction in Direction:
        comparison = EngineComparison(specification.allowed_by_name(direction), other, "merged")
        found = comparison.connections(equal=None, own_nodes=False)
        # Of what crosses the border, only policies of the end inside decide.
        outside = np.array([p.kind in {EXTERNAL, INGRESS_CONTROLLER.kind} for p in found.peers], dtype=np.bool_)
        subjects = found.src if direction is Direction.EGRESS else found.dst
        yield ExplicitAllows(comparison, found.chosen(np.flatnonzero(~outside[subjects])))
