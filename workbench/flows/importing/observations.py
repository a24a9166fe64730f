"""From records to Arrow: what the readers of single records yield, in batches of typed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from workbench.flows.importing.other_formats import OtherFormats
from workbench.flows.rules.names import DnsAnswer
from workbench.flows.rules.replies import COUNTERS
from workbench.flows.schema import OBSERVATION_SCHEMA

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import FlowFormat, Observation, ReadsRecord
    from workbench.flows.records import Record

__all__ = ["ROWS", "observation_batches"]

ROWS: Final = 100_000
"""Rows of a batch."""
_HELD: Final = 2_000
"""Rows that are held as Python's values before they become columns; few, so that they stay in the processor's cache."""
_TYPES: Final = {field.name: field.type for field in OBSERVATION_SCHEMA}
_NUMBERS: Final = frozenset(name for name, kind in _TYPES.items() if pa.types.is_integer(kind))
_NOTHING: Final = -1
"""What sources write where they have not counted."""
_UNFIT: Final = (pa.ArrowException, TypeError, ValueError, OverflowError)


def observation_batches(
    records: Iterable[Record], found: FlowFormat, log: ImportLog, answered: Callable[[DnsAnswer], None]
) -> Iterator[pa.RecordBatch]:
    """Yield the observations in `records`, with columns as in `OBSERVATION_SCHEMA`; `answered` gets DNS answers.

    A record on which the reader fails, or whose values do not fit their columns, is reported in `log`; the
    others are kept.
    """
    rows: list[Observation] = []
    parts: list[pa.RecordBatch] = []
    others = OtherFormats(found)
    for record in records:
        rows.extend(_rows_of(record, others, log, answered))
        if len(rows) >= _HELD:
            parts.extend(_batches(rows, found, log))
            rows = []
            if sum(part.num_rows for part in parts) >= ROWS:
                yield from _joined(parts)
                parts = []
    parts.extend(_batches(rows, found, log))
    yield from _joined(parts)


def _rows_of(
    record: Record, others: OtherFormats, log: ImportLog, answered: Callable[[DnsAnswer], None]
) -> list[Observation]:
    found = others.chosen
    if found.reads_record is None:
        return []
    rows: list[Observation] = []
    value, line, may_be_cut, time = record
    is_empty = True
    try:
        for row in _read(found.reads_record, value, log):
            is_empty = False
            if isinstance(row, DnsAnswer):
                answered(row)
                continue
            if time is not None and row.get("time_start") is None and row.get("time_end") is None:
                row["time_start"] = time
            rows.append({"source_line": line, **row})
    except Exception as error:  # noqa: BLE001  (a reader meets anything; one record must not end an import)
        log.broken_record(line, f"it is not a record of {found.title}: {_reason(error)}", last=may_be_cut)
    else:
        if is_empty:
            others.tell(record, log)
    return rows


def _read(reads: ReadsRecord, value: Any, log: ImportLog) -> Iterator[Observation | DnsAnswer]:  # noqa: ANN401  (JSON)
    """Yield what a record holds; where a null is in the reader's way, it reads the record as if that were missing."""
    counted = log.skipped.copy(), log.broken
    given = 0
    try:
        for row in reads(value, log):
            given += 1
            yield row
    except (TypeError, AttributeError, ValueError):
        without = _without_nulls(value)
        # What was given or counted already would be given twice.
        if given or without == value or (log.skipped, log.broken) != counted:
            raise
    else:
        return
    yield from reads(without, log)


def _without_nulls(value: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(value, dict):
        return {name: _without_nulls(field) for name, field in value.items() if field is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _batches(rows: list[Observation], found: FlowFormat, log: ImportLog) -> Iterator[pa.RecordBatch]:
    if not rows:
        return
    try:
        yield _columns(rows, found, log)
    except _UNFIT:
        kept = [fitted for row in rows if _fits(fitted := _with_numbers(row), found, log)]
        if kept:
            yield _columns(kept, found, log)


def _with_numbers(row: Observation) -> Observation:
    """Return a row in which numbers that came as text, as many collectors write them, are numbers."""
    return {name: _number(name, value) if name in _NUMBERS else value for name, value in row.items()}


def _number(name: str, value: Any) -> Any:  # noqa: ANN401  (whatever a reader gave)
    if isinstance(value, str):
        text = value.strip()
        if text in {"", "-"}:
            return None
        if not text.lstrip("+-").isdecimal():
            return value
        value = int(text)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_nothing = (value == _NOTHING and name in COUNTERS) or (value == 0 and name.endswith("_port"))
    return None if is_nothing else value


def _columns(rows: list[Observation], found: FlowFormat, log: ImportLog) -> pa.RecordBatch:
    """Return rows as columns; those that no row has are not looked for in each row.

    Raises
    ------
    ValueError, TypeError, OverflowError, ArrowException
        If a row has a value that does not fit, or what is not a column.
    """
    given = set().union(*rows)
    if not given <= _TYPES.keys():
        raise ValueError(given - _TYPES.keys())
    origin = {"source_format": found.name, "source_file": log.file}
    arrays = []
    for name, kind in _TYPES.items():
        if name in origin:
            arrays.append(pa.repeat(pa.scalar(origin[name], kind), len(rows)))
        elif name in given:
            values = [row.get(name) for row in rows]
            arrays.append(_nested(values, kind) if pa.types.is_nested(kind) else pa.array(values, kind))
        else:
            arrays.append(pa.nulls(len(rows), kind))
    return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATION_SCHEMA)


def _nested(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return labels, names or policies as a column; what readers remember and give again is converted once."""
    different = {id(value): value for value in values}
    places = {identity: place for place, identity in enumerate(different)}
    return pa.array(list(different.values()), kind).take(pa.array([places[id(value)] for value in values]))


def _joined(parts: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if parts:
        yield pa.concat_batches(parts)


def _fits(row: Observation, found: FlowFormat, log: ImportLog) -> bool:
    if unknown := row.keys() - _TYPES.keys():
        message = f"the reader of {found.name} gave {', '.join(sorted(unknown))}, which are not columns"
        log.broken_record(row["source_line"], message)
        return False
    for name, value in row.items():
        if not _is_valid(value, _TYPES[name]):
            log.broken_record(row["source_line"], f"{name} cannot be {value!r:.80}")
            return False
    return True


def _is_valid(value: Any, kind: pa.DataType) -> bool:  # noqa: ANN401  (whatever a reader gave)
    try:
        pa.array([value], kind)
    except _UNFIT:
        return False
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing" if error.args else "something is missing"
    reason = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
    return reason[:200]
