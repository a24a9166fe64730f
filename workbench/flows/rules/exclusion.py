"""Which edges no policy is made of unless somebody asks for it, and why: they are counted and shown all the same."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pandas as pd

__all__ = ["EXCLUDING_MARKS", "EXCLUSIONS", "exclusions"]

if TYPE_CHECKING:
    from typing import Any

EXCLUDING_MARKS: Final = ("ephemeral-port", "host-network", "own-node", "probe", "snat")
"""Marks that keep an edge from making a rule (flow-rules N4, N10, N11)."""
EXCLUSIONS: Final = ("client-unknown", "denied", "unresolved", *EXCLUDING_MARKS)
"""Why no policy is made of an edge."""


def exclusions(edges: pd.DataFrame) -> pd.Series[Any]:
    """Return why no policy is made of each edge; nothing where one may be.

    ``client-unknown``: the client is not known (flow-rules N1). ``denied``: no flow got through, be it for a
    policy or for another reason (flow-rules N15). ``unresolved``: an end is not a workload, Service, node or
    address of the outside that is known (flow-rules N16). And the marks of `EXCLUDING_MARKS`.

    Parameters
    ----------
    edges : DataFrame
        Columns ``orientation``, ``flows``, ``flows_denied``, ``src_kind``, ``dst_kind`` and ``marks`` as in
        `frames.EDGES`.

    Returns
    -------
    Series of tuple of str
        In the order of `EXCLUSIONS`, with the index of `edges`.
    """
    reasons = (
        edges["orientation"] == "unknown",
        edges["flows"] == edges["flows_denied"],
        (edges["src_kind"] == "Unknown") | (edges["dst_kind"] == "Unknown"),
    )
    rows = zip(*(found.astype(bool) for found in reasons), map(tuple, edges["marks"]), strict=True)
    return pd.Series([_reasons(tuple(applied), marks) for *applied, marks in rows], edges.index, dtype="object")


@cache
def _reasons(applied: tuple[bool, ...], marks: tuple[str, ...]) -> tuple[str, ...]:
    """Return the reasons of which it is known whether they apply, and those of the marks; few differ."""
    applies = (*applied, *(mark in marks for mark in EXCLUDING_MARKS))
    return tuple(why for why, one in zip(EXCLUSIONS, applies, strict=True) if one)
