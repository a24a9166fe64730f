"""The decisions database: SQLite in a folder, or PostgreSQL by URL; opened, migrated and locked in one way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from alembic.command import upgrade
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from workbench.ground import needed_by
from workbench.workspace.decisions import WorkspaceError
from workbench.workspace.remembered import parsed, place_of, remember, remembered, same_place
from workbench.workspace.schema import METADATA, VERSION_TABLE

__all__ = ["Database"]

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_PATIENCE: Final = 60
"""Seconds that one writer waits for others."""
_LOCK: Final = 0x6E6574706F6C
"""By which those who write to one PostgreSQL database wait for each other."""
_PASSING: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM}
"""Errors that say nothing of what a file holds."""
_WRITES: Final = "netpol_writes"
_FILE: Final = "decisions.db"


class Database:
    """Where decisions are kept.

    Parameters
    ----------
    folder : Path
        That of the workspace: it has the SQLite database, or says which other database has the decisions.
    url : str
        Of a PostgreSQL database; where it is empty, the folder says which.

    Raises
    ------
    ArgumentError
        If the URL is none of PostgreSQL.
    WorkspaceError
        If the folder keeps its decisions elsewhere already (workspace 6).
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self._folder, file = folder, folder / _FILE
        found = _agreed(folder, parsed(url) if url else None)
        self._file = file if found is None else None
        self._url = URL.create("sqlite", database=str(file)) if found is None else found
        self._is_ready = False
        self._one_state: dict[str, Any] = {} if self._file is not None else {"isolation_level": "REPEATABLE READ"}
        with needed_by("a workspace in PostgreSQL"):
            # A connection for each transaction: decisions are few, and a process may fork or a server start anew.
            self._engine = create_engine(self._url, poolclass=NullPool, **_options(self._url))
        if self._file is not None:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)

    @property
    def place(self) -> str:
        """Where it is, without a password (workspace 6)."""
        return str(self._file) if self._file is not None else place_of(self._url)

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection that sees one state; None where nothing has been decided yet.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        with self._told():
            if not self._is_ready and not self._exists():
                yield None
                return
            self._make_ready()
            if self._file is None:
                with suppress(OSError):  # where nothing can be written, nothing can be decided elsewhere, either
                    remember(self._folder, self._url)
            with self._engine.connect().execution_options(**self._one_state) as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection to one writer at a time; what it did holds when this ends, all of it or nothing.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        with self._told():
            if not self._is_ready:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._make_ready()
            if self._file is None:
                remember(self._folder, self._url)
            with self._locked() as connection:
                yield connection

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # --- opening ------------------------------------------------------------------------------------------

    def _exists(self) -> bool:
        """Tell whether there are tables of ours, without making anything."""
        if self._file is not None:
            return self._file.exists() and self._file.stat().st_size > 0
        with self._engine.connect() as connection:
            return VERSION_TABLE in inspect(connection).get_table_names()

    def _make_ready(self) -> None:
        """Bring the database to the version of this program, after it was seen to be sound (workspace 5)."""
        if self._is_ready:
            return
        if self._file is not None and self._exists():
            self._refuse_damaged(self._file)
        scripts = ScriptDirectory(str(_MIGRATIONS))
        newest = scripts.get_current_head()
        if not (self._exists() and self._version(scripts) == newest):
            with self._locked() as connection:
                if self._version_in(connection, scripts) != newest:
                    config = Config()
                    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
                    config.attributes["connection"] = connection
                    upgrade(config, "head")
        self._is_ready = True

    def _refuse_damaged(self, file: Path) -> None:
        """Read the whole file, and write nothing.

        Raises
        ------
        WorkspaceError
            If it is damaged, or no database of ours.
        """
        remedy = "it was left as it is; restore it from a copy, or import an export of its decisions elsewhere"
        try:
            with closing(_only_reading(file)) as found:
                said = [row[0] for row in found.execute("PRAGMA quick_check(1)")]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _PASSING:
                message = f"{file} cannot be read: {error}"
                raise WorkspaceError(message) from error
            message = f"{file} is damaged, or not a database: {error}"
            raise WorkspaceError(message, remedy) from error
        if said != ["ok"]:
            message = f"{file} is damaged: {' '.join(str(said[0]).split())}"
            raise WorkspaceError(message, remedy)

    def _version(self, scripts: ScriptDirectory) -> str | None:
        if self._file is None:
            with self._engine.connect() as connection:
                return self._version_in(connection, scripts)
        reading = create_engine("sqlite://", creator=partial(_only_reading, self._file), poolclass=NullPool)
        with reading.connect() as connection:
            return self._version_in(connection, scripts)

    def _version_in(self, connection: Connection, scripts: ScriptDirectory) -> str | None:
        """Return the last migration; None for a database without tables.

        Raises
        ------
        WorkspaceError
            If it is of a newer version, or of another program.
        """
        tables = set(inspect(connection).get_table_names())
        if VERSION_TABLE not in tables:
            if tables & set(METADATA.tables) or (tables and self._file is not None):
                message = f"{self.place} is a database, but none of the workbench"
                raise WorkspaceError(message, "it was left as it is; name another workspace")
            return None
        found = [row[0] for row in connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))]  # noqa: S608  (our own name)
        known = {script.revision for script in scripts.walk_revisions()}
        if len(found) != 1 or found[0] not in known:
            message = f"{self.place} was written by a newer version of the workbench ({', '.join(found) or 'unknown'})"
            raise WorkspaceError(message, "it was left as it is; install that version")
        return str(found[0])

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
            if self._file is None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of an error of the database what it is, without a password."""
        try:
            yield
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())
        except (SQLAlchemyError, OSError) as error:
            said = " ".join(str(error).split())
        else:
            return
        for secret in _secrets(self._url):
            said = said.replace(secret, "***")
        message = f"{self.place} cannot be used: {said}"
        raise WorkspaceError(message) from None


def _agreed(folder: Path, url: URL | None) -> URL | None:
    """Return the PostgreSQL database that has the decisions of a folder; None for its own SQLite.

    Raises
    ------
    WorkspaceError
        If another one has decisions of this folder already (workspace 6).
    """
    kept, file = remembered(folder), folder / _FILE
    if url is None:
        return kept
    elsewhere = str(file) if kept is None and file.exists() and file.stat().st_size else None
    if kept is not None and not same_place(kept, url):
        elsewhere = place_of(kept)
    if elsewhere is not None:
        message = f"{folder} keeps its decisions in {elsewhere}, and not in {place_of(url)}"
        raise WorkspaceError(message, "export them there, and import them into a new workspace with this database")
    return url


def _secrets(url: URL) -> list[str]:
    queried = [value for name, value in url.query.items() if "password" in name]
    return [value for value in (url.password, *queried) if isinstance(value, str) and value]


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _PATIENCE}}
    return {"isolation_level": "READ COMMITTED", "hide_parameters": True}


def _only_reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  (as sqlalchemy has it)
    """Let several processes read while one writes, and let nothing be confirmed that is not on the disk."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """Take the lock at once where something is to be written: two who read first would wait for each other."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
