"""How much is allowed of what could be: of each workload, each namespace and the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from workbench.ground import html_text
from workbench.panels.checks.state import SCOPES
from workbench.panels.frame import PanelTable

if TYPE_CHECKING:
    import pandas as pd

    from workbench.panels.checks.state import ChecksState
    from workbench.panels.frame import Panel

__all__ = ["OpennessBox"]

_COLUMNS: Final = ("scope", "name", "percent", "allowed", "possible", "used", "excess")
_TITLES: Final = {"percent": "share (%)", "excess": "allowed, not used"}
_MEANING: Final = (
    "Connections that are allowed on some port, of all that could be: one from and one to each other workload and the "
    "internet. What was not seen is not wrong: a rare job is excess until it runs."
)


class OpennessBox:
    """Permissiveness.

    Parameters
    ----------
    panel : Panel of ChecksState

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
    """

    def __init__(self, panel: Panel[ChecksState]) -> None:
        self._state = panel.state
        self.scopes = widgets.ToggleButtons(options=[(words, name) for name, words in SCOPES.items()])
        self.scopes.style.button_width = "auto"
        self.says = widgets.HTML()
        self.table = panel.hold(
            PanelTable("row", name="permissiveness", columns=_COLUMNS, titles=_TITLES, empty="No workload is there.")
        )
        self.widget = widgets.VBox([self.says, self.scopes, self.table.widget])
        panel.join(self.scopes, "scopes")
        panel.follow(panel.state, "scopes", lambda _change: self.show())
        self.table.on_select(panel.guarded(self._selected))

    def _selected(self, rows: pd.DataFrame) -> None:
        names = rows[rows["scope"] == "workload"]["name"]
        if len(names):
            self._state.selection.select_workload(*map(str, names))

    def _frame(self) -> pd.DataFrame:
        frame = self._state.openness_rows()
        return frame if frame.empty else frame.assign(percent=(frame["share"] * 100).round(1))

    def show(self) -> None:
        """Show how much is allowed."""
        self.says.value = self._said()
        self.table.show(self._frame())

    def _said(self) -> str:
        found = self._state.openness
        said = "" if found is None else f"{found.headline}."
        return f'<p role="status"><b>{html_text(said)}</b></p><p class="nw-note">{html_text(_MEANING)}</p>'

    def static_html(self) -> str:
        """Return how much is allowed."""
        return f"{self._said()}{self.table.static_html(self._frame())}"
