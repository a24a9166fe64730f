"""Which workloads need what platforms do: API clients, webhooks, scraped and routed ones, and at which ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from workbench.generate.selectors import living, selector_written
from workbench.ground import MAX_PORT, PortSet, ProblemLog, text_at, value_at
from workbench.inventory import ServiceCall, ServiceDirectory, ServicePort, ingress_targets

if TYPE_CHECKING:
    from workbench.generate.needs import Need
    from workbench.inventory import Cluster, PodVariant, Service
    from workbench.manifests import Manifest

__all__ = ["NEEDING", "Needing", "Wanting", "Who"]

_SCRAPE, _PORT = "prometheus.io/scrape", "prometheus.io/port"
_MONITORING: Final = "monitoring.coreos.com"
_RBAC: Final = "rbac.authorization.k8s.io"
_API: Final = "default/kubernetes[Service]"


class Wanting(NamedTuple):
    """A workload that needs something.

    Attributes
    ----------
    workload : str
    ports : PortSet or None
        At which it is called; None where the one that is called is the platform.
    because : str
        What says so.
    """

    workload: str
    ports: PortSet | None
    because: str


class Who(NamedTuple):
    """What is asked for those that need something.

    Attributes
    ----------
    cluster : Cluster
    services : ServiceDirectory
    needs : tuple of Need
        What was seen, is normal or listed.
    """

    cluster: Cluster
    services: ServiceDirectory
    needs: tuple[Need, ...]


Needing: TypeAlias = Callable[[Who], Iterator["Wanting | str"]]
"""Yields workloads; as text, what it could not find, and why."""


def _everyone(who: Who) -> Iterator[Wanting | str]:
    yield from (Wanting(one.peer, None, "") for one in who.cluster.objects.workloads)


def _callers(who: Who) -> Iterator[Wanting | str]:
    yield from (Wanting(name, None, "") for name in dict.fromkeys(one.src for one in who.needs))


def _called(who: Who) -> Iterator[Wanting | str]:
    yield from (Wanting(name, None, "") for name in dict.fromkeys(one.dst for one in who.needs))


def _api_clients(who: Who) -> Iterator[Wanting | str]:
    """Yield those that were seen to call the API server, and those whose service account a binding names."""
    server = _api_server(who)
    yield from (Wanting(name, None, "it was seen") for name in dict.fromkeys(
        one.src for one in who.needs if one.dst in server
    ))  # fmt: skip
    bound: dict[tuple[str, str], str] = {}
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for manifest in who.cluster.manifests_of(kind, _RBAC):
            for account in _accounts(manifest):
                bound.setdefault(account, manifest.ref)
    for workload in who.cluster.objects.workloads:
        because = bound.get((workload.namespace, workload.service_account or "default"))
        if because is not None:
            yield Wanting(workload.peer, None, f"{because} names its service account")


def _api_server(who: Who) -> set[str]:
    """Return what the API server may be called in what was seen."""
    call = who.services.find(_API)
    names = {
        one.peer
        for one in who.cluster.objects.workloads
        if any(shape.labels.get("component") == "kube-apiserver" for shape in one.shapes)
    }
    if call is not None:
        names |= {*(one.address for one in call.service.endpoints), *call.service.cluster_ips}
        names |= {f"{node.name}[Node]" for node in who.cluster.objects.nodes if names.intersection(node.addresses)}
    return names


def _accounts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for subject in _entries(value_at(manifest.content, "subjects")):
        if text_at(subject, "kind") == "ServiceAccount":
            yield text_at(subject, "namespace") or manifest.namespace or "default", text_at(subject, "name")


def _entries(found: object) -> list[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


# --- webhooks --------------------------------------------------------------------------------------


def _webhooks(who: Who) -> Iterator[Wanting | str]:
    """Yield those behind the Services that the API server is to call."""
    for manifest, service in _called_services(who.cluster):
        namespace, name = text_at(service, "namespace") or "default", text_at(service, "name")
        port = value_at(service, "port")
        yield from _behind(who, manifest.ref, f"{namespace}/{name}", port if isinstance(port, int) else 443)


def _called_services(cluster: Cluster) -> Iterator[tuple[Manifest, Mapping[str, Any]]]:
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        for manifest in cluster.manifests_of(kind, "admissionregistration.k8s.io"):
            for hook in _entries(value_at(manifest.content, "webhooks")):
                yield from _one(manifest, value_at(hook, "clientConfig", "service"))
    for manifest in cluster.manifests_of("CustomResourceDefinition", "apiextensions.k8s.io"):
        conversion = value_at(manifest.content, "spec", "conversion")
        yield from _one(manifest, value_at(conversion, "webhook", "clientConfig", "service"))
        yield from _one(manifest, value_at(conversion, "webhookClientConfig", "service"))
    for manifest in cluster.manifests_of("APIService", "apiregistration.k8s.io"):
        yield from _one(manifest, value_at(manifest.content, "spec", "service"))


def _one(manifest: Manifest, service: object) -> Iterator[tuple[Manifest, Mapping[str, Any]]]:
    if isinstance(service, Mapping) and text_at(service, "name"):
        yield manifest, service


def _behind(who: Who, ref: str, name: str, port: int) -> Iterator[Wanting | str]:
    """Yield the workloads behind a port of a Service, with the ports of their pods."""
    call = who.services.find(f"{name}[Service]")
    if call is None:
        yield f"{ref} names Service {name}, which is not there"
        return
    ports = tuple(one for one in call.service.ports if one.port == port and one.protocol == "TCP")
    if call.service.is_headless and not ports:
        ports = (ServicePort(port),)
    if not ports:
        yield f"{ref} names port {port}, which Service {name} does not have"
        return
    yield from _at(who, ServiceCall(call.service, ports), ref)


def _at(who: Who, call: ServiceCall, ref: str) -> Iterator[Wanting | str]:
    found = False
    for workload in who.cluster.objects.workloads:
        shapes = [shape for shape in living(workload) if call.selects(workload.namespace, shape)]
        ports = PortSet.union_of(call.pod_ports(shape) for shape in shapes)
        if shapes:
            found = True
            if ports:
                yield Wanting(workload.peer, ports, ref)
            else:
                yield f"{ref} leads to {workload.peer}, which has no port of the name that {call.ref} gives"
    if not found:
        yield f"{ref} names {call.ref}, which selects no pods"


# --- metrics ---------------------------------------------------------------------------------------


def _scraped(who: Who) -> Iterator[Wanting | str]:
    """Yield those whose metrics are read."""
    yield from _annotated(who)
    for manifest in who.cluster.manifests_of("ServiceMonitor", _MONITORING):
        yield from _of_service_monitor(who, manifest)
    for manifest in who.cluster.manifests_of("PodMonitor", _MONITORING):
        yield from _of_pod_monitor(who, manifest)


def _annotated(who: Who) -> Iterator[Wanting | str]:
    annotations = _pod_annotations(who.cluster)
    for workload in who.cluster.objects.workloads:
        for found in annotations.get(workload.peer, ()):
            if text_at(found, _SCRAPE) == "true":
                ports = _annotated_ports(found, living(workload))
                yield (
                    Wanting(workload.peer, ports, f"annotation {_SCRAPE}")
                    if ports
                    else (f"{workload.peer} is annotated with {_SCRAPE} and says no port")
                )
    by_name = {(one.namespace, one.name): one for one in who.cluster.objects.services}
    for manifest in who.cluster.manifests_of("Service", ""):
        written = value_at(manifest.content, "metadata", "annotations")
        service = by_name.get((manifest.namespace or "default", manifest.name))
        if service is not None and text_at(written, _SCRAPE) == "true":
            call = ServiceCall(service, _scraped_ports(service, text_at(written, _PORT)))
            yield from _at(who, call, f"{manifest.ref} with annotation {_SCRAPE}")


def _scraped_ports(service: Service, number: str) -> tuple[ServicePort, ...]:
    """Return the ports of a Service that lead to metrics: all for TCP, or the one of its pods that is given."""
    if _is_port(number):
        return (ServicePort(int(number), "TCP", "", int(number)),)
    return tuple(one for one in service.ports if one.protocol == "TCP")


def _is_port(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) <= MAX_PORT


def _annotated_ports(found: object, shapes: Iterable[PodVariant]) -> PortSet:
    number = text_at(found, _PORT)
    if _is_port(number):
        return PortSet.of("TCP", int(number))
    return PortSet.union_of(
        PortSet.of("TCP", port.port) for shape in shapes for port in shape.ports if port.protocol == "TCP"
    )


def _pod_annotations(cluster: Cluster) -> dict[str, list[Mapping[str, Any]]]:
    """Return the annotations of the pods of each workload, of its template or as they were read."""
    written: defaultdict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for manifest in cluster.objects.manifests:
        template = value_at(manifest.content, "spec", "jobTemplate", "spec", "template") or value_at(
            manifest.content, "spec", "template"
        )
        holder = manifest.content if manifest.kind == "Pod" else template
        found = value_at(holder, "metadata", "annotations")
        if isinstance(found, Mapping):
            written[manifest.namespace or "default", manifest.kind, manifest.name].append(found)
    annotations: dict[str, list[Mapping[str, Any]]] = {}
    for workload in cluster.objects.workloads:
        pods = [name for shape in workload.shapes for name in shape.pods]
        keys = [(workload.namespace, workload.kind, workload.name)]
        keys += [(workload.namespace, "Pod", name) for name in pods]
        annotations[workload.peer] = [one for key in dict.fromkeys(keys) for one in written.get(key, ())]
    return annotations


def _is_meant(manifest: Manifest, namespace: str) -> bool:
    """Tell whether a monitor looks at a namespace: its own, those that it names, or any."""
    chosen = value_at(manifest.content, "spec", "namespaceSelector")
    names = value_at(chosen, "matchNames")
    if value_at(chosen, "any") is True:
        return True
    return namespace in names if isinstance(names, list) and names else namespace == (manifest.namespace or "default")


def _of_service_monitor(who: Who, manifest: Manifest) -> Iterator[Wanting | str]:
    selector = selector_written(value_at(manifest.content, "spec", "selector"))
    labels = {
        (one.namespace or "default", one.name): value_at(one.content, "metadata", "labels") or {}
        for one in who.cluster.manifests_of("Service", "")
    }
    found = False
    for service in who.cluster.objects.services:
        if not _is_meant(manifest, service.namespace):
            continue
        if selector is not None and selector.matches(labels.get((service.namespace, service.name), {})):
            found = True
            for endpoint in _entries(value_at(manifest.content, "spec", "endpoints")):
                yield from _endpoint(who, manifest, service, endpoint)
    if not found:
        yield f"{manifest.ref} selects no Service"


def _endpoint(who: Who, manifest: Manifest, service: Service, endpoint: Mapping[str, Any]) -> Iterator[Wanting | str]:
    name, target = text_at(endpoint, "port"), endpoint.get("targetPort")
    if name:
        ports = tuple(one for one in service.ports if one.name == name)
    elif target is not None:
        ports = (ServicePort(0, "TCP", "", target if isinstance(target, int) else str(target)),)
    else:
        ports = service.ports
    if ports:
        yield from _at(who, ServiceCall(service, ports), manifest.ref)
    else:
        yield f"{manifest.ref} names port {name}, which Service {service.namespace}/{service.name} does not have"


def _of_pod_monitor(who: Who, manifest: Manifest) -> Iterator[Wanting | str]:
    selector = selector_written(value_at(manifest.content, "spec", "selector"))
    found = False
    for workload in who.cluster.objects.workloads:
        shapes = [one for one in living(workload) if selector is not None and selector.matches(one.labels)]
        if not shapes or not _is_meant(manifest, workload.namespace):
            continue
        found = True
        endpoints = _entries(value_at(manifest.content, "spec", "podMetricsEndpoints"))
        ports = PortSet.union_of(_pod_port(one, shape) for one in endpoints for shape in shapes)
        yield (
            Wanting(workload.peer, ports, manifest.ref)
            if ports
            else (f"{manifest.ref} leads to {workload.peer}, which has no such port")
        )
    if not found:
        yield f"{manifest.ref} selects no pods"


def _pod_port(endpoint: Mapping[str, Any], shape: PodVariant) -> PortSet:
    named = endpoint.get("port") or endpoint.get("targetPort")
    number = endpoint.get("portNumber") or (named if isinstance(named, int) else None)
    if number is None and isinstance(named, str):
        number = shape.port_named(named, "TCP")
    return PortSet.of("TCP", number) if isinstance(number, int) else PortSet()


def _routed(who: Who) -> Iterator[Wanting | str]:
    """Yield those that Ingresses and routes lead to."""
    log = ProblemLog()
    for target in ingress_targets(who.cluster.objects, log):
        yield Wanting(target.workload.peer, target.ports, target.ingress.ref)
    yield from (f"{one.object} {one.message}" for one in log)


NEEDING: Final[Mapping[str, Needing]] = MappingProxyType(
    {
        "all": _everyone,
        "callers": _callers,
        "called": _called,
        "api-clients": _api_clients,
        "webhooks": _webhooks,
        "scraped": _scraped,
        "routed": _routed,
    }
)
"""Which workloads need an allowance, by what its entry says it is for."""
