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

__all__ = ["BY_FLAG_ALONE", "EPHEMERAL", "evidence_of", "is_open", "may_be_answer", "oriented", "serving_key"]

BY_FLAG_ALONE: Final = 0.6
_SURE_ENOUGH: Final = 0.8
"""Between what a flag says that nothing else supports, and what a flag says."""
WELL_KNOWN: Final = 1024
RESERVED: Final = 512
"""From here on, programs of the system (such as NFS) also take well-known ports as clients."""
EPHEMERAL: Final = 32_768
"""The first port that Linux gives to clients by default."""
PEERS: Final = 3
"""So many distinct peers call a port that is a server's."""
_BY_SOURCE: Final = ("flagged", "observed")
_RULES: Final = {
    "called": ("listening", 0.95),
    "service": ("service", 0.9),
    "listens": ("listening", 0.85),
    "port": ("port", 0.7),
    "likely_port": ("port", 0.6),
    "popular": ("popularity", 0.5),
    "first": ("first", 0.3),
}
"""By what an end is known to be the server, the surest first: the orientation that this gives, and its confidence.

This very client was seen to call it; it is a Service, or declares the port; somebody got through to it; its port is
below 1024 and the other's from 32768 on; its port is below 512 and the other's from 1024 on, or below 32768 and the
other's is not; three peers or more call it; what it sent was seen later than what the other sent.
"""


def may_be_answer(source: ir.IntegerValue, destination: ir.IntegerValue) -> ir.BooleanValue:
    """Tell by the ports of rows whether the source may be the server after all.

    That is where the destination's port may be a client's: not a well-known one, and beside it stands a port that
    clients do not get, or both are ports that clients get. Never NULL.
    """
    by_ports = (destination >= WELL_KNOWN) & ((source < EPHEMERAL) | (destination >= EPHEMERAL))
    return by_ports.fill_null(False)  # noqa: FBT003  (a value, no switch)


def is_open(rows: ir.Table) -> ir.BooleanValue:
    """Tell of which rows other rows or a cluster may still tell who the client is."""
    return (rows.orientation == "unknown") | (rows.orientation.isin(_BY_SOURCE) & (rows.confidence < _SURE_ENOUGH))


def evidence_of(rows: ir.Table) -> ir.Table:
    """Return what rows tell of others: which end called which, which ports are servers', what was sent first.

    Ends are as they were recorded, before attribution: evidence is about sockets, and holds whatever the time or
    the verdict is that a question keeps to.

    Parameters
    ----------
    rows : Table
        As `aggregate.edge_totals` or `aggregate.aggregate_rows` returns them, of all that was imported.

    Returns
    -------
    Table
        ``known``: a server's port together with a client that called it, a port that a flow got through to,
        or the two sockets of an open row in its direction; and ``since``: when that was first seen.
    """
    with_ports = rows.filter(rows.destination_port.notnull())
    sure, unsure = (
        with_ports.filter(~is_open(with_ports)),
        with_ports.filter(is_open(with_ports) & with_ports.source_port.notnull()),
    )
    called = sure.select(known=_called(sure, "destination", "source"), since=sure.time_start)
    through = sure.filter(sure.verdict.isin(PASSED))
    listening = through.select(known=_listens(through, "destination"), since=through.time_start)
    sent = unsure.select(known=_sent(unsure, "source", "destination"), since=unsure.time_start)
    found = ibis.union(called, listening, sent)
    kept = found.filter(found.known.notnull())
    return kept.group_by("known").aggregate(since=kept.since.min())


