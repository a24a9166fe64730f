"""Simulations of the workspace: the one that is looked at is kept, and others are taken up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import ArgumentError, visible
from workbench.panels.frame import PanelTable
from workbench.panels.generate import notes_html

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.whatif.simulating import Task
    from workbench.panels.whatif.state import WhatIfState

__all__ = ["KeptBox"]

_COLUMNS: Final = ("name", "made_at", "who", "verdict", "note")
_TITLES: Final = {"made_at": "kept at (UTC)", "who": "by"}


class KeptBox:
    """Simulations that are kept.

    Parameters
    ----------
    panel : Panel of WhatIfState
    run : callable
        Does what may take long.

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
    """

    def __init__(self, panel: Panel[WhatIfState], run: Callable[[Task], None]) -> None:
        self._panel, self._state, self._run = panel, panel.state, run
        initial = {"description_width": "initial"}
        self.name = widgets.Combobox(
            description="Keep as", ensure_option=False, continuous_update=False, style=initial
        ).add_class("nw-field")
        self.note = widgets.Text(
            description="Note", placeholder="optional", continuous_update=False, style=initial,
            layout={"width": "260px"},
        )  # fmt: skip
        self.keep = widgets.Button(
            description="Keep", tooltip="Keep the draft and its verdict in the workspace under this name"
        )
        self.again = widgets.Button(
            description="Take up again", tooltip="Make a draft of the one that is chosen, and simulate it anew"
        )
        self.delete = widgets.Button(description="Delete", tooltip="Delete the one that is chosen; Undo brings it back")
        self.undo = widgets.Button(
            description="Undo last decision", tooltip="Take the last keeping or deleting back, in the workspace"
        )
        self.says = widgets.HTML()
        self.table = panel.hold(
            PanelTable(
                "simulation", name="simulations", columns=_COLUMNS, titles=_TITLES, empty="No simulation is kept yet.",
            )
        )  # fmt: skip
        self._keeping = widgets.HBox([self.name, self.note, self.keep]).add_class("nw-tools")
        tools = widgets.HBox([self.again, self.delete, self.undo]).add_class("nw-tools")
        self.widget = widgets.VBox([self._keeping, self.says, tools, self.table.widget])
        self.table.on_select(panel.guarded(self._selected))
        self.keep.on_click(panel.guarded(lambda _button: self._keep_it()))
        self.again.on_click(panel.guarded(lambda _button: self._take_up()))
        self.delete.on_click(panel.guarded(lambda _button: self._delete_it()))
        self.undo.on_click(panel.guarded(lambda _button: self._state.simulations.undo()))

    def _keep_it(self) -> None:
        called = self._state.simulations.keep(self.name.value, self.note.value)
        self.name.value = self.note.value = ""
        lasting = "" if self._state.scope.is_kept else _LASTING
        self._panel.say(f"Kept as {visible(called)}.{lasting}")

    def _take_up(self) -> None:
        self._run(self._state.simulations.take_up(self._chosen()))

    def _delete_it(self) -> None:
        name = self._chosen()
        self._state.simulations.delete(name)
        self._panel.say(f"{visible(name)} is deleted.")

    def _chosen(self) -> str:
        for name in self.table.selected["name"]:
            return str(name)
        message = "no simulation is chosen"
        raise ArgumentError(message, "choose one in the table")

    def _selected(self, rows: pd.DataFrame) -> None:
        self.again.disabled = self.delete.disabled = rows.empty

    def show(self) -> None:
        """Show what is kept, and what can be done with it."""
        kept = self._state.simulations
        self.name.options = [visible(name) for name in kept.simulations]
        self.name.placeholder = visible(self._state.draft.name)
        self._keeping.layout.display = "" if self._state.answer is not None else "none"
        self.undo.layout.display = "" if kept.can_undo else "none"
        for button in (self.again, self.delete):
            button.layout.display, button.disabled = "" if kept.simulations else "none", True
        self.says.value = notes_html(f"{one.key} is not read: {one.why}" for one in kept.unread)
        self.table.show(kept.frame())

    def static_html(self) -> str:
        """Return what is kept."""
        return f"{self.says.value}{self.table.static_html(self._state.simulations.frame())}"


_LASTING: Final = " It is gone with the kernel: Workbench(…, workspace=…) keeps it."
