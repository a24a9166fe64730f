"""What is deployed, as immutable values: workloads and their pod shapes, namespaces, services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from workbench.ground import Problem, Severity, count_of, one_line, visible
from workbench.inventory.controller_labels import NO_CONTROLLER_LABELS, ControllerLabels
from workbench.manifests import FieldPath, Manifest, Source, field_line, field_path
from workbench.policy import LeftOut, Policy

__all__ = [
    "Attachment",
    "Backend",
    "ContainerPort",
    "Endpoint",
    "Ingress",
    "Labels",
    "MultiNetworkPolicy",
    "Namespace",
    "Network",
    "NetworkKind",
    "Node",
    "Objects",
    "Placement",
    "PodVariant",
    "Service",
    "ServicePort",
    "Workload",
]

Labels: TypeAlias = Mapping[str, str]
NO_LABELS: Labels = MappingProxyType({})
HEADLESS = "None"
"""What a Service without an address of its own has in place of one."""


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container declares; `sidecar` if it is an init container that keeps running."""

    port: int
    protocol: str = "TCP"
    name: str = ""
    sidecar: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A further interface of pods, on a secondary network.

    Attributes
    ----------
    namespace, name : str
        The network's definition, which may stand in another namespace than the pods.
    addresses : tuple of str
        Addresses of the pods there, as far as they are known.
    """

    namespace: str
    name: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one pod runs, as far as it was read.

    Attributes
    ----------
    pod : str
        Its name; empty where a template names the node of all its pods.
    ips : tuple of str
        Its addresses.
    node, host_ip : str
        Name (``spec.nodeName``) and address (``status.hostIP``) of its node; empty where they are not known.
    """

    pod: str = ""
    ips: tuple[str, ...] = ()
    node: str = ""
    host_ip: str = ""


@dataclass(frozen=True, slots=True)
class PodVariant:
    """What the pods of a workload have in common, as policies can see it.

    Attributes
    ----------
    labels : mapping of str to str
    ports : tuple of ContainerPort
        Ports of ``containers``, and of those ``initContainers`` that restart always: such a sidecar runs as
        long as its pod does (Kubernetes, "Sidecar Containers"). Other init containers never count.
    host_network : bool
    pods, ips : tuple of str
        Names and addresses of the pods seen with this shape; empty for a template.
    attachments : tuple of Attachment
        Interfaces beside the primary one.
    placements : tuple of Placement
        Where each of `pods` runs; of a template, where all its pods do, if it names a node.
    finished : bool
        Whether its pods have finished (phase Succeeded or Failed) and so have no network any more, nor
        an address: those in `ips` may be another pod's by now. Also of the template of a Job that is done.
    controller_labels : ControllerLabels
        Of a template: what its controller adds to `labels`. Pods that were read have it among theirs.
    """

    labels: Labels = field(default_factory=lambda: NO_LABELS)
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    pods: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    placements: tuple[Placement, ...] = ()
    finished: bool = False
    controller_labels: ControllerLabels = NO_CONTROLLER_LABELS

    def port_named(self, name: str, protocol: str) -> int | None:
        """Return where a Service with this target port leads: to the first port of the name, those of sidecars last.

        Containers may declare one name several times, with different numbers. Policies mean all of them.

        Parameters
        ----------
        name : str
        protocol : str
            ``TCP``, ``UDP`` or ``SCTP``.
        """
        return next((port.port for port in self.ports if (port.name, port.protocol) == (name, protocol)), None)


