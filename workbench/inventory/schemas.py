"""What the fields that we use must look like: models that check them, and name the field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field

from workbench.ground import ProblemLog, Severity
from workbench.inventory.bad_ports import without_bad_ports
from workbench.inventory.port_schemas import InterfacePort, Port, PortNumber, Protocol, Schema
from workbench.manifests import IntOrString, JsonInt, Manifest, StringMap, validate, whole_float_as_int

__all__ = [
    "ControllerObject",
    "Count",
    "CronJobObject",
    "Flag",
    "JobObject",
    "Metadata",
    "MetadataObject",
    "NodeObject",
    "PodObject",
    "PodSpec",
    "ServiceObject",
    "TemplateMetadata",
    "Templated",
    "VirtualMachineInstanceObject",
    "VirtualMachineInstanceSpec",
    "VirtualMachineObject",
    "checked",
]

LETTERS = {"y": True, "Y": True, "n": False, "N": False}
"""Booleans to Kubernetes, which are read as text because text is what people mean by them (`AMBIGUOUS`)."""


Count = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(whole_float_as_int)]  # an int32 to the API server
Flag = Annotated[bool, BeforeValidator(lambda value: LETTERS.get(value, value) if isinstance(value, str) else value)]


def _texts(value: object) -> object:
    """Keep the annotations that are texts: others are not used, and a pod must not be lost for one."""
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, Mapping) else {}


Annotations = Annotated[dict[str, str], BeforeValidator(_texts)]


class OwnerReference(Schema):
    kind: str = ""
    name: str = ""
    controller: Flag = False


class Metadata(Schema):
    """What every object says about itself."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    labels: StringMap = Field(default_factory=dict)
    annotations: Annotations = Field(default_factory=dict)
    owner_references: list[OwnerReference] = Field(default_factory=list)

    @property
    def any_name(self) -> str:
        """The name; the beginning of it where the API server is to make up the rest."""
        return self.name or self.generate_name


class MetadataObject(Schema):
    """Any object of which only the metadata matter."""

    metadata: Metadata


class Container(Schema):
    ports: list[Port] = Field(default_factory=list)
    restart_policy: str = ""


class PodSpec(Schema):
    """What runs in a pod, and how it is on the network."""

    containers: list[Container] = Field(default_factory=list)
    init_containers: list[Container] = Field(default_factory=list)
    host_network: Flag = False
    node_name: str = ""
    service_account_name: str = ""
    service_account: str = ""

    @property
    def account(self) -> str:
        """The service account, under its name of today or its older one."""
        return self.service_account_name or self.service_account

    @property
    def sidecars(self) -> list[Container]:
        """The init containers that run as long as the pod does."""
        return [container for container in self.init_containers if container.restart_policy == "Always"]


class TemplateMetadata(Schema):
    """What a template says about its pods."""

    labels: StringMap = Field(default_factory=dict)
    annotations: Annotations = Field(default_factory=dict)


class PodTemplate(Schema):
    metadata: TemplateMetadata = TemplateMetadata()
    spec: PodSpec


class PodAddress(Schema):
    ip: str = ""


