"""From any table to flows: a CSV or Parquet file, or a DataFrame, and which of its columns is what."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.addresses import place_of
from workbench.flows.importing import Imported, content_id, import_observations, now_utc
from workbench.flows.log import ImportLog
from workbench.flows.names import Answer
from workbench.flows.observations import observation_batches
from workbench.flows.readers.registry import FlowFormat, Observation
from workbench.flows.records import TOLD_EVERY, UNREADABLE, Record, opened, unpacked
from workbench.flows.schema import COLUMNS, OBSERVATION_SCHEMA
from workbench.flows.spellings import domains_of, labels_of, transport_of
from workbench.flows.times import from_datetime, from_milliseconds, from_nanoseconds, from_rfc3339, from_seconds
from workbench.manifests.problems import Problem, Severity
from workbench.manifests.progress import Progress, silent

if TYPE_CHECKING:
    import ibis
    from ibis.backends.duckdb import Backend

    from workbench.flows.store import FlowStore

__all__ = ["FORMAT", "FlowTableError", "Times", "import_table"]

FORMAT: Final = "table"
"""What stands in ``source_format``."""

Times: TypeAlias = Literal["seconds", "milliseconds", "microseconds", "nanoseconds", "rfc3339"]
"""How times are written: numbers since 1970, or text."""

_TIMES: Final[dict[str, Callable[[Any], int]]] = {
    "seconds": from_seconds,
    "milliseconds": from_milliseconds,
    "microseconds": lambda value: from_nanoseconds(int(value) * 1000),
    "nanoseconds": from_nanoseconds,
    "rfc3339": lambda value: from_rfc3339(str(value)),
}
_ORIGIN: Final = frozenset({"source_format", "source_file", "source_line", "orientation", "confidence"})
"""Columns that the import fills in."""
_ALLOWED: Final = {name: allowed for name, *_, allowed, _, _, _ in COLUMNS if name not in _ORIGIN}
"""The values of categories; empty for other columns."""
_PARQUET_MAGIC: Final = b"PAR1"
_ROWS: Final = 20_000
_REMEMBERED: Final = 1 << 14
"""So many different texts of a column are remembered."""
_TRUE: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class FlowTableError(ValueError):
    """A mapping names columns that are not there."""


class _Reading(NamedTuple):
    """How a table is read.

    Attributes
    ----------
    columns : dict of str to str
        Column of the table for a column of the schema.
    constants : dict of str to object
    translations : mapping of str to (mapping of str to object)
        For a column of the schema, what stands for a value of the table.
    times : str
    delimiter : str
    """

    columns: dict[str, str]
    constants: dict[str, Any]
    translations: Mapping[str, Mapping[str, Any]]
    times: Times
    delimiter: str


def import_table(  # noqa: PLR0913  (a mapping is said in one call, by keywords)
    store: FlowStore,
    source: str | Path | pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    *,
    constants: Mapping[str, Any] | None = None,
    values: Mapping[str, Mapping[str, Any]] | None = None,
    times: Times = "rfc3339",
    source_is_client: bool | None = None,
    delimiter: str = ",",
    name: str = "DataFrame",
    memory_limit: str | None = None,
    progress: Progress = silent,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Import a table; importing it a second time with the same mapping changes nothing.

    Rows with values that do not fit are told as Problems with their line (of Parquet and frames: number, from
    1), and left out; so are columns of the table that nothing is read from.

    Parameters
    ----------
    store : FlowStore
    source : str, Path or DataFrame
        A CSV file with a header (plain, or compressed by gzip), a Parquet file, or a frame.
    columns : mapping of str to str, optional
        For a column of the flow table (or a hint: ``is_reply``, ``tcp_syn``, ``tcp_ack``, ``source_is_client``),
        the column of the source. Columns that have the schema's own names are found without it.
    constants : mapping of str to object, optional
        For a column of the flow table, the value of all rows.
    values : mapping of str to (mapping of str to object), optional
        Translations: ``{"verdict": {"ACCEPT": "allowed"}}``.
    times : {"seconds", "milliseconds", "microseconds", "nanoseconds", "rfc3339"}
        How times are written that are no datetimes. Times without a zone are UTC.
    source_is_client : bool, optional
        Whether the source of every row is its client; by default that is not known.
    delimiter : str
        Of a CSV file.
    name : str
        What a frame is called in ``source_file``.
    memory_limit, progress, now
        As of `import_file`.

    Raises
    ------
    FlowTableError
        If the mapping names a column that the schema or the table does not have, or the table cannot be
        read at all.
    FlowStoreError
        If the store cannot be used.
    OSError
        If the file cannot be read.
    """
    fixed = dict(constants or {})
    if source_is_client is not None:
        fixed["source_is_client"] = source_is_client
    known = (*_ALLOWED, *OBSERVATION_SCHEMA.names[len(COLUMNS) :])
    for column in (*(columns or {}), *fixed, *(values or {})):
        _require(column, known, "the flow table")
    if times not in _TIMES:
        message = f"times cannot be {times!r}: one of {', '.join(_TIMES)}"
        raise FlowTableError(message)
    there = _header(source, delimiter)
    for column in (columns or {}).values():
        _require(column, there, "the table")
    mapped = {column: column for column in known if column in there and column not in fixed} | dict(columns or {})
    if not mapped:
        message = f"nothing is read from the table: none of its columns ({', '.join(there)}) is mapped"
        raise FlowTableError(message)
    reading = _Reading(mapped, fixed, values or {}, times, delimiter)
    log = ImportLog(name if isinstance(source, pd.DataFrame) else str(source), FORMAT)
    if unread := [column for column in there if column not in mapped.values()]:
        message = f"nothing is read from {', '.join(unread)}"
        log.problems.add(Problem(Severity.INFO, "unread-column", message, file=log.file, line=1))

    title = f"reading {Path(log.file).name}"
    size = len(source) if isinstance(source, pd.DataFrame) else Path(source).stat().st_size

    def stage(backend: Backend, incoming: Path) -> ibis.Table:
        staged = incoming / "observations.parquet"
        progress(title, 0, size)
        observation = _observing(reading)
        with pq.ParquetWriter(staged, OBSERVATION_SCHEMA) as writer:
            found = FlowFormat(
                FORMAT,
                "flow table",
                "text-lines",
                detects=bool,
                reads_record=lambda row, _: [observation(row)],
            )
            records = _records(source, reading, log, lambda done: progress(title, done, size))
            for batch in observation_batches(records, found, log, _no_answer):
                writer.write_batch(batch)
        progress(title, size, size)
        return backend.read_parquet(staged)

    batch_id = _table_id(source, reading)
    return import_observations(store, batch_id, stage, log, memory_limit=memory_limit, now=now)


