"""From many rows to few: who talked to whom on which port, how often, how much, when first and last.

The first step groups rows that say the same in one pass over everything; the rules that need a cluster
or other rows then work on what is left, and the last step joins what they have made equal (flow-rules N5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.attribution import labels_text
from workbench.flows.rules.blocks import BLOCK
from workbench.flows.rules.ends import cell
from workbench.flows.rules.names import with_names
from workbench.flows.rules.orientation import is_open
from workbench.flows.rules.ports import may_be_reversed
from workbench.flows.rules.ranks import rank_of, value_of
from workbench.flows.rules.replies import COUNTERS, HELD_BACK
from workbench.flows.schema import COLUMNS, EDGE_ID, ENDS, NOT_OF_EDGES, ORIENTATIONS, ROW_ID, VERDICTS
from workbench.ground import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = [
    "EDGE_KEY",
    "FLOWS",
    "SHORT",
    "SPAN_NUMBER",
    "UNKNOWN",
    "aggregate_all",
    "aggregate_rows",
    "edge_totals",
    "edges_of",
    "located_edges_of",
    "peer_kind",
    "peer_name",
    "stored_edges_of",
    "with_span_numbers",
]

SPAN: Final = 600
"""Seconds."""
FLOWS: Final = "flows"
"""How many rows a row stands for."""
EDGE_KEY: Final = ("cluster", "src", "dst", "protocol", "port")
UNKNOWN: Final = "unknown"
SHORT: Final = ("src", "dst")
"""What edges call the `ENDS`."""
WORKLOAD: Final = "Workload"
"""The kind of a workload of which no source tells it."""
_KINDS: Final = {"service": "Service", "node": "Node", "external": EXTERNAL, "network_set": "NetworkSet"}
SPAN_NUMBER: Final = "_span"
"""The number of a row's span of time, where the time tells which pod had an address; 0 elsewhere."""
_COMMON: Final = (
    *(column.name for column in COLUMNS if column.name not in NOT_OF_EDGES),
    "source_port",
    *(f"{end}_k8s_pod_labels" for end in ENDS),
)


def edge_totals(rows: ir.Table) -> ir.Table:
    """Return one row for each `EDGE_ID`: what its rows have in common, and how much they are together.

    Kept beside stored rows, this answers questions to all of them without a look at any.

    Labels of pods whose name, workload or address is known differ between rows; those of one row are kept.

    Returns
    -------
    Table
        `EDGE_ID`, all columns of the flow table but `NOT_OF_EDGES`, the port of a source that may be the
        server, labels, and what `aggregate_rows` counts.
    """
    ports = rows.mutate(source_port=is_open(rows).ifelse(rows.source_port, ibis.null(rows.source_port.type())))
    # To find one row of each edge by two numbers, and read that, takes a fraction of aggregating all columns.
    counted = _counted(rows, rows.count(), one=rows[ROW_ID.name].min())
    return counted.join(ports.select(ROW_ID.name, *_COMMON), counted.one == ports[ROW_ID.name]).drop("one", ROW_ID.name)


def aggregate_rows(
    rows: ir.Table,
    totals: ir.Table,
    reused: Sequence[str] = (),
    answers: ir.Table | None = None,
    *,
    is_all: bool = False,
) -> ir.Table:
    """Count together the rows that differ in nothing but `NOT_OF_EDGES`.

    Parameters
    ----------
    rows, totals : Table
        Stored rows, and what `edge_totals` returns for them, or for more; several tables of that, one upon
        another, will do.
    reused : sequence of str
        Addresses that several pods had one after another: their rows are kept apart by time, `SPAN` long, so that
        the time tells which pod it was.
    answers : Table, optional
        What DNS servers answered, with columns as in `names.ANSWER_SCHEMA`.
    is_all : bool
        `totals` counts these rows and no others: then those of reused addresses alone are looked at.

    Returns
    -------
    Table
        `EDGE_ID`, and `SPAN_NUMBER` where addresses were reused; the columns that the rows of an edge have in common,
        the counters, the times, and `FLOWS`.
    """
    by = [EDGE_ID.name, *([SPAN_NUMBER] if reused else [])]
    once = totals.distinct(on=EDGE_ID.name, keep="first").select(EDGE_ID.name, *_COMMON)
    whole = _counts(rows, totals, reused, is_all=is_all).join(once, EDGE_ID.name)
    return whole if answers is None else with_names(with_span_numbers(rows, reused), once, answers, by, named=whole)


