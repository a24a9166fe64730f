"""From the name of an end to all that decides about it: its pods, their addresses, their nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from workbench.connectivity.engine import Engine, Peer
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.ground import AddressSet, NotFoundError
from workbench.inventory import Placement, PodVariant, canonical

__all__ = ["ON_OWN_NODE", "End", "QueryEnds", "SameNode", "same_node"]

ON_OWN_NODE = "Traffic between a pod and the node that it runs on is allowed whatever policies say"
_NOWHERE = frozenset[str]()
_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class End:
    """An end of a question.

    Attributes
    ----------
    name : str
    peers : tuple of int
        Indices of workload peers: several where policies tell the pods of one workload apart.
    addresses : AddressSet or None
        Addresses outside, of which all are meant; None for workloads and the ingress controller.
    is_node : bool
        Whether it is a node: its address, or pods of the host's network where these are as their node.
    nodes : frozenset of str
        The nodes that its pods run on, or that it is; an empty name stands for one that is not known.
    ips : tuple of str
        The addresses of its pods, as far as they are known.
    obstacle : str
        Why nothing passes there, whatever policies say; empty where it may.
    unknown : bool
        Whether it is not known what it is: any of the pods, or one of `addresses`.
    """

    name: str
    peers: tuple[int, ...] = ()
    addresses: AddressSet | None = None
    is_node: bool = False
    nodes: frozenset[str] = _NOWHERE
    ips: tuple[str, ...] = ()
    obstacle: str = ""
    unknown: bool = False

    @property
    def is_controller(self) -> bool:
        """Whether it is the ingress controller."""
        return not self.peers and self.addresses is None and not self.obstacle


class SameNode(Enum):
    """Whether two ends are a pod and its own node."""

    NO = auto()
    YES = auto()
    SOME = auto()
    """Some of the pods that are meant."""
    UNKNOWN = auto()


def same_node(one: End, other: End) -> SameNode:
    """Tell whether one end is a node, and the other one pods that run there."""
    if one.is_node == other.is_node or not one.nodes or not other.nodes:
        return SameNode.NO
    if _UNKNOWN in one.nodes or _UNKNOWN in other.nodes:
        return SameNode.UNKNOWN
    if one.nodes == other.nodes and len(one.nodes) == 1:
        return SameNode.YES
    return SameNode.SOME if one.nodes & other.nodes else SameNode.NO


class QueryEnds:
    """Finds the ends of questions.

    Parameters
    ----------
    engine : Engine
    ends : EndpointResolver
    """

    def __init__(self, engine: Engine, ends: EndpointResolver) -> None:
        self._engine, self._workloads, self._ends = engine, engine.workloads, ends
        self._nodes = engine.resolver.places.directory

    def find(self, text: str) -> End:
        """Return the end that `text` names, as `EndpointResolver.find` takes it; also a node, as ``name[Node]``.

        What has finished is an end with an obstacle.

        Raises
        ------
        NotFoundError
            If nothing, or more than one workload, is meant.
        """
        if text.endswith("[Node]"):
            return self._node(text.removesuffix("[Node]"))
        if finished := self._ends.finished(text):
            return End(finished.name, obstacle=finished.why)
        found = self._ends.find_pods(text)
        if isinstance(found, AddressSet):
            return self.address(found, text)
        if isinstance(found, Peer):
            return End(found.name)
        return self._workload(found, "" if self._ends.is_name(text) else text)

    def peer(self, index: int) -> End:
        """Return the end that a workload peer is."""
        return self._workload((index,), "")

    def address(self, addresses: AddressSet, name: str = "") -> End:
        """Return the end that addresses outside are; a node, if it is the one address of one."""
        single = addresses.single
        node = self._nodes.at(single) if single else ""
        return End(name, addresses=addresses, is_node=bool(node), nodes=frozenset({node}) if node else _NOWHERE)

    def _node(self, name: str) -> End:
        if name not in self._nodes.names:
            message = f"no node is called {name!r}; nodes are known from Node objects, and from pods that name theirs"
            raise NotFoundError(message)
        own = self._nodes.addresses(name)
        # Of a node whose address was not read, the address may be any.
        addresses = AddressSet.of(own[0]) if own else self._engine.resolver.places.some_node
        return End(f"{name}[Node]", addresses=addresses, is_node=True, nodes=frozenset({name}))

    def _workload(self, indices: Sequence[int], pod: str) -> End:
        """Return the end that workload peers are, or one `pod` of them, named or by its address."""
        shapes = [shape for index in indices for shape in self._ends.shapes.get(index, ())]
        placements = [(shape, placement) for shape in shapes for placement in shape.placements or (Placement(),)]
        if pod:
            address = canonical(pod)
            name = pod.rpartition("/")[2]
            chosen = [
                (shape, one) for shape, one in placements if one.pod == name or address in map(canonical, one.ips)
            ]
            placements = chosen or placements
        peers = [self._workloads.peers[index] for index in indices]
        first = peers[0]
        return End(
            name=first.name if len(peers) == 1 else f"{first.namespace}/{first.workload}[{first.kind}]",
            peers=tuple(indices),
            is_node=all(self._is_host(index) for index in indices),
            nodes=frozenset(self._nodes.node_of(placement) for _, placement in placements),
            ips=tuple(dict.fromkeys(_first_addresses(placements))),
        )

    def _is_host(self, index: int) -> bool:
        return not self._engine.classes.isolatable[self._workloads.class_of[index]]


def _first_addresses(placements: Iterable[tuple[PodVariant, Placement]]) -> Iterable[str]:
    """Yield the first address of each pod; by it, blocks hold a pod."""
    for shape, placement in placements:
        ips = placement.ips or (() if placement.pod else shape.ips)
        if ips:
            yield canonical(ips[0])
