"""Which pods answer for which Service, and on which port; which ports are served, and which from outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from workbench.connectivity import Semantics, populate
from workbench.flows.addresses import classify_address
from workbench.flows.rules.lifetimes import Lifetime
from workbench.ground import PortSet, ProblemLog, value_at
from workbench.inventory import (
    Cluster,
    PodVariant,
    Service,
    ServiceCall,
    ServicePort,
    Workload,
    addresses_of,
    ingress_targets,
)

__all__ = ["Backends", "Called", "ObservedCall", "called_addresses", "exposed_ports", "served_ports"]

ANY_PORT: Final = 0
"""A port that stays as it was called."""
_HEADLESS: Final = ("None",)
_FROM_OUTSIDE: Final = frozenset({"NodePort", "LoadBalancer"})


class _Backend(NamedTuple):
    """Who answers: a workload of the cluster, or an address that no pod has."""

    kind: str
    namespace: str
    owner_kind: str
    owner: str
    address: str
    port: int


class ObservedCall(NamedTuple):
    """A Service that is called, by the port that it has itself."""

    namespace: str
    service: str
    port: int


class Called(NamedTuple):
    """An address and a port that clients call."""

    address: str
    transport: str
    port: int


@dataclass(frozen=True)
class Backends:
    """Who answers which call.

    Attributes
    ----------
    called : mapping of Called to ObservedCall
        What clients call; nodes' addresses with NodePorts are among them. Where several
        Services have one address and port, which of them is called is not known: all of them answer, under their names.
    headless : frozenset of (str, str)
        Namespace and name of the Services without an address of their own.
    answering : mapping of str to tuple
        By ``namespace/name|transport|port``, and by ``namespace/name|*`` where the port does not matter; by
        ``namespace|kind|name|transport|port`` for the ports of a workload's Services on which it does not serve.
    ports_of_services : mapping of str to str
        By the last of these, the name of the Service; empty where there are several.
    """

    called: Mapping[Called, ObservedCall]
    headless: frozenset[tuple[str, str]]
    answering: Mapping[str, tuple[_Backend, ...]]
    ports_of_services: Mapping[str, str]

    @classmethod
    def of(cls, cluster: Cluster, lives: Mapping[str, Lifetime]) -> Backends:
        """Return who answers for the Services of a cluster; `lives` are its pods by address."""
        answering: dict[str, tuple[_Backend, ...]] = {}
        for service in cluster.objects.services:
            ref = f"{service.namespace}/{service.name}"
            everyone: dict[_Backend, None] = {}
            for port in service.ports:
                found = dict.fromkeys(_answering(cluster, service, port, lives))
                everyone |= dict.fromkeys(one._replace(port=ANY_PORT) for one in found)
                if service.cluster_ips != _HEADLESS:
                    call = ObservedCall(service.namespace, service.name, port.port)
                    answering[_key(call, port.protocol.lower())] = tuple(sorted(found))
            if not service.ports:
                everyone = {_selected(workload, ANY_PORT): None for workload, _ in _shapes(cluster, service)}
            answering[f"{ref}|*"] = tuple(sorted(everyone))
        headless = {(one.namespace, one.name) for one in cluster.objects.services if one.cluster_ips == _HEADLESS}
        behind = _behind_ports(cluster)
        answering |= {key: tuple(sorted(backends)) for key, (_, backends) in behind.items()}
        names = {key: next(iter(named)) if len(named) == 1 else "" for key, (named, _) in behind.items()}
        called: defaultdict[Called, dict[ObservedCall, None]] = defaultdict(dict)
        for place, call in _called(cluster):
            called[place][call] = None
        for place, calls in called.items():
            if len(calls) > 1:
                joint = _joint(calls)
                behind_all = {backend for call in calls for backend in answering.get(_key(call, place.transport), ())}
                answering[_key(joint, place.transport)] = tuple(sorted(behind_all))
                called[place] = {joint: None}
        of_address = {place: next(iter(calls)) for place, calls in called.items()}
        return cls(of_address, frozenset(headless), answering, names)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield call, number of the backend from 0, number of backends, and the backend."""
        for call, found in sorted(self.answering.items()):
            for number, backend in enumerate(found):
                yield (call, number, len(found), *backend)


def _key(call: ObservedCall, transport: str) -> str:
    """Return by what `Backends.answering` has those who answer a call."""
    return f"{call.namespace}/{call.service}|{transport}|{call.port}"


def _joint(calls: Iterable[ObservedCall]) -> ObservedCall:
    """Return the call of several Services, of which it is not known which one was called."""
    names = ", ".join(sorted(f"{call.namespace}/{call.service}" for call in calls))
    return ObservedCall("", names, min(call.port for call in calls))


