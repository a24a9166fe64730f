"""Which pods of a cluster, and which of their ports, count in a reading: its facts as one `Semantics` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from workbench.connectivity.engine.controller_shapes import ControllerShapes
from workbench.connectivity.engine.semantics import Semantics
from workbench.connectivity.engine.undeclared import Undeclared
from workbench.ground import Problem, Severity, count_of
from workbench.inventory import Objects, PodVariant, Workload
from workbench.policy import Policy

__all__ = ["Population", "populate"]

_SHOWN = 5
"""So many workloads are named in a message."""


class Population(NamedTuple):
    """The objects that count.

    Attributes
    ----------
    objects : Objects
        With those pods, ports and labels that count; the rest as it was given.
    undeclared : Undeclared
        The namespaces of which most labels are not known.
    finished : tuple of Workload
        Workloads of which pods do not count since they have finished, with the shapes of these pods only.
    shapes : ControllerShapes or None
        How pods are distinguished by labels that controllers add; None where these do not count.
    """

    objects: Objects
    undeclared: Undeclared
    finished: tuple[Workload, ...] = ()
    shapes: ControllerShapes | None = None

    def is_final_with(self, policies: Iterable[Policy]) -> bool:
        """Tell whether pods are distinguished finely enough for further policies, too."""
        return self.shapes is None or self.shapes.are_final_with(policies)

    def problems_of(self, policy: Policy) -> Iterator[Problem]:
        """Yield what a policy asks for that is not known, and what it tells apart by labels that controllers add."""
        if self.shapes is not None:
            yield from self.shapes.problems(policy)
        yield from self.undeclared.problems(policy)

    @property
    def problems(self) -> Iterator[Problem]:
        """Yield an info where workloads are left out since all their pods have finished."""
        there = {workload.peer for workload in self.objects.workloads}
        gone = [workload.peer for workload in self.finished if workload.peer not in there]
        if gone:
            names = ", ".join(gone[:_SHOWN]) + (", …" if len(gone) > _SHOWN else "")
            have, ends = ("has", "is left out") if len(gone) == 1 else ("have", "are left out")
            message = f"{count_of(len(gone), 'workload')} {have} finished and {ends} of connections: {names}"
            yield Problem(Severity.INFO, "finished-workloads", message)


def populate(objects: Objects, semantics: Semantics) -> Population:
    """Return the objects that take part in answers under `semantics`: without finished pods, for example."""
    shapes = ControllerShapes(objects) if semantics.controller_labels else None
    workloads = (_read(workload, semantics) for workload in objects.workloads)
    finished = () if semantics.finished_pods else tuple(_finished(objects.workloads))
    kept = (
        workload for workload in workloads if workload.shapes and (semantics.custom_workloads or not workload.custom)
    )
    shaped = tuple(kept if shapes is None else map(shapes.of, kept))
    return Population(replace(objects, workloads=shaped), Undeclared(objects), finished, shapes)


def _read(workload: Workload, semantics: Semantics) -> Workload:
    shapes = workload.shapes
    if semantics.sidecar_ports and not semantics.finished_pods and len(shapes) == 1 and not shapes[0].finished:
        return workload  # as nearly all are
    if semantics.finished_pods:
        # Where pods were read, they alone stand for the workload.
        counted = tuple(shape for shape in shapes if shape.pods) or shapes
    else:
        counted = tuple(shape for shape in shapes if not shape.finished)
    if not semantics.sidecar_ports:
        counted = tuple(map(_without_sidecars, counted))
    return workload if _are_same(counted, shapes) else replace(workload, shapes=counted)


def _without_sidecars(shape: PodVariant) -> PodVariant:
    if not any(port.sidecar for port in shape.ports):
        return shape
    return replace(shape, ports=tuple(port for port in shape.ports if not port.sidecar))


def _are_same(some: tuple[PodVariant, ...], others: tuple[PodVariant, ...]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def _finished(workloads: Iterable[Workload]) -> Iterator[Workload]:
    for workload in workloads:
        shapes = tuple(shape for shape in workload.shapes if shape.finished)
        if shapes:
            yield replace(workload, shapes=shapes)
