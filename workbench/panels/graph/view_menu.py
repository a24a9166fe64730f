"""The menu of saved views: choose one, save what is chosen, delete, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.graph.state import NetworkGraphState

__all__ = ["ViewMenu"]

_NONE = ""


class ViewMenu:
    """The saved views of a graph.

    Parameters
    ----------
    panel : Panel
        Whose state they are of; it shows errors.

    Attributes
    ----------
    widgets : tuple of ipywidgets.Widget
        From top to bottom.
    """

    def __init__(self, panel: Panel[NetworkGraphState]) -> None:
        self._panel, self._saved = panel, panel.state.saved
        style, layout = {"description_width": "76px"}, widgets.Layout(width="260px")
        self.choice = widgets.Dropdown(description="Saved views", style=style, layout=layout)
        self.name = widgets.Text(description="Name", placeholder="of the view", style=style, layout=layout)
        self.name.continuous_update = True
        self.save = widgets.Button(description="Save", tooltip="Save what is chosen now as a view of this name")
        self.delete = widgets.Button(description="Delete", tooltip="Delete the view that is chosen")
        self.undo = widgets.Button(description="Undo", tooltip="Take back the last view that was saved or deleted here")
        for button in (self.save, self.delete, self.undo):
            button.layout.width = "auto"
        self.widgets = (self.choice, self.name, widgets.HBox([self.save, self.delete, self.undo]))
        self.save.on_click(panel.guarded(lambda _button: self._save()))
        self.delete.on_click(panel.guarded(lambda _button: self._saved.delete(self._saved.current)))
        self.undo.on_click(panel.guarded(lambda _button: self._take_back()))
        panel.follow(self.choice, "value", lambda change: self._choose(change.new))
        panel.follow(self._saved, ["names", "unreadable", "current"], lambda _change: self._show())
        panel.follow(self.name, "value", lambda _change: self._allow())
        self._show()

    def _save(self) -> None:
        self._saved.save(self.name.value)
        scope = self._panel.state.scope
        lasting = "" if scope.is_kept else " It is gone with the kernel: Workbench(…, workspace=…) keeps it."
        self._panel.say(f"The view {visible(self._saved.current)} was saved.{lasting}")

    def _take_back(self) -> None:
        self._saved.undo()
        self._allow()

    def _choose(self, name: str) -> None:
        if name and name != self._saved.current:
            missed = self._saved.apply(name)
            self.name.value = name
            self._panel.say(" ".join(missed))

    def _show(self) -> None:
        none = "cannot be read" if self._saved.unreadable else "none" if self._saved.names else "none yet"
        self.choice.options = [(none, _NONE), *((visible(name), name) for name in self._saved.names)]
        self.choice.tooltip = self._saved.unreadable
        self.choice.value = self._saved.current
        self._allow()

    def _allow(self) -> None:
        self.save.disabled = not self.name.value.strip()
        self.delete.disabled = not self._saved.current
        self.undo.disabled = not self._saved.may_undo
