"""Who answers for names in a cluster, whether or not it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.generate import Basis, Need, name_servers, rules_of
from workbench.ground import PortSet
from workbench.policy import Block, Direction, Pods, Rule, RulePeer

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["DNS_PORTS", "Resolver"]

DNS_PORTS: Final = PortSet.union_of(PortSet.of(protocol, port) for protocol in ("UDP", "TCP") for port in (53, 5353))
"""Where resolvers listen: pods of OpenShift's on 5353."""


class Resolver(NamedTuple):
    """The pods and addresses at which names are asked for.

    Attributes
    ----------
    peers : tuple of RulePeer
        As rules name them; what every cluster has, where nothing of it was read.
    ports : PortSet
        Ports of its pods.
    workloads : tuple of str
        Those that were read.
    addresses : tuple of str
        Of a resolver in the network of its nodes.
    """

    peers: tuple[RulePeer, ...]
    ports: PortSet
    workloads: tuple[str, ...]
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, cluster: Cluster) -> Resolver:
        """Return the resolver of a cluster.

        Parameters
        ----------
        cluster : Cluster
        """
        peers, ports = name_servers(cluster)
        pods = [one for one in peers if isinstance(one, Pods)]
        blocks = [one for one in peers if isinstance(one, Block)]
        names = (
            workload.peer
            for workload in cluster.objects.workloads
            for one in pods
            if workload.namespace == one.namespaces
            and any(
                one.pods.matches(shape.labels)
                for shape in workload.shapes
                if not (shape.host_network or shape.finished)
            )
        )
        return cls(peers, ports, tuple(dict.fromkeys(names)), tuple(one.cidr.partition("/")[0] for one in blocks))

    @property
    def is_read(self) -> bool:
        """Whether its pods or its addresses are known, and not only assumed."""
        return bool(self.workloads or self.addresses)

    @property
    def ends(self) -> tuple[str, ...]:
        """Its workloads and addresses, as questions name them."""
        return (*self.workloads, *self.addresses)

    @property
    def name(self) -> str:
        """It in words."""
        if self.is_read:
            return " or ".join(self.ends)
        pods = next((one for one in self.peers if isinstance(one, Pods)), None)
        return "the cluster's name server" if pods is None else f"pods with {pods.pods} in {pods.namespaces}"

    def rules(self, first: int = 0) -> tuple[Rule, ...]:
        """Return the egress rules that let names be asked for.

        Parameters
        ----------
        first : int, optional
            Index of the first of them.
        """
        need = Need("", "", self.ports, Basis.ALLOWANCE, "dns")
        found = rules_of(Direction.EGRESS, [(peer, need) for peer in self.peers])
        return tuple(Rule(one.direction, first + one.index, one.peers, one.ports) for one, _ in found)
