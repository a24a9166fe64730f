"""From files to stored rows: read, record, drop what is there already, and make it count, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import ibis
import pyarrow.parquet as pq

from workbench.flows.embedded import written
from workbench.flows.engine import connected
from workbench.flows.importing.clocks import tell_out_of_range
from workbench.flows.importing.detection import detect_format
from workbench.flows.importing.finishing import finish_answers, finish_rows
from workbench.flows.importing.observations import observation_batches
from workbench.flows.importing.other_formats import tell_other_format
from workbench.flows.importing.watching import watched
from workbench.flows.log import ImportLog
from workbench.flows.readers import FORMATS, FlowFormat
from workbench.flows.records import records_of
from workbench.flows.rules.names import AnswerWriter
from workbench.flows.schema import OBSERVATION_SCHEMA
from workbench.flows.store import Batch, FlowStore
from workbench.manifests.problems import Problem
from workbench.manifests.progress import Progress, silent

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["ANSWERS_READ", "Imported", "Stage", "content_id", "import_file", "import_observations", "now_utc"]

ANSWERS_READ: Final = "answers_read.parquet"
"""Where a stage writes the DNS answers that it meets."""
Stage: TypeAlias = "Callable[[Backend, Path], ibis.Table]"
"""Returns the observations that are to be imported."""


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
        if unread and unread > backend.to_pyarrow(staged.count()).as_py():
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
                finished = finish_rows(backend, staged, store, log, incoming)
            moment = now()
            tell_out_of_range(backend, finished.table, log, moment)
            answers, answer_count = finish_answers(backend, incoming / ANSWERS_READ, incoming)
        finally:
            backend.disconnect()
        log.close()
        batch = Batch(
            batch_id,
            log.file,
            log.format_name,
            **finished.counted._asdict(),
            broken=log.broken,
            answers=answer_count,
            skipped=MappingProxyType(dict(sorted(log.skipped.items()))),
            imported_at=moment.isoformat(),
        )
        store.add(batch, finished.rows, finished.totals, answers)
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
                written(backend, read.answers, incoming / ANSWERS_READ)
        progress(f"reading {path.name}", size, size)
        return read.observations
    records = records_of(path, found.records, log, lambda done: progress(f"reading {path.name}", done, size))
    with AnswerWriter(incoming / ANSWERS_READ) as answers, pq.ParquetWriter(staged, OBSERVATION_SCHEMA) as writer:
        for batch in observation_batches(records, found, log, answers.add):
            writer.write_batch(batch)
    progress(f"reading {path.name}", size, size)
    return backend.read_parquet(staged)
