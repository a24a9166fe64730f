"""Which pods, and which of their ports, do Ingresses and routes lead to (semantics 18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from workbench.ground import PortSet, ProblemLog
from workbench.inventory.model import Backend, Ingress, Objects, PodVariant, Service, ServicePort, Workload

__all__ = ["Target", "backend_ports", "ingress_targets"]

TCP: Final = "TCP"
MACHINES: Final = frozenset({"VirtualMachine", "VirtualMachineInstance"})


class Target(NamedTuple):
    """Pods of one shape that an Ingress or a route leads to.

    Attributes
    ----------
    ports : PortSet
        Container ports that the requests arrive at: TCP, never empty.
    """

    ingress: Ingress
    backend: Backend
    workload: Workload
    shape: PodVariant
    ports: PortSet


def ingress_targets(objects: Objects, log: ProblemLog) -> tuple[Target, ...]:
    """Return where the Ingresses and routes of `objects` lead to, in their order.

    A backend that leads nowhere is a warning in `log`: for want of the Service (``backend-not-found``),
    of a selector (``backend-without-selector``), of the port (``backend-port-not-found``), of pods
    (``backend-without-pods``), or of a container that declares the port (``backend-port-closed``).
    """
    services = {(service.namespace, service.name): service for service in objects.services}
    pods: defaultdict[str, list[tuple[Workload, PodVariant]]] = defaultdict(list)
    if objects.ingresses:
        for workload in objects.workloads:
            pods[workload.namespace].extend((workload, shape) for shape in workload.shapes)
    return tuple(
        Target(ingress, backend, workload, shape, ports)
        for ingress in objects.ingresses
        for backend in ingress.backends
        for workload, shape, ports in _reached(
            ingress, backend, services.get((backend.namespace, backend.service)), pods[backend.namespace], log
        )
    )


def _reached(
    ingress: Ingress,
    backend: Backend,
    service: Service | None,
    pods: list[tuple[Workload, PodVariant]],
    log: ProblemLog,
) -> Iterator[tuple[Workload, PodVariant, PortSet]]:
    """Yield the pods behind one backend, and the ports that it reaches on each."""
    name = f"Service {backend.namespace}/{backend.service}"
    if service is None:
        message = f"leads to {name}, which is not there"
        remedy = "Correct the name, or add the manifest of the Service."
        log.add(ingress.warning(backend, "backend-not-found", message, remedy))
        return
    if service.selector is None:
        message = f"leads to {name}, which has no selector: it is not known where its requests go"
        remedy = "Add its Endpoints or EndpointSlices, as kubectl get endpointslices -o yaml has them."
        log.add(ingress.warning(backend, "backend-without-selector", message, remedy))
        return
    ports = backend_ports(ingress, backend, service)
    if not ports:
        wanted = f"leads to {name}, which has no TCP port"
        if backend.port is not None:
            wanted = f"leads to port {backend.port}, which is not a TCP port of {name}"
        known = [_written(port) for port in service.ports if port.protocol == TCP]
        remedy = f"Its TCP ports are {', '.join(known)}." if known else "Add a TCP port to the Service."
        log.add(ingress.warning(backend, "backend-port-not-found", wanted, remedy))
        return
    chosen = [pod for pod in pods if service.selector.items() <= pod[1].labels.items()]
    if not chosen:
        message = f"leads to {name}, whose selector matches no pod"
        remedy = "Compare its selector with the labels of the pods, or add their manifests."
        log.add(ingress.warning(backend, "backend-without-pods", message, remedy))
    for workload, shape in chosen:
        found = {number for port in ports for number in _pod_ports(workload, shape, port)}
        if found:
            yield workload, shape, PortSet.union_of(PortSet.of(TCP, number) for number in found)
        else:
            wanted = ", ".join(str(one.target_port or one.port) for one in ports)
            message = f"leads to {workload.peer} through {name}, but no container there declares TCP port {wanted}"
            remedy = "Declare the port in the container, or correct targetPort of the Service."
            log.add(ingress.warning(backend, "backend-port-closed", message, remedy))


def _written(port: ServicePort) -> str:
    return f"{port.port} ({port.name})" if port.name else str(port.port)


def backend_ports(ingress: Ingress, backend: Backend, service: Service) -> list[ServicePort]:
    """Return the TCP ports of a Service that a backend means; all of them where it names none.

    A port is meant by its name, its number, or the number or name of its target, in this order; for
    an OpenShift Route, whose port is a target port, the target goes before the number.

    Parameters
    ----------
    ingress : Ingress
    backend : Backend
        One of its backends.
    service : Service
        The one that the backend names.
    """
    wanted = backend.port
    ports = [port for port in service.ports if port.protocol == TCP]
    if wanted is None:
        return ports
    by_name = [port for port in ports if port.name == wanted]
    by_number = [port for port in ports if port.port == wanted]
    targeted = [port for port in ports if port.target_port == wanted]
    return by_name or (targeted or by_number if ingress.kind == "Route" else by_number or targeted)


def _pod_ports(workload: Workload, shape: PodVariant, port: ServicePort) -> Iterator[int]:
    """Yield the container ports that a Service port leads to, as far as containers declare them for TCP."""
    target = port.target_port or port.port
    if workload.kind in MACHINES and not shape.ports and isinstance(target, int):
        yield target  # a virtual machine that lists no ports forwards all of them (KubeVirt, "Interfaces and Networks")
    number = target if isinstance(target, int) else shape.port_named(target, TCP)
    yield from (declared.port for declared in shape.ports if (declared.port, declared.protocol) == (number, TCP))
