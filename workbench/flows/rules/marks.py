"""What is worth knowing of a row before a policy is made of it: marks, which rules add and never take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MARKS", "has_mark", "marked", "with_marks"]

MARKS: Final = {
    "host-network": "an end is a pod in its node's network, which no NetworkPolicy selects",
    "probe": "it comes from the node that the pod runs on, which is always allowed",
    "own-node": "it goes to the node that the pod runs on, which is always allowed",
    "snat": "the source is a node that hides a client of a NodePort or load balancer",
    "ephemeral-port": "the destination's port may be that of a client",
    "dns-port": "a question to a name server",
    "block-only": "the source gives a block, and not the addresses that were seen: it may be wider",
    "service-widened": "a Service of several workloads was called; which of them answered is not known",
}
"""The marks that rules give, and what they say (flow-rules N4, N9, N10, N11; external 14)."""

_TYPE: Final = "array<string>"


def with_marks(rows: ir.Table) -> ir.Table:
    """Return `rows` with a column ``marks``, a list of strings, which is empty where it was missing."""
    nothing = ibis.literal([], type=_TYPE)
    found = rows.marks.fill_null(nothing) if "marks" in rows.columns else nothing
    return rows.mutate(marks=found)


def has_mark(rows: ir.Table, name: str) -> ir.BooleanValue:
    """Tell which rows have a mark; `rows` have the column ``marks``."""
    return rows.marks.contains(name)


def marked(rows: ir.Table, name: str, condition: ir.BooleanValue) -> ir.Table:
    """Add a mark to the rows for which `condition` is true, once; a condition that is NULL is not true."""
    given = with_marks(rows.mutate(_is_marked=condition.fill_null(False)))  # noqa: FBT003  (a value, no switch)
    new = given["_is_marked"] & ~has_mark(given, name)
    return given.mutate(marks=new.ifelse(given.marks.concat(ibis.array([name])), given.marks)).drop("_is_marked")