def aggregate_all(totals: ir.Table, rows: ir.Table | None = None, answers: ir.Table | None = None) -> ir.Table:
    """Count all rows together, as `aggregate_rows`, where no address had several pods; answers alone look at rows."""
    return aggregate_rows(totals if rows is None else rows, totals, (), answers, is_all=True)


def _counts(rows: ir.Table, totals: ir.Table, reused: Sequence[str], *, is_all: bool) -> ir.Table:
    """Return how much there was of each edge, and where an address was reused, of each span of time."""
    further = [SPAN_NUMBER] if reused else []
    if not is_all:
        spanned = with_span_numbers(rows, reused)
        return _counted(spanned, spanned.count(), further)
    if not reused:
        return _counted(totals, totals[FLOWS].sum())
    steady = totals.filter(~_changes(totals, reused)).mutate(**{SPAN_NUMBER: ibis.literal(0, "int64")})
    moving = with_span_numbers(rows.filter(_changes(rows, reused)), reused)
    parts = _counted(steady, steady[FLOWS].sum(), further), _counted(moving, moving.count(), further)
    # What is known of missing values differs between stored counts and counted rows; a union wants one type.
    alike = {name: kind(nullable=True) for name, kind in parts[0].schema().items()}
    return ibis.union(*(part.cast(alike) for part in parts))


def _counted(rows: ir.Table, flows: ir.Value, further: Sequence[str] = (), **more: ir.Value) -> ir.Table:
    return rows.group_by([EDGE_ID.name, *further]).aggregate(
        time_start=rows.time_start.min(),
        time_end=ibis.coalesce(rows.time_end, rows.time_start).max(),
        **{name: _sum(rows, name).cast(rows[name].type()) for name in COUNTERS},
        **{FLOWS: flows.cast("int64")},
        **more,
    )


def _sum(rows: ir.Table, name: str, where: ir.BooleanValue | None = None) -> ir.Value:
    """Return a sum of a counter; where all that is known of it is 0, and of some rows nothing is, nothing is known."""
    column = rows[name]
    unknown = column.isnull().any(where=where)
    total = column.sum(where=where)
    return unknown.ifelse(total.nullif(0), total)


