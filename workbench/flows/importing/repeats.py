"""Records that repeat others: left out where the others are there, kept where they are all that tells of a connection.

A packet is seen at several interfaces, and an open connection is reported again and again; but what was recorded may
hold nothing else of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.duckdb_sql import answered, viewed
from workbench.flows.rules.ends import cell, identity
from workbench.flows.schema import ENDS, REPEATS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import Logs

__all__ = ["without_repeats"]

_KEY, _NUMBER = "_connection", "_number"
_BETWEEN: Final = "|"


def without_repeats(backend: Backend, observations: ir.Table, logs: Logs) -> ir.Table:
    """Return observations in which a record that repeats others is left out, and count these in the log of its file.

    Of repeats of a connection that no other record of the same file tells of, the one that ends last is kept.
    """
    if not answered(backend, _any, observations).num_rows:
        return observations
    repeats = viewed(backend, "repeats", _numbered, observations)
    for row in answered(backend, _counted, repeats, observations).to_pylist():
        logs[row["source_file"]].skip(row[REPEATS], int(row["rows"]))
    return viewed(backend, "unrepeated", _unrepeated, observations, repeats)


def _any(observations: ir.Table) -> ir.Table:
    return observations.filter(observations[REPEATS].notnull()).limit(1)


def _numbered(observations: ir.Table) -> ir.Table:
    """Return the repeats, those of each connection numbered from the one that ends last on."""
    repeats = observations.filter(observations[REPEATS].notnull())
    keyed = repeats.mutate(**{_KEY: _connection(repeats)})
    end = ibis.coalesce(keyed.time_end, keyed.time_start)
    order = [end.desc(nulls_first=False), keyed.source_line]
    return keyed.mutate(**{_NUMBER: ibis.row_number().over(ibis.window(group_by=_KEY, order_by=order))})


def _alone(repeats: ir.Table, observations: ir.Table) -> ir.Table:
    others = observations.filter(observations[REPEATS].isnull())
    reported = others.select(reported=_connection(others))
    return repeats.filter(repeats[_NUMBER] == 0).anti_join(reported, [(_KEY, "reported")])


def _counted(repeats: ir.Table, observations: ir.Table) -> ir.Table:
    by = ["source_file", REPEATS]
    all_of_them, kept = repeats.mutate(_left=1), _alone(repeats, observations).mutate(_left=-1)
    both = ibis.union(*(rows.select(*by, "_left") for rows in (all_of_them, kept)))
    counted = both.group_by(by).aggregate(rows=both["_left"].sum())
    return counted.filter(counted.rows > 0)


def _unrepeated(observations: ir.Table, repeats: ir.Table) -> ir.Table:
    others = observations.filter(observations[REPEATS].isnull())
    return ibis.union(others, _alone(repeats, observations).select(observations.columns))


def _connection(rows: ir.Table) -> ir.StringValue:
    """Return the file, the transport and both sockets of rows; never NULL."""
    parts = [rows.source_file, rows.network_transport]
    for end in ENDS:
        parts += [identity(rows, end), cell(rows, f"{end}_port").cast("string")]
    text = parts[0]
    for part in parts[1:]:
        text = text + _BETWEEN + part.fill_null("")
    return text
