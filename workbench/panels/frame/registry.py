"""The panels that the workbench has as tabs: each registers itself, ours and those of others alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.ground import Plugins

if TYPE_CHECKING:
    from workbench.panels.frame.panel import Panel
    from workbench.panels.frame.scope import Scope

__all__ = ["PANELS", "Tab", "register_panel", "tabs"]

MakePanel = Callable[["Scope"], "Panel[Any]"]


class Tab(NamedTuple):
    """One tab of the workbench.

    Attributes
    ----------
    name : str
        By which it is asked for.
    title : str
        What is written on it.
    order : int
        Its place: lower ones come first.
    make : callable
        Takes the `Scope` of the workbench and returns the `Panel`.
    """

    name: str
    title: str
    order: int
    make: MakePanel


PANELS: Plugins[Tab] = Plugins("panel", group="netpol_workbench.panels")


def register_panel(name: str, *, title: str, order: int = 100) -> Callable[[MakePanel], MakePanel]:
    """Return a decorator that makes a function, or a class, a tab of the workbench.

    Parameters
    ----------
    name : str
        A panel of the same name is replaced.
    title : str
        What is written on the tab.
    order : int
        Its place: lower ones come first.
    """

    def register(make: MakePanel) -> MakePanel:
        PANELS.register(name, Tab(name, title, order, make))
        return make

    return register


def tabs() -> tuple[Tab, ...]:
    """Return all tabs in their order."""
    return tuple(sorted(PANELS, key=lambda tab: (tab.order, tab.name)))
