"""Which custom resources make pods: those with a pod template are workloads, of the others a problem says so.

Any object of a kind that is not Kubernetes' own and that has a pod template at ``spec.template`` is read like a
Deployment. What else is certain of an operator's pods stands here; what is not certain is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from workbench.ground import Problem, ProblemLog, Severity
from workbench.inventory import schemas
from workbench.inventory.controller_labels import controller_labels
from workbench.inventory.custom_schemas import MonitoringObject, RolloutObject, TemplatedObject
from workbench.inventory.model import ContainerPort, PodVariant
from workbench.inventory.pod_sources import (
    DEFAULT_NAMESPACE,
    POD_SOURCE_READERS,
    PodSource,
    make_pod_source,
    template_pod_source,
)
from workbench.inventory.schemas import checked
from workbench.inventory.unread_kinds import MAKERS_OF_PODS
from workbench.inventory.versions import BUILT_IN
from workbench.manifests import FieldPath, Manifest

__all__ = ["custom_reader", "is_custom", "makes_pods", "missing_template", "pods_not_read"]

Reader: TypeAlias = Callable[[Manifest, ProblemLog], PodSource | None]
_Key: TypeAlias = tuple[str, str, str]
"""Namespace, kind and name."""

_PATTERNS_ONLY: Final = frozenset(
    {"apiextensions.k8s.io", "kyverno.io", "policies.kyverno.io", "templates.gatekeeper.sh"}
)
"""Groups whose objects hold parts of pods that they only compare others with."""
_NOT_CUSTOM: Final = _PATTERNS_ONLY.union(BUILT_IN)
_MADE_BY_OTHERS: Final = frozenset({("serving.knative.dev", "Configuration"), ("serving.knative.dev", "Revision")})
"""Kinds that stand between another object that is read and its pods."""
_DEPTH: Final = 12
"""Pod templates are looked for so deep in a custom resource."""


@cache
def is_custom(group: str, kind: str) -> bool:
    """Tell whether a kind is one of an operator's, whose objects may make pods."""
    known = (group, kind) in POD_SOURCE_READERS or (group, kind) in _MADE_BY_OTHERS
    return "." in group and not known and group not in _NOT_CUSTOM


def custom_reader(manifest: Manifest) -> Reader | None:
    """Return how a custom resource is read that makes pods; None for any other object."""
    kind = (manifest.group, manifest.kind)
    if kind in _READERS:
        return _READERS[kind]
    return _templated if is_custom(*kind) and _has_template(manifest.content.get("spec")) else None


def pods_not_read(unread: Iterable[Manifest], sources: Iterable[PodSource]) -> Iterator[Problem]:
    """Yield a warning for each of the custom resources `unread` that makes pods in a way that is not known here.

    None where pods or controllers that it owns were read, or owners of such: they are what it made.
    """
    others = tuple(unread)
    makers = [manifest for manifest in others if makes_pods(manifest)]
    if not makers:
        return
    owners = _owners(others, sources)
    for manifest in makers:
        if _key(manifest) not in owners:
            yield _not_read(manifest, "its operator makes them in a way that is not known here")


def _owners(unread: Iterable[Manifest], sources: Iterable[PodSource]) -> set[_Key]:
    """Return all owners of what was read, and owners of these among the objects `unread`."""
    by_key = {_key(manifest): manifest for manifest in unread}
    found: set[_Key] = set()
    waiting = [source.manifest for source in sources]
    while waiting:
        manifest = waiting.pop()
        references = manifest.metadata.get("ownerReferences")
        for one in references if isinstance(references, list) else ():
            known = one if isinstance(one, Mapping) else {}
            owner = (manifest.namespace or DEFAULT_NAMESPACE, str(known.get("kind")), str(known.get("name")))
            if owner not in found:
                found.add(owner)
                waiting.extend([by_key[owner]] if owner in by_key else [])
    return found


def _key(manifest: Manifest) -> _Key:
    return manifest.namespace or DEFAULT_NAMESPACE, manifest.kind, manifest.name


def makes_pods(manifest: Manifest) -> bool:
    """Tell whether a custom resource is known to make pods, or holds a template of some."""
    if (manifest.group, manifest.kind) in MAKERS_OF_PODS:
        return True
    return not manifest.kind.endswith("Template") and _holds_template(manifest.content.get("spec"), _DEPTH)


def _holds_template(content: object, depth: int) -> bool:
    """Tell whether there is a pod template somewhere in a part of an object."""
    if depth == 0:
        return False
    if isinstance(content, list):
        return any(_holds_template(entry, depth - 1) for entry in content)
    if not isinstance(content, Mapping):
        return False
    return any(_is_template(value) or _holds_template(value, depth - 1) for value in content.values())


def _has_template(spec: object) -> bool:
    """Tell whether `spec` has a pod template as its ``template``."""
    return isinstance(spec, Mapping) and _is_template(spec.get("template"))


def _is_template(content: object) -> bool:
    """Tell whether a part of an object is a pod template: it has a spec with containers that have images."""
    containers = content
    for step in ("spec", "containers"):
        containers = containers.get(step) if isinstance(containers, Mapping) else None
    return isinstance(containers, list) and any(
        isinstance(entry, Mapping) and isinstance(entry.get("image"), str) for entry in containers
    )


