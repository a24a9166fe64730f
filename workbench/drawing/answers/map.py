"""The map as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.drawing.answers.peers import map_graph
from workbench.drawing.answers.registering import Drawing, register_picture

if TYPE_CHECKING:
    from workbench.connectivity import ConnectivityLike, IpRanges

__all__ = ["draw_map"]


@register_picture("map")
def draw_map(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> Drawing:
    """Draw a picture: namespaces as boxes, all workloads in them, the allowed connections as arrows.

    Unlike in the other formats, workloads without any connection are shown, too. Peers with
    exactly the same connections share a box; beyond 150 boxes or 300 lines there is one box a
    namespace, with counted lines. The caption says so. No scripts, no links, no outside fonts.
    """
    return Drawing(map_graph(connectivity.peers(ip_ranges), connectivity.connections(ip_ranges)))
