"""The drafts by name: looked at, begun, copied, renamed and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.whatif.state import WhatIfState

__all__ = ["DraftBox"]


class DraftBox:
    """The drafts of a person.

    Parameters
    ----------
    panel : Panel of WhatIfState

    Attributes
    ----------
    widget : ipywidgets.HBox
    """

    def __init__(self, panel: Panel[WhatIfState]) -> None:
        self._state = panel.state
        self._is_ours = False
        self.choice = widgets.ToggleButtons(tooltips=[])
        self.choice.style.button_width = "auto"
        self._new = widgets.Button(description="New draft", tooltip="Begin another draft, with nothing in it")
        self._copy = widgets.Button(description="Copy draft", tooltip="Begin another draft with what is in this one")
        self.name = widgets.Text(
            description="Name", continuous_update=False, style={"description_width": "initial"},
            layout={"width": "180px"}, tooltip="Enter calls the draft so",
        )  # fmt: skip
        self._drop = widgets.Button(description="Drop draft", tooltip="Drop this draft; Undo brings it back")
        self._undo = widgets.Button(description="Undo", tooltip="Take the last step back: of all drafts")
        parts = [widgets.Label("Drafts"), self.choice, self._new, self._copy, self.name, self._drop, self._undo]
        self.widget = widgets.HBox(parts).add_class("nw-tools")
        state = self._state
        panel.follow(self.choice, "value", lambda change: self._chose(change.new))
        panel.follow(self.name, "value", lambda change: self._called(change.new))
        self._new.on_click(panel.guarded(lambda _button: state.begin()))
        self._copy.on_click(panel.guarded(lambda _button: state.begin(like=state.draft)))
        self._drop.on_click(panel.guarded(lambda _button: state.drop()))
        self._undo.on_click(panel.guarded(lambda _button: state.undo()))
        self.show()

    def _chose(self, name: str | None) -> None:
        if name is not None and not self._is_ours:
            self._state.look_at(name)

    def _called(self, name: str) -> None:
        if self._is_ours:
            return
        try:
            self._state.rename(name)
        finally:
            self.show()

    def show(self) -> None:
        """Show the drafts that there are."""
        state = self._state
        self._is_ours = True
        try:
            options = [(visible(name), name) for name in state.names]
            if tuple(self.choice.options) != tuple(options):
                self.choice.options = options
            self.choice.value = state.draft.name
            self.name.value = state.draft.name
        finally:
            self._is_ours = False
        self._undo.disabled = not state.steps
