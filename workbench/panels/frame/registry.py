"""Panels that are tabs of something: each registers itself, ours and those of others alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from workbench.ground import Plugins

if TYPE_CHECKING:
    from workbench.panels.frame.panel import Panel
    from workbench.panels.frame.scope import Scope

__all__ = ["PANELS", "Tab", "TabPlugins", "register_panel", "tabs"]

MakePanel = Callable[["Scope"], "Panel[Any]"]
MakeT = TypeVar("MakeT", bound="Callable[[Any], Panel[Any]]")


class Tab(NamedTuple):
    """One tab.

    Attributes
    ----------
    name : str
        By which it is asked for.
    title : str
        What is written on it.
    order : int
        Its place: lower ones come first.
    make : callable
        Takes what all tabs look at and returns the `Panel`; called when the tab is first shown.
    """

    name: str
    title: str
    order: int
    make: Callable[[Any], Panel[Any]]


class TabPlugins(Plugins[Tab]):
    """The tabs of one kind, by name."""

    def registering(self, name: str, title: str, order: int) -> Callable[[MakeT], MakeT]:
        """Return a decorator that makes a function, or a class, a tab.

        Parameters
        ----------
        name : str
            A tab of the same name is replaced.
        title : str
            What is written on it.
        order : int
            Its place: lower ones come first.
        """

        def register(make: MakeT) -> MakeT:
            self.register(name, Tab(name, title, order, make))
            return make

        return register

    def in_order(self) -> tuple[Tab, ...]:
        """Return all tabs in their order."""
        return tuple(sorted(self, key=lambda tab: (tab.order, tab.name)))


PANELS = TabPlugins("panel", group="netpol_workbench.panels")


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
    return PANELS.registering(name, title, order)


def tabs() -> tuple[Tab, ...]:
    """Return all tabs of the workbench in their order."""
    return PANELS.in_order()
