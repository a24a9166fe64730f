"""From any table to flows: a CSV or Parquet file, or a DataFrame, and which of its columns is what."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ibis
import pandas as pd
import pyarrow.parquet as pq

from workbench.flows.duckdb_sql import parquet
from workbench.flows.importing.batches import Arrival, Imported, content_id, import_observations, now_utc
from workbench.flows.importing.observations import observation_batches
from workbench.flows.log import ImportLog
from workbench.flows.readers.registry import FlowFormat
from workbench.flows.rules.names import DnsAnswer
from workbench.flows.schema import OBSERVATION_SCHEMA
from workbench.flows.tables.cells import MAPPABLE, observing
from workbench.flows.tables.mapping import TableMapping
from workbench.flows.tables.rows import FlowTableError, frame_rows, header, table_records
from workbench.ground import Problem, Progress, Severity, no_progress

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from workbench.flows.store import FlowStore

__all__ = ["FORMAT", "import_table"]

FORMAT: Final = "table"
"""What stands in ``source_format``."""


def import_table(  # noqa: PLR0913  (what is imported, and how it is watched)
    store: FlowStore,
    source: str | Path | pd.DataFrame,
    mapping: TableMapping | None = None,
    *,
    name: str | None = None,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Import a table; importing it a second time with the same mapping changes nothing.

    Rows with values that do not fit are reported as Problems with their line (of Parquet and frames: number, from
    1), and left out; so are columns of the table that nothing is read from.

    Parameters
    ----------
    store : FlowStore
    source : str, Path or DataFrame
        A CSV file with a header (plain, or compressed by gzip), a Parquet file, or a frame.
    mapping : TableMapping, optional
        Which of its columns is what.
    name : str, optional
        What the table is called in ``source_file``; by default its path, or ``DataFrame``.
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
    progress : Progress, optional
        Called with the number of rows that are recorded.
    now : callable, optional
        Returns the time, for the manifest of the store.

    Returns
    -------
    Imported
        What became of the table.

    Raises
    ------
    FlowTableError
        If the mapping names a column that the schema or the table does not have, or the table cannot be
        read at all.
    FlowStoreError
        If the store cannot be used.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> mapping = TableMapping(columns={"source_address": "from", "destination_address": "to"})
    >>> import_table(FlowStore("flows"), "firewall.csv", mapping)  # doctest: +SKIP
    """
    there, whole = _completed(mapping or TableMapping(), source)
    log = ImportLog(name or ("DataFrame" if isinstance(source, pd.DataFrame) else str(source)), FORMAT)
    if unread := [column for column in there if column not in whole.columns.values()]:
        message = f"nothing is read from {', '.join(unread)}"
        log.problems.add(Problem(Severity.INFO, "unread-column", message, file=log.file, line=1))

    title = f"reading {Path(log.file).name}"
    size = len(source) if isinstance(source, pd.DataFrame) else Path(source).stat().st_size

    def stage(backend: Backend, incoming: Path, _: Sequence[Arrival]) -> ibis.Table:
        staged = incoming / "observations.parquet"
        progress(title, 0, size)
        observation = observing(whole)
        with pq.ParquetWriter(staged, OBSERVATION_SCHEMA) as writer:
            found = FlowFormat(
                FORMAT,
                "flow table",
                "text-lines",
                detects=bool,
                reads_record=lambda row, _: [observation(row)],
            )
            records = table_records(
                source,
                log,
                lambda done: progress(title, done, size),
                columns=[*whole.columns.values()],
                delimiter=whole.delimiter,
            )
            for batch in observation_batches(records, found, log, _no_answer):
                writer.write_batch(batch)
        progress(title, size, size)
        return parquet(backend, "staged", staged, ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA))

    arrival = Arrival(_table_id(source, whole), log)
    (imported,) = import_observations(store, [arrival], stage, memory_limit=memory_limit, now=now)
    return imported


def _completed(mapping: TableMapping, source: str | Path | pd.DataFrame) -> tuple[tuple[str, ...], TableMapping]:
    """Return the columns of a table, and the mapping with the columns in it that have the schema's own names."""
    constants = dict(mapping.constants)
    if mapping.source_is_client is not None:
        constants["source_is_client"] = mapping.source_is_client
    for column in (*mapping.columns, *constants, *mapping.translations):
        _require(column, MAPPABLE, "the flow table")
    there = header(source, mapping.delimiter)
    for column in mapping.columns.values():
        _require(column, there, "the table")
    found = {column: column for column in MAPPABLE if column in there and column not in constants}
    columns = found | dict(mapping.columns)
    if not columns:
        message = f"nothing is read from the table: none of its columns ({', '.join(there)}) is mapped"
        raise FlowTableError(message)
    return there, mapping.model_copy(update={"columns": columns, "constants": constants})


def _require(column: str, known: tuple[str, ...], whose: str) -> None:
    if column in known:
        return
    near = difflib.get_close_matches(column, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(known)}"
    message = f"{whose} has no column {column!r}{hint}"
    raise FlowTableError(message)


def _no_answer(_: DnsAnswer) -> None:
    """Take no DNS answer: a table of flows has none."""


def _table_id(source: str | Path | pd.DataFrame, mapping: TableMapping) -> str:
    how = json.dumps([FORMAT, mapping.model_dump()], sort_keys=True, default=str)
    if not isinstance(source, pd.DataFrame):
        return content_id(how, Path(source))
    digest = hashlib.sha256(how.encode())
    digest.update("\0".join(map(str, source.columns)).encode())
    for cells in frame_rows(source):
        digest.update(repr(cells).encode())
    return digest.hexdigest()[:32]
