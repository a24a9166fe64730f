"""Drafts side by side, the one that breaks least first, and the edges of which they say different things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import first_of, html_text, visible
from workbench.panels.frame import PanelTable, SheetTable

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.whatif.state import WhatIfState

__all__ = ["AlternativesBox"]

_COLUMNS: Final = (
    *("name", "verdict", "documents", "flows_cut", "flows_opened", "flows_uncertain", "flows_kept"),
    *("openings", "closings", "losses", "besides", "current"),
)
_TITLES: Final = {
    "src": "from",
    "dst": "to",
    "name": "draft",
    "flows_cut": "flows cut",
    "flows_opened": "flows opened",
    "flows_uncertain": "flows uncertain",
    "flows_kept": "flows kept",
    "openings": "connections opened",
    "closings": "connections closed",
    "current": "as it is now",
    "says": "what each draft does to it",
}


class AlternativesBox:
    """Drafts side by side.

    Parameters
    ----------
    panel : Panel of WhatIfState

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
        The drafts.
    edges : SheetTable
        The edges of which they say different things.
    """

    def __init__(self, panel: Panel[WhatIfState]) -> None:
        self._state = state = panel.state
        self.says = widgets.HTML()
        self.table = panel.hold(
            PanelTable(
                "draft", name="drafts", columns=_COLUMNS, titles=_TITLES,
                empty="No draft was tried yet: press Simulate all.",
            )
        )  # fmt: skip
        self.edges = SheetTable(
            panel, "edge", name="disagreements", titles=_TITLES, find="part of a name",
            rows=state.disagreements, count=state.disagreement_count, whole=state.all_disagreements,
            empty="They say the same of all that was seen.",
        )  # fmt: skip
        heading = widgets.HTML('<div class="nw-heading">Flows of which they say different things</div>')
        self._disagree = widgets.VBox([heading, self.edges.widget])
        self.widget = widgets.VBox([self.says, self.table.widget, self._disagree])
        self.table.on_select(panel.guarded(self._selected))
        self.edges.table.on_select(panel.guarded(self._selected_edge))

    def _selected(self, rows: pd.DataFrame) -> None:
        for name in rows["name"]:
            self._state.look_at(str(name))

    def _selected_edge(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self._state.selection.select_edge(str(row["src"]), str(row["dst"]))

    def show(self) -> None:
        """Show the drafts as they are now."""
        self.says.value = self._says_html()
        self.table.show(self._state.alternatives())
        several = self._state.compared.compares
        self._disagree.layout.display = "" if several else "none"
        if several:
            self.edges.show()

    def _says_html(self) -> str:
        return "".join(f'<p role="status">{html_text(one)}</p>' for one in self._sentences())

    def _sentences(self) -> Iterator[str]:
        compared = self._state.compared
        if compared.best:
            yield f"{visible(compared.best)} breaks least."
        if self._state.untried:
            yield f"Not tried: {first_of([visible(name) for name in self._state.untried], 5)}."
        if compared.left_out:
            names = first_of([visible(name) for name in compared.left_out], 5)
            yield f"Flows not compared: {names}, tried on something else than there is now. Press Simulate all."

    def static_html(self) -> str:
        """Return the drafts, and the first edges of which they say different things."""
        edges = self.edges.static_html() if self._state.compared.compares else ""
        return f"{self._says_html()}{self.table.static_html(self._state.alternatives())}{edges}"
