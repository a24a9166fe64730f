"""Long work that can be stopped, and short work that waits until things have come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar
from weakref import WeakKeyDictionary

import ipywidgets as widgets

from workbench.ground import Progress, WorkbenchError, html_text
from workbench.panels.frame.freeing import free

__all__ = ["Work", "after_a_pause"]

ResultT = TypeVar("ResultT")
PAUSE = 0.8
"""Seconds without a change after which things have come to rest."""
_WAITING: WeakKeyDictionary[object, asyncio.TimerHandle] = WeakKeyDictionary()


def after_a_pause(owner: object, action: Callable[[], None]) -> None:
    """Call `action` once `owner` has asked for nothing for a moment; at once where no event loop runs.

    Parameters
    ----------
    owner : object
        Who asks; an earlier wish of it that still waits is dropped.
    action : callable
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        action()
        return
    earlier = _WAITING.pop(owner, None)
    if earlier is not None:
        earlier.cancel()
    _WAITING[owner] = loop.call_later(PAUSE, action)


class _StoppedError(WorkbenchError):
    """A person stopped the work."""


class Work:
    """A line that shows how far long work has come, with a button that stops it.

    In a notebook the work runs in a thread beside the kernel's loop, so that the button can be pressed; where no
    loop runs, as in a script, it is done at once.

    Attributes
    ----------
    widget : ipywidgets.HBox
        Invisible while nothing is done.
    is_running : bool
        Whether something is done right now.
    """

    def __init__(self) -> None:
        self._bar = widgets.FloatProgress(0.0, min=0.0, max=1.0, layout=widgets.Layout(width="220px"))
        self._text = widgets.HTML()
        self._stop = widgets.Button(description="Stop", tooltip="Stop what is being done; nothing half-done stays")
        self._stopped = Event()
        self._stop.on_click(lambda _button: self._stopped.set())
        self.is_running = False
        self.widget = widgets.HBox([self._bar, self._text, self._stop]).add_class("nw-work")
        self.widget.layout.display = "none"

    def run(
        self,
        task: Callable[[Progress], ResultT],
        finished: Callable[[ResultT], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Do `task`, then call `finished` with what it returned, or `failed` with what it raised.

        Parameters
        ----------
        task : callable
            Takes a `Progress` and calls it often: that is where it is stopped.
        finished, failed : callable
            Called where widgets may be changed.

        Raises
        ------
        WorkbenchError
            If something is being done already.
        """
        if self.is_running:
            message = "something is being done already"
            raise WorkbenchError(message, "wait until it is done, or stop it")
        self._stopped.clear()
        self.is_running = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._finish(*_outcome(task, self._report), finished, failed)
            return
        self._show("", 0, None)
        self.widget.layout.display = ""

        def report(stage: str, done: int, total: int | None) -> None:
            self._check()
            loop.call_soon_threadsafe(self._show, stage, done, total)

        async def carry_out() -> None:
            result, error = await asyncio.to_thread(_outcome, task, report)
            self._finish(result, error, finished, failed)

        self._task = loop.create_task(carry_out())

    def close(self) -> None:
        """Stop what is being done, and free the line."""
        self._stopped.set()
        free(self.widget)

    def _report(self, stage: str, done: int, total: int | None) -> None:
        self._check()
        self._show(stage, done, total)

    def _check(self) -> None:
        if self._stopped.is_set():
            message = "stopped"
            raise _StoppedError(message, "nothing was changed")

    def _show(self, stage: str, finished: int, total: int | None) -> None:
        self._bar.bar_style = "" if total else "info"
        self._bar.value = finished / total if total else 1.0
        count = f" {finished:,} of {total:,}" if total else f" {finished:,}" if finished else ""
        self._text.value = f'<span role="status">{html_text(stage + count)}</span>'

    def _finish(
        self,
        result: ResultT | None,
        error: BaseException | None,
        finished: Callable[[ResultT], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.is_running = False
        self.widget.layout.display = "none"
        if error is not None:
            failed(error)
        else:
            finished(result)  # type: ignore[arg-type]  # a task that raised nothing has returned its result


def _outcome(task: Callable[[Progress], ResultT], report: Progress) -> tuple[ResultT | None, BaseException | None]:
    try:
        return task(report), None
    except Exception as error:  # noqa: BLE001  (whoever started the work must know of it)
        return None, error
