"""What is deployed: workloads, namespaces, services and policies of a cluster, from manifests.

The names are imported when they are first asked for: reading a recording of flows must not wait for what checks
manifests.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "assemble": ("assemble",),
    "cluster": ("Cluster",),
    "load": ("ManifestSource", "load_manifests"),
    "model": (
        "Backend",
        "ContainerPort",
        "Endpoint",
        "Ingress",
        "Labels",
        "Namespace",
        "Node",
        "Objects",
        "Placement",
        "PodShape",
        "Service",
        "ServicePort",
        "Workload",
    ),
    "placement": ("NodeDirectory",),
    "targets": ("Target", "ingress_targets"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """Import a public name from its module."""
        if name not in _HOME_OF:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, so that notebooks complete them."""
    return __all__