@dataclass(frozen=True, slots=True)
class Workload:
    """An owner of pods (or a bare Pod), with its one or more pod shapes.

    Attributes
    ----------
    shapes : tuple of PodVariant
        Of the pods that were read, finished ones too; of the template, where no living pod was read
        and the owner makes more.
    replicas : int or None
        As declared; None where nothing says so.
    custom : bool
        Whether custom resources alone tell of it (`workbench.inventory.custom_resources`).
    """

    namespace: str
    name: str
    kind: str
    shapes: tuple[PodVariant, ...] = (PodVariant(),)
    replicas: int | None = None
    service_account: str = ""
    source: Source = Source()
    custom: bool = False

    def __repr__(self) -> str:
        """Return its name, and how many shapes its pods have."""
        return f"Workload({visible(self.peer)}, {count_of(len(self.shapes), 'shape')})"

    @property
    def peer(self) -> str:
        """``namespace/name[Kind]``, as it is printed everywhere (semantics 3)."""
        return f"{self.namespace}/{self.name}[{self.kind}]"

    @property
    def has_siblings(self) -> bool:
        """Whether its pods may have others beside them: all but a bare Pod's may, whatever `replicas` says."""
        return self.kind != "Pod" or sum(len(shape.pods) for shape in self.shapes) > 1


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace; `declared` is False where no manifest declares it (semantics 2)."""

    name: str
    labels: Labels = field(default_factory=lambda: NO_LABELS)
    declared: bool = True
    source: Source = Source()

    def __repr__(self) -> str:
        """Return its name and labels."""
        labels = ", ".join(f"{key}={value}" for key, value in self.labels.items())
        return one_line(f"Namespace({self.name}{labels and f': {labels}'})")


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `addresses` are the IP addresses of ``status.addresses``, by which admin policies know it."""

    name: str
    labels: Labels = field(default_factory=lambda: NO_LABELS)
    addresses: tuple[str, ...] = ()
    source: Source = Source()


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A port of a Service; `target_port` is a number, a container port's name, or None for `port`."""

    port: int
    protocol: str = "TCP"
    name: str = ""
    target_port: int | str | None = None
    node_port: int | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to which a Service sends, as an Endpoints object or an EndpointSlice lists it.

    Attributes
    ----------
    ports : tuple of ContainerPort
        Where it listens; a port of the Service leads to the one of its name.
    pod : str
        ``namespace/name`` of the Pod that it is said to be; empty for none.
    """

    address: str
    ports: tuple[ContainerPort, ...] = ()
    pod: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A Service.

    Attributes
    ----------
    selector : mapping of str to str, or None
        None where it has none.
    endpoints : tuple of Endpoint
        Of a Service without selector: where it sends to, as far as that was read.
    endpoints_read : bool
        Whether Endpoints or EndpointSlices of it were read: without any in `endpoints`, none is ready.
    """

    namespace: str
    name: str
    type: str = "ClusterIP"
    selector: Labels | None = None
    ports: tuple[ServicePort, ...] = ()
    cluster_ips: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = ()
    external_name: str = ""
    source: Source = Source()
    endpoints: tuple[Endpoint, ...] = ()
    endpoints_read: bool = False

    def __repr__(self) -> str:
        """Return its name, and what it offers."""
        offered = ", ".join(f"{one.protocol} {one.port}" for one in self.ports)
        return one_line(f"Service({self.namespace}/{self.name}, {self.type}{offered and f': {offered}'})")

    @property
    def is_headless(self) -> bool:
        """Whether it has no address of its own: its name leads straight to its pods, and no port is changed."""
        return self.cluster_ips[:1] == (HEADLESS,)


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service that an ingress controller sends requests to.

    Attributes
    ----------
    port : int, str or None
        A port of the Service by number or by name; None for all of them.
    path : FieldPath
        Where the object names the Service.
    """

    namespace: str
    service: str
    port: int | str | None = None
    path: FieldPath = ()


@dataclass(frozen=True, slots=True)
class Ingress:
    """A way in from outside through an ingress controller: an Ingress, a Route, an HTTPRoute or a GRPCRoute."""

    kind: str
    namespace: str
    name: str
    backends: tuple[Backend, ...] = ()
    source: Source = Source()

    @property
    def ref(self) -> str:
        """``Kind namespace/name``, for messages."""
        return f"{self.kind} {self.namespace}/{self.name}"

    def warning(self, backend: Backend, code: str, message: str, remedy: str = "") -> Problem:
        """Return a warning about one of the backends.

        Parameters
        ----------
        backend : Backend
            Where it stands.
        code : str
            What kind of problem it is.
        message : str
            What is wrong.
        remedy : str, optional
            What to do about it.
        """
        line = field_line(self.source, backend.path)
        return Problem(
            Severity.WARNING,
            code,
            message,
            remedy,
            file=self.source.file,
            line=line,
            object=self.ref,
            field=field_path(backend.path),
        )


class NetworkKind(StrEnum):
    """What declares a network; the pod network needs no declaration."""

    POD_NETWORK = "pod-network"
    UDN = "UDN"
    CUDN = "CUDN"
    NAD = "NAD"


@dataclass(frozen=True, slots=True)
class Network:
    """A network that pods are on (semantics 17).

    Attributes
    ----------
    name : str
        For a primary UserDefinedNetwork: its namespace, of which it is the one primary network.
    primary : bool
        Whether pods are on it by their namespace, and not by an attachment.
    namespaces : frozenset of str
        Of a primary network: the namespaces whose pods are on it. Of a secondary one: the
        namespaces in which it is defined.
    definition : str
        Name of the object that declares it; the first where there are several.
    """

    kind: NetworkKind
    name: str
    primary: bool = True
    namespaces: frozenset[str] = frozenset()
    definition: str = ""
    source: Source = Source()

    def __repr__(self) -> str:
        """Return its name, and how many namespaces it is about."""
        return one_line(f"Network({self.name}, {self.kind.value}, {count_of(len(self.namespaces), 'namespace')})")


@dataclass(frozen=True, slots=True)
class MultiNetworkPolicy:
    """A policy about secondary networks only, each of them given as (namespace, name) of its definition."""

    policy: Policy
    networks: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Objects:
    """The typed content of a Cluster, each kind sorted by namespace and name.

    `manifests` holds every Kubernetes object that was read, as written, whether or not it is
    modelled: ConfigMaps and custom resources are found there. Secrets are never kept. `left_out` holds
    the policies that were written and take no part in answers, and why.
    """

    workloads: tuple[Workload, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    services: tuple[Service, ...] = ()
    policies: tuple[Policy, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    networks: tuple[Network, ...] = ()
    multi_policies: tuple[MultiNetworkPolicy, ...] = ()
    nodes: tuple[Node, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def counts(self) -> tuple[str, ...]:
        """How many there are of what people ask for first."""
        counted = (
            (self.workloads, "workload"),
            (self.namespaces, "namespace"),
            (self.services, "service"),
            (self.policies, "policy"),
        )
        return tuple(count_of(len(found), noun) for found, noun in counted)

    def __repr__(self) -> str:
        """Return how much there is."""
        return f"Objects({', '.join(self.counts)})"

    def pruned(self) -> Objects:
        """Return what a reader sees that drops unknown fields of policies: those left out for nothing else count."""
        counting = [left.policy for left in self.left_out if left.prunable]
        policies = [*(policy.pruned or policy for policy in self.policies), *counting]
        return replace(
            self,
            policies=tuple(sorted(policies, key=lambda policy: (policy.namespace, policy.name, policy.kind))),
            left_out=tuple(left for left in self.left_out if not left.prunable),
        )
