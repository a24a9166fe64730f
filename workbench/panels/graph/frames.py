"""The table below the graph: its connections, those that are drawn or all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from workbench.drawing import Edge, Facts, Graph, GraphNode
from workbench.ground import EXTERNAL, TEXTS, Column, Table, column, columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GRAPH_EDGES", "edges_frame", "end_name"]

_TIME: Final = "datetime64[us, UTC]"
GRAPH_EDGES: Final = Table(
    "NetworkGraphState.all_edges",
    "pair of ends and status",
    (
        *columns("src", "dst"),
        column("ports", "its ports in words, as at its arrow: those in use, of those that are allowed"),
        Column("status", "category", "how what is allowed stands to what was seen, or what changed"),
        Column("meaning", "category", "the same in words"),
        *columns("src_kind", "dst_kind", dtype="category"),
        *columns("src_namespace", "dst_namespace"),
        Column("pairs", "int64", "how many pairs of ends it stands for; more than one between workloads drawn as one"),
        Column("flows", "int64", "rows of the sources"),
        Column("connections", "int64", "connections that were seen, as far as sources count them"),
        Column("packets", "Int64", "both ways together", nullable=True),
        Column("bytes", "Int64", "both ways together", nullable=True),
        Column("first_seen", _TIME, "when it was first seen", nullable=True),
        Column("last_seen", _TIME, "when it was last seen", nullable=True),
        Column("sources", "object", "the formats of the recordings", holds=TEXTS),
        column("decided_by"),
        column("reason", "why that is not certain, or what else there is to know"),
        Column("drawn", "bool", "whether an arrow of the picture stands for it"),
    ),
)


def edges_frame(graph: Graph, edges: Iterable[Edge], drawn: Iterable[Edge]) -> pd.DataFrame:
    """Return one row for each edge; columns as in `GRAPH_EDGES`.

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
