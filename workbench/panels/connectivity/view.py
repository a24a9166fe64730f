"""The panel that answers questions about what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.ground import html_text, visible
from workbench.panels.connectivity.state import QUESTIONS, ConnectivityState
from workbench.panels.frame import Panel, PanelTable, Work, empty_html

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConnectivityPanel"]

VERDICTS = {"allowed": "✓ allowed", "denied": "✕ denied", "partly": "◐ allowed in part"}


class ConnectivityPanel(Panel[ConnectivityState]):
    """Asks who may reach whom, on which port and why, and what is exposed.

    As any panel it takes the traits of its state, `ConnectivityState`: ``src="shop/web", dst="payments/db"``.
    """

    title = "Questions"
    states = ConnectivityState

    def build(self) -> Sequence[widgets.Widget]:
        """Return the question, and the answer below it."""
        names = [visible(name) for name in self.state.ends]
        self._question = widgets.ToggleButtons(options=[(words, name) for name, words in QUESTIONS.items()])
        self._question.style.button_width = "auto"
        self._src = widgets.Combobox(options=names, description="From", placeholder="shop/web, 203.0.113.7")
        self._dst = widgets.Combobox(options=names, description="To", placeholder="payments/db")
        for field in (self._src, self._dst):
            field.add_class("nw-grows")
        self._port = widgets.Text(
            description="Port",
            placeholder="5432, UDP 53",
            continuous_update=False,
        ).add_class("nw-short")
        self._swap = widgets.Button(description="⇄", tooltip="Ask the other way round")
        self._go = widgets.Button(description="Ask", tooltip="Answer the question", button_style="primary")
        self._work = Work()
        self._answer = widgets.HTML().add_class("nw-answer")
        self._answer.layout.overflow = "auto"
        self._tables = {
            "pair": PanelTable(
                "decision", name="decisions", columns=("direction", "workload", "effect", "policy", "rule", "ports")
            ),
            "detour": PanelTable("step", name="way", columns=("step", "src", "dst", "ports")),
            "reach": PanelTable("workload", name="reach", columns=("dst", "hops", "ports", "path")),
            "exposure": PanelTable(
                "line", name="exposure", columns=("workload", "direction", "peer", "ports", "protected")
            ),
        }
        self._place = widgets.VBox()
        self._connect()
        if self.state.src and (self.state.dst or self.state.question != "pair"):
            self.guarded(lambda _change: self.state.ask())(None)
        elif not self.state.src:
            self.guarded(lambda _change: self.state.follow_selection())(None)
        self._show()
        return (
            self._question,
            widgets.HBox(
                [self._src, self._swap, self._dst, widgets.HBox([self._port, self._go]).add_class("nw-tools")]
            ).add_class("nw-tools"),
            self._work.widget,
            self._answer,
            self._place,
        )

    def _connect(self) -> None:
        for table in self._tables.values():
            self.hold(table)
        state = self.state
        for widget, trait in (
            (self._question, "question"),
            (self._src, "src"),
            (self._dst, "dst"),
            (self._port, "port"),
        ):
            self.join(widget, trait)
        self._go.on_click(self.guarded(lambda _button: self._ask()))
        self._swap.on_click(self.guarded(lambda _button: state.swap()))
        self.follow(state, "question", lambda _change: self._turned())
        self.follow(state, ["answer", "rows"], lambda _change: self._show())
        self.follow(state.selection, ["edge", "workloads", "address"], lambda _change: state.follow_selection())
        self._tables["reach"].on_select(self.guarded(self._selected_reached))
        self._tables["exposure"].on_select(self.guarded(self._selected_workload))

    def _ask(self) -> None:
        self._work.run(lambda _progress: self.state.answered(), self.state.put, self.show_error)

    def _turned(self) -> None:
        """Forget the answer to another kind of question; ask at once where nothing has to be said for it."""
        for widget in (self._src, self._port):
            widget.layout.display = "" if self.state.question in {"pair", "reach"} else "none"
        for widget in (self._dst, self._swap):
            widget.layout.display = "" if self.state.question == "pair" else "none"
        self.state.answer, self.state.rows = None, None
        if self.state.question == "exposure":
            self._ask()

    def _selected_reached(self, rows: pd.DataFrame) -> None:
        for name in rows["dst"]:
            self.state.selection.select_workload(str(name))

    def _selected_workload(self, rows: pd.DataFrame) -> None:
        for name in rows["workload"]:
            self.state.selection.select_workload(str(name))

    # --- the answer ---------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._answer.value = self._answer_html()
        shown = self._shown_tables()
        for name, frame in shown:
            self._tables[name].show(frame)
        self._place.children = [self._tables[name].widget for name, _ in shown]

    def _shown_tables(self) -> list[tuple[str, pd.DataFrame]]:
        state, found = self.state, []
        if state.question != "pair":
            return [] if state.rows is None else [(state.question, state.rows)]
        if state.answer is not None:
            found.append(("pair", state.answer.to_frame()))
        if state.rows is not None:
            found.append(("detour", state.rows))
        return found

    def _answer_html(self) -> str:
        state, answer = self.state, self.state.answer
        if answer is None:
            if state.rows is None:
                return empty_html("Nothing is asked yet.", "Say who would send and who would receive, then press Ask.")
            return ""
        detour = "" if state.rows is None else "<p>Not directly, but over others: see the steps below.</p>"
        return (
            f'<div role="status"><span class="nw-verdict nw-{answer.verdict}">{VERDICTS[answer.verdict]}</span>'
            f"<pre>{_lines(answer.explain())}</pre>{detour}</div>"
        )

    def static_html(self) -> str:
        """Return the question and its answer."""
        tables = "".join(self._tables[name].static_html() for name, _ in self._shown_tables())
        return f"<p>{html_text(QUESTIONS[self.state.question])}</p>{self._answer_html()}{tables}"


def _lines(text: str) -> str:
    return "\n".join(html_text(line) for line in text.splitlines())
