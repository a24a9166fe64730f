"""Which engine answers: DuckDB within the process, unless another backend of ibis is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast

import ibis
import ibis.expr.operations as ops
import numpy as np
import pandas as pd

from workbench.flows.duckdb_sql import DuckDB, confined, sql_of
from workbench.flows.kept_sql import made_into_sql
from workbench.flows.rules.lookups import Lookups, NamedLookups

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

__all__ = ["Given", "Step", "Steps", "alone", "answer_to", "connected", "fetched", "stepping", "streamed"]

Given: TypeAlias = "Lookups | ir.Table"
Step: TypeAlias = "Callable[..., ir.Table]"
"""A rule: from rows, and where it asks for it what other rows and a cluster know, to rows. A function of a module."""

_TURN: Final = "_turn_of_a_thread"
_ROWS: Final = "rows_of_step"
_FURTHER: Final = "table_{}_of_step"
_CLOSED: Final = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}
SPILLED: Final = ".spilled"
"""Where in a store work that is larger than memory goes."""


def connected(
    *,
    memory_limit: str | None = None,
    folder: str | Path | None = None,
    store: str | Path | None = None,
    files: Iterable[Path] = (),
) -> Backend:
    """Return a new DuckDB in memory, which fetches no extensions.

    Parameters
    ----------
    memory_limit : str, optional
        Such as ``1GB``; by default four fifths of the machine's memory.
    folder : str or Path, optional
        Where work that is larger than memory goes.
    store : str or Path, optional
        The folder that it is confined to, where such work goes as well; by default it may read anything.
    files : iterable of Path
        What it may read besides.
    """
    settings: dict[str, str | bool] = dict(_CLOSED)
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    if folder is not None:
        settings["temp_directory"] = str(folder)
    if store is None:
        return cast("Backend", DuckDB(**settings))
    settings.setdefault("temp_directory", str(Path(store).absolute() / SPILLED))
    backend = cast("Backend", DuckDB(**settings))
    confined(backend, [Path(store)], files)
    return backend


@contextmanager
def alone(backend: ibis.BaseBackend) -> Iterator[None]:
    """Let one thread at a time ask an engine: a connection keeps one unfinished answer, and tables by their names.

    In JupyterLab, what a click starts may run in a thread beside that of a cell.
    """
    lock: AbstractContextManager[Any] = vars(backend).setdefault(_TURN, RLock())
    with lock:
        yield


def answer_to(backend: ibis.BaseBackend, expression: ibis.Expr) -> Any:  # noqa: ANN401  (a frame, a series or a scalar)
    """Return the answer to an expression, as pandas."""
    with alone(backend):
        return backend.execute(expression)


def fetched(backend: ibis.BaseBackend, table: ir.Table) -> pd.DataFrame:
    """Return the rows of an expression; maps as dicts, whichever engine answers."""
    maps = [] if backend.name == "duckdb" else [name for name, kind in table.schema().items() if kind.is_map()]
    # Of another engine's map, Arrow makes a struct; of two lists it makes two lists.
    parts = {f"{name} {part}": getattr(table[name], part)() for name in maps for part in ("keys", "values")}
    with alone(backend):
        found: pa.Table = backend.to_pyarrow(table.mutate(**parts).drop(*maps) if maps else table)
    frame = _frame(found)
    for name in maps:
        pairs = zip(frame[f"{name} keys"], frame[f"{name} values"], strict=True)
        frame[name] = pd.Series([_mapped(*pair) for pair in pairs], frame.index, dtype="object")
    return frame[list(table.columns)]


def streamed(backend: ibis.BaseBackend, table: ir.Table, at_once: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of an expression, so many at a time; until all are taken, no other thread may ask the engine.

    Parameters
    ----------
    backend : ibis backend
    table : ibis Table
    at_once : int
    """
    with alone(backend):
        if backend.name != "duckdb":
            yield from backend.to_pyarrow_batches(table, chunk_size=at_once)
            return
        # Tables in memory that the expression reads are made known so; ibis asks by a name that DuckDB will drop.
        backend._run_pre_execute_hooks(table)  # noqa: SLF001  (nothing public does that alone)
        yield from cast("Backend", backend).con.execute(sql_of(table)).to_arrow_reader(at_once)


