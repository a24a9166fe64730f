"""Work that DuckDB does alone, such as imports: expressions that are made into SQL once in a process.

To make SQL of an expression often takes longer than to answer it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import duckdb
import ibis

from workbench.flows.kept_sql import made_into_sql

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

__all__ = [
    "NUMBER",
    "DuckDB",
    "TableFunction",
    "answered",
    "compiled",
    "confined",
    "described",
    "literal_path",
    "loaded",
    "parquet",
    "sized",
    "sql_of",
    "viewed",
    "written",
]

NUMBER: Final = "file_row_number"
"""What DuckDB calls the place of a row in its file."""
SMALL: Final = 256 << 10
"""Size in bytes up to which a second thread does not help."""
_ARRIVING: Final = "arriving"
_PATTERN: Final = re.compile(r"[*?[]")

TableFunction: TypeAlias = "Callable[..., ir.Table]"
"""A function of a module, from tables to a table."""


class DuckDB:
    """A DuckDB in memory that is a backend of ibis from the moment on when it is first used as one.

    What that brings, the dialects of all engines, takes longer than to answer a small question whose SQL is known.
    """

    name: Final = "duckdb"

    def __init__(self, **settings: str | bool | float | list[str]) -> None:
        self.con = duckdb.connect(":memory:", config=settings)
        # In a notebook it would draw a bar of its own, beside what reports the progress to people.
        self.con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")

    @cached_property
    def _backend(self) -> Backend:
        return ibis.duckdb.from_connection(self.con)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever the backend has)
        """Return what the backend of ibis has of that name."""
        return getattr(self._backend, name)

    def disconnect(self) -> None:
        """Let go of what is held."""
        self.con.close()


def viewed(backend: Backend, name: str, question: TableFunction, *tables: ir.Table) -> ir.Table:
    """Return what a function makes of tables of DuckDB, as a view of that name."""
    sql, schema = compiled(question, *((table.op().name, table.schema()) for table in tables))
    backend.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {sql}')
    return ibis.table(schema, name=name)


def answered(backend: Backend, question: TableFunction, *tables: ir.Table) -> pa.Table:
    """Return what a function makes of tables of DuckDB."""
    sql, _ = compiled(question, *((table.op().name, table.schema()) for table in tables))
    found: pa.Table = backend.con.execute(sql).to_arrow_table()
    return found


def loaded(backend: Backend, name: str, data: pa.Table) -> ir.Table:
    """Return a table of Arrow as one of DuckDB, of that name; its types are known, and not asked for."""
    engine = backend.con
    engine.register(_ARRIVING, data)
    engine.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM {_ARRIVING}')
    engine.unregister(_ARRIVING)
    return ibis.table(ibis.Schema.from_pyarrow(data.schema), name=name)


def described(backend: Backend, name: str) -> ir.Table:
    """Return a view of DuckDB whose columns are not known."""
    found: pa.Table = backend.con.execute(f'FROM "{name}" LIMIT 0').to_arrow_table()
    return ibis.table(ibis.Schema.from_pyarrow(found.schema), name=name)


def parquet(
    backend: Backend, name: str, paths: Path | Sequence[Path], schema: ibis.Schema, *, numbered: bool = False
) -> ir.Table:
    """Return the rows of files of Parquet whose columns are known, as a view of that name.

    Parameters
    ----------
    numbered : bool
        With a column `NUMBER`, the place of each row in its file.
    """
    files = ", ".join(f"'{quoted}'" for path in _several(paths) for quoted in (literal_path(path).replace("'", "''"),))
    rest = ", file_row_number = true" if numbered else ""
    known = {**schema, **({NUMBER: "int64"} if numbered else {})}
    columns = ", ".join(f'"{column}"' for column in known)
    select = f"SELECT {columns} FROM read_parquet([{files}]{rest})"  # noqa: S608  (all of it is quoted)
    backend.con.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {select}')
    return ibis.table(ibis.schema(known), name=name)


def _several(paths: Path | Sequence[Path]) -> Sequence[Path]:
    return [paths] if isinstance(paths, Path) else paths


def written(backend: Backend, table: ir.Table, path: Path) -> None:
    """Write a table or view of DuckDB to a Parquet file."""
    target = os.path.realpath(path).replace("'", "''")
    backend.con.execute(f"COPY (FROM \"{table.op().name}\") TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def sized(backend: Backend, size: int) -> None:
    """Have DuckDB work in one thread where there are few bytes to read: several wait for each other more than that."""
    if size < SMALL:
        backend.con.execute("SET threads = 1")


def literal_path(path: Path) -> str:
    """Return the real path of a file so that DuckDB takes it as it is, though it has characters of a pattern."""
    return _PATTERN.sub(r"[\g<0>]", os.path.realpath(path))


def confined(backend: Backend, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
    """Have DuckDB read and write nothing but what is in these folders, and these files."""
    for setting, paths in (("allowed_directories", folders), ("allowed_paths", files)):
        spelled = [text for path in paths for text in (os.path.realpath(path), literal_path(path))]
        listed = ", ".join("'" + text.replace("'", "''") + "'" for text in dict.fromkeys(spelled))
        backend.con.execute(f"SET {setting} = [{listed}]")
    backend.con.execute("SET enable_external_access = false")


@lru_cache(maxsize=256)
def compiled(question: TableFunction, *tables: tuple[str, ibis.Schema]) -> tuple[str, ibis.Schema]:
    """Return the SQL of what a function makes of tables of these names and columns, and the columns of that."""

    def makes() -> ir.Table:
        return question(*(ibis.table(schema, name=name) for name, schema in tables))

    return made_into_sql(question, tables, makes, sql_of)


def sql_of(found: ir.Table) -> str:
    """Return an expression as SQL of DuckDB; selects are left apart.

    What a rule computes once, to look at it several times, would else be written out each time.
    """
    with _unfused():
        return str(ibis.to_sql(found, dialect="duckdb", pretty=False))


@contextmanager
def _unfused() -> Iterator[None]:
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before
