"""Edges as questions take them: source, destination, port and protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import Connectivity, Touched

__all__ = ["Edge", "concerns", "cut_edges", "edge_text", "edges_of"]

Edge: TypeAlias = tuple[str, str, int, str]
"""Source, destination, port and protocol."""


def edges_of(rows: pd.DataFrame) -> Iterator[Edge]:
    """Yield the edges of rows of flows; those without a port are passed over.

    Parameters
    ----------
    rows : DataFrame
        With columns ``src``, ``dst``, ``port`` and ``protocol``.
    """
    ported = rows[rows["port"].notna()]
    columns = (ported["src"], ported["dst"], ported["port"].astype("int64"), ported["protocol"])
    for src, dst, port, protocol in zip(*columns, strict=True):
        yield str(src), str(dst), int(port), str(protocol)


def edge_text(edge: Edge) -> str:
    """Return an edge as maps write connections.

    Parameters
    ----------
    edge : (str, str, int, str)
    """
    src, dst, port, protocol = edge
    return f"{src} => {dst} : {protocol} {port}"


def cut_edges(allowed: Connectivity, edges: Iterable[Edge]) -> list[Edge]:
    """Return those of some edges that are not allowed, or not in every case.

    Parameters
    ----------
    allowed : Connectivity
    edges : iterable of (str, str, int, str)
    """
    listed = list(edges)
    verdicts = allowed.verdicts(listed, deciding=False)
    return [edge for edge, one in zip(listed, verdicts, strict=True) if one.verdict != "allowed"]


def concerns(allowed: Connectivity, edge: Edge, touched: Touched | None) -> bool:
    """Tell whether policies that differ may have a say about an edge.

    Parameters
    ----------
    allowed : Connectivity
        Before or after.
    edge : (str, str, int, str)
    touched : Touched or None
        The workloads of which they have a say; None where that is not known.
    """
    if touched is None:
        return True
    return _may_be(allowed, edge[0], touched.egress) or _may_be(allowed, edge[1], touched.ingress)


def _may_be(allowed: Connectivity, name: str, touched: frozenset[str]) -> bool:
    peers = allowed.workloads_named(name)
    return not peers or any(peer.name in touched for peer in peers)
