"""Which edges no policy is made of unless somebody asks for it, and why: they are counted and shown all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXCLUDING_MARKS", "exclusions"]

EXCLUDING_MARKS: Final[Mapping[str, str]] = {
    "ephemeral_port": "ephemeral port",
    "host_network": "host network",
    "own_node": "own node",
    "probe": "probe",
    "snat": "hidden client",
}
"""Marks that keep an edge from making a rule (flow-rules N4, N10, N11), and how that is told."""


def exclusions(edges: pd.DataFrame) -> pd.Series[str]:
    """Return why no policy is made of each edge; empty where one may be.

    ``client unknown``: nothing told who of the two it is (flow-rules N1). ``denied``: no flow got through, be it for a
    policy or for another reason (flow-rules N15). ``unresolved``: an end is no workload, Service, node or
    address of the outside that is known (flow-rules N16). And what `EXCLUDING_MARKS` names.

    Parameters
    ----------
    edges : DataFrame
        Columns ``orientation``, ``flows``, ``flows_denied``, ``src_kind``, ``dst_kind`` and ``marks`` as in
        `frames.EDGES`.

    Returns
    -------
    Series of str
        Comma-joined, in the order of the above, with the index of `edges`.
    """
    marks = [set(text.split(",")) for text in edges["marks"]]
    reasons = {
        "client unknown": edges["orientation"] == "unknown",
        "denied": edges["flows"] == edges["flows_denied"],
        "unresolved": (edges["src_kind"] == "unknown") | (edges["dst_kind"] == "unknown"),
        **{why: pd.Series([mark in there for there in marks], edges.index) for mark, why in EXCLUDING_MARKS.items()},
    }
    told = zip(*(found.astype(bool) for found in reasons.values()), strict=True)
    texts = [",".join(why for why, applies in zip(reasons, row, strict=True) if applies) for row in told]
    return pd.Series(texts, edges.index, dtype="str")
