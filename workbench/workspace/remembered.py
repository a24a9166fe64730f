"""Which database a folder keeps its decisions in: those of a team never end up in a file by mistake (workspace 6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError as UrlError

from workbench.ground import ArgumentError, write_atomically
from workbench.workspace.decisions import WorkspaceError

__all__ = ["parsed", "place_of", "remember", "remembered", "same_place", "without_password"]

_FILE: Final = "database.json"
_WITH_DRIVER: Final = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def parsed(url: str) -> URL:
    """Return a URL of PostgreSQL, with its driver.

    Raises
    ------
    ArgumentError
        If it is not one; what was given may hold a password, so it is not repeated.
    """
    try:
        found = make_url(url)
    except (UrlError, ValueError):
        found = None
    if found is None or found.get_backend_name() not in {"postgresql", "postgres"}:
        message = "a database of decisions is named by a URL such as postgresql://user@host/name"
        raise ArgumentError(message, "leave it away for SQLite in the folder of the workspace")
    return found.set(drivername=_WITH_DRIVER.get(found.drivername, found.drivername))


def without_password(url: URL) -> URL:
    """Return a URL as it may be shown and kept: where the database is, who asks, and how; nothing secret."""
    queried = {name: value for name, value in url.query.items() if "password" not in name}
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, queried)


def place_of(url: URL) -> str:
    """Return the text of a URL without a password."""
    return without_password(url).render_as_string()


def same_place(one: URL, other: URL) -> bool:
    """Tell whether two URLs name one database, and one schema of it, whoever asks it."""
    return _where(one) == _where(other)


def _where(url: URL) -> tuple[object, ...]:
    said = url.query
    host, port, name = (said.get(key) for key in ("host", "port", "dbname"))
    return host or url.host or "", str(port or url.port or ""), name or url.database or "", said.get("options", "")


def remembered(folder: Path) -> URL | None:
    """Return the database that a folder keeps its decisions in; None for SQLite, or for none yet.

    Raises
    ------
    WorkspaceError
        If the folder says so in a way that this version cannot read.
    """
    file = folder / _FILE
    try:
        return parsed(json.loads(file.read_text(encoding="utf-8"))["url"])
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None  # what comes next says so
    except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
        message = f"{file} does not say in which database the decisions are: {error}"
        raise WorkspaceError(message, 'write it as {"url": "postgresql://user@host/name"}') from error


def remember(folder: Path, url: URL) -> None:
    """Let a folder say that its decisions are in this database."""
    if remembered(folder) is None:
        content = {"url": place_of(url)}
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / _FILE, json.dumps(content).encode() + b"\n", flushed=True)
