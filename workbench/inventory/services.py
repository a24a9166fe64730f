"""Which Services and which Namespaces there are."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from workbench.ground import ProblemLog, Severity
from workbench.inventory.model import Namespace, Service, ServicePort
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE
from workbench.inventory.schemas import MetadataObject, ServiceObject, checked
from workbench.manifests import Manifest, label_problems, name_problems
from workbench.policy import NAMESPACE_NAME_LABEL

__all__ = ["complete_namespaces", "read_namespace", "read_service"]


def read_namespace(manifest: Manifest, log: ProblemLog) -> Namespace | None:
    """Return a declared namespace, with its name in its labels; None, and problems, if it is malformed."""
    found = checked(manifest, MetadataObject, log)
    if found is None:
        return None
    name = found.metadata.any_name
    log.extend(name_problems(manifest))
    log.extend(label_problems(manifest, found.metadata.labels, ("metadata", "labels")))
    written = found.metadata.labels.get(NAMESPACE_NAME_LABEL, name)
    if written != name:
        message = f"{written!r} is not the name of this namespace: the API server sets the label to {name!r}"
        path = ("metadata", "labels", NAMESPACE_NAME_LABEL)
        remedy = "leave the label out; where another namespace is meant, select it by its own name"
        log.add(manifest.problem(Severity.WARNING, "namespace-name-label", message, remedy=remedy, path=path))
    labels = {**found.metadata.labels, NAMESPACE_NAME_LABEL: name}
    return Namespace(name, MappingProxyType(labels), source=manifest.source)


def complete_namespaces(declared: Iterable[Namespace], used: Iterable[str]) -> tuple[Namespace, ...]:
    """Return `declared` and a synthesised namespace for each other name in `used`, sorted by name."""
    known = {namespace.name: namespace for namespace in declared}
    for name in used:
        if name not in known:
            labels = MappingProxyType({NAMESPACE_NAME_LABEL: name})
            known[name] = Namespace(name, labels, declared=False)
    return tuple(known[name] for name in sorted(known))


def read_service(manifest: Manifest, log: ProblemLog) -> Service | None:
    """Return a Service; None, and problems in `log`, if it is malformed.

    Addresses that a load balancer was given (``status.loadBalancer``) are among its external ones.
    """
    found = checked(manifest, ServiceObject, log)
    if found is None:
        return None
    log.extend(name_problems(manifest))
    log.extend(label_problems(manifest, found.metadata.labels, ("metadata", "labels")))
    spec = found.spec
    if spec.selector:
        log.extend(label_problems(manifest, spec.selector, ("spec", "selector")))
    balanced = [ingress.ip for ingress in found.status.load_balancer.ingress]
    return Service(
        found.metadata.namespace or DEFAULT_NAMESPACE,
        found.metadata.any_name,
        spec.type,
        MappingProxyType(spec.selector) if spec.selector else None,
        tuple(
            ServicePort(port.port, port.protocol, port.name, port.target_port, port.node_port) for port in spec.ports
        ),
        tuple(dict.fromkeys(ip for ip in (spec.cluster_ip, *spec.cluster_ips) if ip)),
        tuple(dict.fromkeys(ip for ip in (*spec.external_ips, *balanced) if ip)),
        spec.external_name,
        manifest.source,
    )
