"""The panel that tries a change before it is made: drafts above, what the one that is looked at would do below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import ipywidgets as widgets
import pandas as pd

from workbench.ground import count_of, html_text, visible
from workbench.panels.frame import (
    Panel,
    SheetTable,
    Work,
    copy_button,
    download_button,
    empty_html,
)
from workbench.panels.generate import code_html
from workbench.panels.graph import NetworkGraphPanel, NetworkGraphState
from workbench.panels.whatif.alternatives_box import AlternativesBox
from workbench.panels.whatif.change_box import ChangeBox
from workbench.panels.whatif.draft_box import DraftBox
from workbench.panels.whatif.file_box import FileBox
from workbench.panels.whatif.flow_box import FlowBox
from workbench.panels.whatif.kept_box import KeptBox
from workbench.panels.whatif.pieces import answer_html, faults_html
from workbench.panels.whatif.state import VIEWS, WhatIfState

if TYPE_CHECKING:
    from workbench.panels.whatif.simulating import Task, Tried

__all__ = ["WhatIfPanel"]

_TITLES: Final = {
    "src": "from",
    "dst": "to",
    "last_seen": "last seen (UTC)",
    "decided_by": "decided by",
}
_RISKS: Final = ("risk", "src", "dst", "ports", "flows", "last_seen", "decided_by", "detail")
_EMPTY: Final = empty_html(
    "The draft was not tried yet.",
    "Paste policies, upload files, take a proposal or delete a policy; then press Simulate. Nothing is applied.",
)


class Listed(Protocol):
    """What of a change is looked at as a list."""

    def show(self) -> None:
        """Show it as it is now."""

    def static_html(self) -> str:
        """Return it without widgets."""


class WhatIfPanel(Panel[WhatIfState]):
    """Tries changes of policies: what each would cut, open and deny to platforms, why, and what repairs it.

    Examples
    --------
    >>> WhatIfPanel(cluster, flows, drafts=[ChangeDraft("deny", text)])  # doctest: +SKIP
    """

    title = "What if"
    states = WhatIfState

    def build(self) -> Sequence[widgets.Widget]:
        """Return the drafts, the one that is looked at, and what it would do."""
        state = self.state
        self._graph: NetworkGraphPanel | None = None
        self._work = Work()
        self._drafts = DraftBox(self)
        self._change = ChangeBox(self)
        self._go = widgets.Button(
            description="Simulate", tooltip="Ask what the draft would do; nothing is applied", button_style="primary"
        )
        self._all = widgets.Button(description="Simulate all", tooltip="Ask it of all drafts")
        self._repair = widgets.Button(
            description="Repair",
            tooltip="Add the fewest rules to the draft that keep the flows, and what platforms need, that it cuts",
        )
        failed = self.show_error
        self._take = widgets.HBox(
            [
                copy_button(state.sharing.file, "Copy YAML", failed=failed),
                download_button(state.sharing.file, "Save YAML", title="Save the draft as one file", failed=failed),
                download_button(
                    state.sharing.patch,
                    "Save patch",
                    title="Save the change of the files that policies stand in, for git apply",
                    failed=failed,
                ),
                download_button(
                    state.sharing.archive,
                    "Save ZIP",
                    title="Save a folder for GitOps: a file for each policy, kustomization.yaml, and what is deleted",
                    failed=failed,
                ),
            ]
        ).add_class("nw-tools")
        self._answer = widgets.HTML()
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._risks = SheetTable(
            self, "risk", name="risks", columns=_RISKS, titles=_TITLES, find="part of a name",
            rows=lambda first, most, text: self._found_risks(text).iloc[first : first + most],
            count=lambda text: len(self._found_risks(text)), whole=self._found_risks,
            empty="No risk is known.",
        )  # fmt: skip
        self._flows = FlowBox(self, self._work)
        self._side_by_side = AlternativesBox(self)
        self._files = FileBox(self)
        self._kept = KeptBox(self, self._run)
        self._shows_draft = widgets.ToggleButton(
            description="Draft",
            tooltip="On: what the draft opens and closes. Off: what is allowed and seen as it is",
            layout={"width": "auto"},
        )
        self._graph_says = widgets.HTML().add_class("nw-says")
        self._graph_place = widgets.VBox()
        self._sections: dict[str, widgets.Widget] = {
            "risks": self._risks.widget,
            "flows": self._flows.widget,
            "graph": widgets.VBox(
                [widgets.HBox([self._shows_draft, self._graph_says]).add_class("nw-tools"), self._graph_place]
            ),
            "drafts": self._side_by_side.widget,
            "files": self._files.widget,
            "kept": self._kept.widget,
        }
        self._listed: dict[str, Listed] = {
            "risks": self._risks,
            "flows": self._flows,
            "drafts": self._side_by_side,
            "files": self._files,
            "kept": self._kept,
        }
        self._connect()
        self._show_answer()
        self.guarded(lambda _handed: self._take_handed())(None)
        return (
            self._drafts.widget,
            self._change.widget,
            widgets.HBox([self._go, self._repair, self._all, self._take]).add_class("nw-tools"),
            self._work.widget,
            self._answer,
            self._view,
            *self._sections.values(),
        )

    def _connect(self) -> None:
        state = self.state
        self.join(self._view, "view")
        self.join(self._shows_draft, "shows_draft")
        self.follow(state, ["drafts", "current"], lambda _change: self._show_draft())
        self.follow(state, ["found", "history"], lambda _change: self._show_answer())
        self.follow(state, ["view", "shows_draft", "root"], lambda _change: self._show_view())
        self.follow(state.selection, "window", lambda _change: self._show_answer())
        self.follow(state.scope, "decided", lambda _change: self._decided())
        self.follow(state.scope, ["cluster", "flows"], lambda _change: self._replaced())
        self._go.on_click(self.guarded(lambda _button: self._run(state.trying())))
        self._all.on_click(self.guarded(lambda _button: self._run(state.trying(*self._worth_trying()))))
        self._repair.on_click(self.guarded(lambda _button: self._run(state.repairing())))
        self.follow(state.selection, "draft", lambda _change: self._take_handed())

    # --- what a person does ---------------------------------------------------------------------------------

    def _run(self, task: Task) -> None:
        self._work.run(task, self.guarded(self._put), self.show_error)

    def _put(self, tried: Tried) -> None:
        said = self.state.put(tried)
        if said:
            self.say(visible(said))

    def _take_handed(self) -> None:
        """Try what another panel handed on."""
        if self.state.take_handed():
            self._run(self.state.trying())

    def _worth_trying(self) -> list[str]:
        """Return the drafts that change something; the one that is looked at where none does."""
        return [one.name for one in self.state.drafts if not one.is_empty] or [self.state.draft.name]

    def _decided(self) -> None:
        self._say_answer()
        if self.state.view == "kept":
            self._show_view()

    def _replaced(self) -> None:
        self.state.forget()
        self._change.offer()
        self._show_draft()

    # --- what is shown --------------------------------------------------------------------------------------

    def _show_draft(self) -> None:
        self._drafts.show()
        self._change.show()
        self._show_answer()

    def _show_answer(self) -> None:
        self._say_answer()
        self._show_view()

    def _say_answer(self) -> None:
        state = self.state
        self._answer.value = self._answer_html()
        self._view.layout.display = "" if any(map(state.can_show, VIEWS)) else "none"
        self._repair.layout.display = "" if state.can_repair else "none"
        self._repair.disabled = not state.is_current(state.draft)
        self._all.layout.display = "" if len(state.drafts) > 1 else "none"

    def _answer_html(self) -> str:
        state = self.state
        if state.simulation is None:
            return _EMPTY
        kinds = state.risks()["risk"].unique()
        return answer_html(state.simulation, kinds, state.lost, is_current=state.is_current(state.draft))

    def _show_view(self) -> None:
        """Show what is looked at; what is not in sight is not made."""
        state = self.state
        for name, part in self._sections.items():
            is_shown = name == state.view and state.can_show(name)
            part.layout.display = "" if is_shown else "none"
            if is_shown and name == "graph":
                self._draw()
            elif is_shown:
                self._listed[name].show()

    def _draw(self) -> None:
        """Draw what the draft opens and closes, or what is there as it is."""
        state = self.state
        why_not = state.why_not_drawn if state.shows_draft else ""
        said = (
            "What the draft opens, closes and changes." if state.shows_draft else "What is allowed and seen as it is."
        )
        self._graph_says.value = f'<span class="nw-note" role="status">{html_text(why_not or said)}</span>'
        self._graph_place.layout.display = "none" if why_not else ""
        if state.simulation is None or why_not:
            return
        view, before = ("difference", state.simulation.difference) if state.shows_draft else ("all", None)
        if self._graph is None:
            # A time that was chosen elsewhere stays the one that is looked at.
            span = "all time" if state.selection.window == (None, None) else ""
            graph = NetworkGraphState(state.scope, view=view, before=before, span=span)
            self._graph = self.hold(NetworkGraphPanel(graph, details=False, height="480px"))
            self._graph_place.children = (self._graph.view,)
            return
        shown = self._graph.state
        if shown.before is not before or shown.view != view:
            with shown.several():
                shown.before, shown.view = before, view

    def _found_risks(self, text: str) -> pd.DataFrame:
        frame = self.state.risks()
        if not text or frame.empty:
            return frame
        has = [frame[name].str.contains(text, case=False, regex=False) for name in ("risk", "src", "dst", "detail")]
        return frame[pd.concat(has, axis=1).any(axis=1)]

    def static_html(self) -> str:
        """Return the draft that is looked at, and what of it is looked at."""
        state = self.state
        draft = state.draft
        removed = f", deletes {', '.join(map(visible, draft.removed))}" if draft.removed else ""
        about = f"Draft {visible(draft.name)} of {count_of(len(state.drafts), 'draft')}{removed}."
        text = code_html(draft.text, "YAML of the draft") if draft.text.strip() else ""
        documents = self._change.documents.static_html() if not draft.is_empty else ""
        head = f"<p>{html_text(about)}</p>{text}{faults_html(state.reading.faults)}{documents}{self._answer_html()}"
        shown = self._view_html()
        return f"{head}<h4>{html_text(VIEWS[state.view])}</h4>{shown}" if shown else head

    def _view_html(self) -> str:
        state = self.state
        if not state.can_show(state.view):
            return ""
        if state.view != "graph":
            return self._listed[state.view].static_html()
        is_drawn = self._graph is not None and not (state.shows_draft and state.why_not_drawn)
        drawn = self._graph.static_html() if self._graph is not None and is_drawn else ""
        return f"<p>{self._graph_says.value}</p>{drawn}"
