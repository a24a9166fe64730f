"""Which times cannot be right: the clocks of nodes differ, and times are written in ways that are mistaken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from workbench.flows.duckdb_sql import answered, loaded
from workbench.ground import Problem, Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import Logs

__all__ = ["in_order", "tell_out_of_order", "tell_out_of_range"]

EARLIEST: Final = datetime(2000, 1, 1)  # noqa: DTZ001  (times of rows are UTC, and naive)
"""No source of flows is older: what is, was written in another unit, or before a clock was set."""
AHEAD: Final = timedelta(days=1)
"""So much the clocks of two machines, or their time zones, may differ."""


def in_order(rows: ir.Table) -> dict[str, ir.Value]:
    """Return both times of rows, exchanged where a flow would end before it begins."""
    start = ibis.coalesce(rows.time_start, rows.time_end)
    is_reversed = rows.time_end < rows.time_start
    return {
        "time_start": is_reversed.ifelse(rows.time_end, start),
        "time_end": is_reversed.ifelse(rows.time_start, rows.time_end),
    }


def tell_out_of_order(backend: Backend, observations: ir.Table, logs: Logs) -> None:
    """Tell how many observations of each file end before they begin."""
    found = answered(backend, _out_of_order, observations)
    _tell(found, logs, "time-order", "flows end before they begin; their times were exchanged")


def _out_of_order(observations: ir.Table) -> ir.Table:
    return _by_file(observations.filter(observations.time_end < observations.time_start))


def _by_file(found: ir.Table) -> ir.Table:
    counted = found.group_by("source_file").aggregate(count=found.count(), first=found.source_line.min())
    return counted.order_by("source_file")


def tell_out_of_range(backend: Backend, rows: ir.Table, logs: Logs, now: datetime) -> None:
    """Tell how many flows of each file begin before the year 2000, or after `now` by more than a day; they are kept."""
    latest = (now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)) + AHEAD
    bounds = loaded(backend, "time_range", pa.table({"earliest": [EARLIEST], "latest": [latest]}))
    found = answered(backend, _out_of_range, rows, bounds)
    _tell(found, logs, "time-out-of-range", "flows begin before the year 2000, or more than a day after this import")


def _out_of_range(rows: ir.Table, bounds: ir.Table) -> ir.Table:
    both = rows.cross_join(bounds)
    return _by_file(both.filter((both.time_start < both.earliest) | (both.time_start > both.latest)))


def _tell(found: pa.Table, logs: Logs, code: str, message: str) -> None:
    for row in found.to_pylist():
        text = f"{row['count']:,} {message}; the first is on this line"
        remedy = "check the clocks, and how the times are written"
        file = row["source_file"]
        logs[file].problems.add(Problem(Severity.WARNING, code, text, remedy, file=file, line=row["first"]))
