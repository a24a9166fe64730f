"""A handful of flow rows as a table, and tables as rows again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from workbench.flows.engine import Step, connected, stepping
from workbench.flows.rules.lookups import Lookups
from workbench.flows.schema import COLUMNS

Row = dict[str, Any]

START = datetime(2026, 11, 1, 9)  # noqa: DTZ001  (times within engines are UTC and have no zone)
_FURTHER = {
    "marks": pa.list_(pa.string()),
    "source_is_ambiguous": pa.bool_(),
    "destination_is_ambiguous": pa.bool_(),
}
_OTHERWISE: Row = {
    "time_start": START,
    "source_kind": "unknown",
    "destination_kind": "unknown",
    "network_transport": "tcp",
    "network_type": "ipv4",
    "network_io_direction": "unknown",
    "reporter": "unknown",
    "verdict": "allowed",
    "orientation": "observed",
    "confidence": 0.95,
    "source_format": "hubble",
    "source_file": "flows.jsonl",
}


def after(seconds: float) -> datetime:
    """Return a moment some seconds after `START`."""
    return START + timedelta(seconds=seconds)


def end(prefix: str, **known: object) -> Row:
    """Return the columns of an end by short names: ``end("source", pod="web-1", namespace="shop")``."""
    short = {
        "namespace": "k8s_namespace_name",
        "pod": "k8s_pod_name",
        "owner_kind": "k8s_owner_kind",
        "owner": "k8s_owner_name",
        "labels": "k8s_pod_labels",
        "service": "k8s_service_name",
        "node": "k8s_node_name",
    }
    return {f"{prefix}_{short.get(name, name)}": value for name, value in known.items()}


def source(**known: object) -> Row:
    return end("source", **known)


def destination(**known: object) -> Row:
    return end("destination", **known)


def arrow_of(*rows: Row) -> pa.Table:
    """Return rows with the columns of the flow table, and with further ones where a row has them."""
    further = {name: kind for name, kind in _FURTHER.items() if any(name in row for row in rows)}
    kinds = {column.name: column.stored for column in COLUMNS} | further
    schema = pa.schema(list(kinds.items()))
    unknown = {name for row in rows for name in row} - set(schema.names)
    assert not unknown, unknown
    return pa.Table.from_pylist([{**_OTHERWISE, **row} for row in rows], schema=schema)


def table_of(*rows: Row) -> ibis.Table:
    """Return rows as `arrow_of` does, as a table of ibis."""
    return ibis.memtable(arrow_of(*rows))


def lean_of(*rows: Row) -> ibis.Table:
    """Return rows as `table_of` does, without the columns that none of them has, as rows that were grouped."""
    named = {name for row in rows for name in row} | set(_OTHERWISE) | {"connections"}
    table = table_of(*rows)
    return table.select(*(name for name in table.columns if name in named))


def applied(step: Step, rows: ibis.Table, *given: Lookups | ibis.Table) -> ibis.Table:
    """Return what a rule makes of rows; DuckDB answers, as it does for `Flows`."""
    backend = connected()
    try:
        with stepping(backend) as steps:
            known = [steps.hold(one) if isinstance(one, ibis.Table) else one for one in given]
            return ibis.memtable(backend.to_pyarrow(steps.take(step, steps.hold(rows), *known)))
    finally:
        backend.disconnect()


def back(table: ibis.Table) -> list[Row]:
    """Return the rows of a table, with maps as dicts; DuckDB answers."""
    backend = connected()
    try:
        found = backend.to_pyarrow(table)
    finally:
        backend.disconnect()
    return [_plain(row) for row in found.to_pylist()]


def shown(table: ibis.Table, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of the rows, sorted."""
    return sorted((tuple(row[name] for name in names) for row in back(table)), key=repr)


def _plain(row: Row) -> Row:
    return {
        name: dict(value) if name.endswith("_labels") and value is not None else value for name, value in row.items()
    }
