"""The finding that is looked at, and what can be done about it: shown in the graph, tried, accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.ground import count_of, visible
from workbench.panels.checks.pieces import finding_html

if TYPE_CHECKING:
    from workbench.panels.checks.state import ChecksState
    from workbench.panels.frame import Panel

__all__ = ["FindingBox"]

_LASTING = " It is gone with the kernel: Workbench(…, workspace=…) keeps it."


class FindingBox:
    """One finding.

    Parameters
    ----------
    panel : Panel of ChecksState

    Attributes
    ----------
    widget : ipywidgets.VBox
        Invisible while no finding is chosen.
    """

    def __init__(self, panel: Panel[ChecksState]) -> None:
        self._panel, self._state = panel, panel.state
        initial = {"description_width": "initial"}
        self.says = widgets.HTML()
        self.graph = widgets.Button(
            description="Show in graph", tooltip="Select what it is about, and go to the network graph"
        )
        self.patch = widgets.Button(
            description="Try the patch in what-if", tooltip="Make a draft of the patch, and ask what it would do"
        )
        self.accepting = widgets.ToggleButton(
            description="Accept …", tooltip="Answer for this finding, with a reason", layout={"width": "auto"}
        )
        self.withdraw = widgets.Button(
            description="Accept no longer", tooltip="Let the finding count again; Undo last decision brings it back"
        )
        self.owner = widgets.Text(
            description="Owner", continuous_update=False, style=initial, layout={"width": "220px"},
            tooltip="Who answers for it",
        )  # fmt: skip
        self.reason = widgets.Text(
            description="Reason", placeholder="required", continuous_update=False, style=initial,
        ).add_class("nw-grows")  # fmt: skip
        self.expires = widgets.DatePicker(
            description="Until", style=initial, layout={"width": "190px"}, tooltip="The last day; without one, for good"
        )
        self.accept = widgets.Button(description="Accept", tooltip="Keep it as a decision in the workspace")
        self.form = widgets.HBox([self.owner, self.reason, self.expires, self.accept]).add_class("nw-tools")
        tools = widgets.HBox([self.graph, self.patch, self.accepting, self.withdraw]).add_class("nw-tools")
        self.widget = widgets.VBox([tools, self.form, self.says]).add_class("nw-rule")
        panel.follow(panel.state, "chosen", lambda _change: self._looks_elsewhere())
        panel.follow(self.accepting, "value", lambda _change: self.show())
        self.graph.on_click(panel.guarded(lambda _button: self._state.show_in_graph()))
        self.patch.on_click(panel.guarded(lambda _button: self._try_patch()))
        self.accept.on_click(panel.guarded(lambda _button: self._accept()))
        self.withdraw.on_click(panel.guarded(lambda _button: self._withdraw()))
        self.show()

    def _looks_elsewhere(self) -> None:
        self.accepting.value = False
        self.reason.value, self.expires.value = "", None
        self.show()

    def _try_patch(self) -> None:
        name, state = self._state.draft().name, self._state
        state.try_patch()
        if state.selection.draft is not None and "what-if" not in state.selection.tabs:
            self._panel.say(f"{name} is handed on: a WhatIfPanel of the same scope takes it as a draft.")

    def _accept(self) -> None:
        finding, state = self._state.finding, self._state
        state.accept(self.reason.value, owner=self.owner.value, expires=self.expires.value)
        self.accepting.value = False
        self.reason.value, self.expires.value = "", None
        about = "" if finding is None else f"{finding.check} of {visible(finding.object)} "
        self._panel.say(f"{about}is accepted.{'' if state.scope.is_kept else _LASTING}")

    def _withdraw(self) -> None:
        count = self._state.withdraw()
        self._panel.say(f"{count_of(count, 'entry')} taken away: what it covered counts again.")

    def show(self) -> None:
        """Show the finding as it is now."""
        finding, state = self._state.finding, self._state
        self.widget.layout.display = "none" if finding is None else ""
        if finding is None:
            return
        self.says.value = finding_html(finding)
        self.graph.layout.display = "" if state.can_show else "none"
        self.patch.layout.display = "" if finding.patch else "none"
        self.accepting.layout.display = "" if finding.status.is_open else "none"
        self.form.layout.display = "" if finding.status.is_open and self.accepting.value else "none"
        is_ours = any(one.covers(finding) for one in state.kept.accepted)
        self.withdraw.layout.display = "" if is_ours else "none"
        self.owner.placeholder = visible(state.kept.who) or "you"

    def static_html(self) -> str:
        """Return the finding; nothing where none is chosen."""
        finding = self._state.finding
        return "" if finding is None else finding_html(finding)
