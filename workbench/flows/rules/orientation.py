"""Who is the client, where a row alone does not tell: by other rows, Services, declared ports and port numbers.

A row is *open* (`is_open`) if nothing in it tells, or a flag of the source alone does and its ports say otherwise:
once a connection is forgotten, its late packets are taken for new ones, and so are those that a policy denies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell, exchange_ends, identity, workload_key
from workbench.flows.rules.replies import PASSED
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.rules.lookups import Lookups

__all__ = [
    "BY_FLAG_ALONE",
    "EPHEMERAL",
    "evidence_of",
    "is_open",
    "may_be_answer",
    "orient_by_evidence",
    "orient_by_order",
    "orient_by_popularity",
    "orient_by_port",
    "orient_by_service",
    "serving_key",
]

BY_CALL: Final = 0.95
BY_SERVICE: Final = 0.9
BY_LISTENING: Final = 0.85
BY_PORT: Final = 0.7
BY_FLAG_ALONE: Final = 0.6
BY_LIKELY_PORT: Final = 0.6
BY_POPULARITY: Final = 0.5
BY_ORDER: Final = 0.3
_SURE_ENOUGH: Final = 0.8
"""Between what a flag says that nothing else supports, and what a flag says."""
WELL_KNOWN: Final = 1024
RESERVED: Final = 512
"""From here on, programs of the system (such as NFS) also take well-known ports as clients."""
EPHEMERAL: Final = 32_768
"""The first port that Linux gives to clients, unless it is told otherwise."""
PEERS: Final = 3
"""So many distinct peers call a port that is a server's."""
_BY_SOURCE: Final = ("flagged", "observed")


def may_be_answer(source: ir.IntegerValue, destination: ir.IntegerValue) -> ir.BooleanValue:
    """Tell by the ports of rows whether the source may be the server after all.

    That is where the destination's port may be a client's: not a well-known one, and beside it stands a port that
    clients do not get, or both are ports that clients get. Never NULL.
    """
    told = (destination >= WELL_KNOWN) & ((source < EPHEMERAL) | (destination >= EPHEMERAL))
    return told.fill_null(False)  # noqa: FBT003  (a value, no switch)


def is_open(rows: ir.Table) -> ir.BooleanValue:
    """Tell of which rows other rows or a cluster may still tell who the client is."""
    return (rows.orientation == "unknown") | (rows.orientation.isin(_BY_SOURCE) & (rows.confidence < _SURE_ENOUGH))


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


def evidence_of(rows: ir.Table) -> ir.Table:
    """Return what rows tell of others: who called whom, which ports are servers', what was sent first.

    Ends are as they were recorded, before attribution: evidence is about sockets, and holds whatever the time or
    the verdict is that a question keeps to.

    Parameters
    ----------
    rows : Table
        As `aggregate.edge_totals` or `aggregate.reduced` returns them, of all that was imported.

    Returns
    -------
    Table
        ``known``: a server's port together with a client that called it, a port that a flow got through to,
        or the two sockets of an open row in its direction; and ``since``: when that was first seen.
    """
    told = rows.filter(rows.destination_port.notnull())
    sure, unsure = told.filter(~is_open(told)), told.filter(is_open(told) & told.source_port.notnull())
    server = _socket(sure, "destination")
    called = sure.select(known=_CALL + server + _BETWEEN + identity(sure, "source"), since=sure.time_start)
    through = sure.filter(sure.verdict.isin(PASSED))
    listening = through.select(known=_LISTENS + _socket(through, "destination"), since=through.time_start)
    sent = unsure.select(known=_SENT + _way(unsure, *ENDS), since=unsure.time_start)
    found = ibis.union(called, listening, sent)
    kept = found.filter(found.known.notnull())
    return kept.group_by("known").aggregate(since=kept.since.min())


_CALL, _LISTENS, _SENT, _BETWEEN = "called|", "listens|", "sent|", "|"


def orient_by_evidence(rows: ir.Table, evidence: ir.Table) -> ir.Table:
    """Orient open rows whose sockets other rows know: of exchanged sockets, the end that was called is the server.

    An end that this very peer was seen to call goes before a port that anyone got through to.
    """
    called = _known_ends(
        rows, evidence, {end: _CALL + _socket(rows, end) + _BETWEEN + identity(rows, _OTHER[end]) for end in ENDS}
    )
    found = _oriented(called, "listening", BY_CALL)
    listening = _known_ends(found, evidence, {end: _LISTENS + _socket(found, end) for end in ENDS})
    return _oriented(listening, "listening", BY_LISTENING)


def orient_by_port(rows: ir.Table) -> ir.Table:
    """Orient open rows by port numbers (flows.md C-N1).

    Surely, if one port is below 1024 and the other from 32768 on; likely, if one is below 512 and the other from 1024
    on, or one is below 32768 and the other is not.
    """

    def serves(end: str, other: str, *, surely: bool) -> ir.BooleanValue:
        own, theirs = rows[f"{end}_port"], rows[f"{other}_port"]
        told = (
            (own < WELL_KNOWN) & (theirs >= EPHEMERAL)
            if surely
            else ((own < EPHEMERAL) & (theirs >= EPHEMERAL)) | ((own < RESERVED) & (theirs >= WELL_KNOWN))
        )
        return told.fill_null(False)  # noqa: FBT003  (a value, no switch)

    source, destination = ENDS
    surely = {end: serves(*pair, surely=True) for end, pair in {source: ENDS, destination: ENDS[::-1]}.items()}
    told = rows.mutate(
        _source_serves=serves(source, destination, surely=False),
        _destination_serves=serves(destination, source, surely=False),
        _confidence=(surely[source] | surely[destination]).ifelse(BY_PORT, BY_LIKELY_PORT),
    )
    return _oriented(told, "port", told["_confidence"]).drop("_confidence")


