"""How far long work has come: one callback for notebooks, terminals and tests."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "no_progress"]


class Progress(Protocol):
    """Called as ``progress(stage, done, total)``; `total` is None where it is not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Report that `done` of `total` units of `stage` are finished."""
        ...


def no_progress(stage: str, done: int, total: int | None) -> None:
    """Report nothing: the default.

    Parameters
    ----------
    stage : str
        What is being done.
    done : int
        How much of it is.
    total : int
        How much there is; 0 where that is not known.
    """
    del stage, done, total
