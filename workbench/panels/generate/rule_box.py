"""The rule that is looked at: the connections for which it is there, the flows that were seen of it, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from workbench.ground import ArgumentError, html_text, visible
from workbench.panels.frame import PanelTable

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.generate.changing import Task
    from workbench.panels.generate.state import GenerateState

__all__ = ["RuleBox"]

_TITLES: Final = {
    "src": "from",
    "dst": "to",
    "basis": "who says so",
    "said_by": "where",
    "taken": "decision",
    "first_seen": "first seen (UTC)",
    "last_seen": "last seen (UTC)",
}


class RuleBox:
    """The rule that is looked at.

    Parameters
    ----------
    panel : Panel of GenerateState
    run : callable
        Does what a state returns as a task.

    Attributes
    ----------
    widget : ipywidgets.VBox
        Invisible while no rule is looked at.
    """

    def __init__(self, panel: Panel[GenerateState], run: Callable[[Task], None]) -> None:
        self._state, self._run = panel.state, run
        self._says = widgets.HTML()
        self._drop = widgets.Button(description="Drop rule", tooltip="Propose this rule no longer")
        self._accept = widgets.Button(description="Accept rule", tooltip="Propose this rule again")
        self._drop_flow = widgets.Button(
            description="Drop connection",
            tooltip="Choose a connection below: no rule is made of it, at either end",
            disabled=True,
        )
        self._reasons = panel.hold(
            PanelTable(
                "connection",
                name="reasons",
                columns=("src", "dst", "ports", "basis", "said_by", "flows", "last_seen", "taken"),
                titles=_TITLES,
                page=5,
            )
        )
        self._seen = panel.hold(
            PanelTable(
                "connection that was seen",
                name="flows",
                columns=("src", "dst", "protocol", "port", "flows", "first_seen", "last_seen"),
                titles=_TITLES,
                empty="No flow was seen of it: manifests, a list or the platform say that it is needed.",
                page=5,
            )
        )
        tools = widgets.HBox([self._drop, self._accept, self._drop_flow]).add_class("nw-tools")
        self.widget = widgets.VBox(
            [
                self._says,
                tools,
                widgets.HTML('<div class="nw-heading">Why it is there</div>'),
                self._reasons.widget,
                widgets.HTML('<div class="nw-heading">Its flows</div>'),
                self._seen.widget,
            ]
        ).add_class("nw-rule")
        self._reasons.on_select(panel.guarded(self._selected))
        self._drop.on_click(panel.guarded(lambda _button: run(self._state.dropping_rule())))
        self._accept.on_click(panel.guarded(lambda _button: run(self._state.accepting_rule())))
        self._drop_flow.on_click(panel.guarded(lambda _button: self._drop_selected()))

    def _selected(self, rows: Any) -> None:  # noqa: ANN401  (a frame)
        self._drop_flow.disabled = not len(rows)

    def _drop_selected(self) -> None:
        chosen = list(self._reasons.selected.index)
        if not chosen:
            message = "no connection is chosen"
            raise ArgumentError(message, "choose one in the table below")
        self._run(self._state.dropping(self._state.needs()[chosen[0]].key))

    def show(self) -> None:
        """Show the rule that is looked at, where rules are."""
        state = self._state
        if not state.rule or state.outcome is None or state.view != "rules":
            self.widget.layout.display = "none"
            return
        is_dropped = state.rule in state.dropped
        said = " It is dropped: it is not in the YAML, nor in what is handed on." if is_dropped else ""
        self._says.value = (
            f'<p class="nw-subject">{html_text(visible(state.rule))}</p><p role="status">{html_text(said.strip())}</p>'
        )
        self._drop.layout.display = "none" if is_dropped else ""
        self._accept.layout.display = "" if is_dropped else "none"
        self._drop_flow.disabled = True
        self._drop_flow.layout.display = "none" if is_dropped or not state.needs() else ""
        self._reasons.show(state.reasons())
        self._seen.show(state.seen())
        self.widget.layout.display = ""
