"""From files to stored rows: read, record, drop what is there already, and make it count, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.duckdb_sql import parquet, sized, written
from workbench.flows.engine import connected
from workbench.flows.importing.clocks import tell_out_of_range
from workbench.flows.importing.detection import detect_format
from workbench.flows.importing.finishing import finish_answers, finish_rows
from workbench.flows.importing.observations import ROWS as MOST_ROWS
from workbench.flows.importing.observations import observation_batches
from workbench.flows.importing.other_formats import tell_other_format
from workbench.flows.importing.query_progress import reported_progress
from workbench.flows.log import ImportLog
from workbench.flows.parts import ANSWERS, ROWS, TOTALS
from workbench.flows.readers import FORMATS, FlowFormat
from workbench.flows.readers.registry import TableSource
from workbench.flows.records import Recording, records_of
from workbench.flows.rules.names import AnswerWriter
from workbench.flows.schema import OBSERVATION_SCHEMA
from workbench.flows.store import Batch, FlowStore, FlowStoreError
from workbench.ground import Problem, Progress, count_of, no_progress, one_line

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = [
    "ANSWERS_READ",
    "Arrival",
    "Imported",
    "Stage",
    "content_id",
    "import_file",
    "import_files",
    "import_observations",
    "now_utc",
]

ANSWERS_READ: Final = "answers_read.parquet"
"""Where a stage writes the DNS answers that it meets."""


class Arrival(NamedTuple):
    """A file that is being imported: the id of its batch, a hash of what it holds and of how it is read, and its log.

    `place` is its number among those that were given.
    """

    batch_id: str
    log: ImportLog
    place: int = 0


Stage: TypeAlias = "Callable[[Backend, Path, Sequence[Arrival]], ibis.Table]"
"""Returns the observations of the files that are to be imported."""


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

    def __repr__(self) -> str:
        """Return what was read, and how many problems there were."""
        state = "new" if self.is_new else "imported before"
        return one_line(f"Imported({self.batch!r}, {state}, {count_of(len(self.problems), 'problem')})")


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def import_file(
    store: FlowStore,
    path: str | Path,
    format_name: str | None = None,
    *,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
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
        Called with the number of bytes of the file that have been read, and then of those recorded.
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
    recording = Recording(str(path), Path(path))
    found = detect_format(recording) if format_name is None else FORMATS.named(format_name)
    (imported,) = import_files(store, [recording], found, memory_limit=memory_limit, progress=progress, now=now)
    return imported


def import_files(
    store: FlowStore,
    recordings: Sequence[Recording],
    found: FlowFormat,
    *,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = now_utc,
) -> list[Imported]:
    """Import files of one format in one pass, all of them or none; see `import_file`.

    A pass costs a second, whatever it holds: of many small files, that is most of the work. The files have different
    names.
    """
    arrivals = [
        Arrival(content_id(found.name, recording.path), ImportLog(recording.name, found.name), place)
        for place, recording in enumerate(recordings)
    ]
    size = sum(recording.path.stat().st_size for recording in recordings)
    title = Path(recordings[0].name).name if len(recordings) == 1 else f"{len(recordings):,} files"

    def stage(backend: Backend, incoming: Path, arriving: Sequence[Arrival]) -> ir.Table:
        sized(backend, size)
        given = [(recordings[arrival.place], arrival.log) for arrival in arriving]
        progress(f"reading {title}", 0, size)
        reads = _stage_tables if found.reads_table is not None else _stage_records
        staged = reads(backend, given, found, incoming, lambda done: progress(f"reading {title}", done, size))
        progress(f"reading {title}", size, size)
        if unread := [(recording, log) for recording, log in given if log.broken + log.skipped.total()]:
            counted = backend.to_pyarrow(staged.group_by("source_file").aggregate(rows=staged.count()))
            rows = dict(zip(counted["source_file"].to_pylist(), counted["rows"].to_pylist(), strict=True))
            for recording, log in unread:
                if log.broken + log.skipped.total() > rows.get(log.file, 0):
                    tell_other_format(recording.path, found, log)
        return staged

    def recorded(done: float) -> None:
        progress(f"recording {title}", int(done * size), size)

    return import_observations(
        store,
        arrivals,
        stage,
        reads=[recording.path for recording in recordings] if found.reads_table is not None else (),
        is_log=found.records in {"json-lines", "text-lines"},
        memory_limit=memory_limit,
        recording=recorded,
        now=now,
    )


def import_observations(  # noqa: PLR0913  (what is imported, and how it is watched)
    store: FlowStore,
    arrivals: Sequence[Arrival],
    stage: Stage,
    *,
    reads: Sequence[Path] = (),
    is_log: bool = True,
    memory_limit: str | None = None,
    recording: Callable[[float], None] = lambda _: None,
    now: Callable[[], datetime] = now_utc,
) -> list[Imported]:
    """Record observations and store them, but for those of which there is a batch that can be read.

    Parameters
    ----------
    store : FlowStore
    arrivals : sequence of Arrival
        The files, all of one format.
    stage : callable
        Is given a connection, a folder for files, and those of the files that are to be read; returns their
        observations. DNS answers are written to `ANSWERS_READ` in the folder.
    reads : sequence of Path
        What DuckDB reads, besides the store.
    is_log : bool
        As of `finish_rows`.
    memory_limit, now
        As of `import_file`.
    recording : callable
        Called now and then with the share of the recording that is done, from 0 to 1, from another thread.

    Raises
    ------
    FlowStoreError
        If the store cannot be used.
    """
    if store.cluster:
        arrivals = [one._replace(batch_id=_id_in(store.cluster, one.batch_id)) for one in arrivals]
    with store.writing() as incoming:
        wanted = {arrival.batch_id for arrival in arrivals}
        every = store.batches()
        held = [batch for batch in every if batch.id in wanted]
        damage = store.damage(held, thoroughly=True)
        shared = {batch.part.id for batch in every if batch.id not in wanted}
        known = {batch.id: batch for batch in held if _stays(batch, damage.get(batch.part.id, {}), shared)}
        first: dict[str, Arrival] = {}
        for arrival in arrivals:
            if arrival.batch_id not in known:
                first.setdefault(arrival.batch_id, arrival)
        arriving = list(first.values())
        batches = (
            _recorded(store, incoming, arriving, stage, reads, is_log, memory_limit, recording, now) if arriving else []
        )
    added = {batch.id: batch for batch in batches}
    result = []
    for arrival in arrivals:
        is_new = first.get(arrival.batch_id) is arrival
        batch = added.get(arrival.batch_id) or known[arrival.batch_id]
        result.append(Imported(batch, tuple(arrival.log.problems) if is_new else (), is_new=is_new))
    return result


def _id_in(cluster: str, batch_id: str) -> str:
    """Return the id of a batch whose flows are of a cluster: the same file may be imported for another one, too."""
    return hashlib.sha256(f"{batch_id}\0{cluster}".encode()).hexdigest()[:32]


def _stays(batch: Batch, damage: Mapping[str, str], shared: Collection[str]) -> bool:
    """Tell whether a batch is kept though its file arrives again.

    Rows that are sound stay as long as other files need the part that they are in: they would be there twice.
    """
    return not damage or (ROWS not in damage and batch.part.id in shared)


def _recorded(  # noqa: PLR0913, PLR0917  (what `import_observations` was given)
    store: FlowStore,
    incoming: Path,
    arriving: Sequence[Arrival],
    stage: Stage,
    reads: Sequence[Path],
    is_log: bool,  # noqa: FBT001  (likewise)
    memory_limit: str | None,
    recording: Callable[[float], None],
    now: Callable[[], datetime],
) -> list[Batch]:
    """Read and record files, and make them count."""
    logs = {arrival.log.file: arrival.log for arrival in arriving}
    backend = connected(memory_limit=memory_limit, folder=incoming, store=store.folder, files=reads)
    try:
        staged = stage(backend, incoming, arriving)
        if store.cluster:
            staged = staged.mutate(cluster=staged.cluster.fill_null(store.cluster))
        with reported_progress(backend, recording):
            replaced = {arrival.batch_id for arrival in arriving}
            finished = finish_rows(backend, staged, store, logs, incoming, is_log=is_log, replaced=replaced)
        moment = now()
        tell_out_of_range(backend, finished.table, logs, moment)
        answers, answer_counts = finish_answers(backend, incoming / ANSWERS_READ, incoming, store.cluster)
    except duckdb.IOException as error:
        message = f"{store.folder} cannot be used as a flow store: {str(error).splitlines()[0]}"
        raise FlowStoreError(message) from error
    finally:
        with suppress(OSError):
            backend.disconnect()
    batches = []
    for batch_id, log, _ in arriving:
        log.close()
        batches.append(
            Batch(
                batch_id,
                log.file,
                log.format_name,
                **finished.counted[log.file]._asdict(),
                broken=log.broken,
                answers=answer_counts.get(log.file, 0),
                skipped=MappingProxyType(dict(sorted(log.skipped.items()))),
                imported_at=moment.isoformat(),
            )
        )
    files = {ROWS: finished.rows, TOTALS: finished.totals}
    return store.add(batches, files if answers is None else {**files, ANSWERS: answers})


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


def _stage_tables(
    backend: Backend,
    given: Sequence[tuple[Recording, ImportLog]],
    found: FlowFormat,
    incoming: Path,
    report: Callable[[int], None],
) -> ir.Table:
    """Return the observations of files that are read as wholes."""
    reads_table = found.reads_table
    if reads_table is None:  # the caller has looked
        raise TypeError(found.name)
    size = sum(recording.path.stat().st_size for recording, _ in given)
    with reported_progress(backend, lambda done: report(int(done * size))):
        read = reads_table(backend, [TableSource(recording.path, log) for recording, log in given], incoming)
        if read.answers is not None:
            written(backend, read.answers, incoming / ANSWERS_READ)
    return read.observations


def _stage_records(
    backend: Backend,
    given: Sequence[tuple[Recording, ImportLog]],
    found: FlowFormat,
    incoming: Path,
    report: Callable[[int], None],
) -> ir.Table:
    """Return the observations of files whose records are read one by one, written down."""
    staged = incoming / "observations.parquet"
    before = 0
    # A small file would else be a group of rows by itself: to read a thousand of these takes seconds.
    waiting: list[pa.RecordBatch] = []
    with AnswerWriter(incoming / ANSWERS_READ) as answers, pq.ParquetWriter(staged, OBSERVATION_SCHEMA) as writer:
        for recording, log in given:
            records = records_of(recording.path, found.records, log, _after(before, report))
            for batch in observation_batches(records, found, log, answers.of(log.file)):
                waiting.append(batch)
                if sum(one.num_rows for one in waiting) >= MOST_ROWS:
                    writer.write_batch(pa.concat_batches(waiting))
                    waiting.clear()
            before += recording.path.stat().st_size
        if waiting:
            writer.write_batch(pa.concat_batches(waiting))
    return parquet(backend, "staged", staged, ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA))


def _after(before: int, report: Callable[[int], None]) -> Callable[[int], None]:
    """Return a function that tells how much was read of a file, and of those before it."""
    return lambda done: report(before + done)
