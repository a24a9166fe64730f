"""The way in: a cluster goes in, who may talk to whom comes out."""

from __future__ import annotations

from workbench.connectivity.compile import as_read, compile_objects
from workbench.connectivity.families import Families
from workbench.connectivity.origin import Origin
from workbench.connectivity.result import Connectivity
from workbench.connectivity.semantics import Semantics
from workbench.inventory.cluster import Cluster
from workbench.inventory.directory import ServiceDirectory
from workbench.inventory.given import no_cluster
from workbench.manifests.bulk import many_values
from workbench.manifests.progress import Progress, silent

__all__ = ["connectivity"]


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

    Raises
    ------
    TypeError
        If `cluster` is none; the message says what to write.

    Examples
    --------
    >>> conn = connectivity(load_manifests("manifests/"))  # doctest: +SKIP
    >>> conn.query("shop/web", "shop/db", port=5432).allowed  # doctest: +SKIP
    True
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster)
    with many_values():
        compiled = compile_objects(cluster.objects, semantics, progress)
        families = Families.of(as_read(cluster.objects, semantics), semantics)
        return Connectivity(compiled, families, services=ServiceDirectory.of(cluster.objects), origin=Origin(cluster))
