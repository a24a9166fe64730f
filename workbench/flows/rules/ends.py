"""What stands at an end of a flow, and how the ends of a row are exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.schema import ARROW_SCHEMA

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["cell", "exchange_ends", "identity", "known_by_labels", "workload_key"]

_COUNTERS: Final = (("packets", "reply_packets"), ("bytes", "reply_bytes"))
_OPPOSITE: Final = {"source": "destination", "destination": "source"}
_BETWEEN: Final = "|"
"""No name, kind or address holds it.

Keys that stand for several columns are texts, and are never taken apart: in the evidence of who the client is, keys of
several shapes stand in one column, which engines allow of texts only.
"""


def cell(rows: ir.Table, name: str) -> ir.Value:
    """Return a column of the flow table; NULL of its type where rows that were grouped do not have it."""
    if name in rows.columns:
        return rows[name]
    column = ARROW_SCHEMA.field(name)
    return ibis.null(ibis.dtype(column.type))


def exchange_ends(rows: ir.Table, turned: ir.BooleanValue) -> ir.Table:
    """Exchange the ends of the rows that are `turned` (flow-rules N2); those that are not stay as they are.

    Every ``source_`` column that has a ``destination_`` counterpart is exchanged with it, what was sent
    with what was answered, and a reporter at one end is then one at the other. Twice is as not at all.
    """

    def exchanged(own: str, other: str) -> ir.Value:
        return turned.ifelse(rows[other], rows[own])

    ends = [name.removeprefix("source_") for name in rows.columns if name.startswith("source_")]
    pairs = [(f"source_{name}", f"destination_{name}") for name in ends]
    there = [pair for pair in (*pairs, *_COUNTERS) if set(pair) <= set(rows.columns)]
    new = {one: exchanged(one, other) for pair in there for one, other in (pair, pair[::-1])}
    if "reporter" in rows.columns:
        flips = ((turned & (rows.reporter == one), other) for one, other in _OPPOSITE.items())
        new["reporter"] = ibis.cases(*flips, else_=rows.reporter)
    return rows.mutate(**new)


def known_by_labels(rows: ir.Table, end: str) -> ir.BooleanValue:
    """Tell of which ends nothing but labels says which pods they are: no pod, workload or address."""
    named = (cell(rows, f"{end}_{part}") for part in ("k8s_pod_name", "k8s_owner_name", "address"))
    return ibis.and_(*(name.isnull() for name in named))


def workload_key(rows: ir.Table, end: str) -> ir.StringValue:
    """Return ``namespace|kind|name`` of the workload at an end (flow-rules N6); NULL where none is known."""
    kind = cell(rows, f"{end}_k8s_owner_kind").fill_null("")
    return cell(rows, f"{end}_k8s_namespace_name") + _BETWEEN + kind + _BETWEEN + cell(rows, f"{end}_k8s_owner_name")


def identity(rows: ir.Table, end: str) -> ir.StringValue:
    """Return what tells an end from others as finely as it is known; NULL where nothing is.

    That is its address, else its pod, else its workload, else its Service, else its node.
    """
    namespace = cell(rows, f"{end}_k8s_namespace_name")
    return ibis.coalesce(
        cell(rows, f"{end}_address"),
        namespace + "/" + cell(rows, f"{end}_k8s_pod_name"),
        workload_key(rows, end),
        namespace + "/svc/" + cell(rows, f"{end}_k8s_service_name"),
        "node/" + cell(rows, f"{end}_k8s_node_name"),
    )