def orient_by_popularity(rows: ir.Table) -> ir.Table:
    """Orient open rows of which one end's port is the destination of three peers or more (flows.md C-N1).

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


def orient_by_order(rows: ir.Table, evidence: ir.Table) -> ir.Table:
    """Orient rows of unknown orientation whose two sockets were also seen exchanged: who sent first is the client.

    Where both were first seen at one time, or the time is not known, the lower port is taken for the server's, so that
    the two are one connection; the orientation stays unknown then.
    """
    source, destination = ENDS
    unknown = rows.orientation == "unknown"
    keyed = rows.mutate(
        _own=unknown.ifelse(_SENT + _way(rows, source, destination), None),
        _reverse=unknown.ifelse(_SENT + _way(rows, destination, source), None),
    )
    own, reverse = (
        evidence.rename({f"_{name}_known": "known", f"_{name}_since": "since"}) for name in ("own", "reverse")
    )
    joined = keyed.left_join(own, [("_own", "_own_known")]).left_join(reverse, [("_reverse", "_reverse_known")])
    is_twin = joined["_reverse_known"].notnull() & (joined["_own"] != joined["_reverse"])
    first, second = joined["_own_since"], joined["_reverse_since"]
    told = joined.select(
        *(joined[name] for name in rows.columns),
        _source_serves=(is_twin & (first > second)).fill_null(False),  # noqa: FBT003  (a value, no switch)
        _destination_serves=(is_twin & (first < second)).fill_null(False),  # noqa: FBT003  (likewise)
        _is_twin=is_twin,
    )
    ordered = _oriented(told, "first", BY_ORDER)
    ports = (ordered.source_port < ordered.destination_port) | (
        (ordered.source_port == ordered.destination_port)
        & (identity(ordered, "source") < identity(ordered, "destination"))
    )
    backwards = ordered["_is_twin"] & (ordered.orientation == "unknown") & ports.fill_null(False)  # noqa: FBT003  (likewise)
    return _turned(ordered.mutate(_turned=backwards)).drop("_is_twin")


def serving_key(rows: ir.Table, end: str) -> ir.StringValue:
    """Return ``namespace|kind|name|transport|port`` of an end, as `backends.served_ports` writes it."""
    port = cell(rows, f"{end}_port").cast("string")
    return workload_key(rows, end) + _BETWEEN + cell(rows, "network_transport") + _BETWEEN + port


_OTHER: Final = dict(zip(ENDS, ENDS[::-1], strict=True))


def _known_ends(rows: ir.Table, evidence: ir.Table, keys: dict[str, ir.StringValue]) -> ir.Table:
    """Add, for each end, whether evidence has its key."""
    open_rows = is_open(rows)
    joined = rows.mutate(**{f"_{end}_key": open_rows.ifelse(key, None) for end, key in keys.items()})
    for end in ENDS:
        known = evidence.select(**{f"_{end}_known": evidence.known})
        joined = joined.left_join(known, [(f"_{end}_key", f"_{end}_known")])
        joined = joined.select(*(joined[name] for name in joined.columns))
    return joined.select(
        *(joined[name] for name in rows.columns),
        **{f"_{end}_serves": joined[f"_{end}_known"].notnull() for end in ENDS},
    )


def _socket(rows: ir.Table, end: str) -> ir.StringValue:
    return (
        cell(rows, "cluster").fill_null("")
        + _BETWEEN
        + cell(rows, "network_transport")
        + _BETWEEN
        + identity(rows, end)
        + _BETWEEN
        + cell(rows, f"{end}_port").cast("string")
    )


def _way(rows: ir.Table, sender: str, receiver: str) -> ir.StringValue:
    port = cell(rows, f"{receiver}_port").cast("string")
    return _socket(rows, sender) + _BETWEEN + identity(rows, receiver) + _BETWEEN + port


def _port_of(rows: ir.Table, end: str) -> ir.StringValue:
    where = cell(rows, "cluster").fill_null("") + "|" + ibis.coalesce(workload_key(rows, end), identity(rows, end))
    return where + "|" + cell(rows, "network_transport") + "|" + cell(rows, f"{end}_port").cast("string")


def _oriented(rows: ir.Table, rule: str, confidence: float | ir.FloatingValue) -> ir.Table:
    """Orient the open rows of which exactly one end serves."""
    decided = is_open(rows) & (rows["_source_serves"] != rows["_destination_serves"])
    level = ibis.literal(confidence) if isinstance(confidence, float) else confidence
    noted = rows.mutate(
        _turned=decided & rows["_source_serves"],
        orientation=decided.ifelse(rule, rows.orientation),
        confidence=decided.ifelse(level.cast(rows.confidence.type()), rows.confidence),
    ).drop("_source_serves", "_destination_serves")
    return _turned(noted)


def _turned(rows: ir.Table) -> ir.Table:
    """Exchange the ends of rows that are ``_turned``: these were answers, which initiate nothing (flows.md C-N3)."""
    exchanged = exchange_ends(rows, rows["_turned"])
    nothing = ibis.literal(0).cast(rows["connections"].type())
    connections = exchanged["_turned"].ifelse(nothing, exchanged.connections)
    return exchanged.mutate(connections=connections).drop("_turned")
