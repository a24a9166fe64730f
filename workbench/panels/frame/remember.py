"""What was chosen in a panel, kept for when its cell runs again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from IPython import get_ipython

if TYPE_CHECKING:
    from workbench.panels.frame.panel import Panel
    from workbench.panels.frame.state import PanelState

__all__ = ["as_before", "remember"]


class _Place(NamedTuple):
    """Which panel of which cell: the `number`-th of its kind that the cell makes."""

    cell: str
    kind: str
    number: int


_PANELS: dict[_Place, Panel[Any]] = {}
_MADE: dict[str, tuple[int, dict[str, int]]] = {}
"""For each cell, in which of its runs how many panels of each kind it made."""


_EARLIER: ContextVar[PanelState | None] = ContextVar("earlier", default=None)
"""What was chosen in a panel of the same kind as the one that is made now."""


@contextmanager
def as_before(earlier: PanelState | None) -> Iterator[None]:
    """Let a panel that is made meanwhile begin with what was chosen in an earlier one of its kind.

    Parameters
    ----------
    earlier : PanelState or None
    """
    token = _EARLIER.set(earlier)
    try:
        yield
    finally:
        _EARLIER.reset(token)


def remember(panel: Panel[Any]) -> None:
    """Give a panel what was chosen in the one that its cell made when it ran before, and close that one.

    What the cell itself asks for counts more than what was chosen. Jupyter tells which cell runs; where nothing
    does, as in a script, nothing is remembered.

    Parameters
    ----------
    panel : Panel
    """
    before = _EARLIER.get()
    if before is not None and type(before) is type(panel.state):
        panel.state.take_over(before)
    place = _place_of(type(panel).__name__)
    if place is None:
        return
    earlier = _PANELS.get(place)
    _PANELS[place] = panel
    if earlier is None:
        return
    panel.state.take_over(earlier.state)
    earlier.close()


def _place_of(kind: str) -> _Place | None:
    shell = get_ipython()
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)()
    cell = parent.get("metadata", {}).get("cellId", "")
    if not cell or parent.get("header", {}).get("msg_type") != "execute_request":
        return None
    run, made = _MADE.get(cell, (-1, {}))
    if run != shell.execution_count:
        run, made = shell.execution_count, {}
        _MADE[cell] = run, made
    made[kind] = made.get(kind, -1) + 1
    return _Place(cell, kind, made[kind])
