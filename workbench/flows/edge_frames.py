"""What is made of a frame of edges: another one, beside one of another time, or a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.flows.aggregate import EDGE_KEY
from workbench.flows.frames import EDGES

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["edges_unlike", "first_seen_in", "graph_of", "keys_of"]


def keys_of(edges: pd.DataFrame) -> pd.DataFrame:
    """Return what tells edges from each other, each text there, in the dtypes of `edges`."""
    keys = list(EDGE_KEY)
    texts = {name: edges[name].astype("object").where(edges[name].notna(), "") for name in keys if name != "port"}
    return edges[keys].assign(**texts).astype({name: EDGES.dtypes[name] for name in keys})


def edges_unlike(edges: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return the edges that are not among those that are known, of which the columns `EDGE_KEY` are looked at."""
    seen = pd.MultiIndex.from_frame(keys_of(known))
    return edges[~pd.MultiIndex.from_frame(edges[list(EDGE_KEY)]).isin(seen)].reset_index(drop=True)


def first_seen_in(whole: pd.DataFrame, edges: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Return when each edge was first seen in the `whole` of which it is one; its own time where it is not there."""
    keys = list(EDGE_KEY)
    known = edges[keys].merge(whole[[*keys, "first_seen"]], "left", keys)
    return known["first_seen"].set_axis(edges.index).fillna(edges["first_seen"])


def graph_of(edges: pd.DataFrame) -> nx.MultiDiGraph[str]:
    """Return a graph with a node per peer and an edge per row, whose columns are its attributes."""
    import networkx as nx  # noqa: PLC0415  (no other question needs it)

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in edges.to_dict("records"):
        seen = {str(name): value for name, value in row.items()}
        src, dst = seen.pop("src"), seen.pop("dst")
        for name, end in ((src, "src"), (dst, "dst")):
            graph.add_node(name, kind=seen[f"{end}_kind"], namespace=seen[f"{end}_namespace"])
        graph.add_edge(src, dst, **seen)
    return graph
