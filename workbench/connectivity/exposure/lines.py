"""The lines of an exposure: openings of each workload to those who may come, and to addresses outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from workbench.connectivity.engine import Chosen, Engine, Peer, RangeNames, Scope, range_pairs
from workbench.connectivity.exposure.answer import ExposureLine
from workbench.connectivity.exposure.openings import Exposed, Opening
from workbench.connectivity.trace.decisions import Part, Ruling
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.ground import NO_PORTS, PortSet
from workbench.policy import Direction

__all__ = ["expose", "expose_addresses"]


def expose(
    engine: Engine, exposed: Exposed, direction: Direction, chosen: Chosen | None, asked: PortSet
) -> tuple[list[ExposureLine], list[Peer]]:
    """Return the lines about pods that may come, and the workloads whose `direction` no policy protects.

    Parameters
    ----------
    chosen : ndarray of bool, shape (peers,), or None
        The workload peers that matter; None for all.
    asked : PortSet
        The ports that matter.
    """
    lines: list[ExposureLine] = []
    unprotected: list[Peer] = []
    known: dict[int, list[Opening]] = {}
    workloads = engine.workloads
    for number in range(len(workloads.peers)) if chosen is None else np.flatnonzero(chosen).tolist():
        peer, row = workloads.peers[number], int(workloads.class_of[number])
        if row not in known:
            known[row] = list(exposed.openings(direction, row, asked))
        if not exposed.is_protected(direction, row):
            unprotected.append(peer)
        lines.extend(
            ExposureLine(
                direction,
                peer,
                found.representative,
                found.ports & asked,
                found.named,
                _always(found.parts),
                exposed.wording,
            )
            for found in known[row]
        )
    return lines, unprotected


def expose_addresses(engine: Engine, evaluator: Evaluator, scopes: Sequence[Scope]) -> Iterator[ExposureLine]:
    """Yield the lines about addresses outside, which are those of the map."""
    workloads = engine.workloads
    for scope in scopes:
        for direction, other in ((Direction.INGRESS, scope.src), (Direction.EGRESS, scope.dst)):
            if other is not None:
                continue
            found = range_pairs(engine, direction, scope)
            externals = engine.externals[direction]
            names = RangeNames(scope.families, engine.semantics.wording)
            for number, first, last, mask in zip(*(column.tolist() for column in found), strict=True):
                atoms = sorted(set(externals.atom_of_range[first : last + 1].tolist()))
                yield ExposureLine(
                    direction,
                    workloads.peers[number],
                    names.peer(externals.ranges[first], externals.ranges[last]),
                    engine.masks.ports(mask) & scope.ports,
                    (),
                    partial(_hear, engine, evaluator, direction, int(workloads.class_of[number]), atoms),
                )


def _always(parts: tuple[Part, ...]) -> Callable[[], tuple[Part, ...]]:
    return lambda: parts


def _hear(
    engine: Engine, evaluator: Evaluator, direction: Direction, row: int, atoms: Sequence[int]
) -> tuple[Part, ...]:
    """Return what decides about a run of address ranges: their ports are the same, the reasons may differ."""
    found: defaultdict[Ruling, PortSet] = defaultdict(lambda: NO_PORTS)
    for atom in atoms:
        for ports, ruling in evaluator.parts(direction, row, len(engine.classes) + atom):
            found[ruling] |= ports
    return tuple(Part(ports, ruling) for ruling, ports in found.items())
