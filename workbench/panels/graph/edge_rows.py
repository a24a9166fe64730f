"""The table below the graph: its connections, those that are drawn or all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.drawing import Edge, Facts, Graph, GraphNode
from workbench.ground import EXTERNAL
from workbench.panels.frames import GRAPH_EDGES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["edges_frame", "end_name"]


def edges_frame(graph: Graph, edges: Iterable[Edge], drawn: Iterable[Edge]) -> pd.DataFrame:
    """Return one row for each edge; columns as in `frames.GRAPH_EDGES`.

    Parameters
    ----------
    graph : Graph
    edges : iterable of Edge
        Those that are rows.
    drawn : iterable of Edge
        Those that arrows stand for.
    """
    keys = {edge.key for edge in drawn}
    rows = (_row(graph, edge, graph.facts_of(edge), is_drawn=edge.key in keys) for edge in edges)
    return GRAPH_EDGES.from_rows(rows)


def _row(graph: Graph, edge: Edge, facts: Facts, *, is_drawn: bool) -> tuple[object, ...]:
    src, dst = graph.nodes[edge.src], graph.nodes[edge.dst]
    return (
        end_name(src),
        end_name(dst),
        ", ".join(edge.label),
        str(edge.style),
        graph.theme.stroke(edge.style).legend.rpartition(": ")[2],
        _kind(src),
        _kind(dst),
        src.group.name if src.group.framed else "",
        dst.group.name if dst.group.framed else "",
        edge.number,
        facts.flows,
        facts.connections,
        facts.packets,
        facts.bytes,
        facts.first_seen,
        facts.last_seen,
        facts.sources,
        facts.policies,
        facts.reason,
        is_drawn,
    )


def end_name(node: GraphNode) -> str:
    """Return the name that connectivity has for a node.

    Parameters
    ----------
    node : GraphNode
    """
    return node.id.removeprefix(f"{node.group.name}: ")


def _kind(node: GraphNode) -> str:
    return node.kind or ("" if node.group.framed else EXTERNAL)
