"""What is deployed: workloads, namespaces, services and policies of a cluster, from manifests."""

from workbench.inventory.assemble import assemble
from workbench.inventory.cluster import Cluster
from workbench.inventory.load import ManifestSource, load_manifests
from workbench.inventory.model import (
    Backend,
    ContainerPort,
    Endpoint,
    Ingress,
    Labels,
    Namespace,
    Node,
    Objects,
    Placement,
    PodShape,
    Service,
    ServicePort,
    Workload,
)
from workbench.inventory.placement import NodeDirectory
from workbench.inventory.targets import Target, ingress_targets

__all__ = [
    "Backend",
    "Cluster",
    "ContainerPort",
    "Endpoint",
    "Ingress",
    "Labels",
    "ManifestSource",
    "Namespace",
    "Node",
    "NodeDirectory",
    "Objects",
    "Placement",
    "PodShape",
    "Service",
    "ServicePort",
    "Target",
    "Workload",
    "assemble",
    "ingress_targets",
    "load_manifests",
]