def with_span_numbers(rows: ir.Table, reused: Sequence[str]) -> ir.Table:
    """Give each row its `SPAN_NUMBER`, where there are reused addresses.

    Parameters
    ----------
    rows : Table
    reused : sequence of str
        As of `aggregate_rows`.
    """
    if not reused:
        return rows
    return rows.mutate(
        **{SPAN_NUMBER: _changes(rows, reused).ifelse(rows.time_start.epoch_seconds() // SPAN, 0).cast("int64")}
    )


def _changes(rows: ir.Table, reused: Sequence[str]) -> ir.BooleanValue:
    changing = rows.source_address.isin(reused) | rows.destination_address.isin(reused)
    return changing.fill_null(False)  # noqa: FBT003  (a value)


def peer_name(rows: ir.Table, end: str, *, located: bool = False) -> ir.StringValue:
    """Return what an end is called, as connectivity maps call it where it is a workload.

    ``namespace/name[Kind]`` of the workload, else of the pod or the Service; ``name[Node]``; else the name of the block
    that it is in, unless it is to be `located`; else the address; the
    labels in their namespace; the first DNS name or the label of the network; else ``unknown``. What is missing takes
    nothing away from what is known: a kind that no source gives is ``unknown``, and of a name without a namespace, or
    a namespace without a name, there is that.
    """
    where = rows[f"{end}_k8s_namespace_name"].nullif("") + "/"
    place = where.fill_null("")

    def named(name: ir.StringValue, kind: ir.StringValue) -> ir.StringValue:
        return place + name + "[" + kind + "]"

    kind = rows[f"{end}_k8s_owner_kind"].fill_null(UNKNOWN)
    workload = named(rows[f"{end}_k8s_owner_name"], kind)
    pod = named(rows[f"{end}_k8s_pod_name"], ibis.literal("Pod"))
    service = named(rows[f"{end}_k8s_service_name"], ibis.literal("Service"))
    node = (rows[f"{end}_kind"] == "node").ifelse(rows[f"{end}_k8s_node_name"] + "[Node]", ibis.null("string"))
    labelled = place + "{" + labels_text(cell(rows, f"{end}_k8s_pod_labels")) + "}"
    domain = rows[f"{end}_domain"][0]
    address = rows[f"{end}_address"]
    label = rows[f"{end}_network_label"]
    block = f"{end}_{BLOCK}"
    named_by = [rows[block]] if block in rows.columns and not located else []
    return ibis.coalesce(
        workload, pod, service, node, *named_by, address, labelled, domain, label, where + UNKNOWN, UNKNOWN
    )


def peer_kind(rows: ir.Table, end: str) -> ir.StringValue:
    """Return what the ends of the same name are, as connectivity maps call it; an aggregate of a group of rows.

    The kind of the workload, or `WORKLOAD` where it is not known; ``Pod``, ``Service``, ``Node``, ``External``,
    ``NetworkSet``; else ``Unknown``.
    """
    kind, owner = rows[f"{end}_kind"].max(), rows[f"{end}_k8s_owner_name"].notnull()
    workload = owner.ifelse(rows[f"{end}_k8s_owner_kind"].fill_null(WORKLOAD), ibis.null("string")).max()
    return ibis.cases(
        (kind == "workload", workload.fill_null(WORKLOAD)),
        (kind == "pod", workload.fill_null("Pod")),
        *((kind == name, text) for name, text in _KINDS.items()),
        else_="Unknown",
    )


def with_edge_keys(rows: ir.Table, *, located: bool = False) -> ir.Table:
    """Return rows with the names of their ends, their protocol and their port: what `EDGE_KEY` says of edges."""
    return rows.mutate(
        src=peer_name(rows, "source", located=located),
        dst=peer_name(rows, "destination", located=located),
        protocol=rows.network_transport.upper(),
        port=rows.destination_port,
    )


def stored_edges_of(rows: ir.Table) -> ir.Table:
    """Return which rows as they are stored make up which edges.

    Parameters
    ----------
    rows : Table
        As of `edges_of`.

    Returns
    -------
    Table
        `EDGE_KEY`, `EDGE_ID`, and `SPAN_NUMBER` where addresses were reused.
    """
    by = [name for name in (EDGE_ID.name, SPAN_NUMBER) if name in rows.columns]
    return with_edge_keys(rows).select(*EDGE_KEY, *by).distinct()


def edges_of(rows: ir.Table) -> ir.Table:
    """Return one row for each client, server, protocol and port (flow-rules N5).

    Both ends of a connection may have reported it (flow-rules N7): what the client's side counted is taken, else what
    the server's did, else what others did; never their sum. What passed is stated by the server's side, if it
    reported at all: what a client's policies let go may still be denied there (flow-rules N8).

    A packet to a port that may be a client's, of which nothing tells surely who the client is, was perhaps an answer:
    that it was denied says nothing of the edge (flow-rules N4). It counts as uncertain, and its verdict as unknown.

    Parameters
    ----------
    rows : Table
        As `aggregate_rows` returns them, with the rules applied.

    Returns
    -------
    Table
        Columns as in `frames.EDGES`.
    """
    return _edges(with_edge_keys(rows), EDGE_KEY)


def located_edges_of(rows: ir.Table) -> ir.Table:
    """Return edges whose ends in blocks are addresses, as policies are asked about them; the blocks stand beside.

    Parameters
    ----------
    rows : Table
        As of `edges_of`, with the blocks that `blocks.in_blocks` adds.

    Returns
    -------
    Table
        Columns as in `frames.LOCATED_EDGES`.
    """
    blocks = {f"{short}_{BLOCK}": rows[f"{end}_{BLOCK}"].fill_null("") for short, end in zip(SHORT, ENDS, strict=True)}
    return _edges(with_edge_keys(rows, located=True).mutate(**blocks), (*EDGE_KEY, *blocks))


def _edges(named: ir.Table, by: Sequence[str]) -> ir.Table:
    # Each is a column of its own before rows are counted: sums would else work it out again, one after another.
    guessed = named.mutate(_is_guess=may_be_reversed(named), _is_held_back=named.verdict.isin(HELD_BACK))
    named = guessed.mutate(
        _at_source=guessed.reporter == "source",
        _at_destination=guessed.reporter == "destination",
        _denied=guessed["_is_held_back"] & ~guessed["_is_guess"],
        _verdict=(guessed["_is_held_back"] & guessed["_is_guess"]).ifelse(UNKNOWN, guessed.verdict),
        _uncertain=is_open(guessed) | guessed["_is_guess"],
    )
    at = {"source": named["_at_source"], "destination": named["_at_destination"]}
    sides = {**at, "other": ~(at["source"] | at["destination"])}
    denied, verdict, uncertain = (named[name] for name in ("_denied", "_verdict", "_uncertain"))
    counted = named.group_by(by).aggregate(
        src_kind=peer_kind(named, "source"),
        dst_kind=peer_kind(named, "destination"),
        src_namespace=named.source_k8s_namespace_name.max(),
        dst_namespace=named.destination_k8s_namespace_name.max(),
        **{f"_{name}_{side}": _sum(named, name, reported) for name in COUNTERS for side, reported in sides.items()},
        **{
            f"_passed_{side}": named[FLOWS].sum(where=reported & ~denied).fill_null(0)
            for side, reported in sides.items()
        },
        **{
            f"_denied_{side}": named[FLOWS].sum(where=reported & denied).fill_null(0)
            for side, reported in sides.items()
        },
        first_seen=named.time_start.min(),
        last_seen=named.time_end.max(),
        # Distinct texts of each group in a list would take the engine as much memory again.
        **{f"_is_{one}": (verdict == one).any() for one in VERDICTS},
        _names=named.destination_domain.collect(where=named.destination_domain.length() > 0).flatten().unique().sort(),
        _marks=named.marks.collect(where=named.marks.length() > 0).flatten().unique().sort(),
        _orientation=rank_of(named.orientation, ORIENTATIONS).min(),
        confidence=named.confidence.max(),
        flows_uncertain=named[FLOWS].sum(where=uncertain).fill_null(0),
    )
    reported = {side: counted[f"_passed_{side}"] + counted[f"_denied_{side}"] > 0 for side in sides}
    passed = ibis.cases(
        (reported["destination"], counted["_passed_destination"]),
        (reported["source"], counted["_passed_source"]),
        else_=counted["_passed_other"],
    )
    refused = (reported["source"] | reported["destination"]).ifelse(
        counted["_denied_source"] + counted["_denied_destination"], counted["_denied_other"]
    )
    counted = counted.mutate(_passed=passed, _refused=refused)
    passed, refused = counted["_passed"], counted["_refused"]
    nothing = ibis.literal([], type="array<string>")
    happened = {one: counted[f"_is_{one}"] & ((refused if one in HELD_BACK else passed) > 0) for one in VERDICTS}
    verdicts = ibis.array([found.ifelse(one, ibis.null("string")) for one, found in happened.items()])
    return counted.mutate(
        **{
            name: ibis.coalesce(*(counted[f"_{name}_{side}"].nullif(0) for side in sides), counted[f"_{name}_source"])
            .fill_null(counted[f"_{name}_destination"])
            .fill_null(counted[f"_{name}_other"])
            .cast(named[name].type())
            for name in COUNTERS
        },
        **{FLOWS: passed + refused},
        dst_domains=counted["_names"].fill_null(nothing),
        marks=counted["_marks"].fill_null(nothing),
        flows_denied=refused,
        orientation=value_of(counted["_orientation"], ORIENTATIONS),
        verdicts=verdicts.filter(lambda one: one.notnull()),
    ).drop(*(name for name in counted.columns if name.startswith("_")))
