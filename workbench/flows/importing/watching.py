"""How far a question has come that DuckDB is answering: asked from beside, because it tells nobody by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

__all__ = ["watched"]

SECONDS: Final = 0.1
"""Between two looks."""
_ALL: Final = 100.0


@contextmanager
def watched(backend: Backend, told: Callable[[float], None]) -> Iterator[None]:
    """Tell how far DuckDB has come with what is asked within the ``with``, from 0 to 1; never less than before.

    It moves by some hundred thousand rows at a time. After the longest of several questions, the others tell
    nothing.

    Parameters
    ----------
    backend : Backend
    told : callable
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
                    told(done)
                except Exception as error:  # noqa: BLE001  (whatever the caller's function raises)
                    failures.append(error)
                    return

    watcher = Thread(target=look, name="watching DuckDB", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    if failures:
        raise failures[0]
