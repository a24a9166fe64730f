"""Widgets that have left the page are closed: the kernel and the page keep them otherwise."""

from __future__ import annotations

import ipywidgets as widgets

__all__ = ["free"]


def free(widget: widgets.Widget) -> None:
    """Close a widget that has left the page, and all that it is made of: each part is a widget of its own.

    Parameters
    ----------
    widget : ipywidgets.Widget
    """
    for part in getattr(widget, "children", ()):
        free(part)
    for part in (widget, getattr(widget, "layout", None), getattr(widget, "style", None)):
        if isinstance(part, widgets.Widget):
            part.close()
