"""What comes in through the ingress controller: what Ingresses and routes send, and policies let through."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from workbench.connectivity.compile import Compiled
from workbench.connectivity.peers import INGRESS_CONTROLLER, WorkloadPeers
from workbench.inventory.targets import Target
from workbench.manifests.problems import Problem
from workbench.policy.ports import NO_PORTS, PortSet
from workbench.policy.rules import Direction

__all__ = ["Entrances"]


class Entrances:
    """The connections of `INGRESS_CONTROLLER`: it only ever sends (connectivity.md 18).

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
        class_of_shape = {
            id(pod.shape): number
            for number, pods in enumerate(compiled.classes.members if compiled.targets else ())
            for pod in pods
        }
        found: defaultdict[int, list[Target]] = defaultdict(list)
        for target in compiled.targets:
            found[workloads.index(target.workload, class_of_shape[id(target.shape)])].append(target)
        return {index: tuple(targets) for index, targets in sorted(found.items())}

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

    def connections(self) -> dict[int, PortSet]:
        """Return what the ingress controller may send to each workload peer, by its index; never nothing."""
        found = {index: self.sent(index) & self.permitted(index) for index in self.targets}
        return {index: ports for index, ports in found.items() if ports}

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """A warning ``ingress-blocked`` for each Ingress and workload between which policies let nothing through."""
        blocked: list[Problem] = []
        for index, targets in self.targets.items():
            permitted = self.permitted(index)
            by_ingress: defaultdict[str, list[Target]] = defaultdict(list)
            for target in targets:
                by_ingress[target.ingress.ref].append(target)
            for own in by_ingress.values():
                ports = PortSet.union_of(target.ports for target in own)
                if not ports & permitted:
                    message = (
                        f"leads to {self.workloads.peers[index].name} on {ports}, "
                        f"but policies let nothing through from {INGRESS_CONTROLLER.name}"
                    )
                    remedy = "allow these ports from the ingress controller's namespace, or remove the backend"
                    blocked.append(own[0].ingress.warning(own[0].backend, "ingress-blocked", message, remedy))
        return tuple(blocked)
