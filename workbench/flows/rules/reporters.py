"""One connection, reported from both of its ends: one row, and nothing counted twice (flow-rules N7, N8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell, identity
from workbench.flows.rules.ranks import rank_of, value_of
from workbench.flows.rules.replies import COUNTERS
from workbench.flows.schema import ENDS, ORIENTATIONS, ROW_ID, VERDICTS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["merge_reporters"]

_REPORTERS: Final = ("both", "source", "destination", "forwarder", "unknown")
"""Whose counters are taken, the first that there are."""
_DIRECTIONS: Final = ("egress", "ingress", "unknown")
_NAMES: Final = ("k8s_namespace_name", "k8s_owner_kind", "k8s_owner_name", "k8s_pod_name", "address", "port", "kind")
_ORIGIN: Final = ("source_line", ROW_ID.name)
_KEY: Final = "_key"
_REPORT: Final = ("reporter", "network_io_direction", "source_format")


def merge_reporters(rows: ir.Table, by: Sequence[str] = ()) -> ir.Table:
    """Return one row for each connection, of all that report it.

    Rows of the same cluster, transport, and ends (workload, pod, address and port, as far as they are known)
    become one, whatever their reporter, direction and verdict. ``reporter`` is ``both`` where both ends
    reported; the verdict is the worst, with its reason: allowed by the source's policies is not yet allowed by the
    destination's (flow-rules N8). Each counter is that of the source's reports, else the destination's, else those
    of nodes between, never their sum. Policies, marks and names are united; of every other column, a
    value that any row knows. ``source_line`` stays only where there was one row.

    Asked after `attribution.attributed`, without which the two ends know different things of each other.

    Parameters
    ----------
    rows : Table
    by : sequence of str
        Columns by which rows are kept apart besides, such as the hour; they have no missing values.
    """
    keyed = rows.mutate(**{_KEY: _key(rows)}, _rows=ibis.literal(1))
    weighed = keyed.mutate(
        _verdict=rank_of(keyed.verdict, VERDICTS[::-1]).cast("string") + cell(keyed, "verdict_reason").fill_null(""),
        _orientation=rank_of(keyed.orientation, ORIENTATIONS),
    )
    reports = [name for name in _REPORT if name in rows.columns]
    taken = {_KEY, *by, "verdict", "verdict_reason", "orientation"}
    names = [name for name in weighed.columns if name not in taken]
    counters = [name for name in COUNTERS if name in rows.columns]
    sums = {name: weighed[name].sum().cast(weighed[name].type()) for name in (*counters, "_rows")}
    others = {name: _united(weighed, name) for name in names if name not in {*sums, *reports}}
    each = weighed.group_by(_KEY, *by, *reports).aggregate(**sums, **others)
    ranked = each.mutate(_rank=_rank(each, reports))
    chosen = {name: _first_known(ranked, name) for name in counters}
    rest = {name: _united(ranked, name) for name in (*others, "source_format") if name in ranked.columns}
    merged = ranked.group_by(_KEY, *by).aggregate(
        **chosen,
        **rest,
        _rows=ranked["_rows"].sum(),
        _first=rank_of(ranked.reporter, _REPORTERS).min(),
        _from_source=ranked.reporter.isin(("both", "source")).any(),
        _from_destination=ranked.reporter.isin(("both", "destination")).any(),
        **_ends_of_direction(ranked),
    )
    return _restated(merged, rows)


def _key(rows: ir.Table) -> ir.StringValue:
    """Return what two reports of one connection have in common."""
    parts: list[ir.StringValue] = [
        cell(rows, name).cast("string").fill_null("")
        for name in ("cluster", "network_transport", "icmp_type", "icmp_code")
    ]
    for end in ENDS:
        parts += [cell(rows, f"{end}_{name}").cast("string").fill_null("") for name in _NAMES]
        label, service = cell(rows, f"{end}_network_label"), cell(rows, f"{end}_k8s_service_name")
        names = cell(rows, f"{end}_domain").sort().join(",")
        is_known = cell(rows, f"{end}_address").notnull() | cell(rows, f"{end}_k8s_owner_name").notnull()
        otherwise = ibis.coalesce(identity(rows, end), service, label, names)
        parts.append(is_known.ifelse("", otherwise.fill_null("")))
    text = parts[0]
    for part in parts[1:]:
        text = text + "|" + part
    return text


def _rank(each: ir.Table, reports: Sequence[str]) -> ir.StringValue:
    """Return a text by which the reports of a connection are sorted, those whose counters are taken first."""
    rank = rank_of(each.reporter, _REPORTERS).cast("string") + rank_of(each.network_io_direction, _DIRECTIONS).cast(
        "string"
    )
    return rank + each.source_format if "source_format" in reports else rank


def _first_known(ranked: ir.Table, name: str) -> ir.Value:
    """Return a counter of the first report that counted anything; 0 where all that counted counted nothing."""
    column = ranked[name]
    return ibis.coalesce(column.argmin(ranked["_rank"], where=column > 0), column.max())


def _united(rows: ir.Table, name: str) -> ir.Value:
    """Return what several rows know of one column."""
    column = rows[name]
    kind = column.type()
    if name in {"time_start", "_orientation"}:
        return column.min()
    if kind.is_array():
        return column.collect().flatten().unique().sort()
    if kind.is_map():
        return column.arbitrary()
    return column.any() if kind.is_boolean() else column.max()


def _ends_of_direction(ranked: ir.Table) -> dict[str, ir.Value]:
    direction = ranked.network_io_direction.nullif("unknown")
    return {"_first_direction": direction.min(), "_last_direction": direction.max()}


def _restated(merged: ir.Table, rows: ir.Table) -> ir.Table:
    """Return the columns of `rows` again."""
    one = merged["_first_direction"] == merged["_last_direction"]
    worst = merged["_verdict"]
    new: dict[str, ir.Value] = {
        "reporter": (merged["_from_source"] & merged["_from_destination"]).ifelse(
            "both", value_of(merged["_first"], _REPORTERS)
        ),
        "network_io_direction": one.ifelse(merged["_first_direction"], "unknown").fill_null("unknown"),
        "verdict": value_of(worst.left(1).cast("int64"), VERDICTS[::-1]),
        "verdict_reason": worst.substr(1).nullif(""),
        "orientation": value_of(merged["_orientation"], ORIENTATIONS),
    }
    for name in _ORIGIN:
        if name in rows.columns:
            new[name] = (merged["_rows"] == 1).ifelse(merged[name], None)
    for name in rows.columns:
        if name not in new and rows[name].type().is_array():
            new[name] = (merged[name].length() > 0).ifelse(merged[name], None)
    if "marks" in new:
        new["marks"] = new["marks"].fill_null(ibis.literal([], type="array<string>"))
    return merged.select(**{name: new[name] if name in new else merged[name] for name in rows.columns})
