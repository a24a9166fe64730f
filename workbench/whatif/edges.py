"""Edges as questions take them: source, destination, port and protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Edge", "edge_text", "edges_of"]

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
