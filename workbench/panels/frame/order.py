"""What a person does reaches panels in the order in which it was done, and one thing after the other."""

from __future__ import annotations

import sys
from importlib.resources import files
from uuid import uuid4

import anywidget
from traitlets import Unicode

__all__ = ["keep_order"]


class _InOrder(anywidget.AnyWidget):
    """What is on no page, and lets each page of the kernel send the kernel first what was done first.

    Of itself a page holds back a value that is typed, chosen or selected while the kernel is busy with the one before,
    and sends the press of a button at once.
    """

    _esm = files("workbench.panels.frame") / "order.js"
    own = Unicode().tag(sync=True)

    def __init__(self) -> None:
        name = uuid4().hex
        super().__init__(model_id=name, own=name)


_KEPT: list[_InOrder] = []
"""The one of this kernel: a page that is opened later finds it there."""


def keep_order() -> None:
    """See to it that what a person does is handled in the order in which it was done, from now on; twice is once."""
    if not _KEPT or _KEPT[-1].comm is None:  # someone has closed all widgets
        _KEPT[:] = [_InOrder()]
    # JupyterLab would have it handled in a thread beside cells, and ipykernel shares it out between both threads, a
    # widget at a time: the press of a button might overtake what was typed, and two threads might change one state.
    if "ipykernel.comm.comm" in sys.modules:
        from ipykernel.comm.comm import BaseComm  # noqa: PLC0415  (only where there is a kernel)

        BaseComm._reply_subshell_for = _where_cells_run  # type: ignore[method-assign]  # noqa: SLF001


def _where_cells_run(_comm: object, _message: object, _asked_for: str | None) -> None:
    """Return the shell to which ipykernel hands a widget's message: None is the one in which cells run."""
