"""What rows say as they were recorded, before any rule: which meet a condition, and how many there are of which."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import ibis
import ibis.expr.operations as ops
import pandas as pd

from workbench.flows.aggregate import FLOWS
from workbench.flows.asked import values_asked
from workbench.flows.engine import fetched
from workbench.flows.frames import EDGES, SUMMARY, TIMELINE, column_of, typed
from workbench.flows.schema import PANDAS_DTYPES
from workbench.flows.spans import COUNTED, with_empty_spans
from workbench.ground import ArgumentError, Column

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["rows_where", "summary_of", "timeline_of"]

_DAYS: Final = re.compile(r"(?<=[0-9])\s*d$")
"""pandas wants days in capitals."""
_OF_EDGES: Final[Mapping[str, Callable[[ir.Table], ir.Value]]] = {
    "protocol": lambda rows: rows.network_transport.upper(),
    "port": lambda rows: rows.destination_port,
    "src_namespace": lambda rows: rows.source_k8s_namespace_name.fill_null(""),
    "dst_namespace": lambda rows: rows.destination_k8s_namespace_name.fill_null(""),
}
"""What `Flows.edges` calls what a row says, whatever ends it is attributed to."""


def rows_where(
    rows: ir.Table, predicate: Callable[[ir.Table], ir.BooleanValue] | None, columns: Mapping[str, object]
) -> ir.Table:
    """Return the rows that meet a condition, as `Flows.where` takes it.

    Raises
    ------
    ArgumentError
        If there is no such column, if it cannot have such a value, or if a text is one that no engine takes.
    """
    for name, value in columns.items():
        rows = rows.filter(_column(rows, name).isin(values_asked(_answered(name), value)))
    if predicate is not None:
        rows = rows.filter(predicate(rows))
    _check_texts(rows)
    return rows


def timeline_of(rows: ir.Table, backend: ibis.BaseBackend, by: str, keys: list[str]) -> pd.DataFrame:
    """Return how much there was in each span of time, as `Flows.timeline` does.

    Raises
    ------
    ArgumentError
        If `by` is no span of time, if there is no column of a name, or if there are too many rows.
    """
    seconds = _seconds(by)
    epoch = rows.time_start.epoch_seconds()
    values = {name: _column(rows, name) for name in keys}
    spans = rows.mutate(time=(epoch - epoch % seconds).cast("int64"), **values)
    counted = spans.group_by(["time", *keys]).aggregate(
        **{FLOWS: spans.count()},
        **{name: spans[name].sum().cast(spans[name].type()) for name in COUNTED},
    )
    frame = with_empty_spans(fetched(backend, counted.order_by(["time", *keys])), seconds, keys)
    frame["time"] = pd.to_datetime(frame["time"], unit="s", utc=True).astype("datetime64[us, UTC]")
    return typed(frame, TIMELINE.with_columns(*map(_answered, keys), before=FLOWS))


def summary_of(rows: ir.Table, backend: ibis.BaseBackend) -> pd.DataFrame:
    """Return how many rows there are of each format and verdict, and of which time."""
    counted = rows.group_by(["source_format", "verdict"]).aggregate(
        **{FLOWS: rows.count()},
        unknown_orientation=(rows.orientation == "unknown").sum(),
        first_seen=rows.time_start.min(),
        last_seen=ibis.coalesce(rows.time_end, rows.time_start).max(),
    )
    return typed(fetched(backend, counted.order_by(["source_format", "verdict"])), SUMMARY)


def _check_texts(rows: ir.Table) -> None:
    """Refuse a condition with a text that no engine takes.

    Raises
    ------
    ArgumentError
        If it has a zero byte.
    """
    for literal in rows.op().find(ops.Literal):
        if isinstance(literal.value, str) and "\0" in literal.value:
            message = f"{literal.value!r} has a zero byte, which no value of the flow table has"
            raise ArgumentError(message)


def _column(rows: ir.Table, name: str) -> ir.Value:
    """Return a column of the flow table, or what edges call it.

    Raises
    ------
    ArgumentError
        If there is none of that name.
    """
    if name in _OF_EDGES:
        return _OF_EDGES[name](rows)
    if name not in PANDAS_DTYPES:
        message = f"there is no column {name!r}; there are {', '.join((*_OF_EDGES, *PANDAS_DTYPES))}"
        raise ArgumentError(message)
    return rows[name]


def _answered(name: str) -> Column:
    """Return the column of an answer that `_column` gives."""
    return next(one for one in EDGES.columns if one.name == name) if name in _OF_EDGES else column_of(name)


def _seconds(span: str) -> int:
    """Return the length of a span of time such as ``15min``, ``1h`` or ``1d``.

    Raises
    ------
    ArgumentError
        If it is none, or shorter than a second.
    """
    try:
        found = int(pd.Timedelta(_DAYS.sub("D", span)).total_seconds())
    except ValueError as error:
        message = f"{span!r} is not a valid span of time: write one such as 15min, 1h or 1d"
        raise ArgumentError(message) from error
    if found < 1:
        message = f"{span!r} is shorter than a second"
        raise ArgumentError(message)
    return found
