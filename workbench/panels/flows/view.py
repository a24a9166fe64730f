"""The panel of what was seen: it reads recordings, and lists what they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import Progress, count_of, html_text
from workbench.panels.flows.state import VIEWS, FlowsState
from workbench.panels.frame import Panel, PanelTable, Work, empty_html, taken_uploads, timeline_of, timeline_svg

if TYPE_CHECKING:
    from workbench.flows import Flows, LoadedFlows

__all__ = ["FlowsPanel"]

_EDGE: Final = ("meaning", "src", "dst", "ports", "flows", "last_seen", "dst_domains", "decided_by", "reason")
_TITLES: Final = {
    "meaning": "status",
    "src": "from",
    "dst": "to",
    "last_seen": "last seen (UTC)",
    "dst_domains": "names",
    "decided_by": "decided by",
    "reason": "remark",
    "flows_denied": "denied",
}


class FlowsPanel(Panel[FlowsState]):
    """Reads recordings by path or by upload, and lists who talked to whom, when, and what was denied."""

    title = "Flows"
    states = FlowsState

    def build(self) -> Sequence[widgets.Widget]:
        """Return the form that reads recordings, the timeline, and the tables."""
        self._path = widgets.Text(
            description="Recordings",
            placeholder="file or folder where JupyterLab runs",
        ).add_class("nw-grows")
        self._read = widgets.Button(description="Read", tooltip="Read what the field names", button_style="primary")
        self._upload = widgets.FileUpload(multiple=True, description="Upload", tooltip="Recordings, also compressed")
        self._work = Work()
        self._says = widgets.HTML()
        self._timeline = widgets.HTML()
        self._timed: Flows | None = None
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._tables = {
            "edges": PanelTable("edge", name="edges", columns=_EDGE, titles=_TITLES, empty="No edges were seen."),
            "denied": PanelTable(
                "edge",
                name="denied",
                columns=("src", "dst", "protocol", "port", "flows_denied", "last_seen", "verdicts", "policies"),
                titles=_TITLES,
                empty="Nothing was denied.",
            ),
            "names": PanelTable(
                "name",
                name="names",
                columns=("src", "name", "address", "answers", "first_seen", "last_seen"),
                titles=_TITLES,
                empty="The recordings hold no DNS answers.",
            ),
            "summary": PanelTable("format and verdict", name="summary", empty="No flows were read."),
            "files": PanelTable("file", name="files", empty="This panel has read no recordings."),
        }
        self._problems = PanelTable(
            "problem", name="problems", columns=("severity", "message", "remedy", "file", "line"), page=5
        )
        self._place = widgets.VBox()
        self._connect()
        self._show()
        return (
            widgets.HBox([self._path, self._read, self._upload]).add_class("nw-tools"),
            self._work.widget,
            self._says,
            self._timeline,
            self._view,
            self._place,
        )

    def _connect(self) -> None:
        for table in self._tables.values():
            self.hold(table)
        self.hold(self._problems)
        self.join(self._view, "view")
        self._read.on_click(self.guarded(lambda _button: self._start(self._named)))
        self.follow(self._upload, "value", lambda _change: self._uploaded())
        self.follow(self.state, ["view", "loaded"], lambda _change: self._show())
        self.follow(self.state.scope, ["flows", "cluster", "address_book"], lambda _change: self._show())
        self.follow(self.state.selection, "window", lambda _change: self._show())
        for table in self._tables.values():
            table.on_select(self.guarded(self._selected))

    # --- reading ------------------------------------------------------------------------------------------

    def _named(self, progress: Progress) -> LoadedFlows:
        return self.state.read(self._path.value, progress)

    def _uploaded(self) -> None:
        files = taken_uploads(self._upload)
        if files:
            self._start(lambda progress: self.state.read_upload(files, progress))

    def _start(self, task: Callable[[Progress], LoadedFlows]) -> None:
        self._work.run(task, self.guarded(self.state.take), self.show_error)

    # --- showing ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        state = self.state
        table = self._tables[state.view]
        table.show(state.rows())
        problems = state.problems
        self._problems.show(problems)
        parts = [table.widget]
        if state.view == "files" and not problems.empty:
            parts.append(self._problems.widget)
        self._place.children = parts
        for widget in (self._view, self._place):
            widget.layout.display = "none" if state.scope.flows is None and state.loaded is None else ""
        self._says.value = self._said()
        if self._timed is not state.flows:
            self._timed, self._timeline.value = state.flows, self._timeline_html()

    def _said(self) -> str:
        state = self.state
        if state.scope.flows is None:
            return empty_html(
                "No flows were read yet.", "Name or upload recordings: Hubble, Calico, GKE, and what else is known."
            )
        start, end = state.selection.window
        kept = "" if start is None and end is None else f" Kept to {start or 'the beginning'} to {end or 'the end'}."
        problems = len(state.problems)
        faults = f" {count_of(problems, 'problem')}: see “{VIEWS['files']}”." if problems else ""
        said = f"{state.sentence}{kept}{faults} {state.scope.why_unnamed}"
        return f'<p role="status">{html_text(said.strip())}</p>'

    def _timeline_html(self) -> str:
        flows = self.state.flows
        if flows is None:
            return ""
        first, last = flows.period
        if first is None or last is None:
            return '<p class="nw-note">No time is known of these flows.</p>'
        return timeline_svg(timeline_of(flows, first, last))

    def _selected(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self.state.select_row(row)

    def static_html(self) -> str:
        """Return what is listed, below the timeline."""
        table = self._tables[self.state.view].static_html()
        return f"{self._said()}{self._timeline.value}<h4>{html_text(VIEWS[self.state.view])}</h4>{table}"
