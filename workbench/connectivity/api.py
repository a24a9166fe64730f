"""The way in: a cluster goes in, who may talk to whom comes out."""

from __future__ import annotations

from workbench.connectivity.compile import as_read, compile_objects
from workbench.connectivity.result import Connectivity
from workbench.connectivity.semantics import Semantics
from workbench.inventory.cluster import Cluster
from workbench.inventory.directory import ServiceDirectory
from workbench.inventory.model import Objects
from workbench.manifests.bulk import many_values
from workbench.manifests.progress import Progress, silent
from workbench.policy.rules import Block

__all__ = ["address_families", "connectivity"]


def connectivity(cluster: Cluster, *, semantics: Semantics = Semantics(), progress: Progress = silent) -> Connectivity:
    """Compute who may talk to whom in `cluster`.

    Parameters
    ----------
    cluster : Cluster
    semantics : Semantics
        How to read what Kubernetes leaves open; `Semantics.REFERENCE` answers as netpol-analyzer does.
    progress : Progress
        Told how far the work has come.

    Returns
    -------
    Connectivity

    Examples
    --------
    >>> conn = connectivity(load_manifests("manifests/"))  # doctest: +SKIP
    >>> conn.query("shop/web", "shop/db", port=5432).allowed  # doctest: +SKIP
    True
    """
    with many_values():
        compiled = compile_objects(cluster.objects, semantics, progress)
        families = address_families(as_read(cluster.objects, semantics), semantics)
        return Connectivity(compiled, families, services=ServiceDirectory.of(cluster.objects))


def address_families(objects: Objects, semantics: Semantics) -> frozenset[int]:
    """Return the families of the external addresses that an answer lists."""
    match semantics.ip_families:
        case "4":
            return frozenset({4})
        case "6":
            return frozenset({6})
        case "both":
            return frozenset({4, 6})
        case "mentioned":
            return frozenset({4, 6} if _mentions_ipv6(objects) else {4})


def _mentions_ipv6(objects: Objects) -> bool:
    for policy in objects.policies:
        for rule in policy.rules:
            for peer in rule.peers:
                if isinstance(peer, Block) and peer.addresses.ipv6:
                    return True
    pod_ips = (ip for workload in objects.workloads for shape in workload.shapes for ip in shape.ips)
    service_ips = (ip for service in objects.services for ip in service.cluster_ips)
    return any(":" in ip for ips in (pod_ips, service_ips) for ip in ips)
