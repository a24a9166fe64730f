"""The maps of several networks as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity import network_title
from workbench.drawing.answers.peers import MAP, Ends, connection_edges
from workbench.drawing.answers.registering import Drawing, register_picture
from workbench.drawing.graph import Edge, Graph
from workbench.ground import count_of
from workbench.inventory import NetworkKind

if TYPE_CHECKING:
    from workbench.connectivity import IpRanges, Networks, Peer
    from workbench.inventory import Network

__all__ = ["draw_networks"]


@register_picture("networks")
def draw_networks(networks: Networks, ip_ranges: IpRanges) -> Drawing:
    """Draw one picture of all networks; a workload that is on several is drawn on each of them.

    Workloads with exactly the same connections share a box; beyond 150 boxes or 300 lines there is
    one box a namespace of a network, with counted lines. The caption says so.
    """
    ends = Ends()
    edges: list[Edge] = []
    for network, found in networks.connections(ip_ranges).items():
        ends.add(_drawn(peer, network) for peer in networks[network.name].peers(ip_ranges) if peer.namespace)
        edges += connection_edges(
            ends, (link._replace(src=_drawn(link.src, network), dst=_drawn(link.dst, network)) for link in found)
        )
    size = (
        f"{count_of(len(networks.networks_of()), 'workload')} on {count_of(len(networks), 'network')}, "
        f"{count_of(len(edges), 'allowed connection')}."
    )
    return Drawing(Graph(ends.nodes, edges, MAP, size=size))


def _drawn(peer: Peer, network: Network) -> Peer:
    """Return a peer as it is drawn: in a box of its namespace on the network."""
    if not peer.namespace or network.kind is NetworkKind.POD_NETWORK:
        return peer
    place = f"{peer.namespace} on {network_title(network)}"
    return peer._replace(name=peer.name.replace(peer.namespace, place, 1), namespace=place)
