"""The graph of what may talk to what, and the fewest pairs whose removal parts two ends of it (what-if 14)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import networkx as nx

from workbench.ground import OUTSIDE, AddressSet, ArgumentError, PortSet, addresses_named, first_of
from workbench.whatif.ends import peers_of

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, Peer

__all__ = ["End", "Pair", "PairGraph", "end_named"]

Pair: TypeAlias = tuple[str, str]
"""The names of two ends, as maps have them; `OUTSIDE` for addresses that are an end of the whole."""
_FROM: Final = "from"
_TO: Final = "to"


@dataclass(frozen=True, slots=True)
class End:
    """Where a way begins or ends.

    Attributes
    ----------
    name : str
        As it was asked for.
    peers : tuple of Peer
        Workloads.
    addresses : AddressSet or None
        In place of workloads.
    """

    name: str
    peers: tuple[Peer, ...] = ()
    addresses: AddressSet | None = None

    @property
    def names(self) -> frozenset[str]:
        """What its nodes are called."""
        return frozenset({OUTSIDE}) if self.addresses is not None else frozenset(one.name for one in self.peers)


def end_named(allowed: Connectivity, name: str) -> End:
    """Return the end that a name means.

    Parameters
    ----------
    allowed : Connectivity
    name : str
        A workload, a namespace, a pattern such as ``shop/*``, an address, a block, or ``outside``.

    Raises
    ------
    ArgumentError
        If it means nothing.
    """
    if (addresses := addresses_named(name)) is not None:
        return End(name, addresses=addresses)
    peers, strange = peers_of(allowed, name)
    if strange and any(one.name == name for one in allowed.cluster.objects.namespaces):
        peers, strange = peers_of(allowed, f"{name}/*")
    if strange or not peers:
        message = f"{name!r} is no workload, no namespace with workloads, and no address"
        known = sorted({one.namespace for one in allowed.workloads_named()})
        raise ArgumentError(message, f"there are workloads in {first_of(known)}" if known else "there are no workloads")
    return End(name, tuple(peers))


class PairGraph:
    """What may talk to what: workloads that policies treat alike are one node, of which each pair counts.

    Parameters
    ----------
    allowed : Connectivity
    src, dst : End
    apart : collection of (str, str)
        Pairs that are told from others.
    """

    def __init__(self, allowed: Connectivity, src: End, dst: End, apart: Collection[Pair] = ()) -> None:
        self.src, self.dst = src, dst
        self._entered = self._beyond(allowed, src.addresses, is_source=True)
        self._left = self._beyond(allowed, dst.addresses, is_source=False)
        single = {name for pair in apart for name in pair}
        marks = {
            peer: (
                *(name in one.names for one in (src, dst) for name in [peer.name]),
                peer.name in self._entered,
                peer.name in self._left,
                peer.name if peer.name in single else "",
            )
            for peer in allowed.workloads_named()
        }
        crowds = allowed.crowds(marks)
        self._members = tuple(tuple(peer.name for peer in members) for members in crowds.members)
        self._between = {(one.src, one.dst): one.ports for one in crowds.connections if one.src != one.dst}
        self._node_of = {name: number for number, names in enumerate(self._members) for name in names}

    @staticmethod
    def _beyond(allowed: Connectivity, addresses: AddressSet | None, *, is_source: bool) -> dict[str, PortSet]:
        """Return the workloads that talk to some addresses, or that these talk to, and at which ports."""
        found: dict[str, PortSet] = {}
        if addresses is None:
            return found
        for one in allowed.outside_connections():
            out, own = (one.src, one.dst) if is_source else (one.dst, one.src)
            if out.addresses is not None and out.addresses & addresses and own.addresses is None:
                found[own.name] = found.get(own.name, PortSet()) | one.ports
        return found

    def ports(self, pair: Pair) -> PortSet:
        """Return what a pair may use.

        Parameters
        ----------
        pair : (str, str)
        """
        src, dst = pair
        if src == OUTSIDE:
            return self._entered.get(dst, PortSet())
        if dst == OUTSIDE:
            return self._left.get(src, PortSet())
        return self._between.get((self._node_of[src], self._node_of[dst]), PortSet())

    def fewest(self, costs: Mapping[Pair, int], never: Collection[Pair]) -> list[Pair] | None:
        """Return the pairs without which the one end does not reach the other, so that their costs are the least.

        Parameters
        ----------
        costs : mapping of (str, str) to int
            Of pairs that were told apart; of every other one it is 1.
        never : collection of (str, str)
            Pairs that are not removed, which were told apart, too.

        Returns
        -------
        list of (str, str) or None
            Sorted; None where the ends are always connected by pairs that are not removed.
        """
        graph = self._graph(costs, frozenset(never))
        try:
            _, (near, far) = nx.minimum_cut(graph, _FROM, _TO)
        except nx.NetworkXUnbounded:
            return None
        return sorted(
            pair for one, other in graph.edges if one in near and other in far for pair in self._pairs(one, other)
        )

    def is_connected(self) -> bool:
        """Tell whether the one end reaches the other."""
        return bool(nx.has_path(self._graph({}, frozenset()), _FROM, _TO))

    def _graph(self, costs: Mapping[Pair, int], never: frozenset[Pair]) -> nx.DiGraph[Any]:
        graph: nx.DiGraph[Any] = nx.DiGraph()
        graph.add_nodes_from((_FROM, _TO))
        for node, names in enumerate(self._members):
            if self.src.names & set(names):
                graph.add_edge(_FROM, node)
            if self.dst.names & set(names):
                graph.add_edge(node, _TO)
        inner: list[tuple[Any, Any]] = [*self._between, *((_FROM, self._node_of[name]) for name in self._entered)]
        inner += [(self._node_of[name], _TO) for name in self._left]
        for one, other in inner:
            pairs = list(self._pairs(one, other))
            if never.isdisjoint(pairs):
                graph.add_edge(one, other, capacity=sum(costs.get(pair, 1) for pair in pairs))
            else:
                graph.add_edge(one, other)
        return graph

    def _pairs(self, one: Any, other: Any) -> Iterator[Pair]:  # noqa: ANN401  (a number, or an end of the whole)
        sources = (OUTSIDE,) if one == _FROM else self._members[one]
        targets = (OUTSIDE,) if other == _TO else self._members[other]
        yield from ((src, dst) for src in sources for dst in targets)
