"""From many rows to few: who talked to whom on which port, how often, how much, when first and last.

The first step groups rows that say the same in one pass over everything; the rules that need a cluster
or other rows then work on what is left, and the last step joins what they have made equal (flows.md C-N5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.schema import COLUMNS, EDGE_ID, ENDS, NOT_OF_EDGES

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COUNTERS", "EDGE_KEY", "FLOWS", "edge_keys", "edges_of", "peer_name", "reduced"]

COUNTERS: Final = ("connections", "packets", "bytes", "reply_packets", "reply_bytes")
FLOWS: Final = "flows"
"""How many rows a row stands for."""
EDGE_KEY: Final = ("cluster", "src", "dst", "protocol", "port")
_LABELS: Final = tuple(f"{end}_k8s_pod_labels" for end in ENDS)
_CALLED: Final = ("denied", "would_deny", "dropped", "error")


def edge_keys(rows: ir.Table) -> ir.Table:
    """Return what the rows of each edge have in common: one row for each `EDGE_ID`.

    Labels and ports of clients differ between rows; those of one of them are kept.

    Returns
    -------
    Table
        `EDGE_ID`, all columns of the flow table but `NOT_OF_EDGES`, the port of a source that may be the
        server, and labels.
    """
    unknown = rows.orientation == "unknown"
    ports = rows.mutate(source_port=unknown.ifelse(rows.source_port, ibis.null(rows.source_port.type())))
    names = [column.name for column in COLUMNS if column.name not in NOT_OF_EDGES]
    return ports.group_by(EDGE_ID.name).aggregate(
        **{name: ports[name].first() for name in (*names, "source_port", *_LABELS)}
    )


def reduced(rows: ir.Table, keys: ir.Table) -> ir.Table:
    """Count together the rows that differ in nothing but `NOT_OF_EDGES`.

    Parameters
    ----------
    rows, keys : Table
        Stored rows, and what `edge_keys` returns for them, or for more.

    Returns
    -------
    Table
        The columns of `keys`, the counters, the times, and `FLOWS`.
    """
    counted = rows.group_by(EDGE_ID.name).aggregate(
        time_start=rows.time_start.min(),
        time_end=ibis.coalesce(rows.time_end, rows.time_start).max(),
        **{name: rows[name].sum().cast("uint64") for name in COUNTERS},
        **{FLOWS: rows.count()},
    )
    once = keys.distinct(on=EDGE_ID.name, keep="first")
    return counted.join(once, EDGE_ID.name)


def peer_name(rows: ir.Table, end: str) -> ir.StringValue:
    """Return what an end is called, as connectivity maps call it where it is a workload.

    ``namespace/name[Kind]`` of the workload, else of the pod or the Service; ``name[Node]``; else the
    address, the first DNS name or the label of the network; else ``unknown``.
    """

    def named(name: ir.StringValue, kind: ir.StringValue) -> ir.StringValue:
        return rows[f"{end}_k8s_namespace_name"] + "/" + name + "[" + kind + "]"

    workload = named(rows[f"{end}_k8s_owner_name"], rows[f"{end}_k8s_owner_kind"])
    pod = named(rows[f"{end}_k8s_pod_name"], ibis.literal("Pod"))
    service = named(rows[f"{end}_k8s_service_name"], ibis.literal("Service"))
    node = (rows[f"{end}_kind"] == "node").ifelse(rows[f"{end}_k8s_node_name"] + "[Node]", ibis.null("string"))
    domain = rows[f"{end}_domain"][0]
    address = rows[f"{end}_address"]
    return ibis.coalesce(workload, pod, service, node, address, domain, rows[f"{end}_network_label"], "unknown")


def edges_of(rows: ir.Table) -> ir.Table:
    """Return one row for each client, server, protocol and port (flows.md C-N5).

    Parameters
    ----------
    rows : Table
        As `reduced` returns them, with the rules applied.

    Returns
    -------
    Table
        `EDGE_KEY`, kinds and namespaces of both ends, counters, ``first_seen``, ``last_seen``, and
        ``flows_denied``: how many of the flows were denied or dropped.
    """
    named = rows.mutate(
        src=peer_name(rows, "source"),
        dst=peer_name(rows, "destination"),
        protocol=rows.network_transport.upper(),
        port=rows.destination_port,
    )
    denied = named.verdict.isin(_CALLED).ifelse(named[FLOWS], 0)
    ends = {
        f"{short}_{what}": named[f"{end}_{column}"].min()
        for end, short in zip(ENDS, ("src", "dst"), strict=True)
        for what, column in (("kind", "kind"), ("namespace", "k8s_namespace_name"))
    }
    return named.group_by(EDGE_KEY).aggregate(
        **ends,
        **{FLOWS: named[FLOWS].sum()},
        flows_denied=denied.sum(),
        **{name: named[name].sum().cast("uint64") for name in COUNTERS},
        first_seen=named.time_start.min(),
        last_seen=named.time_end.max(),
        verdicts=named.verdict.collect(distinct=True),
        orientation=named.orientation.max(),
        confidence=named.confidence.min(),
    )
