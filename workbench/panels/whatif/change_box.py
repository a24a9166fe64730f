"""What would be changed: the text, files, a proposal, policies to delete, and the list of all documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import ArgumentError, count_of, html_text, visible
from workbench.panels.frame import SheetTable, taken_uploads
from workbench.panels.whatif.editor import TextEditor

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.whatif.state import WhatIfState

__all__ = ["ChangeBox"]

MOST_NAMED: Final = 100
"""Policies that are offered to be deleted; of more, those that have what is typed in their names."""
_HINT: Final = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default-deny, namespace: …}\n…"
_HANDED: Final = "\0handed on"
_COLUMNS: Final = ("status", "policy", "line", "where")
_TITLES: Final = {"line": "at line", "where": "now in"}


class ChangeBox:
    """What the draft that is looked at would change.

    Parameters
    ----------
    panel : Panel of WhatIfState

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[WhatIfState]) -> None:
        self._panel, self._state = panel, panel.state
        initial = {"description_width": "initial"}
        self.editor = TextEditor(
            label="Policies of the draft, as YAML",
            hint=_HINT,
        )
        self._upload = widgets.FileUpload(
            accept=".yaml,.yml,.json", multiple=True, description="Upload files", tooltip="Add the policies of files"
        )
        self._proposals = widgets.Dropdown(description="Proposal", style=initial, layout={"width": "250px"})
        self._take = widgets.Button(
            description="Take", tooltip="Make a draft of the proposal; an empty draft becomes it, else another is begun"
        )
        self._proposal_line = widgets.HBox([self._proposals, self._take]).add_class("nw-tools")
        self._refs = widgets.Combobox(
            description="Delete", placeholder="NetworkPolicy shop/db", ensure_option=False, continuous_update=False,
            tooltip="A policy of the cluster that the draft deletes", style=initial,
        ).add_class("nw-grows")  # fmt: skip
        self._delete = widgets.Button(description="Delete policy", tooltip="Let the draft delete this policy")
        self._leave = widgets.Button(
            description="Delete no longer",
            tooltip="Leave the policy that is chosen in the list as it is",
            disabled=True,
        )
        self._says = widgets.HTML()
        self.documents = SheetTable(
            panel, "document", name="documents", columns=_COLUMNS, titles=_TITLES, size=8, find="part of its name",
            rows=self._rows, count=lambda text: len(self._found(text)), whole=self._found,
            empty="The draft changes nothing yet.",
        )  # fmt: skip
        left = widgets.VBox([self.editor, self._says]).add_class("nw-column")
        right = widgets.VBox(
            [
                widgets.HBox([self._upload, self._proposal_line]).add_class("nw-tools"),
                widgets.HBox([self._refs, self._delete]).add_class("nw-tools"),
                widgets.HTML('<div class="nw-heading">Documents</div>'),
                self.documents.widget,
                widgets.HBox([self._leave]).add_class("nw-tools"),
            ]
        ).add_class("nw-column")
        self.widget = widgets.HBox([left, right]).add_class("nw-beside").add_class("nw-change")
        self._connect()
        self.show()
        self.offer()

    def _connect(self) -> None:
        panel, state = self._panel, self._state
        panel.follow(self.editor, "value", lambda change: state.write(change.new))
        panel.follow(self._upload, "value", lambda _change: self._sent())
        panel.follow(self._refs, "value", lambda change: self._narrow(change.new))
        panel.follow(state.selection, "proposal", lambda _change: self.offer())
        panel.follow(state.scope, "decided", lambda _change: self.offer())
        self._take.on_click(panel.guarded(lambda _button: self._take_it()))
        self._delete.on_click(panel.guarded(lambda _button: self._delete_it()))
        self._leave.on_click(panel.guarded(lambda _button: self._leave_it()))
        self.documents.table.on_select(panel.guarded(self._selected))

    # --- what a person does ---------------------------------------------------------------------------------

    def _sent(self) -> None:
        files = taken_uploads(self._upload)
        if files:
            self._state.upload(files)
            self._panel.say(f"{count_of(len(files), 'file')} added to the draft.")

    def _take_it(self) -> None:
        state, name = self._state, str(self._proposals.value)
        if name == _HANDED:
            state.take(state.selection.proposal)
        else:
            state.take(state.kept.proposal(name), name)
        self._panel.say(f"The proposal is draft {visible(state.current)}.")

    def _narrow(self, text: str) -> None:
        there = self._state.policies_there
        if not text or text in there:
            self._offer_refs("")
            return
        self._offer_refs(text)
        self._panel.say(f"{count_of(len(self._refs_with(text)), 'policy')} with this in the name: choose one.")

    def _delete_it(self) -> None:
        ref = str(self._refs.value).strip()
        if not ref:
            message = "no policy is named"
            raise ArgumentError(message, "choose one in the field beside, such as NetworkPolicy shop/db")
        self._state.delete(ref)
        self._refs.value = ""

    def _selected(self, rows: pd.DataFrame) -> None:
        self._leave.disabled = not any(rows["policy"].isin(self._state.draft.removed)) if len(rows) else True

    def _leave_it(self) -> None:
        self._state.leave(*self.documents.table.selected["policy"])

    # --- what is shown --------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the draft that is looked at."""
        state = self._state
        self.editor.value = state.draft.text
        self.editor.tell(state.reading.faults)
        facts = ", ".join(state.facts)
        self._says.value = f'<p class="nw-note" role="status">{html_text(facts)}{"." if facts else ""}</p>'
        self._leave.disabled = True
        self._leave.layout.display = "" if state.draft.removed else "none"
        self._frame = state.documents()
        self.documents.show()

    def offer(self) -> None:
        """Offer the proposals that there are, and the policies that can be deleted."""
        state = self._state
        handed = state.selection.proposal
        options = [(visible(name), name) for name in state.kept.names]
        if handed is not None:
            options.insert(0, (f"handed on: {handed.strategy}, {count_of(len(handed.policies), 'policy')}", _HANDED))
        chosen = self._proposals.value
        self._proposals.options = options
        names = [name for _, name in options]
        self._proposals.value = chosen if chosen in names else next(iter(names), None)
        self._proposal_line.layout.display = "" if options else "none"
        self._offer_refs("")

    def _offer_refs(self, text: str) -> None:
        self._refs.options = [visible(ref) for ref in self._refs_with(text)[:MOST_NAMED]]

    def _refs_with(self, text: str) -> list[str]:
        wanted = text.strip().lower()
        return [ref for ref in self._state.policies_there if wanted in ref.lower()]

    def _found(self, text: str) -> pd.DataFrame:
        if not text:
            return self._frame
        return self._frame[self._frame["policy"].str.contains(text, case=False, regex=False)]

    def _rows(self, first: int, most: int, text: str) -> pd.DataFrame:
        return self._found(text).iloc[first : first + most]
