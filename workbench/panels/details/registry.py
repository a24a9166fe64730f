"""The tabs beside what is selected: each registers itself, ours and those of others alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.panels.frame import Tab, TabPlugins

if TYPE_CHECKING:
    from workbench.panels.details.state import DetailsState
    from workbench.panels.details.tab import TabPanel

__all__ = ["DETAILS", "details_tabs", "register_details"]

MakeTab = Callable[["DetailsState"], "TabPanel[Any]"]

DETAILS = TabPlugins("tab of details", group="netpol_workbench.details")


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
    return DETAILS.registering(name, title, order)


def details_tabs() -> tuple[Tab, ...]:
    """Return all tabs of the side panel in their order."""
    return DETAILS.in_order()
