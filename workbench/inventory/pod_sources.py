"""What one object says about pods: a Pod itself, or the template of a controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from workbench.ground import ProblemLog, Severity, parse_address
from workbench.inventory import schemas
from workbench.inventory.attachments import machine_attachments, pod_attachments
from workbench.inventory.controller_labels import ControllerLabels, controller_labels
from workbench.inventory.model import ContainerPort, Labels, Placement, PodVariant
from workbench.inventory.schemas import checked
from workbench.manifests import FieldPath, Manifest, label_problems, name_problems

__all__ = ["DEFAULT_NAMESPACE", "POD_SOURCE_READERS", "Key", "PodSource", "make_pod_source", "template_pod_source"]

DEFAULT_NAMESPACE: Final = "default"
"""The namespace of objects that name none (semantics 2)."""

Key: TypeAlias = tuple[str, str, str]
"""Namespace, kind and name."""


@dataclass(frozen=True, slots=True)
class PodSource:
    """One object that is, or stands above, pods.

    Attributes
    ----------
    shape : PodVariant
        Of the pod, or of the template.
    owner : tuple of (str, str) or None
        Kind and name of the controller, as the object names it.
    custom : bool
        Whether the object is a custom resource.
    template_of : tuple of (str, str) or None
        Kind and name of the object whose pod template is this one's, too.
    """

    manifest: Manifest
    key: Key
    shape: PodVariant
    replicas: int | None = None
    service_account: str = ""
    owner: tuple[str, str] | None = None
    custom: bool = False
    template_of: tuple[str, str] | None = None

    @property
    def kind(self) -> str:
        """The object's own kind."""
        return self.key[1]

    @property
    def is_pod(self) -> bool:
        """Whether this is a Pod, not a template."""
        return self.kind == "Pod"


Reader: TypeAlias = Callable[[Manifest, ProblemLog], PodSource | None]


