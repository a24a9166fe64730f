"""From files to stored rows: read, record, drop what is there already, and make it count, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.aggregate import edge_keys
from workbench.flows.clocks import tell_out_of_order, tell_out_of_range
from workbench.flows.detection import detect_format
from workbench.flows.engine import connected
from workbench.flows.log import ImportLog
from workbench.flows.names import AnswerWriter, spelled
from workbench.flows.observations import observation_batches
from workbench.flows.other_formats import tell_other_format
from workbench.flows.readers import FORMATS, FlowFormat
from workbench.flows.recording import ADDRESSES, DROPPED, places_table, recorded
from workbench.flows.records import records_of
from workbench.flows.schema import OBSERVATION_SCHEMA, ROW_ID
from workbench.flows.store import Batch, FlowStore
from workbench.flows.watching import watched
from workbench.manifests.problems import Problem
from workbench.manifests.progress import Progress, silent

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["ANSWERS_READ", "Imported", "Stage", "content_id", "import_file", "import_observations", "now_utc"]

ANSWERS_READ: Final = "answers_read.parquet"
"""Where a stage writes the DNS answers that it meets."""
Stage: TypeAlias = "Callable[[Backend, Path], ibis.Table]"
"""Returns the observations that are to be imported."""

_OBSERVED, _PLACES = "observations", "places"
_NUMBER: Final = "file_row_number"
"""What DuckDB calls the place of a row in its file."""


class Imported(NamedTuple):
    """What became of one file.

    Attributes
    ----------
    batch : Batch
    problems : tuple of Problem
        What could not be read; empty where the file had been imported before.
    is_new : bool
        False where the same file had been imported before.
    """

    batch: Batch
    problems: tuple[Problem, ...]
    is_new: bool


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def import_file(
    store: FlowStore,
    path: str | Path,
    format_name: str | None = None,
    *,
    memory_limit: str | None = None,
    progress: Progress = silent,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Import one file of flows; importing it a second time changes nothing.

    Parameters
    ----------
    store : FlowStore
    path : str or Path
    format_name : str, optional
        One of ``FORMATS.names()``; by default the format is found by what the file holds.
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
    progress : Progress
        Told how many bytes of the file have been read, and then how many are recorded.
    now : callable
        Returns the time, for the manifest.

    Raises
    ------
    UnknownFlowFormatError
        If no format knows the file.
    FlowStoreError
        If the store cannot be used.
    OSError
        If the file cannot be read.
    """
    found = detect_format(path) if format_name is None else FORMATS.named(format_name)
    log = ImportLog(str(path), found.name)

    def stage(backend: Backend, incoming: Path) -> ibis.Table:
        staged = _stage(backend, Path(path), found, log, incoming, progress)
        unread = log.broken + log.skipped.total()
        if unread and unread > _number(backend, staged.count()):
            tell_other_format(Path(path), found, log)
        return staged

    batch_id = content_id(found.name, Path(path))
    size = Path(path).stat().st_size

    def recording(done: float) -> None:
        progress(f"recording {Path(path).name}", int(done * size), size)

    return import_observations(store, batch_id, stage, log, memory_limit=memory_limit, recording=recording, now=now)


