"""Where do requests to a Service without selector go: to the addresses that Endpoints and EndpointSlices list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias

from workbench.ground import ProblemLog, Severity, parse_address
from workbench.inventory.endpoint_schemas import (
    EndpointPort,
    EndpointSliceObject,
    EndpointsObject,
    TargetReference,
)
from workbench.inventory.model import ContainerPort, Endpoint, Service
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE
from workbench.inventory.schemas import checked
from workbench.manifests import FieldPath, Manifest

__all__ = ["ENDPOINT_READERS", "Behind", "with_endpoints"]

SERVICE_NAME: Final = "kubernetes.io/service-name"
"""The label by which an EndpointSlice says to which Service it belongs."""

Behind: TypeAlias = tuple[tuple[str, str], tuple[Endpoint, ...]]
"""Namespace and name of a Service, and endpoints of it."""


def _endpoints(manifest: Manifest, log: ProblemLog) -> Behind | None:
    """Read the endpoints of an Endpoints object that are ready."""
    found = checked(manifest, EndpointsObject, log)
    if found is None:
        return None
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    there = (
        _endpoint(manifest, address.ip, subset.ports, address.target_ref, ("subsets", number, "addresses", index), log)
        for number, subset in enumerate(found.subsets)
        for index, address in enumerate(subset.addresses)
    )
    return (namespace, found.metadata.any_name), tuple(one for one in there if one is not None)


def _slice(manifest: Manifest, log: ProblemLog) -> Behind | None:
    """Read the endpoints of an EndpointSlice that are ready; what does not say is."""
    found = checked(manifest, EndpointSliceObject, log)
    if found is None:
        return None
    name = found.metadata.labels.get(SERVICE_NAME, "")
    if not name:
        message = f"belongs to no Service: it has no label {SERVICE_NAME}"
        log.add(manifest.problem(Severity.INFO, "endpoints-without-service", message, path=("metadata", "labels")))
        return None
    if found.address_type == "FQDN":
        message = "its endpoints are host names, whose addresses are not known here; they are left out"
        log.add(manifest.problem(Severity.WARNING, "endpoints-by-name", message, path=("addressType",)))
        return None
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    there = (
        _endpoint(manifest, address, found.ports or [], one.target_ref, ("endpoints", number, "addresses", index), log)
        for number, one in enumerate(found.endpoints)
        if one.conditions.ready
        for index, address in enumerate(one.addresses)
    )
    return (namespace, name), tuple(endpoint for endpoint in there if endpoint is not None)


def _endpoint(
    manifest: Manifest,
    address: str,
    ports: Iterable[EndpointPort],
    target: TargetReference,
    path: FieldPath,
    log: ProblemLog,
) -> Endpoint | None:
    if not parse_address(address):
        message = f"{address!r} is not a valid IP address; the endpoint is left out"
        log.add(manifest.problem(Severity.WARNING, "invalid-address", message, path=path))
        return None
    namespace = target.namespace or manifest.namespace or DEFAULT_NAMESPACE
    return Endpoint(
        address,
        tuple(ContainerPort(port.port, port.protocol, port.name) for port in ports if port.port is not None),
        f"{namespace}/{target.name}" if target.kind == "Pod" and target.name else "",
    )


ENDPOINT_READERS: Final[Mapping[tuple[str, str], Callable[[Manifest, ProblemLog], Behind | None]]] = MappingProxyType(
    {("", "Endpoints"): _endpoints, ("discovery.k8s.io", "EndpointSlice"): _slice}
)
"""How each kind is read that lists endpoints, by (API group, kind)."""


def with_endpoints(services: Iterable[Service], behind: Iterable[Behind]) -> Iterator[Service]:
    """Yield `services`, those without selector with their endpoints, each once; a selector makes its own."""
    found: defaultdict[tuple[str, str], dict[Endpoint, None]] = defaultdict(dict)
    for ref, endpoints in behind:
        found[ref].update(dict.fromkeys(endpoints))
    for service in services:
        own = found.get((service.namespace, service.name))
        listed = own is not None and not service.selector
        yield replace(service, endpoints=tuple(own or ()), endpoints_read=True) if listed else service