def _behind_ports(cluster: Cluster) -> dict[str, tuple[set[str], set[_Backend]]]:
    """Return, for the ports of a workload's Services on which it does not serve, the Services, and where they lead."""
    served, found = served_ports(cluster), dict[str, tuple[set[str], set[_Backend]]]()
    for service in cluster.objects.services:
        for workload, shape in _shapes(cluster, service):
            for port in service.ports if service.cluster_ips != _HEADLESS else ():
                key = _serving(workload, port.protocol, port.port)
                numbers = set(_numbers(ServiceCall(service, (port,)).pod_ports(shape)))
                if key not in served and numbers:
                    names, backends = found.setdefault(key, (set(), set()))
                    names.add(service.name)
                    backends |= {_selected(workload, number) for number in numbers}
    return found


def called_addresses(cluster: Cluster) -> Iterator[tuple[str, Service]]:
    """Yield each address of each Service, in its usual spelling."""
    for service in cluster.objects.services:
        for address in dict.fromkeys(addresses_of(service)):
            yield classify_address(address).address, service


def served_ports(cluster: Cluster) -> set[str]:
    """Return ``namespace|kind|name|transport|port`` of what containers declare and Services lead to."""
    found = {
        _serving(workload, port.protocol, port.port)
        for workload in cluster.objects.workloads
        for shape in workload.shapes
        for port in shape.ports
    }
    for service in cluster.objects.services:
        for workload, shape in _shapes(cluster, service):
            found |= _served(workload, ServiceCall(service, service.ports).pod_ports(shape))
    return found


def exposed_ports(cluster: Cluster) -> set[str]:
    """Return what of `served_ports` is reached through a node, which then hides the client (flow-rules N11).

    That is by NodePorts and load balancers but those with ``externalTrafficPolicy: Local``, and by
    Ingresses, whose controllers may be in their nodes' network.
    """
    found: set[str] = set()
    local = {
        (manifest.namespace or "default", manifest.name)
        for manifest in cluster.manifests_of("Service", "")
        if value_at(manifest.content, "spec", "externalTrafficPolicy") == "Local"
    }
    for service in cluster.objects.services:
        if service.type in _FROM_OUTSIDE and (service.namespace, service.name) not in local:
            for workload, shape in _shapes(cluster, service):
                found |= _served(workload, ServiceCall(service, service.ports).pod_ports(shape))
    for target in ingress_targets(populate(cluster.objects, Semantics()).objects, ProblemLog()):
        found |= _served(target.workload, target.ports)
    return found


def _called(cluster: Cluster) -> Iterator[tuple[Called, ObservedCall]]:
    nodes = [classify_address(address).address for node in cluster.objects.nodes for address in node.addresses]
    for service in cluster.objects.services:
        for port in service.ports:
            call = ObservedCall(service.namespace, service.name, port.port)
            transport = port.protocol.lower()
            if port.node_port is not None:
                yield from ((Called(node, transport, port.node_port), call) for node in nodes)
            for address in addresses_of(service):
                yield Called(classify_address(address).address, transport, port.port), call


def _answering(
    cluster: Cluster,
    service: Service,
    port: ServicePort,
    lives: Mapping[str, Lifetime],
) -> Iterator[_Backend]:
    for workload, shape in _shapes(cluster, service):
        for number in _numbers(ServiceCall(service, (port,)).pod_ports(shape)):
            yield _selected(workload, number)
    for endpoint in service.endpoints:
        address = classify_address(endpoint.address).address
        life = lives.get(address)
        for declared in endpoint.ports:
            if (declared.name, declared.protocol) != (port.name, port.protocol):
                continue
            if life and life.owner:
                yield _Backend("workload", life.namespace, life.owner_kind, life.owner, "", declared.port)
            else:
                yield _Backend("external", "", "", "", address, declared.port)


def _shapes(cluster: Cluster, service: Service) -> Iterator[tuple[Workload, PodVariant]]:
    called = ServiceCall(service, service.ports)
    for workload in cluster.objects.workloads:
        if workload.namespace == service.namespace:
            living = (shape for shape in workload.shapes if not shape.finished)
            yield from ((workload, shape) for shape in living if called.selects(workload.namespace, shape))


def _selected(workload: Workload, port: int) -> _Backend:
    return _Backend("workload", workload.namespace, workload.kind, workload.name, "", port)


def _numbers(ports: PortSet) -> Iterator[int]:
    for intervals in ports.by_protocol().values():
        for first, last in intervals:
            yield from range(first, last + 1)


def _served(workload: Workload, ports: PortSet) -> set[str]:
    return {
        _serving(workload, protocol, number)
        for protocol, intervals in ports.by_protocol().items()
        for first, last in intervals
        for number in range(first, last + 1)
    }


def _serving(workload: Workload, protocol: str, port: int) -> str:
    return f"{workload.namespace}|{workload.kind}|{workload.name}|{protocol.lower()}|{port}"
