"""The tables of flows: one definition of each frame that this room hands out."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pandas as pd

from workbench.flows.rules.exclusion import EXCLUSIONS
from workbench.flows.rules.marks import MARKS
from workbench.flows.schema import COLUMNS, ORIENTATIONS, VERDICTS
from workbench.flows.statuses import Status
from workbench.ground import TEXTS, Column, Table, column, columns

__all__ = [
    "COMPARED",
    "CONNECTIONS",
    "DNS",
    "EDGES",
    "LOCATED_EDGES",
    "NETWORKS",
    "ROWS",
    "SUMMARY",
    "TABLES",
    "TIMELINE",
    "TRAFFIC",
    "column_of",
    "typed",
]

_TIME: Final = "datetime64[us, UTC]"
_LAST: Final = Column("last_seen", _TIME, "when it was last seen, of the flows that are asked about", nullable=True)
_FIRST: Final = Column("first_seen", _TIME, "when it was first seen, of all that was imported", nullable=True)
_FLOWS: Final = Column("flows", "int64", "rows of the sources")
_DENIED: Final = Column("flows_denied", "int64", "those of them that were denied or dropped")
_PORT: Final = Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True)
_CLUSTER: Final = column("cluster", "name of the cluster; empty where the source does not say")
_MARKS: Final = Column(
    "marks",
    "object",
    f"what is worth knowing before a policy is made of it: {'; '.join(f'`{m}`, {text}' for m, text in MARKS.items())}",
    identifiers=tuple(MARKS),
    holds=TEXTS,
)
_ENDS: Final = columns("src_kind", "dst_kind", dtype="category"), columns("src_namespace", "dst_namespace")
_OF_ROWS: Final = {one.name: one for one in COLUMNS}


def column_of(name: str) -> Column:
    """Return a column of the flow table as one of a frame."""
    one = _OF_ROWS[name]
    return Column(one.name, one.dtype, one.meaning, nullable=one.nullable, identifiers=one.values)


def _counter(name: str) -> Column:
    return column_of(name)._replace(nullable=True)


_COUNTERS: Final = tuple(map(_counter, ("connections", "packets", "bytes", "reply_packets", "reply_bytes")))

EDGES: Final = Table(
    "Flows.edges",
    "client, server, protocol and port",
    (
        column(
            "src",
            "the client, as maps name workloads; else the name of its block, its address, its DNS name or the label of "
            "its network",
        ),
        column("dst", "the server, in the same form"),
        column("protocol"),
        _PORT,
        *_ENDS[0],
        *_ENDS[1],
        Column(
            "dst_domains",
            "object",
            "the DNS names by which clients knew the server, sorted: those that the source gives, else those of DNS "
            "answers",
            holds=TEXTS,
        ),
        _FLOWS,
        _DENIED,
        Column(
            "flows_uncertain",
            "int64",
            "those of which it is not certain which end is the client; of these, none to a port that may be a client's "
            "counts as denied",
        ),
        *_COUNTERS,
        _FIRST,
        _LAST,
        Column("verdicts", "object", "what became of them, the worst first", identifiers=VERDICTS, holds=TEXTS),
        _MARKS,
        Column(
            "orientation",
            "category",
            "how it is known who the client is, of the row of which that is known best",
            identifiers=ORIENTATIONS,
        ),
        Column("confidence", "float32", "how sure that is, from 0 to 1"),
        Column(
            "excluded",
            "object",
            "why no policy is made of it; empty where one may be",
            identifiers=EXCLUSIONS,
            holds=TEXTS,
        ),
        _CLUSTER,
    ),
)

LOCATED_EDGES: Final = Table(
    "Flows.located_edges",
    "client, server, protocol and port, of which those in blocks are addresses",
    (
        *EDGES.columns,
        Column(
            "src_block", "str", "the name of the block that `Flows.edges` has instead of the client; empty for none"
        ),
        Column("dst_block", "str", "the same of the server"),
    ),
)

DNS: Final = Table(
    "Flows.dns",
    "client, name and address that it was answered to have",
    (
        column("src", "who asked"),
        Column("name", "str", "the name that was asked for"),
        Column("address", "str", "an address that was the answer; `dst` of edges where it is outside"),
        _ENDS[0][0],
        _ENDS[1][0],
        Column("answers", "int64", "how many answers there were"),
        Column(
            "ttl",
            "int64",
            "for how many seconds they hold, of the one that holds longest; 0 where the source does not say",
        ),
        Column("first_seen", _TIME, "when it was answered first"),
        Column("last_seen", _TIME, "when it was answered last"),
        _CLUSTER,
    ),
)

NETWORKS: Final = Table(
    "Flows.networks",
    "address and network that a source says it is of",
    (
        Column("address", "str", "the address"),
        Column("network", "str", "the known server, the network set or the provider, as the source calls it"),
    ),
)

TIMELINE: Final = Table(
    "Flows.timeline",
    "span of time and combination of values of the columns that were asked for, which stand behind the time; also for "
    "each span between the first and the last in which nothing was seen",
    (
        Column("time", _TIME, "when the span begins", nullable=True),
        _FLOWS._replace(meaning="rows of the sources; 0 where nothing was seen"),
        *map(_counter, ("connections", "bytes", "reply_bytes")),
    ),
)

SUMMARY: Final = Table(
    "Flows.summary",
    "format and verdict",
    (
        Column("source_format", "str", "the format that was read"),
        Column("verdict", "str", "what became of the flows", identifiers=VERDICTS),
        _FLOWS,
        Column("unknown_orientation", "int64", "rows whose client is not known"),
        _FIRST,
        _LAST,
    ),
)

ROWS: Final = Table("Flows.to_pandas", "row that was imported", tuple(column_of(one.name) for one in COLUMNS))
CONNECTIONS: Final = Table("Flows.connections", "connection that was seen", (*ROWS.columns, _MARKS))

COMPARED: Final = Table(
    "Comparison.to_frame",
    "edge that was seen, and connection that is allowed and was never used",
    (
        Column(
            "status",
            "category",
            "how what is allowed stands to what was seen",
            identifiers=tuple(status.value for status in Status),
        ),
        Column("meaning", "category", "the same in words"),
        *columns("src", "dst"),
        column("ports", "ports as maps write them; the protocol alone where it has none"),
        *_ENDS[0],
        *_ENDS[1],
        _FLOWS,
        _DENIED,
        _FIRST,
        _LAST,
        column("decided_by"),
        column("reason", "why that is not certain, or what else there is to know"),
    ),
)

_OF_EDGES: Final = (
    *("protocol", "port", "dst_domains", "flows_uncertain", *(one.name for one in _COUNTERS)),
    *("verdicts", "marks", "excluded", "cluster"),
)
TRAFFIC: Final = Table(
    "traffic_of",
    "edge that was seen, and connection that is allowed and was never used, of some ends",
    (*COMPARED.columns, column("intervals"), *(one for one in EDGES.columns if one.name in _OF_EDGES)),
)

TABLES: Final = (EDGES, LOCATED_EDGES, DNS, TIMELINE, SUMMARY, NETWORKS, COMPARED, TRAFFIC)
"""Those that have columns of their own; `ROWS` and `CONNECTIONS` have those of the flow table."""


def typed(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return what an engine found as a frame of a table.

    Times, which have no zone within, are UTC; text that is missing is empty, unless the table says that it may be
    missing; lists are tuples, identifiers in the order of the table.
    """
    return table.from_columns({one.name: _cells(one, frame[one.name]) for one in table.columns})


def _cells(one: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
    if one.dtype == _TIME and str(cells.dtype) != _TIME:
        return cells.astype("datetime64[us]").dt.tz_localize("UTC")
    if one.holds == TEXTS:
        found = [_several(tuple(texts), one.identifiers) for texts in cells]
        return pd.Series(found, dtype="object")
    if one.dtype in {"str", "category"} and not one.nullable:
        return cells.fillna("") if str(cells.dtype) == "str" else cells.astype("object").where(cells.notna(), "")
    return cells


@cache
def _several(texts: tuple[object, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(map(str, texts))
    return tuple(sorted(set(found), key=order.index)) if order else found
