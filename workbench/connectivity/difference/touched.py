"""Of which workloads may a change of policies change anything: those that the policies select which differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from workbench.connectivity.engine import touched_classes
from workbench.connectivity.inputs import engine_of
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.engine import Engine, Indices
    from workbench.connectivity.result import Connectivity

__all__ = ["Touched", "touched_workloads"]


class Touched(NamedTuple):
    """The workloads of which policies that differ have a say, by the names that maps and flows have for them.

    Attributes
    ----------
    egress, ingress : frozenset of str
        What they send, and what is sent to them, may be decided otherwise.
    """

    egress: frozenset[str]
    ingress: frozenset[str]

    @property
    def both(self) -> frozenset[str]:
        """Those of either direction."""
        return self.egress | self.ingress


def touched_workloads(before: Connectivity, after: Connectivity) -> Touched | None:
    """Return the workloads of which the policies have a say that only one of two maps has.

    What is asked about any others has one answer on both.

    Parameters
    ----------
    before, after : Connectivity

    Returns
    -------
    Touched or None
        None unless one was made of the other by `Connectivity.with_policies`, and the workloads stayed what they are to
        policies.
    """
    one, other = engine_of(before), engine_of(after)
    classes = touched_classes(one, other) if one.workloads is other.workloads else None
    if classes is None:
        return None
    return Touched(*(_names(one, classes[direction]) for direction in (Direction.EGRESS, Direction.INGRESS)))


def _names(engine: Engine, classes: Indices) -> frozenset[str]:
    peers = engine.workloads.peers
    chosen = [peers[index] for index in np.flatnonzero(np.isin(engine.workloads.class_of, classes)).tolist()]
    return frozenset(name for peer in chosen for name in (peer.name, peer.name.removesuffix(peer.shape)))
