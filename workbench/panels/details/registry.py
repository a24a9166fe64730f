"""The tabs beside what is selected: each registers itself, ours and those of others alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.ground import Plugins

if TYPE_CHECKING:
    from workbench.panels.details.state import DetailsState
    from workbench.panels.details.tab import TabPanel

__all__ = ["DETAILS", "DetailsTab", "details_tabs", "register_details"]

MakeTab = Callable[["DetailsState"], "TabPanel[Any]"]


class DetailsTab(NamedTuple):
    """One tab of the side panel.

    Attributes
    ----------
    name : str
        By which it is asked for.
    title : str
        What is written on it.
    order : int
        Its place: lower ones come first.
    make : callable
        Takes the `DetailsState` and returns the `TabPanel`; called when the tab is first shown.
    """

    name: str
    title: str
    order: int
    make: MakeTab


DETAILS: Plugins[DetailsTab] = Plugins("tab of details", group="netpol_workbench.details")


def register_details(name: str, *, title: str, order: int = 100) -> Callable[[MakeTab], MakeTab]:
    """Return a decorator that makes a function, or a class, a tab of the side panel.

    Parameters
    ----------
    name : str
        A tab of the same name is replaced.
    title : str
        What is written on the tab.
    order : int
        Its place: lower ones come first.
    """

    def register(make: MakeTab) -> MakeTab:
        DETAILS.register(name, DetailsTab(name, title, order, make))
        return make

    return register


def details_tabs() -> tuple[DetailsTab, ...]:
    """Return all tabs in their order."""
    return tuple(sorted(DETAILS, key=lambda tab: (tab.order, tab.name)))
