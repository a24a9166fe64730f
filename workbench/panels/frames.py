"""The tables of frames that panels show."""

from __future__ import annotations

from typing import Final

from workbench.checks import CHECK_FINDINGS
from workbench.ground import TEXTS, Column, Table, column, columns
from workbench.whatif import ALTERNATIVES, PolicyStatus

__all__ = ["DECISIONS", "DISAGREEMENTS", "DOCUMENTS", "DRAFTS", "GRAPH_EDGES", "LISTED_FINDINGS", "TABLES"]

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
        Column("connections", "UInt64", "connections that were seen, as far as sources count them", nullable=True),
        Column("packets", "UInt64", "both ways together", nullable=True),
        Column("bytes", "UInt64", "both ways together", nullable=True),
        Column("first_seen", _TIME, "when it was first seen", nullable=True),
        Column("last_seen", _TIME, "when it was last seen", nullable=True),
        Column("sources", "object", "the formats of the recordings", holds=TEXTS),
        column("decided_by"),
        column("reason", "why that is not certain, or what else there is to know"),
        Column("drawn", "bool", "whether an arrow of the picture stands for it"),
    ),
)

DECISIONS: Final = Table(
    "BaselineState.history",
    "decision, the last one first",
    (
        Column("decision", "int64", "its number, from 1"),
        Column("decided_at", _TIME, "when it was decided"),
        Column("who", "str", "who decided it"),
        Column("why", "str", "the reason; empty without one"),
        Column("changed", "str", "what it changed, in words"),
        Column("undoes", "Int64", "number of the decision that this one undoes", nullable=True),
        Column("undone_by", "Int64", "number of the decision by which this one is undone now", nullable=True),
        column("cluster"),
    ),
)

DOCUMENTS: Final = Table(
    "WhatIfState.documents",
    "document of the draft",
    (
        Column("status", "str", "what becomes of it", identifiers=tuple(one.value for one in PolicyStatus)),
        column("policy", "the policy as `Kind namespace/name`"),
        Column("line", "Int64", "where it begins in the draft's text", nullable=True),
        Column("place", "str", "where it stands now, as `file:line`; empty where it was not read from a file"),
        Column("where", "str", "the same in short"),
    ),
)

DRAFTS: Final = Table(
    "WhatIfState.alternatives",
    "draft that was tried, the one that breaks least first",
    (
        Column("name", "str", "of the draft"),
        *ALTERNATIVES.columns[1:],
        Column("documents", "int64", "policies that it changes, adds and deletes"),
        Column("besides", "str", "in words: flows that are still denied, workloads that are cut off or unprotected"),
        Column("current", "bool", "whether that is about the draft, the flows and the time as they are now"),
    ),
)

DISAGREEMENTS: Final = Table(
    "WhatIfState.disagreements",
    "edge that was seen and of which not all drafts say the same",
    (
        *columns("src", "dst", "protocol"),
        Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True),
        Column("flows", "int64", "rows of the recordings in which it was seen"),
        Column("says", "str", "what each draft does to it, in words"),
    ),
)

LISTED_FINDINGS: Final = Table(
    "ChecksState.rows",
    "finding that filters leave",
    (
        *(one for one in CHECK_FINDINGS.columns if one.name not in {"patch", "delete"}),
        Column("where", "str", "file and line in short"),
    ),
)

TABLES: Final = (GRAPH_EDGES, DECISIONS, DOCUMENTS, DRAFTS, DISAGREEMENTS, LISTED_FINDINGS)
"""All of them."""
