"""What comes in through the ingress controller: what Ingresses and routes send, and policies let through."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import Final

from workbench.connectivity.engine.compile import Compiled
from workbench.connectivity.engine.peers import INGRESS_CONTROLLER, WorkloadPeers
from workbench.connectivity.policy_analysis.controller_places import Allowed, ControllerPlaces
from workbench.ground import NO_PORTS, PortSet, Problem, Severity
from workbench.inventory import Target
from workbench.manifests import FieldPath
from workbench.policy import Direction

__all__ = ["ALLOWED_FROM", "Entrances"]

ALLOWED_FROM: Final = "ingress-allowed-from"
"""Code of the problems that say where a controller must run."""


class Entrances:
    """The connections of `INGRESS_CONTROLLER`: it only ever sends (semantics 18).

    Policies are asked as for a pod without labels in an unknown namespace; none is about what it sends.

    Parameters
    ----------
    compiled : Compiled
    workloads : WorkloadPeers
    """

    def __init__(self, compiled: Compiled, workloads: WorkloadPeers) -> None:
        self._compiled = compiled
        self.workloads = workloads

    @cached_property
    def targets(self) -> dict[int, tuple[Target, ...]]:
        """The targets that lie in each workload peer, by its index; peers without any are left out."""
        compiled, workloads = self._compiled, self.workloads
        classes_of_shape: defaultdict[int, list[int]] = defaultdict(list)
        for number, pods in enumerate(compiled.classes.members if compiled.targets else ()):
            for pod in pods:
                classes_of_shape[id(pod.whole)].append(number)
        # What leads to several shapes of one peer leads there once.
        found: defaultdict[int, dict[tuple[str, FieldPath, PortSet], Target]] = defaultdict(dict)
        for target in compiled.targets:
            key = (target.ingress.ref, target.backend.path, target.ports)
            for number in classes_of_shape[id(target.shape)]:
                found[workloads.index(target.workload, number)].setdefault(key, target)
        return {index: tuple(targets.values()) for index, targets in sorted(found.items())}

    def sent(self, index: int) -> PortSet:
        """Return the ports on which Ingresses and routes lead to a workload peer."""
        return PortSet.union_of(target.ports for target in self.targets.get(index, ()))

    def permitted(self, index: int) -> PortSet:
        """Return what policies let the ingress controller send to a workload peer that it leads to."""
        compiled = self._compiled
        if compiled.classes.controller is None:
            return NO_PORTS
        row = int(self.workloads.class_of[index])
        return compiled.masks.ports(compiled.mask(Direction.INGRESS, row, compiled.classes.controller))

    def elsewhere(self, index: int, ports: PortSet) -> Allowed:
        """Return from where policies let pass what Ingresses send to a workload peer and not every controller may.

        Parameters
        ----------
        ports : PortSet
            What is asked about.
        """
        stopped = ports & (self.sent(index) - self.permitted(index))
        if not stopped:
            return Allowed()
        return self._places.allowed(int(self.workloads.class_of[index]), self.targets[index][0].shape, stopped)

    @cached_property
    def _places(self) -> ControllerPlaces:
        return ControllerPlaces(self._compiled)

    def connections(self) -> dict[int, PortSet]:
        """Return what the ingress controller may send to each workload peer, by its index; never nothing."""
        found = {index: self.sent(index) & self.permitted(index) for index in self.targets}
        return {index: ports for index, ports in found.items() if ports}

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What policies make of Ingresses that lead to workloads which the controller may not reach.

        A warning ``ingress-blocked`` where no policy allows it from any controller that manifests do not hold; an
        info ``ingress-allowed-from`` where policies allow it from some place. Nothing where a controller of the
        manifests gets through.
        """
        found: list[Problem] = []
        for index, targets in self.targets.items():
            permitted = self.permitted(index)
            by_ingress: defaultdict[str, list[Target]] = defaultdict(list)
            for target in targets:
                by_ingress[target.ingress.ref].append(target)
            for own in by_ingress.values():
                ports = PortSet.union_of(target.ports for target in own)
                if not ports & permitted:
                    allowed = self.elsewhere(index, ports)
                    if not allowed.known:
                        found.append(_blocked(own[0], self.workloads.peers[index].name, ports, allowed))
        return tuple(found)


def _blocked(target: Target, name: str, ports: PortSet, allowed: Allowed) -> Problem:
    """Return that an Ingress leads to pods which policies do not let every controller reach."""
    leads = f"leads to {name} on {ports}, "
    if not allowed.places:
        message = f"{leads}but no policy allows that from {INGRESS_CONTROLLER.name}"
        remedy = "If these requests are meant, a policy must allow them from where the controller runs."
        return target.ingress.warning(target.backend, "ingress-blocked", message, remedy)
    message = f"{leads}which policies allow only if {allowed.condition}"
    problem = target.ingress.warning(target.backend, ALLOWED_FROM, message)
    return replace(problem, severity=Severity.INFO if allowed.products else Severity.WARNING)
