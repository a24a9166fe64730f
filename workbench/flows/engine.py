"""Which engine answers: DuckDB within the process, unless another backend of ibis is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["connected", "holding"]


def connected(*, memory_limit: str | None = None, folder: str | Path | None = None) -> Backend:
    """Return a new DuckDB in memory.

    Parameters
    ----------
    memory_limit : str, optional
        Such as ``1GB``; by default four fifths of the machine's memory.
    folder : str or Path, optional
        Where work that is larger than memory goes.
    """
    settings: dict[str, object] = {}
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit
    if folder is not None:
        settings["temp_directory"] = str(folder)
    return ibis.duckdb.connect(**settings)


@contextmanager
def holding(backend: ibis.BaseBackend) -> Iterator[Callable[[ir.Table], ir.Table]]:
    """Give a function that has the engine compute a table at once, and keep it until the end of the ``with``."""
    names: list[str] = []
    cached: list[ir.Table] = []  # kept alive, or other engines forget them

    def held(table: ir.Table) -> ir.Table:
        if backend.name != "duckdb":
            cached.append(table.cache())
            return cached[-1]
        names.append(ibis.util.gen_name("held"))
        return backend.create_table(names[-1], obj=table)

    try:
        yield held
    finally:
        for name in names:
            backend.drop_table(name)
