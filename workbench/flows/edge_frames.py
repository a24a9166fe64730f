"""What is made of a frame of edges: another one, beside one of another time, or a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.flows.aggregate import EDGE_KEY, SHORT
from workbench.flows.frames import EDGES
from workbench.flows.rules.blocks import BLOCK
from workbench.flows.rules.exclusion import exclusions
from workbench.flows.rules.replies import COUNTERS
from workbench.flows.schema import ORIENTATIONS
from workbench.ground import TEXTS

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["BLOCKS", "edges_unlike", "first_seen_in", "graph_of", "keys_of", "merged_cells"]

BLOCKS: Final = tuple(f"{short}_{BLOCK}" for short in SHORT)
"""The columns of located edges that name the blocks of their ends."""


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
    keys = [*EDGE_KEY, *(name for name in BLOCKS if name in edges)]
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


def merged_cells(rows: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """Return the one row that several rows of edges are together, as `aggregate.edges_of` would count them."""
    found: dict[str, Any] = {}
    for one in EDGES.columns:
        cells = [row[one.name] for row in rows]
        known = [cell for cell in cells if one.holds or not pd.isna(cell)]
        if one.holds == TEXTS:
            texts = {text for cell in cells for text in cell}
            found[one.name] = tuple(sorted(texts, key=one.identifiers.index if one.identifiers else None))
        elif one.name in {"flows", "flows_denied", "flows_uncertain"}:
            found[one.name] = sum(cells)
        elif one.name in COUNTERS:
            # As for the rows of an edge: where nothing but 0 is known, and of some nothing, nothing is known.
            found[one.name] = None if not sum(known) and len(known) < len(cells) else sum(known)
        elif one.name == "orientation":
            found[one.name] = min(cells, key=ORIENTATIONS.index)
        else:
            best = min if one.name == "first_seen" else max
            found[one.name] = best(known) if known else cells[0]
    return found | {"excluded": exclusions(pd.DataFrame([found])).iloc[0]}