def import_observations(  # noqa: PLR0913  (what is imported, and how it is watched)
    store: FlowStore,
    batch_id: str,
    stage: Stage,
    log: ImportLog,
    *,
    memory_limit: str | None = None,
    recording: Callable[[float], None] = lambda _: None,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Record observations and store them, unless there is a batch of that id.

    Parameters
    ----------
    store : FlowStore
    batch_id : str
        A hash of what is imported and of how it is read.
    stage : callable
        Is given a connection and a folder for files, and returns the observations. DNS answers are written
        to `ANSWERS_READ` in the folder.
    log : ImportLog
        Names the file and the format.
    memory_limit, now
        As of `import_file`.
    recording : callable
        Told now and then how much of the recording is done, from 0 to 1, from another thread.

    Raises
    ------
    FlowStoreError
        If the store cannot be used.
    """
    with store.writing() as incoming:
        for batch in store.batches():
            if batch.id == batch_id:
                return Imported(batch, (), is_new=False)
        backend = connected(memory_limit=memory_limit, folder=incoming)
        try:
            staged = stage(backend, incoming)
            with watched(backend, recording):
                rows, counted = _finish(backend, staged, store, log, incoming)
            moment = now()
            tell_out_of_range(backend, backend.read_parquet(rows), log, moment)
            keys = incoming / "keys.parquet"
            backend.to_parquet(edge_keys(backend.read_parquet(rows)), keys, compression="zstd")
            answers, answer_count = _finish_answers(backend, incoming)
        finally:
            backend.disconnect()
        log.close()
        batch = Batch(
            batch_id,
            log.file,
            log.format_name,
            **counted._asdict(),
            broken=log.broken,
            answers=answer_count,
            skipped=MappingProxyType(dict(sorted(log.skipped.items()))),
            imported_at=moment.isoformat(),
        )
        store.add(batch, rows, keys, answers)
    return Imported(batch, tuple(log.problems), is_new=True)


def content_id(reading: str, path: Path) -> str:
    """Return a hash of what a file holds, and of how it is read: the id of its batch.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.sha256(reading.encode() + b"\0"))
    return digest.hexdigest()[:32]


class _Counted(NamedTuple):
    rows: int
    duplicates: int
    first: str
    last: str


def _stage(
    backend: Backend, path: Path, found: FlowFormat, log: ImportLog, incoming: Path, progress: Progress
) -> ibis.Table:
    """Return the observations of a file; what reads single records writes them down."""
    staged = incoming / "observations.parquet"
    size = path.stat().st_size
    progress(f"reading {path.name}", 0, size)
    if found.reads_table is not None:
        with watched(backend, lambda done: progress(f"reading {path.name}", int(done * size), size)):
            read = found.reads_table(backend, str(path), log, incoming)
            if read.answers is not None:
                backend.to_parquet(read.answers, incoming / ANSWERS_READ)
        progress(f"reading {path.name}", size, size)
        return read.observations
    records = records_of(path, found.records, log, lambda done: progress(f"reading {path.name}", done, size))
    with AnswerWriter(incoming / ANSWERS_READ) as answers, pq.ParquetWriter(staged, OBSERVATION_SCHEMA) as writer:
        for batch in observation_batches(records, found, log, answers.add):
            writer.write_batch(batch)
    progress(f"reading {path.name}", size, size)
    return backend.read_parquet(staged)


