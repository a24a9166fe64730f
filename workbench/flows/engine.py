"""Which engine answers: DuckDB within the process, unless another backend of ibis is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["connected"]


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
