"""Which pods run on which node, and under which addresses nodes are known, also those that only pods tell of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from workbench.inventory.directory import canonical
from workbench.inventory.model import Node, Objects, Placement, PodVariant, Workload

__all__ = ["NodeDirectory"]


class NodeDirectory:
    """Finds the nodes of pods and of addresses.

    Parameters
    ----------
    nodes : iterable of Node
    workloads : iterable of Workload
        Their pods tell of nodes, too: each names its own, and the node's address.
    """

    def __init__(self, nodes: Iterable[Node] = (), workloads: Iterable[Workload] = ()) -> None:
        self._addresses: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._node_at: dict[str, str] = {}
        for node in nodes:
            self._learn(node.name, node.addresses)
        placed = [one for workload in workloads for shape in workload.shapes for one in shape.placements]
        for placement in placed:
            if placement.node:
                self._learn(placement.node, [placement.host_ip] if placement.host_ip else ())
        for placement in placed:  # of a node without a name, its address is all that is known
            if placement.host_ip and canonical(placement.host_ip) not in self._node_at:
                self._learn(canonical(placement.host_ip), [placement.host_ip])

    @classmethod
    def of(cls, objects: Objects) -> NodeDirectory:
        """Return the directory of a cluster's nodes."""
        return cls(objects.nodes, objects.workloads)

    def _learn(self, name: str, addresses: Iterable[str]) -> None:
        known = self._addresses[name]
        for address in map(canonical, addresses):
            known[address] = None
            self._node_at.setdefault(address, name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all nodes that are known; of one without a name, its address."""
        return tuple(self._addresses)

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a node, the first one first; none where it is unknown."""
        return tuple(self._addresses.get(name, ()))

    def at(self, address: str) -> str:
        """Return the name of the node that has an address; empty where none is known to have it."""
        return self._node_at.get(canonical(address), "")

    def node_of(self, placement: Placement) -> str:
        """Return the name of the node that a pod runs on; empty where it is not known."""
        return placement.node or (self.at(placement.host_ip) if placement.host_ip else "")

    def nodes_of(self, shape: PodVariant) -> tuple[str, ...]:
        """Return the nodes that pods of a shape run on, in order; an empty name where one is not known."""
        found = {self.node_of(placement) for placement in shape.placements} or {""}
        return tuple(sorted(found))