def oriented(rows: ir.Table, evidence: ir.Table, lookups: Lookups | None = None) -> ir.Table:
    """Orient the open rows of which exactly one end is known to be the server, by the surest of `_RULES` that tells.

    Two rows with exchanged sockets are one connection, also where both were first seen at one time, or it is unknown
    when: the lower port is taken for the server's then, and the orientation stays unknown.

    A row that is turned was an answer: it initiated nothing, and its connections are 0 (flow-rules N3).

    Parameters
    ----------
    rows : Table
        Columns of the flow table; with a cluster, after `attribution.attributed`.
    evidence : Table
        As `evidence_of` returns it.
    lookups : Lookups, optional
        What a cluster knows.
    """
    decided = _decided(_ends_known(rows, evidence, lookups))
    keyed = rows.mutate(_question=is_open(rows).ifelse(_question(rows), None))
    joined = keyed.left_join(decided, [("_question", "question")])
    known = joined.rule_orientation.notnull()
    kind = rows.confidence.type()
    new: dict[str, ir.Value] = {
        "orientation": known.ifelse(joined.rule_orientation, joined.orientation),
        "confidence": known.ifelse(joined.rule_confidence.cast(kind), joined.confidence),
    }
    kept = {name: new[name] if name in new else joined[name] for name in rows.columns}
    noted = joined.select(**kept, _turned=joined.is_turned.fill_null(False))  # noqa: FBT003  (a value, no switch)
    exchanged = exchange_ends(noted, noted["_turned"])
    nothing = ibis.literal(0).cast(rows.connections.type())
    return exchanged.mutate(connections=exchanged["_turned"].ifelse(nothing, exchanged.connections)).drop("_turned")


def serving_key(rows: ir.Table, end: str) -> ir.StringValue:
    """Return ``namespace|kind|name|transport|port`` of an end, as `backends.served_ports` writes it."""
    port = cell(rows, f"{end}_port").cast("string")
    return workload_key(rows, end) + _BETWEEN + cell(rows, "network_transport") + _BETWEEN + port


def _ends_known(rows: ir.Table, evidence: ir.Table, lookups: Lookups | None) -> ir.Table:
    """Return a row for each end of each question that open rows put, with what is known of that end."""
    asked = rows.filter(is_open(rows))
    ends = ibis.union(*(_end_asked(asked, end, other) for end, other in (ENDS, ENDS[::-1])), distinct=True)
    for name in ("called", "listens", "sent"):
        known = evidence.select(**{f"{name}_known": evidence.known, f"{name}_since": evidence.since})
        ends = ends.left_join(known, [(f"{name}_key", f"{name}_known")])
    popular = _popular(rows)
    ends = ends.left_join(popular, [("port_key", "popular")])
    serves = ends.is_service
    if lookups is not None:
        ends = ends.left_join(lookups.table("served"), [("serving_key", "serving")])
        serves = ends.is_service | ends.serving.notnull()
    return ends.select(
        *("question", "is_source", "port", "other_port", "is_unknown", "name", "other_name", "sent_since"),
        is_sent=ends.sent_known.notnull(),
        called=ends.called_known.notnull(),
        listens=ends.listens_known.notnull(),
        popular=ends.popular.notnull(),
        service=serves.fill_null(False),  # noqa: FBT003  (a value, no switch)
    )


def _end_asked(asked: ir.Table, end: str, other: str) -> ir.Table:
    return asked.select(
        question=_question(asked),
        is_source=ibis.literal(end == "source"),
        port=asked[f"{end}_port"],
        other_port=asked[f"{other}_port"],
        is_unknown=asked.orientation == "unknown",
        name=identity(asked, end),
        other_name=identity(asked, other),
        is_service=asked[f"{end}_kind"] == "service",
        serving_key=serving_key(asked, end),
        port_key=_port_of(asked, end),
        called_key=_called(asked, end, other),
        listens_key=_listens(asked, end),
        sent_key=_sent(asked, end, other),
    )


def _popular(rows: ir.Table) -> ir.Table:
    """Return the ports that three peers or more call; of a workload where that is known, else of an address."""
    seen = rows.select(popular=_port_of(rows, "destination"), peer=identity(rows, "source"))
    counted = seen.filter(seen.popular.notnull()).group_by("popular").aggregate(peers=seen.peer.nunique())
    return counted.filter(counted.peers >= PEERS).select("popular")


