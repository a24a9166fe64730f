"""Flows from files, in one call; or from a store that keeps them."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict, cast

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from workbench.flows.aggregate import edge_totals
from workbench.flows.anonymising import record_anew
from workbench.flows.duckdb_sql import compiled, parquet, sized
from workbench.flows.engine import connected
from workbench.flows.flows import Flows
from workbench.flows.importing.batches import Imported, now_utc
from workbench.flows.importing.detection import detect_format
from workbench.flows.importing.passes import Passes
from workbench.flows.log import LOST_EVENTS
from workbench.flows.parts import ANSWERS, ROWS, TOTALS
from workbench.flows.readers import FORMATS, UnknownFlowFormatError
from workbench.flows.records import Recording, recordings_in
from workbench.flows.rules.dns import Answers
from workbench.flows.rules.names import ANSWER_SCHEMA
from workbench.flows.schema import COLUMNS, EDGE_ID, ROW_ID
from workbench.flows.store import Batch, FlowStore
from workbench.ground import (
    Anonymiser,
    ArgumentError,
    Problem,
    ProblemLog,
    Progress,
    Severity,
    View,
    count_of,
    no_progress,
    problems_frame,
)

if TYPE_CHECKING:
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from workbench.flows.tables import TableMapping
    from workbench.inventory import Cluster

__all__ = ["LoadedFlows", "import_flows", "load_flows", "open_flows"]

SHOWN: Final = 5
"""The number of files that are not recordings which are named."""
_ROWS: Final = ibis.Schema.from_pyarrow(
    pa.schema([*(pa.field(column.name, column.stored) for column in COLUMNS), ROW_ID, EDGE_ID])
)


class _Further(TypedDict):
    memory_limit: str | None
    progress: Progress
    now: Callable[[], datetime]


class LoadedFlows(Flows):
    """Flows, and what their files held besides. Made by `load_flows`.

    Attributes
    ----------
    imported : tuple of Imported
        What became of each file.
    problems_found : tuple of Problem
    """

    imported: tuple[Imported, ...] = ()
    problems_found: tuple[Problem, ...] = ()

    @property
    def problems(self) -> pd.DataFrame:
        """One row for each of `problems_found`; columns as in `workbench.ground.PROBLEMS`."""
        return problems_frame(self.problems_found)

    def _facts(self) -> Iterator[str]:
        yield from super()._facts()
        yield count_of(len(self.problems_found), "problem")

    def _view(self) -> View:
        left_out = sum((Counter(one.batch.skipped) for one in self.imported), Counter[str]())
        note = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
        notes = (f"Skipped, since they are not flows: {note}.",) if note else ()
        return replace(super()._view(), notes=notes, problems=self.problems_found)


def load_flows(  # noqa: PLR0913  (each is a choice of its own)
    paths: str | Path | Iterable[str | Path],
    *,
    format: str | None = None,  # noqa: A002  (what people call it)
    mapping: TableMapping | None = None,
    store: FlowStore | str | Path | None = None,
    cluster: Cluster | None = None,
    strict: bool = False,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = now_utc,
) -> LoadedFlows:
    """Return the flows in some files.

    Parameters
    ----------
    paths : str, Path, or iterable of these
        Files, also compressed by gzip, and archives (tar, zip); of a folder, all recordings below it; ``-`` is the
        standard input.
    format : str, optional
        One of ``FORMATS.names()``, for all files; by default each file's is found by what it holds.
    mapping : TableMapping, optional
        Read all files as tables (CSV or Parquet), so.
    store : FlowStore, str or Path, optional
        The folder that keeps what is imported; without one, it is kept as long as the result.
    cluster : Cluster, optional
        The cluster whose workloads the ends are attributed to.
    strict : bool
        Raise the first error instead of collecting it.
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``.
    progress : Progress
    now : callable
        Returns the time.

    Raises
    ------
    MissingFileError
        If a path does not exist.
    UnknownFlowFormatError
        If no file holds flows in a format that is known.
    ProblemError
        With `strict`, at the first error.
    FlowStoreError
        If the store cannot be used.

    Examples
    --------
    >>> flows = load_flows("hubble.jsonl", cluster=cluster)  # doctest: +SKIP
    >>> flows.edges()  # doctest: +SKIP
    """
    keep = _Folder() if store is None else None
    held = store if isinstance(store, FlowStore) else FlowStore(keep.path if keep is not None else str(store))
    log = ProblemLog(strict=strict)
    imported = tuple(
        import_flows(
            held,
            paths,
            log,
            format_name=format,
            mapping=mapping,
            memory_limit=memory_limit,
            progress=progress,
            now=now,
        )
    )
    if not imported:
        raise UnknownFlowFormatError(*_nothing_read(log))
    found = open_flows(held, cluster=cluster, memory_limit=memory_limit, keep=keep)
    found.imported, found.problems_found = imported, (*log, *found.problems_found)
    return found


def _nothing_read(log: ProblemLog) -> tuple[str, str]:
    """Return what is said where no file holds flows: what the first of them is, and what to do."""
    for problem in log:
        named = "" if not problem.file or problem.file in problem.message else f"{problem.file}: "
        return f"no flows were read: {named}{problem.message}", problem.remedy
    return "no flows were read: there is no file", ""


def import_flows(  # noqa: PLR0913  (likewise)
    store: FlowStore,
    paths: str | Path | Iterable[str | Path],
    log: ProblemLog,
    *,
    format_name: str | None = None,
    mapping: TableMapping | None = None,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = now_utc,
) -> Iterator[Imported]:
    """Yield what became of each file that is imported, many small ones in one pass.

    A file in no known format, or that cannot be read, is a Problem; the others are imported. What in a folder or an
    archive is not a recording is skipped, and reported in one line. With a `mapping`, all files are read as tables.

    Parameters
    ----------
    store : FlowStore
        Gets the rows.
    paths : str or Path or iterable of str or Path
        Files, folders or archives.
    log : ProblemLog
        Gets what is wrong.
    format_name : str, optional
        One of ``FORMATS.names()``; by default, what the files hold decides.
    mapping : TableMapping, optional
        Of the columns of tables; see `read_mapping`.
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``.
    progress : Progress, optional
        Called with how far the work has come.
    now : callable, optional
        Returns the time, for the manifest of the store.

    Raises
    ------
    MissingFileError
        If a path does not exist.
    UnknownFlowFormatError
        If there is no format of that name.
    ArgumentError
        If both a format and a mapping are given.
    ProblemError
        If the log is strict, at the first error.
    """
    if format_name is not None:
        if mapping is not None:
            message = "a file is read in a format, or as a table with a mapping of its columns: not both"
            raise ArgumentError(message)
        FORMATS.named(format_name)
    further: _Further = {"memory_limit": memory_limit, "progress": progress, "now": now}
    with tempfile.TemporaryDirectory(prefix="recordings-") as folder:
        found = recordings_in([paths] if isinstance(paths, (str, Path)) else paths, Path(folder), log)
        imports = _by_format(store, found, log, format_name, further)
        if mapping is not None:
            imports = _as_tables(store, found, log, mapping, further)
        for imported in imports:
            yield imported
            log.extend(imported.problems)


def _by_format(
    store: FlowStore, recordings: Iterable[Recording], log: ProblemLog, format_name: str | None, further: _Further
) -> Iterator[Imported]:
    """Import recordings in a format, or each in the one that it is in; small ones of one format together."""
    passes = Passes(store, **further)
    skipped: list[UnknownFlowFormatError] = []
    for recording in recordings:
        try:
            found = detect_format(recording) if format_name is None else FORMATS.named(format_name)
        except UnknownFlowFormatError as error:
            if recording.is_found and not error.is_recording:
                skipped.append(error)
            else:
                problem = Problem(
                    Severity.ERROR, "unknown-flow-format", error.message, error.remedy, file=recording.name
                )
                log.add(problem)
            recording.discard()
        except OSError as error:
            log.add(_unreadable(recording, error))
        else:
            yield from passes.take(recording, found)
    yield from passes.finish()
    log.extend(FORMATS.problems)
    _tell_skipped(skipped, log)


def _tell_skipped(skipped: Sequence[UnknownFlowFormatError], log: ProblemLog) -> None:
    """Tell which files in folders and archives are not recordings, in one line."""
    if skipped:
        shown = "; ".join(error.message for error in skipped[:SHOWN])
        rest = f"; and {len(skipped) - SHOWN:,} more" if len(skipped) > SHOWN else ""
        count = f"{len(skipped):,} files are not recordings" if len(skipped) > 1 else "one file is not a recording"
        log.add(Problem(Severity.INFO, "no-recording", f"{count}, and skipped: {shown}{rest}"))


def _as_tables(
    store: FlowStore, recordings: Iterable[Recording], log: ProblemLog, mapping: TableMapping, further: _Further
) -> Iterator[Imported]:
    """Import recordings as tables."""
    from workbench.flows.tables import FlowTableError, import_table  # noqa: PLC0415  (brings what checks mappings)

    for recording in recordings:
        try:
            yield import_table(store, recording.path, mapping, name=recording.name, **further)
        except FlowTableError as error:
            log.add(Problem(Severity.ERROR, "unreadable-table", str(error), file=recording.name))
        except OSError as error:
            log.add(_unreadable(recording, error))
        finally:
            recording.discard()


def _unreadable(recording: Recording, error: OSError) -> Problem:
    message = f"it cannot be read: {error.strerror or error}"
    return Problem(Severity.ERROR, "unreadable-file", message, file=recording.name)


def open_flows(
    store: FlowStore | str | Path,
    *,
    cluster: Cluster | None = None,
    backend: ibis.BaseBackend | None = None,
    memory_limit: str | None = None,
    keep: object = None,
    before_last: int = 0,
) -> LoadedFlows:
    """Return all flows of a store, or those that were there before its last imports.

    Parameters
    ----------
    store : FlowStore, str or Path
    cluster : Cluster, optional
        The cluster whose workloads the ends are attributed to.
    backend : ibis backend, optional
        The engine that answers, such as ``ibis.pyspark.connect(session)``; DuckDB by default.
    memory_limit : str, optional
        Of DuckDB, such as ``1GB``.
    keep : object, optional
        Kept alive as long as the flows are.
    before_last : int
        How many imports to leave out, the last ones; what was imported in one pass is one import.
    """
    held = store if isinstance(store, FlowStore) else FlowStore(store)
    batches = _earlier(held.batches(), before_last)
    damage = held.damage(batches)
    engine = backend or connected(memory_limit=memory_limit, store=held.folder)
    if backend is None:
        parts = {batch.part.id: batch.part for batch in batches}.values()
        sized(cast("Backend", engine), sum(file.size for part in parts for file in part.files.values()))
    sound = {
        kind: [batch for batch in batches if kind in batch.part.files and kind not in damage.get(batch.part.id, {})]
        for kind in (ROWS, TOTALS, ANSWERS)
    }
    rows = _read(engine, map(held.file_of, sound[ROWS]), _ROWS)
    rows = ibis.memtable(_ROWS.to_pyarrow().empty_table()) if rows is None else rows
    kept_answers = _read(engine, map(held.answers_of, sound[ANSWERS]), ibis.Schema.from_pyarrow(ANSWER_SCHEMA))
    found = LoadedFlows(
        rows,
        _totals(engine, held, sound, rows),
        engine,
        cluster,
        keep=(keep, held),
        answers=None if kept_answers is None else Answers(kept_answers, kept_answers),
        is_all=True,
        lost_events=sum(batch.skipped.get(LOST_EVENTS, 0) for batch in batches),
    )
    found.problems_found = tuple(held.problems(damage))
    return found


def record_anonymised(
    flows: Flows,
    anonymiser: Anonymiser,
    store: FlowStore | str | Path | None,
    *,
    memory_limit: str | None,
    progress: Progress,
    now: Callable[[], datetime],
) -> LoadedFlows:
    """Return the flows that stand in for others, recorded in a new store; as `Flows.anonymised`, without a cluster."""
    keep = _Folder() if store is None else None
    held = store if isinstance(store, FlowStore) else FlowStore(keep.path if keep is not None else str(store))
    answers = flows._answers  # noqa: SLF001  (of its own room)
    chosen = flows._whole is not None  # noqa: SLF001  (likewise)
    record_anew(
        held,
        flows.table,
        None if answers is None else answers.asked if chosen else answers.known,
        flows._backend,  # noqa: SLF001  (likewise)
        anonymiser,
        lost_events=flows.lost_events,
        memory_limit=memory_limit,
        progress=progress,
        now=now,
    )
    return open_flows(held, memory_limit=memory_limit, keep=keep)


def _earlier(batches: tuple[Batch, ...], before_last: int) -> tuple[Batch, ...]:
    """Return the batches but those of the last imports."""
    imports = list(dict.fromkeys(batch.part.id for batch in batches))
    left_out = set(imports[len(imports) - before_last :]) if before_last else set()
    return tuple(batch for batch in batches if batch.part.id not in left_out)


def _totals(
    engine: ibis.BaseBackend, held: FlowStore, sound: Mapping[str, Sequence[Batch]], rows: ibis.Table
) -> ibis.Table:
    """Return the totals of all rows; those whose file is damaged are counted anew."""
    counted = {batch.part.id for batch in sound[TOTALS]}
    with_rows = {batch.part.id for batch in sound[ROWS]}
    uncounted = [batch for batch in sound[ROWS] if batch.part.id not in counted]
    _, totals = compiled(edge_totals, ("rows", _ROWS))
    recounted = _read(engine, map(held.file_of, uncounted), _ROWS)
    parts = [
        _read(engine, (held.totals_of(batch) for batch in sound[TOTALS] if batch.part.id in with_rows), totals),
        None if recounted is None else edge_totals(recounted),
    ]
    tables = [table for table in parts if table is not None]
    if not tables:
        return edge_totals(rows)
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _read(engine: ibis.BaseBackend, paths: Iterable[Path], schema: ibis.Schema) -> ibis.Table | None:
    """Return these columns of several files, None of none; engines other than DuckDB take one at a time."""
    files = list(dict.fromkeys(paths))
    if not files:
        return None
    if engine.name == "duckdb":
        name = ibis.util.gen_name("flows")
        parquet(cast("Backend", engine), name, files, schema)
        return ops.DatabaseTable(name, schema, engine).to_expr()
    tables = [engine.read_parquet(str(file)).select(schema.names) for file in files]
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


class _Folder:
    """A folder that is removed with the last value that needs it, or when Python ends."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="flows-")
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
