"""What was chosen in a panel, kept for when its cell runs again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from IPython import get_ipython
from traitlets import TraitError

if TYPE_CHECKING:
    from workbench.panels.frame.panel import Panel

__all__ = ["remember"]


class _Place(NamedTuple):
    """Which panel of which cell: the `number`-th of its kind that the cell makes."""

    cell: str
    kind: str
    number: int


_PANELS: dict[_Place, Panel[Any]] = {}
_MADE: dict[str, tuple[int, dict[str, int]]] = {}
"""For each cell, in which of its runs how many panels of each kind it made."""


def remember(panel: Panel[Any]) -> None:
    """Give a panel what was chosen in the one that its cell made when it ran before, and close that one.

    What the cell itself asks for counts more than what was chosen. Jupyter tells which cell runs; where nothing
    does, as in a script, nothing is remembered.

    Parameters
    ----------
    panel : Panel
    """
    place = _place_of(type(panel).__name__)
    if place is None:
        return
    earlier = _PANELS.get(place)
    _PANELS[place] = panel
    if earlier is None:
        return
    for name in panel.state.remembered:
        if getattr(panel.state, name) == panel.state.trait_defaults(name):
            try:
                panel.state.set_trait(name, getattr(earlier.state, name))
            except TraitError:
                continue  # what was chosen is not there any more
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
