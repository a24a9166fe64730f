"""From what a source reports to a row of the flow table: who is the client, and what is not a flow.

Here a row is judged by itself alone; what takes the other rows, or a cluster, is asked later
(`orientation`, `services`, `attribution`), so that the order of imports cannot matter. What these need of rows
whose client is open, the port of each end, is kept apart where rows are counted together (`_edge`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from workbench.flows.addresses import classify_address
from workbench.flows.importing.clocks import in_order
from workbench.flows.rules.ends import exchange_ends, known_by_labels
from workbench.flows.rules.orientation import BY_FLAG_ALONE, is_open, may_be_answer
from workbench.flows.schema import COLUMNS, EDGE_ID, ENDS, HINTS, NOT_OF_EDGES, ROW_ID

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

__all__ = ["ADDRESSES", "DROPPED", "each_of_its_own", "places_table", "recorded"]

ADDRESSES: Final = ("source_address", "destination_address", "service_address", "nat_source_address")
DROPPED: Final = "dropped"
"""Why a row is not a flow between peers; null for flows."""

ICMP_ERRORS: Final = {"icmp": (3, 4, 5, 11, 12), "icmpv6": (1, 2, 3, 4, 137)}
"""The types of messages that tell of the packets of another flow: unreachable, redirected, expired and the like."""
_OF_ADDRESSES: Final = " addresses"
ICMP_QUESTIONS: Final = {"icmp": ((8, 13, 15, 17), (0, 14, 16, 18)), "icmpv6": ((128,), (129,))}
"""The types of messages that ask, and of those that answer: echo, time and the like."""
_STOPPED: Final = ("denied", "would_deny", "dropped")
_SURE, _VERY_SURE = 1.0, 0.95
_TURNED, _REPLY = "is_turned", "is_reply_row"
_OTHERWISE: Final = {
    "source_kind": "unknown",
    "destination_kind": "unknown",
    "network_transport": "other",
    "network_io_direction": "unknown",
    "reporter": "unknown",
    "verdict": "unknown",
}
"""What stands where a source says nothing."""
_NOT_CONTENT: Final = {"source_file", "source_line"}


def places_table(addresses: Iterable[str]) -> pa.Table:
    """Return what is known of each address by itself: columns ``text`` and those of `Place`."""
    texts = list(addresses)
    places = [classify_address(text) for text in texts]
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "address": pa.array([place.address for place in places], pa.string()),
            "family": pa.array([place.family or None for place in places], pa.string()),
            "no_peer": pa.array([place.no_peer or None for place in places], pa.string()),
            "is_outside": pa.array([bool(place.family) and not place.private for place in places], pa.bool_()),
            "label": pa.array([place.label or None for place in places], pa.string()),
        }
    )


def recorded(observations: ir.Table, places: ir.Table) -> ir.Table:
    """Return the rows of the flow table for observations, with the columns `DROPPED`, `ROW_ID` and `EDGE_ID` besides.

    Parameters
    ----------
    observations : Table
        Columns as in `schema.OBSERVATION_SCHEMA`.
    places : Table
        As `places_table` returns it, of all addresses in `ADDRESSES`.
    """
    with_places = spell_addresses(observations, places)
    oriented = turn(orient_by_row(with_places))
    filled = oriented.mutate(
        **{name: oriented[name].fill_null(value) for name, value in _OTHERWISE.items()},
        **in_order(oriented),
    )
    columns = [filled[column.name] for column in COLUMNS]
    content = ibis.struct({c.name: filled[c.name] for c in COLUMNS if c.name not in _NOT_CONTENT})
    return filled.select(
        *columns, filled[DROPPED], content.hash().name(ROW_ID.name), _edge(filled).hash().name(EDGE_ID.name)
    )


def _edge(rows: ir.Table) -> ir.StructValue:
    """Return what rows have in common that are counted together.

    The client's port says nothing (flow-rules N4); where it is open who the client is, it may be the server's. Labels
    tell ends apart of which nothing else is known.
    """
    port = is_open(rows).ifelse(rows.source_port, ibis.null(rows.source_port.type()))
    shared = {column.name: rows[column.name] for column in COLUMNS if column.name not in NOT_OF_EDGES}
    labels = {
        f"{end}_k8s_pod_labels": known_by_labels(rows, end).ifelse(
            rows[f"{end}_k8s_pod_labels"], ibis.null(rows[f"{end}_k8s_pod_labels"].type())
        )
        for end in ENDS
    }
    return ibis.struct({**shared, **labels, "source_port": port})


def spell_addresses(rows: ir.Table, places: ir.Table) -> ir.Table:
    """Spell addresses in the usual way, and mark what is not a peer (flow-rules N12).

    An IPv4 address that is wrapped in IPv6 is unwrapped. Loopback, unspecified, multicast and broadcast
    addresses are dropped, with the reason; so are link-local ones, but for those of the metadata service
    and node-local DNS, which are labelled. An address of the internet is ``external``. ICMP errors are dropped as well.
    """
    found = rows
    for name in ADDRESSES:
        here = places.rename({f"{name}__{column}": column for column in places.columns})
        found = found.left_join(here, found[name] == here[f"{name}__text"])
    ends = {
        f"{end}_kind": ibis.cases(
            (found[f"{end}_kind"].notnull() & (found[f"{end}_kind"] != "unknown"), found[f"{end}_kind"]),
            (found[f"{end}_k8s_pod_name"].notnull(), "pod"),
            (found[f"{end}_address__is_outside"] & found[f"{end}_k8s_namespace_name"].isnull(), "external"),
            else_="unknown",
        )
        for end in ENDS
    }
    labels = {
        f"{end}_network_label": ibis.coalesce(found[f"{end}_network_label"], found[f"{end}_address__label"])
        for end in ENDS
    }
    no_peers = (found[f"{end}_address__no_peer"] + _OF_ADDRESSES for end in ENDS)
    spelled = found.mutate(
        **{name: found[f"{name}__address"] for name in ADDRESSES},
        **ends,
        **labels,
        network_type=ibis.coalesce(found.source_address__family, found.destination_address__family, found.network_type),
        **{DROPPED: ibis.coalesce(*no_peers, _icmp_error(found))},
    )
    return spelled.select(*rows.columns, DROPPED)


def _icmp_error(rows: ir.Table) -> ir.StringValue:
    """Return why an ICMP message is not a flow: it tells of another, as a router's "unreachable" does."""
    errors = ((rows.network_transport == name) & rows.icmp_type.isin(types) for name, types in ICMP_ERRORS.items())
    return ibis.or_(*errors).ifelse("ICMP errors of other flows", ibis.null("string"))


