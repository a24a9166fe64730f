"""What leads from outside of the cluster to workloads: Ingresses, routes, and Services that nodes or clouds open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from workbench.ground import PROTOCOLS, PortSet, ProblemLog
from workbench.inventory import Ingress, Objects, PodVariant, Service, ServicePort, Workload, ingress_targets

__all__ = ["WayIn", "opens_outside", "ways_in"]

_OPEN_TYPES: Final = frozenset({"LoadBalancer", "NodePort"})


class WayIn(NamedTuple):
    """Something that leads from outside to pods.

    Attributes
    ----------
    through : Ingress or Service
    ports : PortSet
        Ports of the pods that it leads to.
    """

    through: Ingress | Service
    ports: PortSet

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` of what leads there."""
        one = self.through
        return one.ref if isinstance(one, Ingress) else f"Service {one.namespace}/{one.name}"

    def __str__(self) -> str:
        """Return it in words."""
        kind = f" ({self.through.type})" if isinstance(self.through, Service) else ""
        return f"{self.ref}{kind} leads to {self.ports}"


def opens_outside(service: Service) -> bool:
    """Tell whether a Service is there for clients outside: by a port of nodes, a load balancer, or external addresses.

    Parameters
    ----------
    service : Service
    """
    return service.type in _OPEN_TYPES or bool(service.external_ips)


def ways_in(objects: Objects, workloads: Mapping[str, tuple[Workload, ...]]) -> dict[str, tuple[WayIn, ...]]:
    """Return what leads to each workload from outside, by its name.

    Parameters
    ----------
    objects : Objects
    workloads : mapping of str to tuple of Workload
        Those of each namespace that policies can be about.
    """
    found: defaultdict[str, dict[tuple[str, str], WayIn]] = defaultdict(dict)
    named = {one.peer for listed in workloads.values() for one in listed}
    for target in ingress_targets(objects, ProblemLog()):
        if target.workload.peer in named:
            _note(found[target.workload.peer], WayIn(target.ingress, target.ports))
    for service in objects.services:
        if opens_outside(service) and service.selector:
            for workload in workloads.get(service.namespace, ()):
                for shape in workload.shapes:
                    if service.selector.items() <= shape.labels.items() and (ports := _ports(service, shape)):
                        _note(found[workload.peer], WayIn(service, ports))
    return {name: tuple(ways.values()) for name, ways in found.items()}


def _note(found: dict[tuple[str, str], WayIn], way: WayIn) -> None:
    key = (type(way.through).__name__, way.ref)
    before = found.get(key)
    found[key] = way if before is None else before._replace(ports=before.ports | way.ports)


def _ports(service: Service, shape: PodVariant) -> PortSet:
    return PortSet.union_of(
        PortSet.of(port.protocol, number)
        for port in service.ports
        if port.protocol in PROTOCOLS
        for number in _target(port, shape)
    )


def _target(port: ServicePort, shape: PodVariant) -> Iterator[int]:
    target = port.target_port or port.port
    number = target if isinstance(target, int) else shape.port_named(target, port.protocol)
    if number is not None:
        yield number
