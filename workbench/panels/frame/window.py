"""The time that panels keep to, as two fields and a button: shared by all panels of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

if TYPE_CHECKING:
    from workbench.panels.frame.panel import Panel

__all__ = ["WindowPicker"]


class WindowPicker:
    """The time to keep to, by its two ends, in UTC.

    Parameters
    ----------
    panel : Panel
        Whose selection has it; it shows what is wrong with it.
    words : str
        How wide the words before a field are, as CSS has it.

    Attributes
    ----------
    widgets : tuple of ipywidgets.Widget
        The two ends, and the button that sets them.
    """

    def __init__(self, panel: Panel[Any], words: str = "initial") -> None:
        self._selection = panel.state.selection
        layout, style = widgets.Layout(width="300px"), {"description_width": words}
        self._ends = [
            widgets.NaiveDatetimePicker(description=said, tooltip=f"{said}, UTC", layout=layout, style=style)
            for said in ("From (UTC)", "To (UTC)")
        ]
        self._set = widgets.Button(description="Set window", tooltip="Keep to this time; without an end, there is none")
        self._set.on_click(panel.guarded(lambda _button: self._put()))
        self.widgets = (*self._ends, self._set)
        panel.follow(self._selection, "window", lambda _change: self._show())
        self._show()

    def _show(self) -> None:
        for field, moment in zip(self._ends, self._selection.window, strict=True):
            field.value = None if moment is None else moment.replace(tzinfo=None)

    def _put(self) -> None:
        start, end = (field.value for field in self._ends)
        self._selection.window = (start, end)