def _finish(
    backend: Backend, staged: ibis.Table, store: FlowStore, log: ImportLog, incoming: Path
) -> tuple[Path, _Counted]:
    """Write the rows that are kept, and count the others."""
    rows = incoming / "rows.parquet"
    # Rows have their lines: to keep their order besides takes memory, and all threads but one.
    backend.raw_sql("SET preserve_insertion_order = false")
    places = places_table(_addresses(backend, staged))
    backend.create_view(_OBSERVED, staged)
    backend.con.register(_PLACES, places)
    tell_out_of_order(backend, backend.table(_OBSERVED), log)
    if places["no_peer"].null_count < places.num_rows:
        for reason, count in _dropped(backend):
            log.skip(reason, count)
    target = str(rows).replace("'", "''")
    backend.raw_sql(f"COPY ({_recording()}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    total = pq.read_metadata(rows).num_rows
    rows = _without_known(backend, _each_once(backend, rows, total), store, log.format_name)
    kept = backend.read_parquet(rows)
    bounds = backend.to_pyarrow(kept.aggregate(rows=kept.count(), first=kept.time_start.min(), last=_last(kept)))
    count, first, last = (bounds[name][0].as_py() for name in ("rows", "first", "last"))
    return rows, _Counted(count, total - count, first.isoformat() if first else "", last.isoformat() if last else "")


def _finish_answers(backend: Backend, incoming: Path) -> tuple[Path | None, int]:
    """Write the DNS answers, spelled in the usual way, each once, and count them."""
    read, kept = incoming / ANSWERS_READ, incoming / "answers.parquet"
    if not read.exists() or not pq.read_metadata(read).num_rows:
        return None, 0
    told = backend.read_parquet(read)
    texts = ibis.union(told.select(text=told.address), told.select(text=told.client_address), distinct=True)
    places = ibis.memtable(places_table(backend.to_pyarrow(texts.filter(texts.text.notnull()))["text"].to_pylist()))
    answers = spelled(told, places).distinct()
    if count := _number(backend, answers.count()):
        backend.to_parquet(answers.order_by("time"), kept, compression="zstd")
    return kept, count


@cache
def _recording() -> str:
    """Return SQL that records observations; making it takes longer than running it on a small file."""
    rows = _recorded()
    return str(ibis.to_sql(rows.filter(rows[DROPPED].isnull()).drop(DROPPED), dialect="duckdb", pretty=False))


@cache
def _dropping() -> str:
    """Return SQL that counts what is dropped, by reason."""
    counted = _recorded()[DROPPED].value_counts().filter(lambda table: table[DROPPED].notnull())
    return str(ibis.to_sql(counted, dialect="duckdb", pretty=False))


def _recorded() -> ibis.Table:
    observations = ibis.table(ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA), name=_OBSERVED)
    places = ibis.table(ibis.Schema.from_pyarrow(places_table(()).schema), name=_PLACES)
    return recorded(observations, places)


def _last(table: ibis.Table) -> ibis.Value:
    return ibis.greatest(table.time_start.max(), table.time_end.max())


def _addresses(backend: Backend, staged: ibis.Table) -> list[str]:
    """Return every address in the observations, once."""
    texts = ibis.union(*(staged.select(text=staged[name]) for name in ADDRESSES), distinct=True)
    found: pa.Table = backend.to_pyarrow(texts.filter(texts.text.notnull()))
    return [str(text) for text in found["text"].to_pylist()]


def _dropped(backend: Backend) -> Iterator[tuple[str, int]]:
    """Count the observations that are no flows between peers; no column is read for it but the addresses."""
    for reason, count in sorted(backend.raw_sql(_dropping()).fetchall()):
        yield f"{reason} addresses" if "address" not in reason else f"{reason}es", count


def _number(backend: Backend, value: ibis.Value) -> int:
    """Return one number; by way of Arrow, because ibis would ask pandas for an option that it drops."""
    return int(backend.to_pyarrow(value).as_py())


def _each_once(backend: Backend, rows: Path, total: int) -> Path:
    """Return a file in which no row is there twice; of equal rows that of the first line is kept."""
    table = backend.read_parquet(rows, file_row_number=True)
    if _number(backend, table[ROW_ID.name].nunique()) == total:
        return rows
    first = table.group_by(ROW_ID.name).aggregate(first=table[_NUMBER].argmin(table.source_line.fill_null(0)))
    return _rewritten(backend, table.semi_join(first, [(_NUMBER, "first")]).drop(_NUMBER), rows, "once")


def _without_known(backend: Backend, rows: Path, store: FlowStore, format_name: str) -> Path:
    """Leave out the rows that an earlier import of the same format holds, as overlapping exports do."""
    others = [str(store.file_of(batch)) for batch in store.batches() if batch.rows and batch.format == format_name]
    if not others:
        return rows
    flows = backend.read_parquet(rows)
    known = backend.read_parquet(others).select(ROW_ID.name)
    if not _number(backend, flows.semi_join(known, ROW_ID.name).count()):
        return rows
    return _rewritten(backend, flows.anti_join(known, ROW_ID.name), rows, "new")


def _rewritten(backend: Backend, flows: ibis.Table, rows: Path, name: str) -> Path:
    made = rows.with_name(f"{name}.parquet")
    backend.to_parquet(flows, made, compression="zstd")
    return made
