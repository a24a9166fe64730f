"""How far long work has come, shown while somebody is watching."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from workbench.ground import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tqdm import tqdm

    from workbench.ground import Progress

__all__ = ["shown_progress"]

PATIENCE = 1.0
"""Seconds of work before a bar appears: what is quick needs none."""


@contextmanager
def shown_progress(*, wanted: bool = True, unit: str = "it") -> Iterator[Progress]:
    """Give a callback that draws a bar for each stage, if standard error is a terminal.

    Parameters
    ----------
    wanted : bool
        False for a callback that shows nothing.
    unit : str
        What is counted; ``B`` for bytes, which are shown with prefixes and a rate.

    Yields
    ------
    Progress
        To be handed to the work.

    """
    if not (wanted and sys.stderr.isatty()):
        yield no_progress
        return
    bars = _Bars(unit)
    try:
        yield bars
    finally:
        bars.close()


class _Bars:
    """One bar at a time, for the stage that is at work."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.stage = ""
        self.bar: tqdm[NoReturn] | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if self.bar is None or stage != self.stage:
            self.close()
            self.stage, self.bar = stage, self._new_bar(stage, total)
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """Remove the bar from the terminal."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def _new_bar(self, stage: str, total: int | None) -> tqdm[NoReturn]:
        from tqdm import tqdm  # noqa: PLC0415  (only where somebody is watching)

        scaled = self.unit == "B"
        return tqdm(
            desc=stage,
            total=total,
            unit=self.unit,
            unit_scale=scaled,
            unit_divisor=1024,
            leave=False,
            delay=PATIENCE,
            file=sys.stderr,
        )
