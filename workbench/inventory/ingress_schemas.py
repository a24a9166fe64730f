"""What the objects that lead requests into a cluster must look like."""

from __future__ import annotations

from pydantic import Field

from workbench.inventory.port_schemas import PortNumber, Schema
from workbench.inventory.schemas import MetadataObject
from workbench.manifests import IntOrString, JsonInt

__all__ = [
    "BackendRef",
    "GatewayRouteObject",
    "IngressBackend",
    "IngressObject",
    "ReferenceGrantObject",
    "RouteObject",
    "RouteTarget",
]


class ServiceBackendPort(Schema):
    name: str = ""
    number: JsonInt | None = None


class ServiceBackend(Schema):
    name: str
    port: ServiceBackendPort = ServiceBackendPort()


class LocalReference(Schema):
    kind: str = ""
    name: str = ""


class IngressBackend(Schema):
    """A backend of an Ingress; `service_name` and `service_port` are v1beta1's."""

    service: ServiceBackend | None = None
    resource: LocalReference | None = None
    service_name: str = ""
    service_port: IntOrString | None = None


class HTTPIngressPath(Schema):
    backend: IngressBackend


class HTTPIngressRule(Schema):
    paths: list[HTTPIngressPath] = []


class IngressRule(Schema):
    http: HTTPIngressRule = HTTPIngressRule()


class IngressSpec(Schema):
    """`spec` of an Ingress; `backend` is v1beta1's name of `default_backend`."""

    default_backend: IngressBackend | None = None
    backend: IngressBackend | None = None
    rules: list[IngressRule] = []


class IngressObject(MetadataObject):
    """An Ingress, of any version."""

    spec: IngressSpec = IngressSpec()


class RouteTarget(Schema):
    """A target of an OpenShift Route; of the requests it gets the share that `weight` is of all weights."""

    kind: str = "Service"
    name: str
    weight: JsonInt | None = None


class RoutePort(Schema):
    target_port: IntOrString | None = None


class RouteSpec(Schema):
    to: RouteTarget
    alternate_backends: list[RouteTarget] = []
    port: RoutePort = RoutePort()


class RouteObject(MetadataObject):
    """An OpenShift Route."""

    spec: RouteSpec


class ObjectReference(Schema):
    group: str = ""
    kind: str = "Service"
    name: str
    namespace: str = ""
    port: PortNumber | None = None


class RequestMirror(Schema):
    backend_ref: ObjectReference


class RouteFilter(Schema):
    request_mirror: RequestMirror | None = None


class BackendRef(ObjectReference):
    """A backend of a route; of the requests it gets the share that `weight` is of all weights."""

    weight: JsonInt = 1
    filters: list[RouteFilter] = []


class GatewayRule(Schema):
    backend_refs: list[BackendRef] = []
    filters: list[RouteFilter] = []


class ParentReference(Schema):
    group: str = "gateway.networking.k8s.io"
    kind: str = "Gateway"


class GatewayRouteSpec(Schema):
    parent_refs: list[ParentReference] = []
    rules: list[GatewayRule] = []


class GatewayRouteObject(MetadataObject):
    """An HTTPRoute or a GRPCRoute: what we use of the two is the same."""

    spec: GatewayRouteSpec = GatewayRouteSpec()


class GrantFrom(Schema):
    group: str = ""
    kind: str
    namespace: str


class GrantTo(Schema):
    group: str = ""
    kind: str
    name: str = ""


class ReferenceGrantSpec(Schema):
    origins: list[GrantFrom] = Field(default=[], alias="from")
    to: list[GrantTo] = []


class ReferenceGrantObject(MetadataObject):
    """What objects of other namespaces may refer to in the grant's own."""

    spec: ReferenceGrantSpec
