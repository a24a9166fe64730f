"""What may the pods of one workload send to each other: the connections that no map lists (connectivity.md 6)."""

from __future__ import annotations

import numpy as np

from workbench.connectivity.compile import Compiled
from workbench.connectivity.peers import WorkloadPeers
from workbench.policy.ports import PortSet
from workbench.policy.rules import Direction

__all__ = ["several_pods", "within_workloads"]


def several_pods(kind: str) -> bool:
    """Tell whether a workload of this kind may have several pods."""
    return kind != "Pod"


def within_workloads(compiled: Compiled, workloads: WorkloadPeers) -> dict[int, PortSet]:
    """Return what the pods of each workload peer that may have several may send each other, by its index."""
    chosen = np.flatnonzero([several_pods(peer.kind) for peer in workloads.peers])
    own = workloads.class_of[chosen]
    sides, masks = compiled.sides, compiled.masks
    found = masks.intersect(sides[Direction.EGRESS].masks(own, own), sides[Direction.INGRESS].masks(own, own))
    return {index: masks.ports(mask) for index, mask in zip(chosen.tolist(), found.tolist(), strict=True)}