def _require(column: str, known: tuple[str, ...], whose: str) -> None:
    if column in known:
        return
    near = difflib.get_close_matches(column, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(known)}"
    message = f"{whose} has no column {column!r}{hint}"
    raise FlowTableError(message)


def _no_answer(_: Answer) -> None:
    """Take no DNS answer: a table of flows has none."""


def _header(source: str | Path | pd.DataFrame, delimiter: str) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    if isinstance(source, pd.DataFrame):
        return tuple(str(column) for column in source.columns)
    try:
        if _is_parquet(source):
            return tuple(pq.read_schema(source).names)
        with opened(source) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            return tuple(next(csv.reader(text, delimiter=delimiter), ()))
    except (UnicodeDecodeError, csv.Error, pa.ArrowException, *UNREADABLE) as error:
        if isinstance(error, OSError) and not isinstance(error, pa.ArrowException) and not Path(source).is_file():
            raise
        message = f"{source} cannot be read as a table: {error}"
        raise FlowTableError(message) from error


def _is_parquet(path: str | Path) -> bool:
    with Path(path).open("rb") as stream:
        return stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC


def _table_id(source: str | Path | pd.DataFrame, reading: _Reading) -> str:
    how = json.dumps([FORMAT, *reading], sort_keys=True, default=str)
    if not isinstance(source, pd.DataFrame):
        return content_id(how, Path(source))
    digest = hashlib.sha256(how.encode())
    digest.update("\0".join(map(str, source.columns)).encode())
    for cells in _frame_rows(source):
        digest.update(repr(cells).encode())
    return digest.hexdigest()[:32]


def _records(
    source: str | Path | pd.DataFrame, reading: _Reading, log: ImportLog, told: Callable[[int], None]
) -> Iterator[Record]:
    """Yield the rows of a table as mappings, with their lines; `told` is called with bytes, or rows of a frame."""
    if isinstance(source, pd.DataFrame):
        names = [str(column) for column in source.columns]
        for number, cells in enumerate(_frame_rows(source), 1):
            if number % TOLD_EVERY == 0:
                told(number)
            yield Record(dict(zip(names, cells, strict=True)), number)
    elif _is_parquet(source):
        yield from _parquet_rows(source, reading, log, told)
    else:
        yield from _csv_rows(source, reading.delimiter, log, told)


def _frame_rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(frame), _ROWS):
        yield from frame.iloc[start : start + _ROWS].itertuples(index=False, name=None)


