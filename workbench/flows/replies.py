"""Answers count with their requests: reply rows fold into the rows of their connections (flows.md C-N3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.ends import cell, identity
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COUNTERS", "fold_replies"]

COUNTERS: Final = ("connections", "packets", "bytes", "reply_packets", "reply_bytes")
SENT: Final = ("packets", "bytes")
ANSWERED: Final = ("reply_packets", "reply_bytes")
PASSED: Final = ("allowed", "observed", "unknown")


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
    is_reply = (rows.connections == 0) & (sent[0] == 0) & (sent[1] == 0) & rows.verdict.isin(PASSED)
    keyed = rows.mutate(
        _is_reply=is_reply.fill_null(False) & text.notnull(),  # noqa: FBT003  (a value, no switch)
        _key=text,
        _reporter_key=text + "|" + rows.reporter,
        _held_back=rows.verdict.isin(PASSED).ifelse(0, 1),
    )
    requests, replies = keyed.filter(~keyed["_is_reply"]), keyed.filter(keyed["_is_reply"])
    order = [requests["_held_back"], requests.time_start]
    numbered = requests.mutate(
        _of_reporter=ibis.row_number().over(group_by="_reporter_key", order_by=order),
        _of_all=ibis.row_number().over(group_by="_key", order_by=order),
    )
    alike = replies.semi_join(requests, "_reporter_key")
    rest = replies.anti_join(requests, "_reporter_key")
    others = rest.semi_join(requests, "_key")
    alone = rest.anti_join(requests, "_key").select(*rows.columns)
    folded = _added(numbered, _summed(alike, "_reporter_key"), "_reporter_key", "_of_reporter")
    folded = _added(folded, _summed(others, "_key"), "_key", "_of_all")
    return folded.select(*rows.columns).union(alone)


def _summed(replies: ir.Table, key: str) -> ir.Table:
    """Return what all replies of a connection answered, and when the last did."""
    sums = {f"more_{name}": cell(replies, name).sum().cast(cell(replies, name).type()) for name in ANSWERED}
    last = ibis.greatest(replies.time_start.max(), cell(replies, "time_end").max())
    return replies.group_by(more_key=replies[key]).aggregate(
        **sums, more_end=ibis.coalesce(last, replies.time_start.max())
    )


def _added(requests: ir.Table, more: ir.Table, key: str, number: str) -> ir.Table:
    """Add the answers of `more` to the first request of each connection."""
    joined = requests.left_join(more, [(key, "more_key")])
    first = (joined[number] == 0) & joined.more_key.notnull()
    new: dict[str, ir.Value] = {}
    for name in ANSWERED:
        if name in requests.columns:
            own, added = joined[name], joined[f"more_{name}"]
            kind = own.type()
            both = (own.fill_null(ibis.literal(0).cast(kind)) + added).cast(kind)
            new[name] = (first & added.notnull()).ifelse(both, own)
    if "time_end" in requests.columns:
        end = joined.time_end.fill_null(joined.time_start)
        new["time_end"] = first.ifelse(ibis.greatest(end, joined.more_end), joined.time_end)
    kept = [joined[name] for name in requests.columns if name not in new]
    return joined.select(*kept, **new)
