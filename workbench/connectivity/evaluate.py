"""The entry point: a cluster goes in, its connectivity comes out."""

from __future__ import annotations

from workbench.connectivity.engine import Semantics, compile_engine
from workbench.connectivity.origin import Origin
from workbench.connectivity.result import Connectivity
from workbench.ground import Progress, gc_paused, no_progress
from workbench.inventory import Cluster, ServiceDirectory, no_cluster

__all__ = ["evaluate"]


def evaluate(cluster: Cluster, *, semantics: Semantics = Semantics(), progress: Progress = no_progress) -> Connectivity:
    """Compute which workloads may connect to which in `cluster`.

    Parameters
    ----------
    cluster : Cluster
    semantics : Semantics
        How to read what Kubernetes leaves open; `Semantics.REFERENCE` answers as netpol-analyzer does.
    progress : Progress
        Called with the progress of the work.

    Returns
    -------
    Connectivity

    Raises
    ------
    TypeError
        If `cluster` is none; the message says what to write.

    Examples
    --------
    >>> conn = evaluate(load_manifests("manifests/"))  # doctest: +SKIP
    >>> conn.query("shop/web", "shop/db", port=5432).allowed  # doctest: +SKIP
    True
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster)
    with gc_paused():
        engine = compile_engine(cluster.objects, semantics, progress)
        return Connectivity(engine, services=ServiceDirectory.of(cluster.objects), origin=Origin(cluster))
