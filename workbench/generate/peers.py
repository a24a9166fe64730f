"""How a rule names who is at the other end: by the labels of a workload, or by addresses (generate 2)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.generate.needs import WhyLeftOut
from workbench.ground import (
    EXTERNAL_ENTITIES,
    INTERNAL_ENTITIES,
    LINK_LOCAL,
    PRIVATE,
    AddressSet,
    parse_block,
)
from workbench.policy import Block, Pods, RulePeer

if TYPE_CHECKING:
    from workbench.generate.needs import Need
    from workbench.generate.selectors import WorkloadLabels
    from workbench.inventory import Cluster, Workload

__all__ = ["Ends", "NamedPeers", "block_of", "cidrs_of", "internet", "is_on_host"]


class NamedPeers(NamedTuple):
    """The peers of a rule for an end.

    Attributes
    ----------
    peers : tuple of Pods or Block
        Empty where nothing can be said of it.
    why : WhyLeftOut or None
        Why not.
    detail : str
    """

    peers: tuple[RulePeer, ...] = ()
    why: WhyLeftOut | None = None
    detail: str = ""


def block_of(cidr: str, exceptions: Iterable[str] = ()) -> Block:
    """Return a block, without host bits; of one address, the block of that alone: ``/32``, ``/128`` of IPv6.

    Parameters
    ----------
    cidr : str
        A CIDR or an address.
    exceptions : iterable of str, optional

    Raises
    ------
    ValueError
        If a text is neither.
    """
    written, without = _written(cidr), tuple(_written(one) for one in exceptions)
    return Block(AddressSet.of(written, without), written, without)


def _written(text: str) -> str:
    if (block := parse_block(text)) is not None:
        return str(block)
    message = f"{text!r} is not a valid address or CIDR"
    raise ValueError(message)


def is_on_host(workload: Workload) -> bool:
    """Tell whether all pods of a workload are in the networks of their nodes, which policies are not about.

    Parameters
    ----------
    workload : Workload
    """
    return all(shape.host_network for shape in workload.shapes)


def cidrs_of(addresses: AddressSet) -> list[str]:
    """Return the fewest CIDRs that have exactly these addresses, sorted by address.

    Parameters
    ----------
    addresses : AddressSet
    """
    ranges = [(IPv4Address, pair) for pair in addresses.ipv4] + [(IPv6Address, pair) for pair in addresses.ipv6]
    return [str(one) for kind, (low, high) in ranges for one in summarize_address_range(kind(low), kind(high))]


def internet() -> tuple[Block, ...]:
    """Return all addresses of the internet: private and link-local ones are never of it (external X13)."""
    near = PRIVATE | LINK_LOCAL
    inside = {4: AddressSet(ipv4=near.ipv4), 6: AddressSet(ipv6=near.ipv6)}
    return tuple(block_of(whole, cidrs_of(inside[family])) for family, whole in ((4, "0.0.0.0/0"), (6, "::/0")))


_REST: Final = {
    EXTERNAL_ENTITIES: internet(),
    INTERNAL_ENTITIES: tuple(block_of(one) for one in cidrs_of(PRIVATE | LINK_LOCAL)),
}
"""What has no name of its own: all addresses of the internet, or all private ones."""


class Ends:
    """The ends of connections, by their names.

    Parameters
    ----------
    cluster : Cluster
    labels : WorkloadLabels
    """

    def __init__(self, cluster: Cluster, labels: WorkloadLabels) -> None:
        self._cluster, self._labels = cluster, labels

    @cached_property
    def workloads(self) -> dict[str, Workload]:
        """The workloads, as connectivity names them."""
        return {one.peer: one for one in self._cluster.objects.workloads}

    @cached_property
    def _nodes(self) -> dict[str, tuple[str, ...]]:
        return {f"{one.name}[Node]": one.addresses for one in self._cluster.objects.nodes}

    def peers_of(self, name: str, need: Need) -> NamedPeers:
        """Return the peers by which a rule admits an end.

        Parameters
        ----------
        name : str
            Of the end, the source or the destination of `need`.
        need : Need
        """
        if (workload := self.workloads.get(name)) is not None:
            return self._of_workload(workload)
        if need.blocks:
            return NamedPeers(tuple(block_of(one) for one in need.blocks))
        if (rest := _REST.get(name)) is not None:
            return NamedPeers(rest)
        if name in self._nodes:
            addresses = self._nodes[name]
            missing = NamedPeers(why=WhyLeftOut.UNRESOLVED, detail=f"the addresses of {name} are not known")
            return NamedPeers(tuple(block_of(one) for one in addresses)) if addresses else missing
        if parse_block(name) is not None:
            return NamedPeers((block_of(name),))
        return NamedPeers(why=WhyLeftOut.UNRESOLVED, detail=f"{name} is no workload and no address")

    def _of_workload(self, workload: Workload) -> NamedPeers:
        if is_on_host(workload):
            addresses = sorted({place.host_ip for shape in workload.shapes for place in shape.placements} - {""})
            if addresses:
                return NamedPeers(tuple(block_of(one) for one in addresses))
            return NamedPeers(why=WhyLeftOut.HOST_NETWORK, detail=workload.peer)
        choice = self._labels.of(workload)
        if choice.refusal is not None:
            why, detail = choice.refusal
            return NamedPeers(why=why, detail=detail or workload.peer)
        return NamedPeers((Pods(workload.namespace, choice.selector),))
