"""Who answers when a Service is called: by its name, its addresses, or a port of a node (semantics 19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from workbench.ground import ALL_PORTS, PROTOCOLS, NotFoundError, PortSet, parse_address
from workbench.inventory.model import HEADLESS, Endpoint, Node, Objects, PodVariant, Service, ServicePort

__all__ = ["NO_SERVICES", "NotOfferedError", "ServiceCall", "ServiceDirectory"]


class NotOfferedError(LookupError):
    """No Service offers the port that is called at an address which several share."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A Service, and the ports of it that are called.

    Attributes
    ----------
    service : Service
    ports : tuple of ServicePort
        Empty where it has none of those that were asked for.
    every_port : bool
        Whether any port may be called: a headless Service without ports leads to its pods all the same.
    """

    service: Service
    ports: tuple[ServicePort, ...]
    every_port: bool = False

    @property
    def ref(self) -> str:
        """``Service namespace/name``, for messages."""
        return f"Service {self.service.namespace}/{self.service.name}"

    def selects(self, namespace: str, shape: PodVariant) -> bool:
        """Tell whether pods of a shape stand behind the Service.

        Parameters
        ----------
        namespace : str
        shape : PodVariant
        """
        chosen = self.service.selector
        if not chosen or namespace != self.service.namespace:
            return False
        return chosen.items() <= shape.labels.items()

    def pod_ports(self, shape: PodVariant) -> PortSet:
        """Return the ports of a pod at which what is sent to the called ports arrives.

        A named target port is that of the containers, with the same protocol; where no container
        declares it, nothing arrives. A number needs no declaration.
        """
        if self.every_port:
            return ALL_PORTS
        return PortSet.union_of(
            PortSet.of(port.protocol, number) for port in self.ports for number in _numbers(port, shape)
        )

    def endpoint_ports(self, endpoint: Endpoint) -> PortSet:
        """Return the ports of an endpoint at which what is sent to the called ports arrives, by their names."""
        if self.every_port:
            return ALL_PORTS
        named = {(port.name, port.protocol): port.port for port in endpoint.ports}
        direct = self.service.is_headless
        return PortSet.union_of(
            PortSet.of(port.protocol, port.port if direct else named[port.name, port.protocol])
            for port in self.ports
            if direct or (port.name, port.protocol) in named
        )


class _NodePort(NamedTuple):
    protocol: str
    number: int


class ServiceDirectory:
    """Finds Services as their callers name them.

    Parameters
    ----------
    services : iterable of Service
    nodes : iterable of Node
        Machines whose addresses lead to NodePorts.
    """

    def __init__(self, services: Iterable[Service] = (), nodes: Iterable[Node] = ()) -> None:
        listed = tuple(services)
        self._by_name = {(service.namespace, service.name): service for service in listed}
        by_address: defaultdict[str, list[Service]] = defaultdict(list)
        for service in listed:
            for ip in dict.fromkeys(addresses_of(service)):
                by_address[ip].append(service)
        self._by_address = MappingProxyType(dict(by_address))
        self._nodes = frozenset(canonical(ip) for node in nodes for ip in node.addresses)
        by_node_port: defaultdict[_NodePort, list[Service]] = defaultdict(list)
        for service in listed:
            for port in service.ports:
                if port.node_port is not None:
                    by_node_port[_NodePort(port.protocol, port.node_port)].append(service)
        self._by_node_port = MappingProxyType(dict(by_node_port))

    @classmethod
    def of(cls, objects: Objects) -> ServiceDirectory:
        """Return the directory of a cluster's Services."""
        placed = (one for workload in objects.workloads for shape in workload.shapes for one in shape.placements)
        placed_at = {(one.node, one.host_ip) for one in placed if one.host_ip}
        return cls(objects.services, [*objects.nodes, *(Node(name, addresses=(ip,)) for name, ip in sorted(placed_at))])

    def find(self, text: str, port: int | None = None, protocol: str = "TCP") -> ServiceCall | None:
        """Return the Service that `text` means, and the ports of it that are called; None where it means none.

        Parameters
        ----------
        text : str
            ``name.namespace``, also with ``.svc`` and the cluster's domain behind; ``namespace/name[Service]``;
            a ClusterIP, an external address or that of a load balancer; a node's address, if `port` is a NodePort.
        port : int, optional
            The port that is called; all by default. A headless Service does not change it.
        protocol : str, optional
            Where a port is given.

        Raises
        ------
        NotFoundError
            If several Services have the address, and the port does not tell which of them is meant.
        NotOfferedError
            If several Services have the address, and none of them offers the port.
        """
        service = self._named(text) or self._at(text, port, protocol)
        if service is None:
            return self._on_node(text, port, protocol)
        if service.is_headless and port is not None:
            return ServiceCall(service, (ServicePort(port, protocol),))
        return ServiceCall(
            service, tuple(p for p in service.ports if port is None or (p.port, p.protocol) == (port, protocol))
        )

    def _named(self, text: str) -> Service | None:
        namespace, slash, rest = text.partition("/")
        if slash and rest.endswith("[Service]"):
            return self._by_name.get((namespace, rest.removesuffix("[Service]")))
        labels = text.removesuffix(".").split(".")
        if len(labels) == 2 or (len(labels) > 2 and labels[2] == "svc"):  # noqa: PLR2004  (name.namespace)
            return self._by_name.get((labels[1], labels[0]))
        return None

    def _at(self, text: str, port: int | None, protocol: str) -> Service | None:
        """Return the Service with an address; of several that share it, the one that offers the port."""
        sharing = self._by_address.get(canonical(text), [])
        if len(sharing) <= 1:
            return sharing[0] if sharing else None
        wanted = (port, protocol)
        offering = [one for one in sharing if port is None or wanted in {(p.port, p.protocol) for p in one.ports}]
        if len(offering) == 1:
            return offering[0]
        names = ", ".join(f"{one.namespace}/{one.name}[Service]" for one in offering or sharing)
        if not offering:
            message = f"none of the Services with the address {text} offers port {port} for {protocol}: {names}"
            raise NotOfferedError(message)
        message = f"{text!r} may mean {len(offering)} Services: {names}; name one of them"
        raise NotFoundError(message)

    def _on_node(self, text: str, port: int | None, protocol: str) -> ServiceCall | None:
        if port is None or canonical(text) not in self._nodes:
            return None
        for service in self._by_node_port.get(_NodePort(protocol, port), ()):
            return ServiceCall(
                service, tuple(p for p in service.ports if (p.node_port, p.protocol) == (port, protocol))
            )
        return None


NO_SERVICES = ServiceDirectory()


def addresses_of(service: Service) -> Iterator[str]:
    """Yield the addresses at which a Service is called, in their usual spelling; what is not an address is none."""
    for address in (*service.cluster_ips, *service.external_ips):
        if address != HEADLESS and (parsed := parse_address(address)):
            yield str(parsed)


def canonical(address: str) -> str:
    """Return the usual spelling of an IP address; other text as it is."""
    return str(parse_address(address) or address)


def _numbers(port: ServicePort, shape: PodVariant) -> Iterator[int]:
    target = port.target_port or port.port
    if isinstance(target, int):
        if port.protocol in PROTOCOLS:
            yield target
        return
    number = shape.port_named(target, port.protocol)
    if number is not None:
        yield number
