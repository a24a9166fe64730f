"""Which Services do requests reach that come in through an ingress controller: Ingresses and routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from workbench.ground import ProblemLog, Severity
from workbench.inventory.ingress_schemas import (
    BackendRef,
    GatewayRouteObject,
    IngressBackend,
    IngressObject,
    ObjectReference,
    RouteFilter,
    RouteObject,
)
from workbench.inventory.model import Backend, Ingress
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE
from workbench.inventory.schemas import MetadataObject, checked
from workbench.manifests import FieldPath, Manifest, name_problems

__all__ = ["INGRESS_READERS"]

Reader: TypeAlias = Callable[[Manifest, ProblemLog], Ingress | None]
GATEWAY_GROUP: Final = "gateway.networking.k8s.io"
SERVICE: Final = "Service"


def _read_ingress(manifest: Manifest, log: ProblemLog) -> Ingress | None:
    """Read an Ingress: its default backend, and the backends of those rules that have paths.

    A rule without ``http`` sends its host's requests to the default backend (Kubernetes, "Ingress").
    """
    found = checked(manifest, IngressObject, log)
    if found is None:
        return None
    spec = found.spec
    written: list[tuple[IngressBackend | None, FieldPath]] = [
        (spec.default_backend, ("spec", "defaultBackend")),
        (spec.backend, ("spec", "backend")),
        *(
            (path.backend, ("spec", "rules", number, "http", "paths", index, "backend"))
            for number, rule in enumerate(spec.rules)
            for index, path in enumerate(rule.http.paths)
        ),
    ]
    return _ingress(manifest, found, (_ingress_backend(manifest, *entry, log) for entry in written), log)


def _ingress_backend(
    manifest: Manifest, written: IngressBackend | None, path: FieldPath, log: ProblemLog
) -> Backend | None:
    if written is None:
        return None
    port: int | str | None
    if written.service is not None:
        service, port = written.service.name, written.service.port.name or written.service.port.number
        where: FieldPath = (*path, "service", "port")
    elif written.service_name:
        service, port = written.service_name, written.service_port
        where = (*path, "servicePort")
    else:
        kind = written.resource.kind if written.resource else ""
        _not_followed(manifest, f"{kind} {written.resource.name}" if written.resource else "no Service", path, log)
        return None
    if not port:
        _report_missing_port(manifest, service, where, log)
        return None
    return Backend(manifest.namespace or DEFAULT_NAMESPACE, service, port, path)


def _read_route(manifest: Manifest, log: ProblemLog) -> Ingress | None:
    """Read an OpenShift Route: its target and the alternate ones; without ``port``, all ports of each."""
    found = checked(manifest, RouteObject, log)
    if found is None:
        return None
    port = found.spec.port.target_port or None
    targets: list[tuple[FieldPath, str, str, int | None]] = [
        (("spec", "to"), found.spec.to.kind, found.spec.to.name, found.spec.to.weight),
        *(
            (("spec", "alternateBackends", index), target.kind, target.name, target.weight)
            for index, target in enumerate(found.spec.alternate_backends)
        ),
    ]
    backends: list[Backend] = []
    for path, kind, name, weight in targets:
        if kind not in {"", SERVICE}:
            _not_followed(manifest, f"{kind} {name}", path, log)
        elif weight == 0:
            _report_no_weight(manifest, name, path, log)
        else:
            backends.append(Backend(manifest.namespace or DEFAULT_NAMESPACE, name, port, path))
    return _ingress(manifest, found, backends, log)


def _read_gateway_route(manifest: Manifest, log: ProblemLog) -> Ingress | None:
    """Read an HTTPRoute or a GRPCRoute: the backends of its rules, and those that get a copy of the requests.

    A route whose parents are all Services steers traffic within a mesh: no ingress controller uses it.
    """
    found = checked(manifest, GatewayRouteObject, log)
    if found is None:
        return None
    parents = found.spec.parent_refs
    if parents and all((parent.group, parent.kind) == ("", SERVICE) for parent in parents):
        message = "is about traffic within a service mesh (its parents are Services), and leads nothing in from outside"
        log.add(manifest.problem(Severity.INFO, "mesh-route", message, path=("spec", "parentRefs")))
        return None
    backends: list[Backend | None] = []
    for number, rule in enumerate(found.spec.rules):
        rule_path: FieldPath = ("spec", "rules", number)
        backends += _mirrors(manifest, rule.filters, rule_path, log)
        for index, reference in enumerate(rule.backend_refs):
            path = (*rule_path, "backendRefs", index)
            backends.append(_gateway_backend(manifest, reference, path, log))
            if reference.weight:
                backends += _mirrors(manifest, reference.filters, path, log)
    return _ingress(manifest, found, backends, log)


def _mirrors(
    manifest: Manifest, filters: Iterable[RouteFilter], path: FieldPath, log: ProblemLog
) -> Iterator[Backend | None]:
    for index, one in enumerate(filters):
        if one.request_mirror is not None:
            where = (*path, "filters", index, "requestMirror", "backendRef")
            yield _gateway_backend(manifest, one.request_mirror.backend_ref, where, log)


def _gateway_backend(
    manifest: Manifest, reference: ObjectReference, path: FieldPath, log: ProblemLog
) -> Backend | None:
    if (reference.group, reference.kind) != ("", SERVICE):
        _not_followed(manifest, f"{reference.kind} {reference.name}", path, log)
    elif isinstance(reference, BackendRef) and reference.weight == 0:
        _report_no_weight(manifest, reference.name, path, log)
    elif reference.port is None:
        _report_missing_port(manifest, reference.name, (*path, "port"), log)
    else:
        namespace = reference.namespace or manifest.namespace or DEFAULT_NAMESPACE
        return Backend(namespace, reference.name, reference.port, path)
    return None


INGRESS_READERS: Final[Mapping[tuple[str, str], Reader]] = MappingProxyType(
    {
        ("networking.k8s.io", "Ingress"): _read_ingress,
        ("route.openshift.io", "Route"): _read_route,
        (GATEWAY_GROUP, "HTTPRoute"): _read_gateway_route,
        (GATEWAY_GROUP, "GRPCRoute"): _read_gateway_route,
    }
)
"""How each kind is read that leads requests in from outside, by (API group, kind); semantics 18."""


def _ingress(manifest: Manifest, found: MetadataObject, backends: Iterable[Backend | None], log: ProblemLog) -> Ingress:
    log.extend(name_problems(manifest))
    kept = tuple(backend for backend in backends if backend is not None)
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    return Ingress(manifest.kind, namespace, found.metadata.any_name, kept, manifest.source)


def _not_followed(manifest: Manifest, what: str, path: FieldPath, log: ProblemLog) -> None:
    message = f"leads to {what}, which is not followed: only Services lead to pods"
    remedy = "Look elsewhere for where its requests go; no answer holds them."
    log.add(manifest.problem(Severity.WARNING, "backend-not-followed", message, remedy=remedy, path=path))


def _report_no_weight(manifest: Manifest, service: str, path: FieldPath, log: ProblemLog) -> None:
    message = f"sends nothing to Service {service}, whose weight is 0"
    log.add(manifest.problem(Severity.INFO, "backend-without-weight", message, path=(*path, "weight")))


def _report_missing_port(manifest: Manifest, service: str, path: FieldPath, log: ProblemLog) -> None:
    message = f"names no port of Service {service}; the backend is left out"
    remedy = "give the number or the name of one of the Service's ports"
    log.add(manifest.problem(Severity.ERROR, "backend-without-port", message, remedy=remedy, path=path))
