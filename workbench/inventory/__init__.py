"""What is deployed: workloads, namespaces, services and policies of a cluster, from manifests."""

from workbench.inventory.assemble import assemble
from workbench.inventory.cluster import Cluster
from workbench.inventory.load import ManifestSource, load_manifests
from workbench.inventory.model import (
    ContainerPort,
    Labels,
    Namespace,
    Node,
    Objects,
    PodShape,
    Service,
    ServicePort,
    Workload,
)

__all__ = [
    "Cluster",
    "ContainerPort",
    "Labels",
    "ManifestSource",
    "Namespace",
    "Node",
    "Objects",
    "PodShape",
    "Service",
    "ServicePort",
    "Workload",
    "assemble",
    "load_manifests",
]
