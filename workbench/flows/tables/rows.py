"""The rows of a table, whatever holds it: a CSV or Parquet file, or a DataFrame."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.log import ImportLog
from workbench.flows.records import TOLD_EVERY, Record, opened
from workbench.ground import ArgumentError

__all__ = ["FlowTableError", "frame_rows", "header", "table_records"]

_PARQUET_MAGIC: Final = b"PAR1"
_ROWS: Final = 20_000


class FlowTableError(ArgumentError):
    """A mapping names columns that are not there, or a table cannot be read at all."""


def header(source: str | Path | pd.DataFrame, delimiter: str) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    if isinstance(source, pd.DataFrame):
        return tuple(str(column) for column in source.columns)
    try:
        if _is_parquet(source):
            return tuple(pq.read_schema(source).names)
        with opened(source) as stream, io.TextIOWrapper(stream, "utf-8-sig", newline="") as text:
            return tuple(next(csv.reader(text, delimiter=delimiter), ()))
    except (UnicodeDecodeError, csv.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, pa.ArrowException) and not Path(source).is_file():
            raise
        message = f"{source} cannot be read as a table: {error}"
        raise FlowTableError(message) from error


def _is_parquet(path: str | Path) -> bool:
    with Path(path).open("rb") as stream:
        return stream.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC


def table_records(
    source: str | Path | pd.DataFrame,
    log: ImportLog,
    report: Callable[[int], None],
    *,
    columns: Sequence[str],
    delimiter: str = ",",
) -> Iterator[Record]:
    """Yield the rows of a table as mappings, with their lines.

    Parameters
    ----------
    source : str, Path or DataFrame
    log : ImportLog
        Collects rows that cannot be read.
    report : callable
        Called now and then with the bytes that have been read, or the rows of a frame.
    columns : sequence of str
        Those that are needed; others may be left out.
    delimiter : str
        Of a CSV file.
    """
    if isinstance(source, pd.DataFrame):
        names = [str(column) for column in source.columns]
        for number, cells in enumerate(frame_rows(source), 1):
            if number % TOLD_EVERY == 0:
                report(number)
            yield Record(dict(zip(names, cells, strict=True)), number)
    elif _is_parquet(source):
        yield from _parquet_rows(source, columns, log, report)
    else:
        yield from _csv_rows(source, delimiter, log, report)


def frame_rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a frame as tuples of Python's values."""
    for start in range(0, len(frame), _ROWS):
        yield from frame.iloc[start : start + _ROWS].itertuples(index=False, name=None)


def _parquet_rows(
    path: str | Path, columns: Sequence[str], log: ImportLog, report: Callable[[int], None]
) -> Iterator[Record]:
    number, size = 0, Path(path).stat().st_size
    wanted = list(dict.fromkeys(columns))
    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(_ROWS, columns=wanted):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(row, number)
                report(size * number // table.metadata.num_rows)
    except (pa.ArrowException, ValueError, OSError) as error:
        log.broken_record(number + 1, f"the file cannot be read from here: {error}")


def _csv_rows(path: str | Path, delimiter: str, log: ImportLog, report: Callable[[int], None]) -> Iterator[Record]:
    with opened(path) as stream, io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="") as text:
        last = [""]

        def lines() -> Iterator[str]:
            for number, line in enumerate(text, 1):
                if number % TOLD_EVERY == 0:
                    report(stream.consumed())
                last[0] = line
                yield line

        rows = csv.reader(lines(), delimiter=delimiter)
        names = next(rows, [])
        while True:
            line = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                break
            except csv.Error as error:
                log.broken_record(line, f"it is not valid CSV: {error}")
                continue
            if len(cells) == len(names):
                yield Record(dict(zip(names, cells, strict=True)), line)
            elif cells:
                is_cut = not last[0].endswith(("\n", "\r")) and len(cells) < len(names)
                message = f"it has {len(cells)} values for {len(names)} columns"
                log.broken_record(line, message, last=is_cut)
        if stream.fault:
            log.broken_record(None, f"the file ends here, unreadable: {stream.fault}", last=True)