class PhasedStatus(Schema):
    phase: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing runs any more, and nothing will."""
        return self.phase in {"Succeeded", "Failed"}


class PodStatus(PhasedStatus):
    pod_ip: str = Field(default="", alias="podIP")
    pod_ips: list[PodAddress] = Field(default=[], alias="podIPs")
    host_ip: str = Field(default="", alias="hostIP")


class PodObject(MetadataObject):
    """Pod."""

    spec: PodSpec
    status: PodStatus = PodStatus()


class NodeAddress(Schema):
    address: str = ""


class NodeStatus(Schema):
    addresses: list[NodeAddress] = []


class NodeObject(MetadataObject):
    """A Node."""

    status: NodeStatus = NodeStatus()


class Templated(Schema):
    """A spec with a pod template."""

    template: PodTemplate

    @property
    def count(self) -> int | None:
        """How many pods are wanted, as declared."""
        return None


class ControllerSpec(Templated):
    replicas: Count | None = None

    @property
    def count(self) -> int | None:
        return self.replicas


class ControllerObject(MetadataObject):
    """Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController and DeploymentConfig."""

    spec: ControllerSpec


class JobSpec(Templated):
    parallelism: Count | None = None

    @property
    def count(self) -> int | None:
        return self.parallelism


class Condition(Schema):
    type: str = ""
    status: str = ""


class JobStatus(Schema):
    conditions: list[Condition] = []

    @property
    def finished(self) -> bool:
        """Whether the Job makes no pods any more."""
        return any(one.type in {"Complete", "Failed"} and one.status == "True" for one in self.conditions)


class JobObject(MetadataObject):
    """Job."""

    spec: JobSpec
    status: JobStatus = JobStatus()


class JobTemplate(Schema):
    spec: JobSpec


class CronJobSpec(Schema):
    job_template: JobTemplate


class CronJobObject(MetadataObject):
    """CronJob."""

    spec: CronJobSpec


class Interface(Schema):
    ports: list[InterfacePort] = []


class Devices(Schema):
    interfaces: list[Interface] = []


class Domain(Schema):
    devices: Devices = Devices()


class MultusNetwork(Schema):
    network_name: str


class MachineNetwork(Schema):
    multus: MultusNetwork | None = None


class CloudInit(Schema):
    network_data: str = ""


class MachineVolume(Schema):
    cloud_init_no_cloud: CloudInit = CloudInit()
    cloud_init_config_drive: CloudInit = CloudInit()


class VirtualMachineInstanceSpec(Schema):
    """What KubeVirt runs in a pod."""

    domain: Domain = Domain()
    networks: list[MachineNetwork] = []
    volumes: list[MachineVolume] = []


class VirtualMachineInstanceObject(MetadataObject):
    """VirtualMachineInstance of KubeVirt."""

    spec: VirtualMachineInstanceSpec
    status: PhasedStatus = PhasedStatus()


class VirtualMachineTemplate(Schema):
    metadata: TemplateMetadata = TemplateMetadata()
    spec: VirtualMachineInstanceSpec = VirtualMachineInstanceSpec()


class VirtualMachineSpec(Schema):
    template: VirtualMachineTemplate


class VirtualMachineObject(MetadataObject):
    """VirtualMachine of KubeVirt."""

    spec: VirtualMachineSpec


class ServicePortSpec(Schema):
    port: PortNumber
    protocol: Protocol = "TCP"
    name: str = ""
    target_port: IntOrString | None = None
    node_port: JsonInt | None = None


class ServiceSpec(Schema):
    type: Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] = "ClusterIP"
    selector: StringMap | None = None
    ports: list[ServicePortSpec] = []
    cluster_ip: str = Field(default="", alias="clusterIP")
    cluster_ips: list[str] = Field(default=[], alias="clusterIPs")
    external_ips: list[str] = Field(default=[], alias="externalIPs")
    external_name: str = ""


class AddressOfIngress(Schema):
    ip: str = ""


class LoadBalancer(Schema):
    ingress: list[AddressOfIngress] = []


class ServiceStatus(Schema):
    load_balancer: LoadBalancer = LoadBalancer()


class ServiceObject(MetadataObject):
    """Service."""

    spec: ServiceSpec = ServiceSpec()
    status: ServiceStatus = ServiceStatus()


Checked = TypeVar("Checked", bound=MetadataObject)


def checked(manifest: Manifest, schema: type[Checked], log: ProblemLog) -> Checked | None:
    """Return the fields of `manifest` that we use; None, and a problem for each wrong one, if any is wrong.

    A malformed port costs only itself (`without_bad_ports`).
    """
    first = ProblemLog()
    found = validate(schema, manifest.content, manifest, first)
    if found is None:
        repaired = without_bad_ports(manifest, log)
        if repaired is manifest:
            log.extend(first)
        else:
            found = validate(schema, repaired.content, repaired, log)
    else:
        log.extend(first)
    if found is not None and not found.metadata.any_name:
        message = "metadata.name is missing; the object is left out"
        log.add(manifest.problem(Severity.ERROR, "invalid-object", message, path=("metadata", "name")))
        return None
    return found