def _templated(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    """Read a resource with a pod template at ``spec.template``, of whatever kind."""
    found = checked(manifest, TemplatedObject, log)
    if found is None:
        return None
    return _custom(template_pod_source(manifest, found.metadata, found.spec, ("spec",), log))


def _rollout(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    """Read an Argo Rollout: its pod template is its own, or that of a Deployment that it names."""
    found = checked(manifest, RolloutObject, log)
    if found is None:
        return None
    reference = found.spec.workload_ref
    if not reference.name:
        return _templated(manifest, log)
    added = controller_labels(manifest.group, manifest.kind, found.metadata.any_name, {})
    shape = PodVariant(controller_labels=added)
    source = make_pod_source(manifest, found.metadata, shape, log, replicas=found.spec.replicas)
    return replace(_custom(source), template_of=(reference.kind, reference.name))


def _scaled_job(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    """Read a ScaledJob of KEDA, whose Jobs are made from ``spec.jobTargetRef``."""
    path: FieldPath = ("spec", "jobTargetRef")
    found = checked(manifest, schemas.MetadataObject, log)
    spec = manifest.content.get("spec")
    target = spec.get("jobTargetRef") if isinstance(spec, Mapping) else None
    if found is None or not _has_template(target):
        return None
    inner = checked(Manifest({**manifest.content, "spec": target}, manifest.source), TemplatedObject, log)
    return None if inner is None else _custom(template_pod_source(manifest, found.metadata, inner.spec, path, log))


def _monitoring(
    name: str, beginning: str, ports: Callable[[MonitoringObject], list[ContainerPort]]
) -> Callable[[Manifest, ProblemLog], PodSource | None]:
    """Return the reader of a kind of the Prometheus operator, whose pods' labels it documents.

    Parameters
    ----------
    name : str
        Value of ``app.kubernetes.io/name``, and the key of the label that has the object's name.
    beginning : str
        What the name of its StatefulSet begins with.
    ports : callable
        Which ports its containers declare.
    """

    def read(manifest: Manifest, log: ProblemLog) -> PodSource | None:
        found = checked(manifest, MonitoringObject, log)
        if found is None:
            return None
        spec, own = found.spec, found.metadata.any_name
        labels = {
            **spec.pod_metadata.labels,
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": own,
            "app.kubernetes.io/managed-by": "prometheus-operator",
            name: own,
        }
        if name == "prometheus":
            labels["operator.prometheus.io/name"] = own
            if not spec.shards or spec.shards == 1:
                labels["operator.prometheus.io/shard"] = "0"
        if spec.version:
            labels["app.kubernetes.io/version"] = spec.version.removeprefix("v")
        shape = PodVariant(
            MappingProxyType(labels),
            tuple(ports(found)),
            spec.host_network,
            controller_labels=controller_labels(
                "apps", "StatefulSet", f"{beginning}-{own}", manifest.content.get("spec")
            ),
        )
        account = spec.service_account_name
        return _custom(
            make_pod_source(manifest, found.metadata, shape, log, service_account=account, replicas=spec.replicas)
        )

    return read


def _prometheus_ports(found: MonitoringObject) -> list[ContainerPort]:
    own = [] if found.spec.listen_local else [ContainerPort(9090, "TCP", found.spec.port_name or "web")]
    thanos = [ContainerPort(10902, "TCP", "http"), ContainerPort(10901, "TCP", "grpc")]
    return [*own, *(thanos if found.spec.thanos is not None else ())]


def _alertmanager_ports(found: MonitoringObject) -> list[ContainerPort]:
    own = [] if found.spec.listen_local else [ContainerPort(9093, "TCP", found.spec.port_name or "web")]
    return [*own, ContainerPort(9094, "TCP", "mesh-tcp"), ContainerPort(9094, "UDP", "mesh-udp")]


def _ruler_ports(found: MonitoringObject) -> list[ContainerPort]:
    own = [] if found.spec.listen_local else [ContainerPort(10902, "TCP", found.spec.port_name or "web")]
    return [ContainerPort(10901, "TCP", "grpc"), *own]


_MONITORING: Final = "monitoring.coreos.com"
_READERS: Final[Mapping[tuple[str, str], Reader]] = MappingProxyType(
    {
        ("argoproj.io", "Rollout"): _rollout,
        ("keda.sh", "ScaledJob"): _scaled_job,
        (_MONITORING, "Prometheus"): _monitoring("prometheus", "prometheus", _prometheus_ports),
        (_MONITORING, "Alertmanager"): _monitoring("alertmanager", "alertmanager", _alertmanager_ports),
        (_MONITORING, "ThanosRuler"): _monitoring("thanos-ruler", "thanos-ruler", _ruler_ports),
    }
)
"""How custom resources are read whose pods are not made from ``spec.template`` alone."""


def _custom(source: PodSource) -> PodSource:
    """Return the source of a custom resource; a kind that Kubernetes has, too, is named with its group."""
    namespace, kind, name = source.key
    is_known = any(kind in kinds for kinds in BUILT_IN.values()) and not any(
        kind == one for _, one in POD_SOURCE_READERS
    )
    full = f"{kind}.{source.manifest.group}" if is_known else kind
    return replace(source, key=(namespace, full, name), custom=True)


def _not_read(manifest: Manifest, why: str) -> Problem:
    ref = f"{manifest.kind} {manifest.namespace or DEFAULT_NAMESPACE}/{manifest.any_name}"
    message = f"pods of {ref} are not in the answers: {why}"
    remedy = "add the pods as they run: kubectl get pods -A -o yaml"
    return manifest.problem(Severity.WARNING, "pods-not-read", message, remedy=remedy)


def missing_template(source: PodSource) -> Problem:
    """Return the warning about a source whose pod template is that of an object which was not read."""
    kind, name = source.template_of or ("", "")
    return _not_read(source.manifest, f"their template is that of {kind} {name}, which is not among the manifests")
