"""From many rows to few: who talked to whom on which port, how often, how much, when first and last.

The first step groups rows that say the same in one pass over everything; the rules that need a cluster
or other rows then work on what is left, and the last step joins what they have made equal (flows.md C-N5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.schema import COLUMNS, ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COUNTERS", "EDGE_KEY", "FLOWS", "edges_of", "peer_name", "reduced"]

COUNTERS: Final = ("connections", "packets", "bytes", "reply_packets", "reply_bytes")
FLOWS: Final = "flows"
"""How many rows a row stands for."""
EDGE_KEY: Final = ("cluster", "src", "dst", "protocol", "port")
_TIMES: Final = ("time_start", "time_end")
_LABELS: Final = tuple(f"{end}_k8s_pod_labels" for end in ENDS)
_NOT_KEPT: Final = {"source_file", "source_line", "verdict_reason", "icmp_type", "icmp_code", "nat_source_address"}
"""What differs from row to row, and no rule asks for."""
_CALLED: Final = ("denied", "would_deny", "dropped", "error")
_SURE_ENOUGH: Final = "unknown"


def reduced(rows: ir.Table) -> ir.Table:
    """Group the rows that differ in nothing but time, counters and the client's port.

    The client's port is forgotten (flows.md C-N4) where it is known which end is the client.

    Returns
    -------
    Table
        The columns of the flow table but for those that belong to single rows, and `FLOWS`.
    """
    known = rows.orientation != _SURE_ENOUGH
    prepared = rows.mutate(source_port=known.ifelse(ibis.null(rows.source_port.type()), rows.source_port))
    apart = {*COUNTERS, *_TIMES, *_LABELS, *_NOT_KEPT}
    keys = [column.name for column in COLUMNS if column.name not in apart]
    return prepared.group_by(keys).aggregate(
        time_start=prepared.time_start.min(),
        time_end=ibis.coalesce(prepared.time_end, prepared.time_start).max(),
        **{name: prepared[name].sum().cast("uint64") for name in COUNTERS},
        **{name: prepared[name].first() for name in _LABELS},
        **{FLOWS: prepared.count()},
    )


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
