"""May a route lead to a Service of another namespace: only with a ReferenceGrant in that namespace (Gateway API)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from workbench.ground import ProblemLog
from workbench.inventory.ingress_schemas import ReferenceGrantObject
from workbench.inventory.model import Backend, Ingress
from workbench.inventory.pod_sources import DEFAULT_NAMESPACE
from workbench.inventory.schemas import checked
from workbench.manifests import Manifest

__all__ = ["Grant", "keep_granted", "read_grant"]


class Grant(NamedTuple):
    """Objects of a kind in `origin` may refer to a Service in `namespace`; to all of them if `service` is empty."""

    kind: str
    origin: str
    namespace: str
    service: str


def read_grant(manifest: Manifest, log: ProblemLog) -> list[Grant]:
    """Return what a ReferenceGrant permits to be done with Services."""
    found = checked(manifest, ReferenceGrantObject, log)
    if found is None:
        return []
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    return [
        Grant(origin.kind, origin.namespace, namespace, target.name)
        for origin in found.spec.origins
        for target in found.spec.to
        if (target.group, target.kind) == ("", "Service")
    ]


def keep_granted(ingress: Ingress, grants: Iterable[Grant], log: ProblemLog) -> Ingress:
    """Return `ingress` without backends in other namespaces that no grant permits; each is a warning."""
    kept: list[Backend] = []
    granted = set(grants)
    for backend in ingress.backends:
        asked = (Grant(ingress.kind, ingress.namespace, backend.namespace, name) for name in (backend.service, ""))
        if backend.namespace == ingress.namespace or not granted.isdisjoint(asked):
            kept.append(backend)
        else:
            here = backend.namespace
            service = f"Service {backend.service} of namespace {here}"
            message = f"may not lead to {service}: no ReferenceGrant there permits it"
            remedy = (
                f"If it is meant to, namespace {here} must say so, in a ReferenceGrant from {ingress.kind} of namespace"
                f" {ingress.namespace}."
            )
            log.add(ingress.warning(backend, "reference-not-granted", message, remedy))
    return ingress if len(kept) == len(ingress.backends) else replace(ingress, backends=tuple(kept))
