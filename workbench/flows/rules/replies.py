"""Answers count with their requests: reply rows fold into the rows of their connections (flow-rules N3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell, identity
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COUNTERS", "HELD_BACK", "PASSED", "fold_replies"]

COUNTERS: Final = ("connections", "packets", "bytes", "reply_packets", "reply_bytes")
SENT: Final = ("packets", "bytes")
ANSWERED: Final = ("reply_packets", "reply_bytes")
PASSED: Final = ("allowed", "observed", "unknown")
HELD_BACK: Final = ("denied", "would_deny", "dropped", "error")


def fold_replies(rows: ir.Table) -> ir.Table:
    """Return `rows` in which replies are counted with the requests that they answer.

    A reply row initiated nothing (its connections are 0) and sent nothing but answers. It folds into a
    row of the same cluster, ends, ports and transport: into one of the same reporter, else of any other;
    of several, into the first that got through. ``reply_packets``, ``reply_bytes`` and ``time_end`` of that
    row grow, no sum changes, and the reply row is gone. Without such a row a reply stays, and so does one
    that did not get through: that is worth knowing by itself.
    """
    sent = [cell(rows, name).cast("float64").fill_null(0.0) for name in SENT]
    key = [cell(rows, "cluster").fill_null("")]
    key += [identity(rows, end) for end in ENDS]
    key += [cell(rows, f"{end}_port").cast("string").fill_null("") for end in ENDS]
    text = key[0]
    for part in (*key[1:], rows.network_transport):
        text = text + "|" + part
    alone = (rows.connections == 0) & (sent[0] == 0) & (sent[1] == 0) & rows.verdict.isin(PASSED)
    is_reply = alone.fill_null(False) & text.notnull()  # noqa: FBT003  (a value, no switch)
    held_back = rows.verdict.isin(PASSED).ifelse(0, 1)
    reporter = text + "|" + rows.reporter
    keyed = rows.mutate(_key=text, _reporter_key=reporter, _is_reply=is_reply, _held_back=held_back)
    return _folded(_folded(keyed, "_reporter_key"), "_key").select(*rows.columns)


def _folded(rows: ir.Table, key: str) -> ir.Table:
    """Add what the replies of each connection answered to its first request; they are gone then.

    Windows, not joins of the table with itself: the plans of some engines grow out of hand with these.
    """
    alike = ibis.window(group_by=key)
    order = [rows["_is_reply"].ifelse(1, 0), rows["_held_back"], rows.time_start]
    finish = cell(rows, "time_end").fill_null(rows.time_start)
    counters = [name for name in ANSWERED if name in rows.columns]
    numbered = rows.mutate(
        _requests=rows["_is_reply"].ifelse(0, 1).sum().over(alike),
        _replies=rows["_is_reply"].ifelse(1, 0).sum().over(alike),
        _number=ibis.row_number().over(ibis.window(group_by=key, order_by=order)),
        _last=rows["_is_reply"].ifelse(finish, None).max().over(alike),
        **{f"_{name}": rows["_is_reply"].ifelse(rows[name], None).sum().over(alike) for name in counters},
    )
    first = (numbered["_number"] == 0) & ~numbered["_is_reply"] & (numbered["_replies"] > 0)
    new: dict[str, ir.Value] = {}
    for name in counters:
        kind, more = numbered[name].type(), numbered[f"_{name}"]
        both = (numbered[name].fill_null(ibis.literal(0).cast(kind)) + more).cast(kind)
        new[name] = (first & more.notnull()).ifelse(both, numbered[name])
    if "time_end" in rows.columns:
        end = numbered.time_end.fill_null(numbered.time_start)
        new["time_end"] = first.ifelse(ibis.greatest(end, numbered["_last"]), numbered.time_end)
    kept = numbered.mutate(**new).filter(~numbered["_is_reply"] | (numbered["_requests"] == 0))
    return kept.select(*rows.columns)
