"""Who is the client, where a row alone does not tell: by Services and declared ports, port numbers, and popularity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell, exchange_ends, identity, workload_key
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.rules.lookups import Lookups

__all__ = ["orient_by_popularity", "orient_by_port", "orient_by_service", "serving_key"]

BY_SERVICE: Final = 0.9
BY_PORT: Final = 0.7
BY_POPULARITY: Final = 0.5
WELL_KNOWN: Final = 1024
EPHEMERAL: Final = 32_768
PEERS: Final = 3
"""So many distinct peers call a port that is a server's."""


def orient_by_service(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Orient rows of which one end serves: a Service, or a port that the end's workload declares (flows.md C-N1).

    Asked after `attribution.attributed`. Where both ends serve, or none, the row stays as it is.
    """
    joined = rows
    for end in ENDS:
        served = lookups.table("served", f"{end}_")
        keyed = joined.mutate(**{f"{end}_key": serving_key(joined, end)})
        joined = keyed.left_join(served, [(f"{end}_key", f"{end}_serving")])
    serves = {end: (cell(joined, f"{end}_kind") == "service") | joined[f"{end}_serving"].notnull() for end in ENDS}
    told = joined.select(
        *(joined[name] for name in rows.columns),
        _source_serves=serves["source"].fill_null(False),  # noqa: FBT003  (a value, no switch)
        _destination_serves=serves["destination"].fill_null(False),  # noqa: FBT003  (likewise)
    )
    return _oriented(told, "service", BY_SERVICE)


def orient_by_port(rows: ir.Table) -> ir.Table:
    """Orient rows with one port below 1024 and the other from 32768 on (flows.md C-N1)."""

    def serves(end: str, other: str) -> ir.BooleanValue:
        return ((rows[f"{end}_port"] < WELL_KNOWN) & (rows[f"{other}_port"] >= EPHEMERAL)).fill_null(False)  # noqa: FBT003  (a value, no switch)

    source, destination = ENDS
    told = rows.mutate(
        _source_serves=serves(source, destination),
        _destination_serves=serves(destination, source),
    )
    return _oriented(told, "port", BY_PORT)


def orient_by_popularity(rows: ir.Table) -> ir.Table:
    """Orient rows of which one end's port is the destination of three peers or more (flows.md C-N1).

    All rows are looked at, also those whose orientation is known. A port is a workload's where that is
    known, else that of an address.
    """
    key = {end: _port_of(rows, end) for end in ENDS}
    seen = rows.select(popular=key["destination"], peer=identity(rows, "source"))
    counted = seen.filter(seen.popular.notnull()).group_by("popular").aggregate(peers=seen.peer.nunique())
    popular = counted.filter(counted.peers >= PEERS).select("popular")
    joined = rows.mutate(**{f"_{end}_port_key": key[end] for end in ENDS})
    for end in ENDS:
        renamed = popular.rename({f"_{end}_popular": "popular"})
        joined = joined.left_join(renamed, [(f"_{end}_port_key", f"_{end}_popular")])
        joined = joined.select(*(joined[name] for name in joined.columns))
    told = joined.select(
        *(joined[name] for name in rows.columns),
        **{f"_{end}_serves": joined[f"_{end}_popular"].notnull() for end in ENDS},
    )
    return _oriented(told, "popularity", BY_POPULARITY)


def serving_key(rows: ir.Table, end: str) -> ir.StringValue:
    """Return ``namespace|kind|name|transport|port`` of an end, as `backends.served_ports` writes it."""
    port = cell(rows, f"{end}_port").cast("string")
    return workload_key(rows, end) + "|" + cell(rows, "network_transport") + "|" + port


def _port_of(rows: ir.Table, end: str) -> ir.StringValue:
    where = cell(rows, "cluster").fill_null("") + "|" + ibis.coalesce(workload_key(rows, end), identity(rows, end))
    return where + "|" + cell(rows, "network_transport") + "|" + cell(rows, f"{end}_port").cast("string")


def _oriented(rows: ir.Table, rule: str, confidence: float) -> ir.Table:
    """Orient the rows of unknown orientation of which exactly one end serves.

    A row that is turned was an answer: it initiated nothing, and its connections are 0 (flows.md C-N3).
    """
    decided = (rows.orientation == "unknown") & (rows["_source_serves"] != rows["_destination_serves"])
    turned = decided & rows["_source_serves"]
    kinds = {name: rows[name].type() for name in ("connections", "confidence") if name in rows.columns}
    noted = rows.mutate(
        _turned=turned,
        orientation=decided.ifelse(rule, rows.orientation),
        confidence=decided.ifelse(ibis.literal(confidence).cast(kinds["confidence"]), rows.confidence),
    ).drop("_source_serves", "_destination_serves")
    exchanged = exchange_ends(noted, noted["_turned"])
    nothing = ibis.literal(0).cast(kinds["connections"])
    connections = exchanged["_turned"].ifelse(nothing, exchanged.connections)
    return exchanged.mutate(connections=connections).drop("_turned")
