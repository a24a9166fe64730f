"""Which Services are open to more than those that name them: to everyone, or to the cluster (build-time 7, 8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from workbench.generate.build_time.texts import place_of
from workbench.inventory import backend_ports
from workbench.manifests import field_line, field_path

if TYPE_CHECKING:
    from workbench.generate.build_time.texts import WrittenObjects
    from workbench.inventory import Cluster, Service, ServicePort

__all__ = ["Exposure", "ServiceKey", "exposures"]

ServiceKey: TypeAlias = tuple[str, str]
"""Namespace and name."""
_OPEN_TYPES: Final = ("LoadBalancer", "NodePort")
_MONITORING: Final = "prometheus"
_SCRAPE, _PORT = "/scrape", "/port"
_USUAL_PORT: Final = "9090"
_NO_PORTS: Final[Mapping[ServicePort, tuple[str, ...]]] = MappingProxyType({})


@dataclass(frozen=True)
class Exposure:
    """To whom a Service is open, beside those that name it.

    Attributes
    ----------
    to_everyone : str
        Why it is open to every address; empty where it is not.
    to_cluster : mapping of ServicePort to tuple of str
        Its ports that are open to every pod of the cluster, and why.
    """

    to_everyone: str = ""
    to_cluster: Mapping[ServicePort, tuple[str, ...]] = field(default_factory=lambda: _NO_PORTS)

    def __bool__(self) -> bool:
        """Tell whether it is open to anyone at all."""
        return bool(self.to_everyone or self.to_cluster)


def exposures(cluster: Cluster, written: WrittenObjects) -> dict[ServiceKey, Exposure]:
    """Return the Services that are open to others than those that name them.

    Parameters
    ----------
    cluster : Cluster
    written : WrittenObjects
        Its objects.
    """
    services = {(one.namespace, one.name): one for one in cluster.objects.services}
    to_cluster: defaultdict[ServiceKey, dict[ServicePort, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for key, port, why in (*_of_ingresses(cluster, services), *_scraped(services, written)):
        to_cluster[key][port][why] = None
    found = {}
    for key, service in services.items():
        ports = {port: tuple(to_cluster[key][port]) for port in service.ports if port in to_cluster.get(key, ())}
        exposure = Exposure(_why_open(service, written), MappingProxyType(ports))
        if exposure:
            found[key] = exposure
    return found


def _why_open(service: Service, written: WrittenObjects) -> str:
    manifest = written.named(service.namespace, "Service", service.name)
    if service.type not in _OPEN_TYPES or manifest is None:
        return ""
    return place_of(manifest, ("spec", "type"), f"type {service.type}")


def _of_ingresses(
    cluster: Cluster, services: Mapping[ServiceKey, Service]
) -> Iterator[tuple[ServiceKey, ServicePort, str]]:
    """Yield what Ingresses and routes lead to: a route without a port leads to all of a Service."""
    for ingress in cluster.objects.ingresses:
        for backend in ingress.backends:
            key = (backend.namespace, backend.service)
            if (service := services.get(key)) is not None:
                line = field_line(ingress.source, backend.path)
                file = f"{ingress.source.file}:{line} " if line is not None else ""
                for port in backend_ports(ingress, backend, service):
                    yield key, port, f"{file}{ingress.ref} {field_path(backend.path)}"


def _scraped(
    services: Mapping[ServiceKey, Service], written: WrittenObjects
) -> Iterator[tuple[ServiceKey, ServicePort, str]]:
    for key, service in services.items():
        manifest = written.named(service.namespace, "Service", service.name)
        annotations = manifest.metadata.get("annotations") if manifest is not None else None
        if manifest is None or not isinstance(annotations, Mapping):
            continue
        wanted = _scrape_port(annotations)
        if wanted is None:
            continue
        annotation, text = wanted
        for port in service.ports:
            if text in {port.name, str(port.port)}:
                yield key, port, place_of(manifest, ("metadata", "annotations", annotation), f"annotation {annotation}")


def _scrape_port(annotations: Mapping[Any, Any]) -> tuple[str, str] | None:
    """Return by which annotation a Service is scraped, and at which port; None where it is not."""
    ours = {str(key): value for key, value in annotations.items() if _MONITORING in str(key)}
    scraped = next((key for key, value in ours.items() if key.endswith(_SCRAPE) and value == "true"), None)
    if scraped is None:
        return None
    port = next((str(value) for key, value in ours.items() if key.endswith(_PORT)), _USUAL_PORT)
    return scraped, port
