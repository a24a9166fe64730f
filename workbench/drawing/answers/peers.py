"""Peers as nodes, and what may go between them as edges; how maps look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.connectivity import Connection, Peer
from workbench.drawing.graph import Dash, Edge, Fill, Graph, GraphNode, Group, Stroke, Theme
from workbench.drawing.labels import PortLines
from workbench.ground import ALL_PORTS, EXTERNAL, PortSet

__all__ = ["FROM_OUTSIDE", "MAP", "OUTSIDE_STYLE", "TO_OUTSIDE", "Ends", "connection_edges", "map_graph"]

FROM_OUTSIDE = Group(framed=False, name="from outside", noun="range", way="from")
TO_OUTSIDE = Group(framed=False, name="to outside", noun="range", way="to")
"""Addresses outside the cluster. As sources and as destinations they are drawn apart: the picture then reads
from left to right, instead of all of it circling round one box."""

WITHIN, BETWEEN, OUTSIDE_STYLE = "within", "between", "outside"
GREY, BLUE, BROWN = "#4b5563", "#1d4ed8", "#b45309"
MAP = Theme(
    "Connectivity map",
    {
        WITHIN: Stroke(GREY, "grey within a namespace"),
        BETWEEN: Stroke(BLUE, "blue between namespaces"),
        OUTSIDE_STYLE: Stroke(BROWN, "brown and dashed from or to the outside", dash=Dash.DASHED),
    },
    "No arrows: nothing may talk to anything else.",
    {OUTSIDE_STYLE: Fill("#fff7ed", BROWN)},
)


class Ends:
    """The nodes of peers, made when they are first asked for.

    Parameters
    ----------
    styles : mapping of Peer to str, optional
        Of what sets some peers apart.
    """

    def __init__(self, styles: Mapping[Peer, str] | None = None) -> None:
        self.nodes: dict[str, GraphNode] = {}
        self._styles = styles or {}
        self._texts = PortLines()
        self._sources: dict[Peer, str] = {}
        self._targets: dict[Peer, str] = {}

    def add(self, peers: Iterable[Peer]) -> None:
        """Draw peers even without edges; addresses, which are drawn as ends only, are passed over."""
        for peer in peers:
            if peer.kind != EXTERNAL:
                self.source(peer)

    def source(self, peer: Peer) -> str:
        """Return the id of the node of a peer that sends."""
        return self._sources.get(peer) or self._made(peer, FROM_OUTSIDE, self._sources)

    def target(self, peer: Peer) -> str:
        """Return the id of the node of a peer that receives."""
        return self._targets.get(peer) or self._made(peer, TO_OUTSIDE, self._targets)

    def edge(self, src: Peer, dst: Peer, ports: PortSet, style: str = "", label: tuple[str, ...] | None = None) -> Edge:
        """Return an edge; unless they are given, its style says where it leads, and its label which ports it has."""
        if not style:
            inside = BETWEEN if src.namespace != dst.namespace else WITHIN
            style = inside if src.namespace and dst.namespace else OUTSIDE_STYLE
        lines = self._texts[ports] if label is None else label
        return Edge(self.source(src), self.target(dst), lines, style, ports == ALL_PORTS, ports=ports)

    def _made(self, peer: Peer, outside: Group, ids: dict[Peer, str]) -> str:
        node = self._node(peer, outside)
        self.nodes[node.id] = node
        return ids.setdefault(peer, node.id)

    def _node(self, peer: Peer, outside: Group) -> GraphNode:
        if peer.kind == EXTERNAL:
            return GraphNode(
                f"{outside.name}: {peer.name}", (peer.workload,), outside, "", OUTSIDE_STYLE, peer.addresses
            )
        if not peer.namespace:
            return GraphNode(peer.name, (peer.name,), Group(framed=False, name=peer.kind, noun="peer"), peer.kind)
        label = f"{peer.workload} {peer.shape}".strip()
        return GraphNode(
            peer.name, (label,), Group(framed=True, name=peer.namespace), peer.kind, self._styles.get(peer, "")
        )


def map_graph(peers: Iterable[Peer], connections: Iterable[Connection]) -> Graph:
    """Return the peers of a map, and its connections between them.

    Parameters
    ----------
    peers : iterable of Peer
    connections : iterable of Connection
    """
    ends = Ends()
    ends.add(peers)
    return Graph(ends.nodes, connection_edges(ends, connections), MAP)


def connection_edges(ends: Ends, connections: Iterable[Connection]) -> list[Edge]:
    """Return an edge for each connection, with its ports."""
    return [ends.edge(src, dst, ports) for src, dst, ports in connections]