def _frame(found: pa.Table) -> pd.DataFrame:
    """Return a table as a frame; lists of texts as tuples, equal ones once: an array for each takes far more memory."""
    import pyarrow as pa  # noqa: PLC0415  (ibis imports it only when it is asked for a frame)

    names = found.column_names
    lists = [one.name for one in found.schema if pa.types.is_list(one.type) and pa.types.is_string(one.type.value_type)]
    cells = {name: pd.Series(_tuples(found.column(name)), dtype="object") for name in lists}
    kept = found.drop_columns(lists)
    del found  # what is taken over column by column must be held by no other
    frame: pd.DataFrame = kept.to_pandas(maps_as_pydicts="strict", split_blocks=True, self_destruct=True)
    for name, values in cells.items():
        frame[name] = values
    return frame.reindex(columns=names)


def _tuples(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Return lists of texts as tuples; few differ, and each of these is made once."""
    import pyarrow as pa  # noqa: PLC0415  (likewise)

    lists = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    cells = np.empty(len(lists), dtype=np.object_)
    texts = lists.flatten().dictionary_encode()
    codes = texts.indices.fill_null(len(texts.dictionary)).to_numpy(zero_copy_only=False)
    known = [*texts.dictionary.to_pylist(), None]
    lengths = pa.compute.list_value_length(lists).fill_null(-1).to_numpy(zero_copy_only=False)
    starts = np.cumsum(np.maximum(lengths, 0)) - np.maximum(lengths, 0)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        if length <= 0:
            made: list[tuple[str | None, ...] | None] = [None if length < 0 else ()]
            which = np.zeros(len(rows), dtype=np.intp)
        else:
            several, which = _rows_apart(codes[starts[rows][:, np.newaxis] + np.arange(length)])
            made = [tuple(known[code] for code in row) for row in several.tolist()]
        apart = np.empty(len(made), dtype=np.object_)
        apart[:] = made
        cells[rows] = apart[which]
    return cells


def _rows_apart(rows: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """Return the rows that differ, and which of them each is; a column at a time, which takes less than whole rows."""
    which = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        _, which = np.unique(which * (int(column.max()) + 1) + column, return_inverse=True)
    _, first = np.unique(which, return_index=True)
    return rows[first], which


def _mapped(keys: Sequence[str] | None, values: Sequence[str] | None) -> dict[str, str] | None:
    return None if keys is None or values is None else dict(zip(keys, values, strict=True))


class Steps(Protocol):
    """Has an engine take rows through rules, one after another, and keeps what each gives.

    A rule reads its rows several times: without that, an engine would compute the first rules again for each time.
    """

    def hold(self, rows: ir.Table) -> ir.Table:
        """Have rows computed now, unless they are held already, and return what is held."""

    def take(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        """Return what a rule makes of rows that are held, and of a cluster or held tables besides; hold that."""

    def turn(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        """Return what `take` returns; the rows themselves need be held no longer."""

    def number(self, step: Step, rows: ir.Table) -> int:
        """Return the one number that a question to rows that are held has for an answer."""

    def fetch(self, rows: ir.Table, by: Sequence[str]) -> pd.DataFrame:
        """Return rows that are held, sorted, as `fetched` returns them."""


@contextmanager
def stepping(backend: ibis.BaseBackend) -> Iterator[Steps]:
    """Give the steps of an engine, one thread at a time; what it holds is gone at the end of the ``with``."""
    with alone(backend):
        steps = _DuckDBSteps(backend) if backend.name == "duckdb" else _CachedSteps(backend)
        try:
            yield steps
        finally:
            steps.close()


class _CachedSteps:
    """Steps of any engine that can keep the answer to an expression."""

    def __init__(self, backend: ibis.BaseBackend) -> None:
        self._backend = backend
        self._cached: list[ir.Table] = []  # kept alive, or engines forget them

    def hold(self, rows: ir.Table) -> ir.Table:
        if any(rows is one for one in self._cached):
            return rows
        # Tables in memory that an expression reads are made known where it is executed; Spark forgets it here.
        self._backend._run_pre_execute_hooks(rows)  # noqa: SLF001  (nothing public does that alone)
        self._cached.append(rows.cache())
        return self._cached[-1]

    def take(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        return self.hold(step(rows, *given))

    def turn(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        return self.take(step, rows, *given)  # an engine may compute the answer later, of these rows

    def number(self, step: Step, rows: ir.Table) -> int:
        return int(self._backend.to_pyarrow(step(rows))[0][0].as_py())

    def fetch(self, rows: ir.Table, by: Sequence[str]) -> pd.DataFrame:
        return fetched(self._backend, rows.order_by(by))

    def close(self) -> None:
        for table in self._cached:
            table.release()


class _DuckDBSteps:
    """Steps of DuckDB, each made into SQL once in a process: to make it takes longer than to run it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._names: list[str] = []
        self._known: Lookups | None = None

    def hold(self, rows: ir.Table) -> ir.Table:
        if getattr(rows.op(), "name", None) in self._names:
            return rows
        name = self._new_name()
        # Tables in memory that the expression reads are made known so; to ask what was made takes longer than it.
        self._backend._run_pre_execute_hooks(rows)  # noqa: SLF001  (nothing public does that alone)
        self._backend.con.execute(f'CREATE TABLE "{name}" AS {sql_of(rows)}')
        return ibis.table(rows.schema(), name=name)

    def take(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        name = self._new_name()
        sql, schema = self._compiled(step, rows, *given)
        self._backend.con.execute(f'CREATE TABLE "{name}" AS {sql}')
        return ibis.table(schema, name=name)

    def turn(self, step: Step, rows: ir.Table, *given: Given) -> ir.Table:
        found, name = self.take(step, rows, *given), rows.op().name
        self._backend.con.execute(f'DROP TABLE "{name}"')
        self._names.remove(name)
        return found

    def number(self, step: Step, rows: ir.Table) -> int:
        sql, _ = self._compiled(step, rows)
        return int(self._backend.con.execute(sql).fetchall()[0][0])

    def fetch(self, rows: ir.Table, by: Sequence[str]) -> pd.DataFrame:
        order = ", ".join(f'"{name}"' for name in by)
        # A sum of DuckDB's is wider than its numbers; Arrow has it as a decimal, and pandas as an object each.
        columns = ", ".join(
            f'CAST("{name}" AS BIGINT) AS "{name}"' if kind.is_int64() else f'"{name}"'
            for name, kind in rows.schema().items()
        )
        sql = f'SELECT {columns} FROM "{rows.op().name}" ORDER BY {order}'  # noqa: S608  (names of ours)
        return _frame(self._backend.con.execute(sql).to_arrow_table())

    def _compiled(self, step: Step, rows: ir.Table, *given: Given) -> tuple[str, ibis.Schema]:
        """Return the SQL of a rule, and the columns that it returns; what it reads is known to the engine then."""
        self._view(_ROWS, self._known_by_name(rows))
        kinds: list[bool | ibis.Schema] = []
        for place, one in enumerate(given):
            if isinstance(one, Lookups):
                self._register(one)
                kinds.append(one.knows_addresses)
            else:
                self._view(_FURTHER.format(place), self._known_by_name(one))
                kinds.append(one.schema())
        return _compiled(step, rows.schema(), *kinds)

    def _known_by_name(self, rows: ir.Table) -> ir.Table:
        """Return a table or view of the engine as it is, and any other expression held."""
        return rows if isinstance(rows.op(), (ops.UnboundTable, ops.DatabaseTable)) else self.hold(rows)

    def _register(self, lookups: Lookups) -> None:
        if lookups is not self._known:
            for kind, table in lookups.tables.items():
                self._backend.con.register(NamedLookups.name(kind), table)
            self._known = lookups

    def close(self) -> None:
        for name in self._names:
            self._backend.con.execute(f'DROP TABLE IF EXISTS "{name}"')

    def _view(self, name: str, table: ir.Table) -> None:
        self._backend.con.execute(f'CREATE OR REPLACE TEMP VIEW {name} AS FROM "{table.op().name}"')

    def _new_name(self) -> str:
        self._names.append(ibis.util.gen_name("held"))
        return self._names[-1]


@lru_cache(maxsize=256)
def _compiled(step: Step, schema: ibis.Schema, *given: bool | ibis.Schema) -> tuple[str, ibis.Schema]:
    """Return a rule as SQL over tables of the names that `_DuckDBSteps` gives, and the columns that it returns.

    Of lookups it is given whether they know addresses, of a further table the columns.
    """

    def makes() -> ir.Table:
        further = (
            NamedLookups({}, one) if isinstance(one, bool) else ibis.table(one, name=_FURTHER.format(place))
            for place, one in enumerate(given)
        )
        return step(ibis.table(schema, name=_ROWS), *further)

    return made_into_sql(step, (schema, given), makes, sql_of)