def _pod(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    pod = checked(manifest, schemas.PodObject, log)
    if pod is None:
        return None
    name, addresses = pod.metadata.any_name, _addresses(manifest, pod.status, log)
    host = pod.status.host_ip if parse_address(pod.status.host_ip) else ""
    shape = PodVariant(
        MappingProxyType(pod.metadata.labels),
        _ports(pod.spec),
        pod.spec.host_network,
        (name,),
        addresses,
        pod_attachments(manifest, pod.metadata.annotations, ("metadata",), log),
        (Placement(name, addresses, pod.spec.node_name, host),),
        finished=pod.status.finished,
    )
    _check_containers(manifest, pod.spec, (), log)
    return make_pod_source(manifest, pod.metadata, shape, log, service_account=pod.spec.account)


def _addresses(manifest: Manifest, status: schemas.PodStatus, log: ProblemLog) -> tuple[str, ...]:
    """Return the addresses of a pod, each once; what is none is a warning."""
    written: dict[str, FieldPath] = {status.pod_ip: ("status", "podIP")}
    for index, one in enumerate(status.pod_ips):
        written.setdefault(one.ip, ("status", "podIPs", index, "ip"))
    for text, path in written.items():
        if text and not parse_address(text):
            message = f"{text!r} is not a valid address; it is left out"
            log.add(manifest.problem(Severity.WARNING, "invalid-address", message, path=path))
    return tuple(filter(parse_address, written))


def _controller(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    found = checked(manifest, schemas.ControllerObject, log)
    return None if found is None else template_pod_source(manifest, found.metadata, found.spec, ("spec",), log)


def _job(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    found = checked(manifest, schemas.JobObject, log)
    if found is None:
        return None
    return template_pod_source(manifest, found.metadata, found.spec, ("spec",), log, finished=found.status.finished)


def _cron_job(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    found = checked(manifest, schemas.CronJobObject, log)
    path = ("spec", "jobTemplate", "spec")
    return (
        None
        if found is None
        else template_pod_source(manifest, found.metadata, found.spec.job_template.spec, path, log)
    )


def _machine(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    """Read a KubeVirt VirtualMachine: its template's labels and ports are those of the pod that runs it."""
    found = checked(manifest, schemas.VirtualMachineObject, log)
    if found is None:
        return None
    template = found.spec.template
    log.extend(label_problems(manifest, template.metadata.labels, ("spec", "template", "metadata", "labels")))
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    shape = _machine_shape(template.metadata.labels, template.spec, namespace)
    shape = replace(shape, controller_labels=_added(manifest, found.metadata, ("spec",)))
    return make_pod_source(manifest, found.metadata, shape, log)


def _machine_instance(manifest: Manifest, log: ProblemLog) -> PodSource | None:
    found = checked(manifest, schemas.VirtualMachineInstanceObject, log)
    if found is None:
        return None
    namespace = found.metadata.namespace or DEFAULT_NAMESPACE
    shape = replace(
        _machine_shape(found.metadata.labels, found.spec, namespace),
        finished=found.status.finished,
        controller_labels=_added(manifest, found.metadata, ("spec",)),
    )
    return make_pod_source(manifest, found.metadata, shape, log)


POD_SOURCE_READERS: Final[Mapping[tuple[str, str], Reader]] = MappingProxyType(
    {
        ("", "Pod"): _pod,
        ("", "ReplicationController"): _controller,
        ("apps", "Deployment"): _controller,
        ("apps", "ReplicaSet"): _controller,
        ("apps", "StatefulSet"): _controller,
        ("apps", "DaemonSet"): _controller,
        ("apps.openshift.io", "DeploymentConfig"): _controller,
        ("batch", "Job"): _job,
        ("batch", "CronJob"): _cron_job,
        ("kubevirt.io", "VirtualMachine"): _machine,
        ("kubevirt.io", "VirtualMachineInstance"): _machine_instance,
    }
)
"""How each workload kind is read, by (API group, kind)."""


def template_pod_source(
    manifest: Manifest,
    metadata: schemas.Metadata,
    spec: schemas.Templated,
    path: FieldPath,
    log: ProblemLog,
    *,
    finished: bool = False,
) -> PodSource:
    """Return the source of a controller whose `spec`, at `path`, holds a pod template."""
    template = spec.template
    path = (*path, "template")
    log.extend(label_problems(manifest, template.metadata.labels, (*path, "metadata", "labels")))
    _check_containers(manifest, template.spec, path, log)
    shape = PodVariant(
        MappingProxyType(template.metadata.labels),
        _ports(template.spec),
        template.spec.host_network,
        attachments=pod_attachments(manifest, template.metadata.annotations, (*path, "metadata"), log),
        placements=(Placement(node=template.spec.node_name),) if template.spec.node_name else (),
        finished=finished,
        controller_labels=_added(manifest, metadata, path[:-1]),
    )
    replicas = None if manifest.kind == "DaemonSet" else spec.count
    return make_pod_source(manifest, metadata, shape, log, service_account=template.spec.account, replicas=replicas)


def _added(manifest: Manifest, metadata: schemas.Metadata, path: FieldPath) -> ControllerLabels:
    """Return what controllers add to the labels of the template in the spec at `path`."""
    spec: Any = manifest.content
    for step in path:
        spec = spec[step]
    name = metadata.name or f"{metadata.generate_name.removesuffix('-')}-"
    return controller_labels(manifest.group, manifest.kind, name, spec)


def _machine_shape(labels: Labels, spec: schemas.VirtualMachineInstanceSpec, namespace: str) -> PodVariant:
    interfaces = spec.domain.devices.interfaces
    ports = (ContainerPort(port.port, port.protocol, port.name) for one in interfaces for port in one.ports)
    attachments = machine_attachments(spec, namespace)
    return PodVariant(MappingProxyType(dict(labels)), tuple(dict.fromkeys(ports)), attachments=attachments)


def _ports(spec: schemas.PodSpec) -> tuple[ContainerPort, ...]:
    """Return the ports of containers and sidecars, each once."""
    declared = (
        ContainerPort(port.container_port, port.protocol, port.name, sidecar)
        for containers, sidecar in ((spec.containers, False), (spec.sidecars, True))
        for container in containers
        for port in container.ports
    )
    return tuple(dict.fromkeys(declared))


def _check_containers(manifest: Manifest, spec: schemas.PodSpec, path: FieldPath, log: ProblemLog) -> None:
    if not spec.containers:
        message = "a pod needs at least one container"
        where = (*path, "spec", "containers")
        log.add(manifest.problem(Severity.ERROR, "no-containers", message, path=where))


def make_pod_source(
    manifest: Manifest,
    metadata: schemas.Metadata,
    shape: PodVariant,
    log: ProblemLog,
    *,
    service_account: str = "",
    replicas: int | None = None,
) -> PodSource:
    """Return the source that an object with these metadata is."""
    log.extend(name_problems(manifest))
    log.extend(label_problems(manifest, metadata.labels, ("metadata", "labels")))
    key = (metadata.namespace or DEFAULT_NAMESPACE, manifest.kind, metadata.any_name)
    owner = next(((one.kind, one.name) for one in metadata.owner_references if one.controller), None)
    return PodSource(manifest, key, shape, replicas, service_account, owner)
