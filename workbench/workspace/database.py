"""The decisions database: SQLite in a folder, or PostgreSQL by URL; opened, migrated and locked in one way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property, partial
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
_LOCK_NOT_AVAILABLE: Final = "55P03"
_PREPARED: Final = text(
    "SELECT set_config('lock_timeout', :patience, true), set_config('synchronous_commit', "
    "replace(current_setting('synchronous_commit'), 'off', 'on'), true)"
)
"""How long a writer waits; and what is confirmed is on the disk, also where a server is set up to say so earlier."""
_DAMAGED: Final = "it was left as it is; restore it from a copy, or import an export of its decisions elsewhere"
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
            if not self._is_ready and self._is_unused():
                yield None
                return
            self._make_ready()
            if self._file is None:
                with suppress(OSError):  # where nothing can be written, nothing can be decided elsewhere, either
                    remember(self._folder, self._url)
            with self._engine.connect().execution_options(**self._one_state) as connection, connection.begin():
                self._refuse_newer(self._versions_in(connection))
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection to one writer at a time; what it did holds when this ends, all of it or nothing.

        Raises
        ------
        WorkspaceError
            If the database cannot be used, or did not say whether it kept what was decided.
        """
        with self._told():
            if not self._is_ready:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._make_ready()
            if self._file is None:
                remember(self._folder, self._url)
            with self._locked() as connection:
                self._refuse_newer(self._versions_in(connection))
                yield connection

    def size(self) -> int:
        """Return how many bytes it takes.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        if self._file is not None:
            parts = (self._file.with_name(f"{self._file.name}{ending}") for ending in ("", "-wal", "-shm"))
            return sum(part.stat().st_size for part in parts if part.exists())
        with self.reading() as connection:
            if connection is None:
                return 0
            asked = text(
                "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) "
                "FROM unnest(CAST(:names AS text[])) AS name"
            )
            return int(connection.execute(asked, {"names": list(METADATA.tables)}).scalar_one())

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # --- opening ------------------------------------------------------------------------------------------

    @cached_property
    def _scripts(self) -> ScriptDirectory:
        return ScriptDirectory(str(_MIGRATIONS))

    def _has_file(self) -> bool:
        return self._file is not None and self._file.exists() and self._file.stat().st_size > 0

    def _is_unused(self) -> bool:
        """Tell whether nothing was ever kept there, without making anything."""
        return not self._has_file() if self._file is not None else self._version() is None

    def _make_ready(self) -> None:
        """Bring the database to the version of this program, after it was seen to be sound (workspace 5)."""
        if self._is_ready:
            return
        if self._file is not None and self._has_file():
            self._refuse_damaged(self._file)
        newest = self._scripts.get_current_head()
        if self._version() != newest:
            with self._locked() as connection:
                if self._version_in(connection) != newest:
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
        try:
            with closing(_only_reading(file)) as found:
                said = [row[0] for row in found.execute("PRAGMA quick_check(1)")]
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _PASSING:
                message = f"{file} cannot be read: {error}"
                raise WorkspaceError(message) from error
            message = f"{file} is damaged, or not a database: {error}"
            raise WorkspaceError(message, _DAMAGED) from error
        if said != ["ok"]:
            message = f"{file} is damaged: {' '.join(str(said[0]).split())}"
            raise WorkspaceError(message, _DAMAGED)

    def _version(self) -> str | None:
        """Return the last migration, without writing anything; None for a database without tables."""
        if self._file is None:
            with self._engine.connect() as connection:
                return self._version_in(connection)
        if not self._has_file():
            return None
        reading = create_engine("sqlite://", creator=partial(_only_reading, self._file), poolclass=NullPool)
        with reading.connect() as connection:
            return self._version_in(connection)

    def _version_in(self, connection: Connection) -> str | None:
        """Return the last migration; None for a database without tables.

        Raises
        ------
        WorkspaceError
            If it is of a newer version, or of another program, or lacks tables.
        """
        tables = set(inspect(connection).get_table_names())
        ours = set(METADATA.tables)
        if VERSION_TABLE not in tables:
            if tables & ours or (tables and self._file is not None):
                message = f"{self.place} is a database, but none of the workbench"
                raise WorkspaceError(message, "it was left as it is; name another workspace")
            return None
        found = self._versions_in(connection)
        self._refuse_newer(found)
        if found[0] == self._scripts.get_current_head() and not ours <= tables:
            message = f"{self.place} is damaged: it lacks {', '.join(sorted(ours - tables))}"
            raise WorkspaceError(message, _DAMAGED)
        return found[0]

    def _versions_in(self, connection: Connection) -> list[str]:
        # One, unless something else wrote there.
        return [str(row[0]) for row in connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))]  # noqa: S608  (our own name)

    def _refuse_newer(self, versions: Sequence[str]) -> None:
        """Go on with the versions that this program knows: another may have brought the database to its own meanwhile.

        Raises
        ------
        WorkspaceError
            If it is of a newer version.
        """
        known = {script.revision for script in self._scripts.walk_revisions()}
        if len(versions) != 1 or versions[0] not in known:
            message = (
                f"{self.place} was written by a newer version of the workbench ({', '.join(versions) or 'unknown'})"
            )
            raise WorkspaceError(message, "it was left as it is; install that version")

    @contextmanager
    def _locked(self) -> Iterator[Connection]:
        with (
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin() as transaction,
        ):
            if self._file is None:
                connection.execute(_PREPARED, {"patience": f"{_PATIENCE}s"})
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection
            try:
                transaction.commit()
            except DBAPIError as error:
                message = f"{self.place} did not say whether it kept what was decided: {self._said(error)}"
                remedy = "look at the history, or decide the same again: what is so already is left out"
                raise WorkspaceError(message, remedy) from None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say of an error of the database what it is, without a password."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            if _is_busy(error):
                message = f"others have been writing to {self.place} for {_PATIENCE} seconds"
                raise WorkspaceError(message, "nothing was kept; try again") from None
            message = f"{self.place} cannot be used: {self._said(error)}"
            raise WorkspaceError(message) from None

    def _said(self, error: Exception) -> str:
        said = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
        for secret in _secrets(self._url):
            said = said.replace(secret, "***")
        return said


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


def _is_busy(error: Exception) -> bool:
    """Tell whether others wrote for longer than one waits for them."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def _secrets(url: URL) -> list[str]:
    queried = [value for name, value in url.query.items() if "password" in name]
    return [value for value in (url.password, *queried) if isinstance(value, str) and value]


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _PATIENCE}}
    given = {} if "connect_timeout" in url.query else {"connect_timeout": _PATIENCE}
    return {"isolation_level": "READ COMMITTED", "hide_parameters": True, "connect_args": given}


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
