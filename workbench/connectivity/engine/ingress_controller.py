"""What comes in through the ingress controller: what Ingresses and routes send, and policies let through."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from workbench.connectivity.engine.classes import Classes
from workbench.connectivity.engine.masks import PortMasks
from workbench.connectivity.engine.patched_rows import PatchedMatrix
from workbench.connectivity.engine.peers import WorkloadPeers
from workbench.connectivity.engine.permission_matrix import PermissionMatrix
from workbench.ground import NO_PORTS, PortSet
from workbench.inventory import Target
from workbench.manifests import FieldPath

__all__ = ["IngressController"]


@dataclass(frozen=True, eq=False)
class IngressController:
    """The connections of `INGRESS_CONTROLLER`: it only ever sends (semantics 18).

    Policies are asked as for a pod without labels in an unknown namespace; none is about what it sends.

    Attributes
    ----------
    classes : Classes
    workloads : WorkloadPeers
    read : tuple of Target
        Where Ingresses and routes lead to.
    ingress : PermissionMatrix or PatchedMatrix
        What destinations permit.
    masks : PortMasks
    """

    classes: Classes
    workloads: WorkloadPeers
    read: tuple[Target, ...]
    ingress: PermissionMatrix | PatchedMatrix
    masks: PortMasks

    @cached_property
    def targets(self) -> dict[int, tuple[Target, ...]]:
        """The targets that lie in each workload peer, by its index; peers without any are left out."""
        classes_of_shape: defaultdict[int, list[int]] = defaultdict(list)
        for number, pods in enumerate(self.classes.members if self.read else ()):
            for pod in pods:
                classes_of_shape[id(pod.whole)].append(number)
        # What leads to several shapes of one peer leads there once.
        found: defaultdict[int, dict[tuple[str, FieldPath, PortSet], Target]] = defaultdict(dict)
        for target in self.read:
            key = (target.ingress.ref, target.backend.path, target.ports)
            for number in classes_of_shape[id(target.shape)]:
                found[self.workloads.index(target.workload, number)].setdefault(key, target)
        return {index: tuple(targets.values()) for index, targets in sorted(found.items())}

    def sent(self, index: int) -> PortSet:
        """Return the ports on which Ingresses and routes lead to a workload peer."""
        return PortSet.union_of(target.ports for target in self.targets.get(index, ()))

    def permitted(self, index: int) -> PortSet:
        """Return what policies let the ingress controller send to a workload peer that it leads to."""
        if self.classes.controller is None:
            return NO_PORTS
        return self.masks.ports(self.ingress.mask(int(self.workloads.class_of[index]), self.classes.controller))

    def connections(self) -> dict[int, PortSet]:
        """Return what the ingress controller may send to each workload peer, by its index; never nothing."""
        found = {index: self.sent(index) & self.permitted(index) for index in self.targets}
        return {index: ports for index, ports in found.items() if ports}
