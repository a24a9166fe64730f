"""Flows from files, in one call; or from a store that keeps them."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import ibis
import pyarrow as pa

from workbench.flows.aggregate import edge_totals
from workbench.flows.engine import connected
from workbench.flows.flows import Flows
from workbench.flows.importing.batches import Imported, import_file, now_utc
from workbench.flows.readers import FORMATS, UnknownFlowFormatError
from workbench.flows.rules.dns import Answers
from workbench.flows.schema import COLUMNS, EDGE_ID, ROW_ID
from workbench.flows.store import FlowStore
from workbench.flows.tables import FlowTableError, TableMapping, import_table
from workbench.manifests.problems import Problem, ProblemError, ProblemLog, Severity
from workbench.manifests.progress import Progress, silent

if TYPE_CHECKING:
    from workbench.inventory.cluster import Cluster

__all__ = ["LoadedFlows", "import_flows", "load_flows", "open_flows"]


class _Further(TypedDict):
    memory_limit: str | None
    progress: Progress
    now: Callable[[], datetime]


class LoadedFlows(Flows):
    """Flows, and what their files held besides.

    Attributes
    ----------
    imported : tuple of Imported
        What became of each file.
    problems_found : tuple of Problem
    """

    imported: tuple[Imported, ...] = ()
    problems_found: tuple[Problem, ...] = ()


def load_flows(  # noqa: PLR0913  (each is a choice of its own)
    paths: str | Path | Iterable[str | Path],
    *,
    format: str | None = None,  # noqa: A002  (what people call it)
    mapping: TableMapping | None = None,
    store: FlowStore | str | Path | None = None,
    cluster: Cluster | None = None,
    strict: bool = False,
    memory_limit: str | None = None,
    progress: Progress = silent,
    now: Callable[[], datetime] = now_utc,
) -> LoadedFlows:
    """Return the flows in some files.

    Parameters
    ----------
    paths : str, Path, or iterable of these
        Files; of a folder, all files below it.
    format : str, optional
        One of ``FORMATS.names()``, for all files; by default each file's is found by what it holds.
    mapping : TableMapping, optional
        Read all files as tables (CSV or Parquet), so.
    store : FlowStore, str or Path, optional
        The folder that keeps what is imported; without one, it is kept as long as the result.
    cluster : Cluster, optional
        Whom the ends are attributed to.
    strict : bool
        Raise the first error instead of collecting it.
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``.
    progress : Progress
    now : callable
        Returns the time.

    Raises
    ------
    FileNotFoundError
        If a path does not exist.
    ProblemError
        With `strict`, at the first error.

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
    found = open_flows(held, cluster=cluster, memory_limit=memory_limit, keep=keep)
    found.imported, found.problems_found = imported, tuple(log)
    return found


def import_flows(  # noqa: PLR0913  (likewise)
    store: FlowStore,
    paths: str | Path | Iterable[str | Path],
    log: ProblemLog,
    *,
    format_name: str | None = None,
    mapping: TableMapping | None = None,
    memory_limit: str | None = None,
    progress: Progress = silent,
    now: Callable[[], datetime] = now_utc,
) -> Iterator[Imported]:
    """Import files one after another, and yield what became of each.

    A file in no known format, or that cannot be read, is a Problem; the others are imported. With a `mapping`, all
    files are read as tables.

    Raises
    ------
    FileNotFoundError
        If a path does not exist.
    UnknownFlowFormatError
        If there is no format of that name.
    ValueError
        If both a format and a mapping are given.
    ProblemError
        If the log is strict, at the first error.
    """
    if format_name is not None:
        if mapping is not None:
            message = "a file is read in a format, or as a table with a mapping of its columns: not both"
            raise ValueError(message)
        FORMATS.named(format_name)
    further: _Further = {"memory_limit": memory_limit, "progress": progress, "now": now}
    for path in _files(paths):
        try:
            if mapping is None:
                found = import_file(store, path, format_name, **further)
            else:
                found = import_table(store, path, mapping, **further)
        except UnknownFlowFormatError as error:
            log.add(Problem(Severity.ERROR, "unknown-flow-format", str(error), file=str(path)))
        except FlowTableError as error:
            log.add(Problem(Severity.ERROR, "unreadable-table", str(error), file=str(path)))
        except ProblemError:
            raise
        except OSError as error:
            log.add(Problem(Severity.ERROR, "unreadable-file", f"it cannot be read: {error}", file=str(path)))
        else:
            yield found
            log.extend(found.problems)


def open_flows(
    store: FlowStore | str | Path,
    *,
    cluster: Cluster | None = None,
    backend: ibis.BaseBackend | None = None,
    memory_limit: str | None = None,
    keep: object = None,
) -> LoadedFlows:
    """Return all flows of a store.

    Parameters
    ----------
    store : FlowStore, str or Path
    cluster : Cluster, optional
        Whom the ends are attributed to.
    backend : ibis backend, optional
        The engine that answers, such as ``ibis.pyspark.connect(session)``; DuckDB by default.
    memory_limit : str, optional
        Of DuckDB, such as ``1GB``.
    keep : object, optional
        Kept alive as long as the flows are.
    """
    held = store if isinstance(store, FlowStore) else FlowStore(store)
    engine = backend or connected(memory_limit=memory_limit)
    batches = held.batches()
    stored = [batch for batch in batches if batch.rows]
    rows = _read(engine, map(held.file_of, stored)) if stored else ibis.memtable(_nothing())
    totals = _read(engine, map(held.totals_of, stored)) if stored else edge_totals(rows)
    answered = [held.answers_of(batch) for batch in batches if batch.answers]
    answers = _read(engine, answered) if answered else None
    told = None if answers is None else Answers(answers, answers)
    return LoadedFlows(rows, totals, engine, cluster, keep=(keep, held), answers=told, is_all=True)


def _read(engine: ibis.BaseBackend, paths: Iterable[Path]) -> ibis.Table:
    """Return the rows of several files; engines other than DuckDB take one at a time."""
    files = [str(path) for path in paths]
    if engine.name == "duckdb":
        return engine.read_parquet(files)
    tables = [engine.read_parquet(file) for file in files]
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


class _Folder:
    """A folder that is removed with the last value that needs it, or when Python ends."""

    def __init__(self) -> None:
        self.path = tempfile.mkdtemp(prefix="flows-")
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def _nothing() -> pa.Table:
    fields = [pa.field(column.name, column.stored) for column in COLUMNS]
    return pa.schema([*fields, ROW_ID, EDGE_ID]).empty_table()


def _files(paths: str | Path | Iterable[str | Path]) -> Iterator[Path]:
    for path in [paths] if isinstance(paths, (str, Path)) else list(paths):
        given = Path(path)
        if given.is_dir():
            yield from sorted(file for file in given.rglob("*") if file.is_file() and not file.name.startswith("."))
        elif given.exists():
            yield given
        else:
            message = f"there is no file or folder {given}"
            raise FileNotFoundError(message)