def _decided(ends: ir.Table) -> ir.Table:
    """Return for each question the orientation, its confidence, and whether its rows are to be turned."""
    port, other = ends.port, ends.other_port
    likely = ((port < EPHEMERAL) & (other >= EPHEMERAL)) | ((port < RESERVED) & (other >= WELL_KNOWN))
    signs = ends.mutate(
        port_sign=((port < WELL_KNOWN) & (other >= EPHEMERAL)).fill_null(False),  # noqa: FBT003  (a value, no switch)
        likely_sign=likely.fill_null(False),  # noqa: FBT003  (likewise)
        lower=((port < other) | ((port == other) & (ends.name < ends.other_name))).fill_null(False),  # noqa: FBT003  (likewise)
    )
    columns = {"port": "port_sign", "likely_port": "likely_sign"}
    signs_by_end = {
        f"{end}_{rule}": signs[columns.get(rule, rule)].any(where=signs.is_source == (end == "source"))
        for rule in _RULES
        if rule != "first"
        for end in ENDS
    }
    found = signs.group_by("question").aggregate(
        **signs_by_end,
        is_unknown=signs.is_unknown.any(),
        is_twin=signs.is_sent.all() & (signs.is_unknown.any()),
        source_is_lower=signs.lower.any(where=signs.is_source),
        is_loop=(signs.name == signs.other_name).all() & (signs.port == signs.other_port).all(),
        source_since=signs.sent_since.min(where=signs.is_source),
        destination_since=signs.sent_since.min(where=~signs.is_source),
    )
    twin = found.is_twin & ~found.is_loop.fill_null(False)  # noqa: FBT003  (likewise)
    source_serves = {rule: found[f"source_{rule}"] for rule in _RULES if rule != "first"}
    tells = {rule: found[f"source_{rule}"] != found[f"destination_{rule}"] for rule in source_serves}
    source_serves["first"] = found.source_since > found.destination_since
    tells["first"] = twin & (found.source_since != found.destination_since)
    cases = [(tells[rule].fill_null(False), rule) for rule in _RULES]  # noqa: FBT003  (likewise)
    return found.select(
        "question",
        rule_orientation=ibis.cases(
            *((applies, _RULES[rule][0]) for applies, rule in cases), else_=ibis.null("string")
        ),
        rule_confidence=ibis.cases(
            *((applies, _RULES[rule][1]) for applies, rule in cases), else_=ibis.null("float64")
        ),
        is_turned=ibis.cases(
            *((applies, source_serves[rule]) for applies, rule in cases),
            (twin.fill_null(False), found.source_is_lower),  # noqa: FBT003  (likewise)
            else_=ibis.literal(value=False),
        ),
    )


_BETWEEN: Final = "|"


def _question(rows: ir.Table) -> ir.StringValue:
    """Return what open rows have in common of which the same is known; never NULL."""
    parts = [rows.orientation, cell(rows, "cluster"), rows.network_transport]
    for end in ENDS:
        parts += [identity(rows, end), workload_key(rows, end), rows[f"{end}_kind"], rows[f"{end}_port"].cast("string")]
    text = parts[0]
    for part in parts[1:]:
        text = text + _BETWEEN + part.fill_null("")
    return text


def _socket(rows: ir.Table, end: str) -> ir.StringValue:
    where = cell(rows, "cluster").fill_null("") + _BETWEEN + rows.network_transport + _BETWEEN
    return where + identity(rows, end) + _BETWEEN + rows[f"{end}_port"].cast("string")


def _called(rows: ir.Table, server: str, client: str) -> ir.StringValue:
    return "called|" + _socket(rows, server) + _BETWEEN + identity(rows, client)


def _listens(rows: ir.Table, server: str) -> ir.StringValue:
    return "listens|" + _socket(rows, server)


def _sent(rows: ir.Table, sender: str, receiver: str) -> ir.StringValue:
    port = rows[f"{receiver}_port"].cast("string")
    return "sent|" + _socket(rows, sender) + _BETWEEN + identity(rows, receiver) + _BETWEEN + port


def _port_of(rows: ir.Table, end: str) -> ir.StringValue:
    where = cell(rows, "cluster").fill_null("") + _BETWEEN
    who = ibis.coalesce(workload_key(rows, end), identity(rows, end))
    return where + who + _BETWEEN + rows.network_transport + _BETWEEN + cell(rows, f"{end}_port").cast("string")
