"""Which nodes and edges of a graph were asked for, what stands beside them, and what is left out, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from workbench.drawing.choice import Choice, LeftOut, Missing, Reason
from workbench.drawing.graph import Edge, Graph, GraphNode
from workbench.ground import PortSet, natural_order

__all__ = ["Chosen", "choose"]

NAMES = PortSet.of("UDP", 53) | PortSet.of("TCP", 53)
"""Where name servers are asked."""


class Chosen(NamedTuple):
    """What there is to draw.

    Attributes
    ----------
    nodes : sequence of GraphNode
        In the order in which they are drawn; those in frames that were not asked for are stubs.
    edges : sequence of Edge
        Those between them.
    left_out : mapping of Reason to Missing
        How much of the graph is not there.
    """

    nodes: Sequence[GraphNode]
    edges: Sequence[Edge]
    left_out: LeftOut


def choose(graph: Graph, choice: Choice) -> Chosen:
    """Return what of a graph was asked for. Whatever is in it is drawn, hidden by limits, or counted here.

    Parameters
    ----------
    graph : Graph
    choice : Choice
    """
    dropped = {key: reason for key, node in graph.nodes.items() if (reason := choice.dropped(node)) is not None}
    wanted = {key for key, node in graph.nodes.items() if key not in dropped and choice.wants(node)}
    edges, lost = _edges(graph, choice, dropped, wanted)
    ends = {end for edge in edges for end in edge[:2]}
    alone = {key for key in wanted if graph.nodes[key].group.framed and not choice.chooses_edges}
    shown = (wanted & ends) | alone
    nodes = [graph.nodes[key] for key in shown]
    nodes += [replace(graph.nodes[key], stub=graph.nodes[key].group.framed) for key in ends - wanted]
    nodes.sort(key=lambda node: (node.group.framed, natural_order(node.group.name), natural_order(node.id)))
    # What has no edge any more is left out for the same reason as the last of its edges.
    why = {end: reason for reason in Reason for edge in lost.get(reason, ()) for end in edge[:2] if end in wanted}
    left = Counter(dict.fromkeys(Reason, 0))
    for key, node in graph.nodes.items():
        if key not in shown and key not in ends:
            left[dropped.get(key) or why.get(key, Reason.FILTER)] += node.number
    counts = {reason: Missing(sum(edge.number for edge in lost.get(reason, ())), left[reason]) for reason in Reason}
    return Chosen(nodes, edges, {reason: missing for reason, missing in counts.items() if any(missing)})


def _edges(
    graph: Graph, choice: Choice, dropped: Mapping[str, Reason], wanted: set[str]
) -> tuple[Sequence[Edge], Mapping[Reason, list[Edge]]]:
    """Return the edges that were asked for, and the others by why they were not."""
    if not dropped and len(wanted) == len(graph.nodes) and not _asks_of_edges(choice):
        return graph.edges, {}
    kept: list[Edge] = []
    lost: dict[Reason, list[Edge]] = {}
    for edge in graph.edges:
        reason = _reason(edge, graph, choice, dropped, wanted)
        (kept if reason is None else lost.setdefault(reason, [])).append(edge)
    return kept, lost


def _asks_of_edges(choice: Choice) -> bool:
    return bool(choice.chooses_edges or choice.view or choice.platform or choice.hide is not None)


def _reason(edge: Edge, graph: Graph, choice: Choice, dropped: Mapping[str, Reason], wanted: set[str]) -> Reason | None:
    """Return why an edge is not drawn; None where it may be."""
    if choice.view and edge.style not in choice.view:
        return Reason.VIEW
    reasons = [dropped[end] for end in edge[:2] if end in dropped]
    if reasons:
        return min(reasons, key=list(Reason).index)
    if choice.platform and edge.ports and not edge.ports - NAMES:
        return Reason.PLATFORM
    if choice.hide is not None and choice.hide.finds_edge(edge, graph):
        return Reason.HIDDEN
    return None if _meets(edge, choice, wanted) else Reason.FILTER


def _meets(edge: Edge, choice: Choice, wanted: set[str]) -> bool:
    if choice.ports and not edge.ports & choice.ports:
        return False
    if choice.styles and edge.style not in choice.styles:
        return False
    ends = {"ingress": (edge.dst,), "egress": (edge.src,)}.get(choice.side, (edge.src, edge.dst))
    return any(end in wanted for end in ends)
