"""The lines of an exposure: openings of each workload to representative pods, and to addresses outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from workbench.connectivity.decisions import Part, Ruling
from workbench.connectivity.engine import Chosen, Engine, PairFilter, Peer, RangeNames, range_pairs
from workbench.connectivity.exposure.answer import ExposureLine
from workbench.connectivity.exposure.openings import Exposed, Opening
from workbench.connectivity.exposure.representatives import ENTIRE_CLUSTER
from workbench.connectivity.focus import Focus
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.tracer import Tracer
from workbench.ground import NO_PORTS, PortSet
from workbench.policy import Direction

__all__ = ["expose_all"]


def expose_all(
    tracer: Tracer, scope: Focus, filters: Sequence[PairFilter]
) -> tuple[list[ExposureLine], list[tuple[Peer, Direction]]]:
    """Return the lines of what is in focus, and the workloads and directions that no policy selects.

    Parameters
    ----------
    filters : sequence of PairFilter
        What of addresses outside is in focus.
    """
    engine, exposed = tracer.engine, Exposed(tracer.engine, tracer.evaluator)
    mine = tracer.ends.workload_mask(scope.workloads or None)
    lines: list[ExposureLine] = []
    unprotected: list[tuple[Peer, Direction]] = []
    # For netpol-analyzer, a direction without workloads is only that of what is open to the entire cluster.
    loose = engine.semantics.wording == "reference" and not scope.workloads
    for direction in Direction if loose else scope.directions():
        found, open_to_all = _expose(engine, exposed, direction, mine, scope.ports)
        if direction in scope.directions():
            lines.extend(found)
            unprotected.extend((peer, direction) for peer in open_to_all)
        else:
            lines.extend(line for line in found if line.other != ENTIRE_CLUSTER)
    listed = {line.workload for line in lines}
    everyone = engine.semantics.expose_all_addresses
    outside = _expose_addresses(engine, tracer.evaluator, filters)
    in_focus = (line for line in outside if loose or line.direction in scope.directions())
    lines.extend(line for line in in_focus if everyone or line.workload in listed)
    lines.sort(key=lambda line: (line.direction, line.workload.name, line.other.name))
    unprotected.sort(key=lambda entry: (entry[0].name, entry[1]))
    return lines, unprotected


def _expose(
    engine: Engine, exposed: Exposed, direction: Direction, chosen: Chosen | None, ports: PortSet
) -> tuple[list[ExposureLine], list[Peer]]:
    """Return the lines about representative pods, and the workloads whose `direction` no policy protects.

    Parameters
    ----------
    chosen : ndarray of bool, shape (peers,), or None
        The workload peers that matter; None for all.
    ports : PortSet
        The ports that matter.
    """
    lines: list[ExposureLine] = []
    unprotected: list[Peer] = []
    openings: dict[int, list[Opening]] = {}
    workloads = engine.workloads
    for number in range(len(workloads.peers)) if chosen is None else np.flatnonzero(chosen).tolist():
        peer, row = workloads.peers[number], int(workloads.class_of[number])
        if row not in openings:
            openings[row] = list(exposed.openings(direction, row, ports))
        if not exposed.is_protected(direction, row):
            unprotected.append(peer)
        lines.extend(
            ExposureLine(
                direction,
                peer,
                found.representative,
                found.ports & ports,
                found.named,
                _always(found.parts),
                exposed.wording,
            )
            for found in openings[row]
        )
    return lines, unprotected


def _expose_addresses(engine: Engine, evaluator: Evaluator, scopes: Sequence[PairFilter]) -> Iterator[ExposureLine]:
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
                    partial(_evaluate, engine, evaluator, direction, int(workloads.class_of[number]), atoms),
                )


def _always(parts: tuple[Part, ...]) -> Callable[[], tuple[Part, ...]]:
    return lambda: parts


def _evaluate(
    engine: Engine, evaluator: Evaluator, direction: Direction, row: int, atoms: Sequence[int]
) -> tuple[Part, ...]:
    """Return what decides about a run of address ranges: their ports are the same, the reasons may differ."""
    found: defaultdict[Ruling, PortSet] = defaultdict(lambda: NO_PORTS)
    for atom in atoms:
        for ports, ruling in evaluator.parts(direction, row, len(engine.classes) + atom):
            found[ruling] |= ports
    return tuple(Part(ports, ruling) for ruling, ports in found.items())
