"""From the name of a pod, as probes give it, to the workload that it belongs to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["workload_of"]


def workload_of(cluster: Cluster, pod: str) -> str:
    """Return the workload of the pod ``namespace/name``: by the pods that were read, or by a StatefulSet's ordinals.

    Raises
    ------
    LookupError
        If there is none.
    """
    namespace, _, name = pod.partition("/")
    for workload in cluster.objects.workloads:
        if workload.namespace == namespace and (
            any(name in shape.pods for shape in workload.shapes)
            or (workload.kind == "StatefulSet" and re.fullmatch(rf"{re.escape(workload.name)}-[0-9]+", name))
        ):
            return workload.peer
    message = f"no workload has a pod {pod}"
    raise LookupError(message)
