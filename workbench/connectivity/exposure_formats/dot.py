"""The map and the exposure as one graph for Graphviz."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from workbench.connectivity.formats.dot import cluster_id, clusters, edge, node
from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.registries import register_exposure_format
from workbench.ground import EXTERNAL, dot_id, dot_label
from workbench.policy import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.connectivity.engine import Peer
    from workbench.connectivity.exposure.answer import Exposure, ExposureLine
    from workbench.connectivity.exposure.representatives import Representative

__all__ = ["dot"]

RED = 'color="red2" fontcolor="red2"'
LOOKS = {Direction.EGRESS: ("darkorange4", "0.5"), Direction.INGRESS: ("darkorange2", "1")}
"""Colour and weight of the dashed edges of each direction."""


@register_exposure_format("dot")
def dot(exposure: Exposure) -> str:
    """Write the map's digraph, with those who may come in red and dashed edges to and from them.

    Addresses are part of the map already (golden files of the reference tool).
    """
    connections = exposure.connectivity.connections(exposure.ip_ranges)
    lines = [line for line in exposure if line.representative is not None]
    inside = (peer for peer in exposure.connectivity.peers(exposure.ip_ranges) if peer.namespace)
    peers = {peer for connection in connections for peer in connection[:2]}.union(inside)
    ordered = sorted(peers, key=attrgetter("namespace", "name"))
    colors = {peer: "red2" if peer.kind == EXTERNAL else "blue" for peer in peers}
    others = {line.representative for line in lines if line.representative is not None}
    texts = PortTexts()
    edges = {
        (src.name, dst.name, ""): edge(src, dst, texts[ports], "gold2", "darkgreen") for src, dst, ports in connections
    }
    edges.update({_key(line): _edge(line) for line in lines})
    written = [
        "digraph {",
        *clusters([peer for peer in ordered if peer.namespace], colors),
        *_boxes(others),
        *(f"\t{text}" for text in _outside([peer for peer in ordered if not peer.namespace], colors, others)),
        *(f"\t{edges[key]}" for key in sorted(edges)),
        "}",
    ]
    return "\n".join(written) + "\n"


def _id(other: Representative) -> str:
    return other.name if other.is_entire_cluster else f"{other.pods_text}_in_{other.namespaces_text}"


def _boxes(others: Iterable[Representative]) -> Iterator[str]:
    inside = sorted((other for other in others if not other.is_entire_cluster), key=_place)
    for namespaces, members in groupby(inside, key=attrgetter("namespaces_text")):
        yield f"\tsubgraph {dot_id(cluster_id(namespaces))} {{"
        yield '\t\tcolor="red2"'
        yield '\t\tfontcolor="red2"'
        yield from (f"\t\t{dot_id(_id(other))} [label={dot_label(other.pods_text)} {RED}]" for other in members)
        yield f"\t\tlabel={dot_label(f'{namespaces}[namespace]')}"
        yield "\t}"


def _place(other: Representative) -> tuple[str, str]:
    return other.namespaces_text, other.pods_text


def _outside(peers: Iterable[Peer], colors: dict[Peer, str], others: Iterable[Representative]) -> list[str]:
    found = {peer.name: node(peer, colors[peer]) for peer in peers}
    for other in others:
        if other.is_entire_cluster:
            found[other.name] = f"{dot_id(other.name)} [label={dot_label(other.name)} {RED} shape=diamond]"
    return [found[name] for name in sorted(found)]


def _key(line: ExposureLine) -> tuple[str, str, str]:
    src, dst = _ends(line)
    return src, dst, line.direction.value


def _ends(line: ExposureLine) -> tuple[str, str]:
    other = line.other.name if line.representative is None else _id(line.representative)
    return (line.workload.name, other) if line.direction is Direction.EGRESS else (other, line.workload.name)


def _edge(line: ExposureLine) -> str:
    src, dst = _ends(line)
    color, weight = LOOKS[line.direction]
    return (
        f"{dot_id(src)} -> {dot_id(dst)} [label={dot_label(line.conn)} "
        f'color="{color}" fontcolor="darkgreen" weight={weight} style=dashed]'
    )
