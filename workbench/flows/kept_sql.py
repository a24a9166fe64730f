"""Which SQL an expression was made into by an earlier process: to make it takes longer than most answers.

It is kept in the user's cache folder, by a hash of the code that made it, and switched off as the cache of manifests.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ibis

from workbench.ground import read_private, user_cache, write_private

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["KeptSql", "kept_sql", "made_into_sql"]

_MAKERS: Final = ("ibis-framework", "sqlglot", "duckdb")
LARGEST: Final = 32 << 20
FILES: Final = 4
"""So many files are kept, each of another version of the code."""


class KeptSql:
    """SQL, and the columns that it returns, by what made it. A file that is damaged, or not ours, is as good as none.

    Parameters
    ----------
    folder : Path
        Made when it is first needed, for the user alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._added: dict[str, Any] = {}

    @property
    def path(self) -> Path:
        """The file, which other versions of the code do not read."""
        return self.folder / f"{_code()}.json"

    @cached_property
    def _known(self) -> dict[str, Any]:
        try:
            found = json.loads(read_private(self.path, LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def get(self, key: str) -> tuple[str, ibis.Schema] | None:
        """Return what was kept under a key."""
        match self._known.get(key):
            case [str(sql), dict(columns)]:
                with suppress(Exception):  # a type that this version of ibis does not know
                    return sql, ibis.schema(columns)
        return None

    def put(self, key: str, sql: str, schema: ibis.Schema) -> None:
        """Keep SQL until `save`; columns whose types cannot be written down are not kept."""
        columns = {name: str(kind) for name, kind in schema.items()}
        with suppress(Exception):  # likewise
            if ibis.schema(columns) == schema:
                self._added[key] = self._known[key] = [sql, columns]

    def save(self) -> None:
        """Write down what was added, beside what other processes have."""
        if not self._added:
            return
        with suppress(OSError):
            write_private(self.path, json.dumps(self._known).encode())
            self._added.clear()
            others = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
            for old in others[FILES:]:
                old.unlink(missing_ok=True)


def made_into_sql(
    maker: Callable[..., Any], given: object, makes: Callable[[], ir.Table], sql_of: Callable[[ir.Table], str]
) -> tuple[str, ibis.Schema]:
    """Return the SQL of what a function makes, and its columns; from an earlier process where that made it.

    Parameters
    ----------
    maker : callable
        Only what is a function of a module of the workbench is kept: its code is part of what names the file.
    given : object
        What it is given; its text tells it from everything else.
    makes : callable
        Makes the expression.
    sql_of : callable
        Makes SQL of it.
    """
    kept = kept_sql() if _is_ours(maker) else None
    key = f"{maker.__module__}.{maker.__qualname__} {hashlib.blake2b(repr(given).encode()).hexdigest()}"
    if kept is not None and (known := kept.get(key)):
        return known
    found = makes()
    sql, schema = sql_of(found), found.schema()
    if kept is not None:
        kept.put(key, sql, schema)
    return sql, schema


@cache
def kept_sql() -> KeptSql | None:
    """Return what is kept for the user who runs this; None where there is no cache."""
    folder = user_cache("sql")
    if folder is None:
        return None
    kept = KeptSql(folder)
    atexit.register(kept.save)
    return kept


def _is_ours(maker: Callable[..., Any]) -> bool:
    name = getattr(maker, "__qualname__", "<")
    return "<" not in name and maker.__module__.partition(".")[0] == __name__.partition(".")[0]


@cache
def _code() -> str:
    """Return a digest of the code that makes SQL: the workbench's, by its files, and that of others, by version."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(" ".join(f"{name} {version(name)}" for name in _MAKERS).encode())
    root = Path(__file__).parent.parent
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118  (some hundred files, at each start)
                digest.update(f"{folder} {name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