def each_of_its_own(rows: ir.Table) -> ir.Table:
    """Tell rows without time apart that are equal: the first, the second and so on of each file.

    Equal rows of one time are one report; without time, each record is taken for a flow of its own. Two files that
    overlap still share theirs.
    """
    here = ibis.window(group_by=[ROW_ID.name, "source_file"], order_by="source_line")
    number = ibis.dense_rank().over(here)
    is_again = rows.time_start.isnull() & (number > 0)
    again = ibis.struct({"row": rows[ROW_ID.name], "number": number}).hash()
    return rows.mutate(**{ROW_ID.name: is_again.ifelse(again, rows[ROW_ID.name])})


def orient_by_row(rows: ir.Table) -> ir.Table:
    """Decide who the client is where the row itself tells (flow-rules N1, its first three rules).

    SYN comes from the client, SYN with ACK from the server, whatever a source's flag says: once a connection is
    forgotten, its late packets are taken for new ones. An explicit flag of a reply goes before what the format
    guarantees. Without SYN, and where the ports say that the source may be the server after all
    (`orientation.may_be_answer`), a flag is no more than likely, and so is a guarantee of a packet that did not get
    through: no connection stands behind that. A question of ICMP comes from the client, its answer from the server.
    Otherwise the orientation is ``unknown``.
    """
    flagged = rows.is_reply.notnull()
    syn = rows.tcp_syn.fill_null(False)  # noqa: FBT003  (a value, no switch)
    answers = rows.tcp_ack.fill_null(False)  # noqa: FBT003  (likewise)
    is_client = ibis.coalesce(rows.source_is_client, _asks(rows))
    guaranteed = is_client.notnull()
    turned = ibis.cases((syn, answers), (flagged, rows.is_reply), (guaranteed, ~is_client), else_=False)
    by_flag = flagged & (~syn | (rows.is_reply == answers))
    ends = [rows[f"{end}_port"] for end in ENDS]
    there, back = may_be_answer(*ends), may_be_answer(*ends[::-1])
    held_back = rows.verdict.isin(_STOPPED).fill_null(False)  # noqa: FBT003  (likewise)
    alone = ~syn & turned.ifelse(back, there) & (flagged | (guaranteed & held_back))
    return rows.mutate(
        **{
            _TURNED: turned,
            _REPLY: turned & (flagged | syn | rows.icmp_type.notnull()),
            "orientation": ibis.cases((by_flag, "flagged"), (syn, "syn"), (guaranteed, "observed"), else_="unknown"),
            "confidence": ibis.cases(
                (alone, BY_FLAG_ALONE), (flagged | syn, _SURE), (guaranteed, _VERY_SURE), else_=0.0
            ).cast("float32"),
        }
    )


def _asks(rows: ir.Table) -> ir.BooleanValue:
    """Tell whether a message of ICMP is a question, or the answer to one; NULL for all else."""
    kinds = [
        ((rows.network_transport == name) & rows.icmp_type.isin(types), value)
        for name, both in ICMP_QUESTIONS.items()
        for types, value in zip(both, (True, False), strict=True)
    ]
    return ibis.cases(*kinds, else_=ibis.null("boolean"))


def turn(rows: ir.Table) -> ir.Table:
    """Exchange the ends of the rows that are turned: addresses, ports, names and counters (flow-rules N2).

    A reply that is turned initiated nothing: its connections are 0 (flow-rules N3).
    """
    exchanged = exchange_ends(rows, rows[_TURNED])
    connections = exchanged[_REPLY].ifelse(ibis.literal(0, "uint64"), exchanged.connections)
    gone = (_TURNED, _REPLY, *HINTS.names)
    return exchanged.mutate(connections=connections).drop(*gone)
