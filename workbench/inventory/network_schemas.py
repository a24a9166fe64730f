"""What the objects that declare networks must look like (k8s.ovn.org/v1)."""

from __future__ import annotations

from workbench.inventory.port_schemas import Schema
from workbench.inventory.schemas import MetadataObject
from workbench.policy import LabelSelector

__all__ = ["ClusterUserDefinedNetworkObject", "NetworkSpec", "UserDefinedNetworkObject"]


class Layer(Schema):
    role: str = ""


class NetworkSpec(Schema):
    """What a network is: its topology, and the layer that describes it."""

    topology: str = ""
    layer2: Layer | None = None
    layer3: Layer | None = None
    localnet: Layer | None = None

    @property
    def layers(self) -> dict[str, Layer | None]:
        """The layer of each topology."""
        return {"Layer2": self.layer2, "Layer3": self.layer3, "Localnet": self.localnet}


class UserDefinedNetworkObject(MetadataObject):
    """The network of one namespace."""

    spec: NetworkSpec


class ClusterUserDefinedNetworkSpec(Schema):
    namespace_selector: LabelSelector
    network: NetworkSpec


class ClusterUserDefinedNetworkObject(MetadataObject):
    """A network of several namespaces."""

    spec: ClusterUserDefinedNetworkSpec
