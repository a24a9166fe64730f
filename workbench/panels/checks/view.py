"""The panel of what is wrong with policies: how many findings there are, which they are, and what to do about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import ipywidgets as widgets

from workbench.ground import html_text, visible
from workbench.panels.checks.facts_box import FactsBox
from workbench.panels.checks.list_box import ListBox
from workbench.panels.checks.openness_box import OpennessBox
from workbench.panels.checks.pieces import changed_html, head_html
from workbench.panels.checks.state import VIEWS, ChecksState
from workbench.panels.frame import Panel, Work

if TYPE_CHECKING:
    from workbench.panels.checks.asking import Asked

__all__ = ["ChecksPanel"]


class Part(Protocol):
    """What is looked at."""

    widget: widgets.Widget

    def show(self) -> None:
        """Show it as it is now."""

    def static_html(self) -> str:
        """Return it without widgets."""


class ChecksPanel(Panel[ChecksState]):
    """Asks all checks; lists what they find, who answers for it, and how much is allowed.

    Examples
    --------
    >>> ChecksPanel(cluster, flows, namespace="payments")  # doctest: +SKIP
    """

    title = "Checks"
    states = ChecksState

    def build(self) -> Sequence[widgets.Widget]:
        """Return how many findings there are, and what is looked at."""
        self._work = self.hold(Work())
        self._go = widgets.Button(
            description="Run checks", tooltip="Ask all checks; nothing is changed", button_style="primary"
        )
        self._undo = widgets.Button(description="Undo last decision")
        self._changed = widgets.HTML()
        self._head = widgets.HTML()
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._list = ListBox(self)
        self._facts = FactsBox(self, self.run)
        self._openness = OpennessBox(self)
        self._sections: dict[str, Part] = {"findings": self._list, "openness": self._openness, "facts": self._facts}
        self._connect()
        self._show()
        return (
            widgets.HBox([self._go, self._undo]).add_class("nw-tools"),
            self._work.widget,
            self._changed,
            self._head,
            self._view,
            *(part.widget for part in self._sections.values()),
        )

    def _connect(self) -> None:
        state = self.state
        self.join(self._view, "view")
        self.follow(state, "asked", lambda _change: self._show())
        self.follow(state, "view", lambda _change: self._show_view())
        self.follow(state.scope, "decided", lambda _change: self._decided())
        self.follow(state.scope, ["cluster", "flows", "baselines", "address_book"], lambda _change: self._say())
        self.follow(state.selection, "window", lambda _change: self._say())
        self.follow(state, "corporate", lambda _change: self._say())
        self._go.on_click(self.guarded(lambda _button: self.run()))
        self._undo.on_click(self.guarded(lambda _button: self.say(f"Undone: {visible(state.kept.undo())}.")))

    def run(self) -> None:
        """Ask all checks, beside the page."""
        self._work.run(self.state.asking(), self.guarded(self._put), self._failed)
        self._say()

    def begin(self) -> None:
        """Ask all checks, unless they were asked already: what the panel does when it is first shown."""
        if self.state.asked is None and not self._work.is_running:
            self.guarded(lambda _first: self.run())(None)

    def _ipython_display_(self) -> None:
        self.begin()
        super()._ipython_display_()

    def _put(self, asked: Asked) -> None:
        self.state.put(asked)

    def _failed(self, error: BaseException) -> None:
        self._say()
        self.show_error(error)

    def _decided(self) -> None:
        self._facts.fill()
        self._show()

    # --- what is shown --------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._say()
        self._show_view()

    def _say(self) -> None:
        state = self.state
        self._changed.value = changed_html(state.changed)
        self._changed.layout.display = "" if state.changed else "none"
        self._head.value = head_html(state.findings, is_running=self._work.is_running)
        last = state.kept.undoable
        self._undo.layout.display = "none" if last is None else ""
        self._undo.tooltip = "" if last is None else visible(f"Take back: {last.why}")
        self._view.layout.display = "none" if state.findings is None else ""

    def _show_view(self) -> None:
        """Show what is looked at; what is not in sight is not made."""
        for name, part in self._sections.items():
            is_shown = name == self.state.view and self.state.findings is not None
            part.widget.layout.display = "" if is_shown else "none"
            if is_shown:
                part.show()

    def static_html(self) -> str:
        """Return how many findings there are, and what is looked at."""
        state = self.state
        head = f"{changed_html(state.changed)}{head_html(state.findings, is_running=self._work.is_running)}"
        if state.findings is None:
            return head
        return f"{head}<h4>{html_text(VIEWS[state.view])}</h4>{self._sections[state.view].static_html()}"
