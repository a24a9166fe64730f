"""The flows that stand in for others, so that they can be shown: no name and no address as it was (anonymising 6).

They are recorded anew, in blocks of rows: what is kept besides, such as hashes of what rows say, is made of stand-ins.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from workbench.flows.duckdb_sql import parquet
from workbench.flows.engine import alone, streamed
from workbench.flows.importing.batches import ANSWERS_READ, Arrival, import_observations
from workbench.flows.log import LOST_EVENTS, ImportLog
from workbench.flows.rules.names import ANSWER_SCHEMA, READ_SCHEMA
from workbench.flows.schema import OBSERVATION_SCHEMA
from workbench.flows.stand_ins import anonymised_answers, anonymised_rows, file_of, format_of
from workbench.flows.store import FlowStore
from workbench.flows.stored_rows import AT_ONCE, stored_batches, with_hints, write_batches
from workbench.ground import Anonymiser, ArgumentError, Progress, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["record_anew"]

_ANSWERS: Final = "answers"
"""What the file is called that DNS answers are said to be of."""
_FORMAT_OF_NO_FILE: Final = "dns"


def record_anew(  # noqa: PLR0913  (what is recorded, and how it is watched)
    store: FlowStore,
    rows: ir.Table,
    answers: ir.Table | None,
    backend: ibis.BaseBackend,
    anonymiser: Anonymiser,
    *,
    lost_events: int = 0,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime],
) -> None:
    """Record stand-ins for rows and DNS answers in a new store.

    Parameters
    ----------
    store : FlowStore
        Nothing is in it.
    rows : ibis Table
        Columns as in `schema.COLUMNS`.
    answers : ibis Table or None
        Columns as in `names.ANSWER_SCHEMA`.
    backend : ibis backend
        The engine that holds both.
    anonymiser : Anonymiser
    lost_events : int
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
    progress : Progress, optional
        Called with the number of rows that are recorded.
    now : callable
        Returns the time, for the manifest of the store.

    Raises
    ------
    ArgumentError
        If something is in the store.
    """
    if store.batches():
        message = f"{store.folder} holds flows"
        raise ArgumentError(message, "Name a folder that is not there yet.")
    with alone(backend):
        files = backend.to_pyarrow(rows.select("source_file", "source_format").distinct()).to_pylist()
        total = int(backend.to_pyarrow(rows.count()).as_py())
    formats = {file_of(anonymiser, one["source_file"]): format_of(anonymiser, one["source_format"]) for one in files}
    if answers is not None:
        formats.setdefault(_ANSWERS, _FORMAT_OF_NO_FILE)
    logs = [ImportLog(file, formats[file]) for file in sorted(formats)]
    for log in logs[:1]:
        log.skip(LOST_EVENTS, lost_events)
    with tempfile.TemporaryDirectory(prefix="anonymised-") as made:
        staged = Path(made) / "observations.parquet"
        write_batches(staged, OBSERVATION_SCHEMA, _told(_batches(rows, backend, anonymiser), total, progress))
        read = Path(made) / ANSWERS_READ
        if answers is not None:
            write_batches(read, READ_SCHEMA, _answers(answers, backend, anonymiser))

        def stage(engine: Backend, incoming: Path, _: Sequence[Arrival]) -> ibis.Table:
            if answers is not None:
                (incoming / ANSWERS_READ).write_bytes(read.read_bytes())
            return parquet(engine, "staged", staged, ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA))

        arrivals = [Arrival(hashlib.sha256(log.file.encode()).hexdigest()[:32], log) for log in logs]
        if arrivals:
            import_observations(store, arrivals, stage, reads=[staged], memory_limit=memory_limit, now=now)


def _told(batches: Iterator[pa.RecordBatch], total: int, progress: Progress) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in batches:
        progress("anonymising flows", done, total)
        yield with_hints(batch)
        done += len(batch)
    progress("anonymising flows", total, total)


def _answers(answers: ir.Table, backend: ibis.BaseBackend, anonymiser: Anonymiser) -> Iterator[pa.RecordBatch]:
    chosen = answers.select(*ANSWER_SCHEMA.names)
    for batch in streamed(backend, chosen, AT_ONCE):
        arrays = anonymised_answers(batch, anonymiser)
        files = pa.array([_ANSWERS] * len(batch), pa.string())
        yield pa.RecordBatch.from_arrays([*arrays, files], schema=READ_SCHEMA)


def _batches(rows: ir.Table, backend: ibis.BaseBackend, anonymiser: Anonymiser) -> Iterator[pa.RecordBatch]:
    for batch in stored_batches(rows, backend):
        yield anonymised_rows(batch, anonymiser)
