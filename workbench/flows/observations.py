"""From records to Arrow: what the readers of single records yield, in batches of typed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from workbench.flows.names import Answer
from workbench.flows.schema import OBSERVATION_SCHEMA

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import FlowFormat, Observation
    from workbench.flows.records import Record

__all__ = ["observation_batches"]

ROWS: Final = 20_000
"""Rows of a batch: what is held in memory at a time."""
_KNOWN: Final = frozenset(OBSERVATION_SCHEMA.names)


def observation_batches(
    records: Iterable[Record], found: FlowFormat, log: ImportLog, answered: Callable[[Answer], None]
) -> Iterator[pa.RecordBatch]:
    """Yield the observations in `records`, with columns as in `OBSERVATION_SCHEMA`; `answered` gets DNS answers.

    A record on which the reader fails, or whose values do not fit their columns, is told in `log`; the
    others are kept.
    """
    rows: list[Observation] = []
    for record in records:
        rows.extend(_rows_of(record, found, log, answered))
        if len(rows) >= ROWS:
            yield from _batches(rows, log)
            rows = []
    yield from _batches(rows, log)


def _rows_of(
    record: Record, found: FlowFormat, log: ImportLog, answered: Callable[[Answer], None]
) -> list[Observation]:
    if found.reads_record is None:
        return []
    rows: list[Observation] = []
    origin = {"source_format": found.name, "source_file": log.file}
    try:
        for row in found.reads_record(record.value, log):
            if isinstance(row, Answer):
                answered(row)
                continue
            if unknown := row.keys() - _KNOWN:
                message = f"the reader of {found.name} gave {', '.join(sorted(unknown))}, which are no columns"
                log.broken_record(record.line, message)
                continue
            rows.append({"source_line": record.line, **row, **origin})
    except Exception as error:  # noqa: BLE001  (a reader meets anything; one record must not end an import)
        log.broken_record(record.line, f"it is no {found.title} record: {_reason(error)}")
    return rows


def _batches(rows: list[Observation], log: ImportLog) -> Iterator[pa.RecordBatch]:
    if not rows:
        return
    try:
        yield pa.RecordBatch.from_pylist(rows, schema=OBSERVATION_SCHEMA)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        kept = [row for row in rows if _fits(row, log)]
        if kept:
            yield pa.RecordBatch.from_pylist(kept, schema=OBSERVATION_SCHEMA)


def _fits(row: Observation, log: ImportLog) -> bool:
    for name, value in row.items():
        if not _is_valid(value, OBSERVATION_SCHEMA.field(name).type):
            log.broken_record(row["source_line"], f"{name} cannot be {value!r:.80}")
            return False
    return True


def _is_valid(value: Any, kind: pa.DataType) -> bool:  # noqa: ANN401  (whatever a reader gave)
    try:
        pa.array([value], kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing" if error.args else "something is missing"
    told = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
    return told[:200]