def _parquet_rows(path: str | Path, reading: _Reading, log: ImportLog, told: Callable[[int], None]) -> Iterator[Record]:
    number, size = 0, Path(path).stat().st_size
    wanted = list(dict.fromkeys(reading.columns.values()))
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(_ROWS, columns=wanted):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(row, number)
                told(size * number // table.metadata.num_rows)
    except (pa.ArrowException, ValueError, *UNREADABLE) as error:
        log.broken_record(number + 1, f"the file cannot be read from here: {error}")


def _csv_rows(path: str | Path, delimiter: str, log: ImportLog, told: Callable[[int], None]) -> Iterator[Record]:
    with (
        Path(path).open("rb") as compressed,
        unpacked(compressed) as stream,
        io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="") as text,
    ):
        last = [""]

        def lines() -> Iterator[str]:
            for number, line in enumerate(text, 1):
                if number % TOLD_EVERY == 0:
                    told(compressed.tell())
                last[0] = line
                yield line

        rows = csv.reader(lines(), delimiter=delimiter)
        names = next(rows, [])
        while True:
            line = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                log.broken_record(line, f"it is no CSV: {error}")
                continue
            except UNREADABLE as error:
                log.broken_record(line, f"the file ends here, unreadable: {error}", last=True)
                return
            if len(cells) == len(names):
                yield Record(dict(zip(names, cells, strict=True)), line)
            elif cells:
                is_cut = not last[0].endswith(("\n", "\r")) and len(cells) < len(names)
                message = f"it has {len(cells)} values for {len(names)} columns"
                log.broken_record(line, message, last=is_cut)


class _Cells(dict[str, Any]):
    """What the texts of a column mean; most repeat from row to row, and are looked at once."""

    def __init__(self, name: str, reading: _Reading) -> None:
        super().__init__()
        self._name, self._column = name, reading.columns.get(name, name)
        self._translated, self._fits = reading.translations.get(name, {}), _fitting(name, reading)

    def __missing__(self, text: str) -> Any:  # noqa: ANN401  (whatever it means)
        value = self.value(text)
        if len(self) < _REMEMBERED:
            self[text] = value
        return value

    def value(self, value: Any) -> Any:  # noqa: ANN401  (whatever is in a cell)
        """Return what a cell holds as its column takes it; None where it is empty.

        Raises
        ------
        ValueError
            If it does not fit.
        """
        translated = self._translated.get(value if isinstance(value, str) else str(value), value)
        if _is_missing(translated):
            return None
        try:
            return self._fits(translated)
        except (ValueError, TypeError, OverflowError, LookupError) as error:
            message = f"{self._name} cannot be {translated!r:.80} (column {self._column!r})"
            raise ValueError(message) from error


def _observing(reading: _Reading) -> Callable[[Mapping[str, Any]], Observation]:
    """Return a function that gives a row by the schema's names; it raises ValueError where a value does not fit."""
    cells = [(name, column, _Cells(name, reading)) for name, column in reading.columns.items()]
    fixed = [(name, value, _Cells(name, reading)) for name, value in reading.constants.items()]

    def observation(row: Mapping[str, Any]) -> Observation:
        found: Observation = {}
        for name, column, texts in cells:
            cell = row[column]
            value = texts[cell] if type(cell) is str else texts.value(cell)
            if value is not None:
                found[name] = value
        for name, constant, texts in fixed:
            value = texts[constant] if type(constant) is str else texts.value(constant)
            if value is not None:
                found[name] = value
        return found

    return observation


def _is_missing(value: Any) -> bool:  # noqa: ANN401  (whatever is in a cell)
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _fitting(name: str, reading: _Reading) -> Callable[[Any], Any]:  # noqa: PLR0911  (one return a type of column)
    """Return the function that gives a value as its column takes it."""
    kind = OBSERVATION_SCHEMA.field(name).type
    if pa.types.is_timestamp(kind):
        written = _TIMES[reading.times]
        return lambda value: from_datetime(value) if isinstance(value, datetime) else written(value)
    if pa.types.is_integer(kind):
        return _whole
    if pa.types.is_boolean(kind):
        return lambda value: value if isinstance(value, bool) else _TRUE[str(value).strip().lower()]
    if pa.types.is_map(kind):
        return lambda value: labels_of(value) if isinstance(value, str) else dict(value)
    if name.endswith("_domain"):
        return lambda value: domains_of(value.split(",") if isinstance(value, str) else value)
    if pa.types.is_list(kind):
        return list
    if name == "network_transport":
        return transport_of
    if name.endswith("_address"):
        return _address
    allowed = _ALLOWED[name]
    return partial(_one_of, allowed) if allowed else lambda value: str(value).strip()


def _address(value: Any) -> str:  # noqa: ANN401  (whatever is in a cell)
    text = str(value).strip()
    if not place_of(text).family:
        message = f"{text} is no address"
        raise ValueError(message)
    return text


def _one_of(allowed: tuple[str, ...], value: Any) -> str:  # noqa: ANN401  (whatever is in a cell)
    text = str(value).strip().lower()
    if text not in allowed:
        message = f"one of {', '.join(allowed)}"
        raise ValueError(message)
    return text


def _whole(value: Any) -> int:  # noqa: ANN401  (whatever is in a cell)
    """Return a whole number; numbers with missing values among them come as floats."""
    if type(value) is int:
        return value
    text = str(value).strip()
    if text.lstrip("+-").isdecimal():
        return int(text)
    number = float(text)
    if not number.is_integer():
        message = f"{text} is no whole number"
        raise ValueError(message)
    return int(number)
