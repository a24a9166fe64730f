"""How far a query of DuckDB has come: polled from another thread, because DuckDB does not report it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["reported_progress"]

SECONDS: Final = 0.1
"""Between two looks."""
_ALL: Final = 100.0


@contextmanager
def reported_progress(backend: Backend, report: Callable[[float], None]) -> Iterator[None]:
    """Report how far DuckDB has come with the queries within the ``with``, from 0 to 1; never less than before.

    It moves by some hundred thousand rows at a time. After the longest of several queries, the others report
    nothing.

    Parameters
    ----------
    backend : Backend
    report : callable
        Called from another thread; what it raises is raised at the end of the ``with``.
    """
    for setting in ("enable_progress_bar = true", "enable_progress_bar_print = false", "progress_bar_time = 0"):
        backend.con.execute(f"SET {setting}")
    ended = Event()
    failures: list[Exception] = []

    def look() -> None:
        furthest = 0.0
        while not ended.wait(SECONDS):
            done = min(backend.con.query_progress() / _ALL, 1.0)
            if done > furthest:
                furthest = done
                try:
                    report(done)
                except Exception as error:  # noqa: BLE001  (whatever the caller's function raises)
                    failures.append(error)
                    return

    reporter = Thread(target=look, name="progress of DuckDB", daemon=True)
    reporter.start()
    try:
        yield
    finally:
        ended.set()
        reporter.join()
    if failures:
        raise failures[0]
