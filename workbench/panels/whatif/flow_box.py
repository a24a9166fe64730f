"""The flows that were seen, by what becomes of them; the one that is chosen with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import ArgumentError, html_text, visible
from workbench.panels.frame import PanelTable, SheetTable
from workbench.panels.whatif.pieces import flow_html
from workbench.panels.whatif.reading import of_draft
from workbench.panels.whatif.state import VERDICT_WORDS
from workbench.whatif import FlowVerdict

if TYPE_CHECKING:
    from workbench.panels.frame import Panel, Work
    from workbench.panels.whatif.state import WhatIfState
    from workbench.whatif import Bisection

__all__ = ["FlowBox"]

_TITLES: Final = {
    "src": "from",
    "dst": "to",
    "flows_denied": "denied",
    "first_seen": "first seen (UTC)",
    "last_seen": "last seen (UTC)",
    "why": "decided by",
}
_COLUMNS: Final = ("src", "dst", "protocol", "port", "flows", "flows_denied", "last_seen", "why")
_EFFECTS: Final = {
    "cuts": "these alone cut it",
    "keeps": "without these, the rest keeps it",
}


class FlowBox:
    """Flows by what becomes of them.

    Parameters
    ----------
    panel : Panel of WhatIfState
    work : Work
        Shows what takes long.

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[WhatIfState], work: Work) -> None:
        self._panel, self._state, self._work = panel, panel.state, work
        self._is_ours = False
        state = panel.state
        self.verdict = widgets.ToggleButtons()
        self.verdict.style.button_width = "auto"
        self.sheet = SheetTable(
            panel, "edge", name="flows", columns=_COLUMNS, titles=_TITLES, find="part of a name",
            rows=state.flow_rows, count=state.flow_count, whole=state.all_flow_rows,
            empty="No flow is so.",
        )  # fmt: skip
        self._meaning = widgets.HTML()
        self._why = widgets.HTML()
        self._bisect = widgets.Button(
            description="Which documents cut it", tooltip="Try the documents of the draft one by one, and in sets"
        )
        self._notes = widgets.HTML()
        self.sets = panel.hold(
            PanelTable(
                "set", name="documents-that-cut", columns=("what", "policies", "places"),
                titles={"what": "effect", "policies": "documents", "places": "where"}, page=5,
            )
        )  # fmt: skip
        tools = widgets.HBox([self._bisect]).add_class("nw-tools")
        self._one = widgets.VBox([self._why, tools, self._notes, self.sets.widget]).add_class("nw-rule")
        self.widget = widgets.VBox([self.verdict, self._meaning, self.sheet.widget, self._one])
        panel.follow(self.verdict, "value", lambda change: self._chose(change.new))
        panel.follow(state, "verdict", lambda _change: self.show())
        panel.follow(state, "flow", lambda _change: self._show_one())
        self.sheet.table.on_select(panel.guarded(self._selected))
        self._bisect.on_click(panel.guarded(lambda _button: self._look_for_documents()))
        self._show_one()

    def _chose(self, verdict: str | None) -> None:
        if verdict is not None and not self._is_ours:
            self._state.verdict = verdict

    def _selected(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self._state.select_flow(row)
        if rows.empty:
            self._state.flow = None

    def _look_for_documents(self) -> None:
        edge = self._state.edge
        if edge is None:
            message = "no flow with a port is chosen"
            raise ArgumentError(message, "choose one in the table")
        row = self._state.flow
        self._work.run(
            self._state.bisecting(edge),
            self._panel.guarded(lambda found: self._show_sets(row, found)),
            self._panel.show_error,
        )

    def show(self) -> None:
        """Show the flows of the verdict that is chosen, with how many there are of each."""
        state, counts = self._state, self._state.counts()
        self._is_ours = True
        try:
            self.verdict.options = [(f"{words} {counts[one]:,}", one.value) for one, words in VERDICT_WORDS.items()]
            self.verdict.tooltips = [f"Flows: {one.meaning}" for one in VERDICT_WORDS]
            self.verdict.value = state.verdict
        finally:
            self._is_ours = False
        meaning = FlowVerdict(state.verdict).meaning
        self._meaning.value = f'<p class="nw-note">{html_text(f"{meaning[:1].upper()}{meaning[1:]}.")}</p>'
        self.sheet.show()
        self._show_one()

    def _show_one(self) -> None:
        state = self._state
        self._notes.value = ""
        self.sets.widget.layout.display = "none"
        self._one.layout.display = "none" if state.flow is None else ""
        if state.flow is not None:
            self._why.value = flow_html(state.flow, state.judged)
            can = state.flow["verdict"] == FlowVerdict.CUT.value and state.edge is not None
            self._bisect.layout.display = "" if can else "none"

    def _show_sets(self, row: Any, found: Bisection) -> None:  # noqa: ANN401  (a row of a frame)
        if self._state.flow is not row:
            return  # another one is looked at by now
        frame = found.to_frame()
        places = [tuple(map(of_draft, one)) for one in frame["places"]]
        self.sets.show(frame.assign(what=frame["effect"].map(_EFFECTS), places=pd.Series(places, dtype="object")))
        self.sets.widget.layout.display = ""
        self._notes.value = f'<p role="status">{html_text(visible(" ".join(found.notes)))}</p>'

    def static_html(self) -> str:
        """Return what is listed, and why the flow that is looked at is what it is."""
        state, counts = self._state, self._state.counts()
        said = ", ".join(f"{words.lower()} {counts[one]:,}" for one, words in VERDICT_WORDS.items())
        one = "" if state.flow is None else flow_html(state.flow, state.judged)
        words = VERDICT_WORDS[FlowVerdict(state.verdict)]
        return f"<p>{html_text(f'Flows: {said}. {words}:')}</p>{self.sheet.static_html()}{one}"
