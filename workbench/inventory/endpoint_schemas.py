"""What the objects that list the endpoints of Services must look like."""

from __future__ import annotations

from workbench.inventory.port_schemas import PortNumber, Protocol, Schema
from workbench.inventory.schemas import Flag, MetadataObject

__all__ = ["EndpointPort", "EndpointSliceObject", "EndpointsObject", "TargetReference"]


class EndpointPort(Schema):
    """A port that an endpoint listens on."""

    name: str = ""
    protocol: Protocol = "TCP"
    port: PortNumber | None = None


class TargetReference(Schema):
    """What an endpoint is."""

    kind: str = ""
    namespace: str = ""
    name: str = ""


class EndpointAddress(Schema):
    ip: str
    target_ref: TargetReference = TargetReference()


class EndpointSubset(Schema):
    addresses: list[EndpointAddress] = []
    ports: list[EndpointPort] = []


class EndpointsObject(MetadataObject):
    """Endpoints: those that are not ready are not modelled."""

    subsets: list[EndpointSubset] = []


class EndpointConditions(Schema):
    ready: Flag = True


class SliceEndpoint(Schema):
    addresses: list[str] = []
    conditions: EndpointConditions = EndpointConditions()
    target_ref: TargetReference = TargetReference()


class EndpointSliceObject(MetadataObject):
    """EndpointSlice; without `ports`, every port."""

    address_type: str = ""
    endpoints: list[SliceEndpoint] = []
    ports: list[EndpointPort] | None = None
