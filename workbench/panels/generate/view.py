"""The panel that proposes policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets
import pandas as pd

from workbench.ground import ArgumentError, count_of, html_text, visible
from workbench.panels.frame import Panel, PanelTable, Work, copy_button, download_button, empty_html, free
from workbench.panels.generate.fields import OptionFields
from workbench.panels.generate.pieces import beside_html, code_html, notes_html, tree_html
from workbench.panels.generate.rule_box import RuleBox
from workbench.panels.generate.scope_box import ScopeBox
from workbench.panels.generate.state import LEVELS, VIEWS, GenerateState
from workbench.panels.generate.taking import TakingBox

if TYPE_CHECKING:
    from workbench.panels.generate.changing import Task

__all__ = ["GeneratePanel"]

_TITLES: Final = {
    "taken": "decision",
    "last_seen": "last seen (UTC)",
    "to_do": "what to do",
    "state": "status",
    "reason": "why not",
    "can": "can be accepted",
    "subject": "what",
    "saved": "rules saved",
    "policy_count": "policies",
    "pairs_opened": "pairs opened",
    "addresses": "addresses opened",
    "since": "since (UTC)",
    "because_of": "why",
}
_COLUMNS: Final = {
    "rules": ("policy", "rule", "peers", "ports", "why", "last_seen", "taken"),
    "left-out": ("reason", "subject", "detail", "flows", "last_seen", "can"),
    "levels": ("level", "policy_count", "rules", "saved", "pairs_opened", "addresses"),
    "workloads": ("workload", "state", "policies", "proposed", "flows", "to_do"),
    "kept": ("status", "policy", "rule", "says", "since"),
    "formats": ("said", "policy", "rule", "what", "because_of"),
}
_NOUNS: Final = {
    "rules": "row",
    "left-out": "left-out item",
    "levels": "level",
    "workloads": "workload",
    "kept": "rule",
    "formats": "difference",
}
_EMPTY: Final = {
    "rules": "No policy is proposed: see what was left out, and why.",
    "left-out": "Nothing was left out.",
    "workloads": "No workload is asked about.",
    "kept": "Keep the proposal under a name first; a later one is compared with it.",
    "formats": "Nothing: all that is proposed is said.",
}


class GeneratePanel(Panel[GenerateState]):
    """Proposes policies by a strategy, says why each rule is there, and lets a person change and take them."""

    title = "Generate"
    states = GenerateState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what is asked for, and what is proposed below it."""
        state = self.state
        self._is_ours = False
        self._strategy = widgets.Dropdown(
            options=[(name, name) for name in state.strategies], description="Strategy"
        ).add_class("nw-field")
        self._meaning = widgets.HTML().add_class("nw-says")
        self._scope = ScopeBox(self)
        self._options = OptionFields(self, free)
        self._go = widgets.Button(
            description="Propose", tooltip="Ask the strategy for policies", button_style="primary"
        )
        self._back = widgets.Button(
            description="Undo all changes", tooltip="Take back what was dropped and accepted by hand"
        )
        self._work = Work()
        self._says = widgets.HTML()
        self._level_label = widgets.HTML('<div class="nw-heading">Permissiveness: what fewer rules would open</div>')
        self._level = widgets.ToggleButtons()
        self._level.style.button_width = "auto"
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._text = widgets.HTML()
        self._place = widgets.VBox()
        self._tables = {
            name: self.hold(
                PanelTable(_NOUNS[name], name=name, columns=columns, titles=_TITLES, empty=_EMPTY.get(name, ""), page=8)
            )
            for name, columns in _COLUMNS.items()
        }
        self._opened = self.hold(PanelTable("pair", name="opened", empty="It opens nothing.", page=8))
        self._rule_box = RuleBox(self, self._run)
        self._taking = TakingBox(self)
        self._make_actions()
        self._connect()
        self._show()
        return (
            widgets.HBox([self._strategy, self._meaning]).add_class("nw-tools"),
            self._options.widget,
            self._scope.widget,
            widgets.HBox([self._go, self._back]).add_class("nw-tools"),
            self._work.widget,
            self._says,
            self._level_label,
            self._level,
            self._view,
            self._actions,
            self._place,
            self._text,
            self._rule_box.widget,
            self._taking.widget,
        )

    def _make_actions(self) -> None:
        """Make the buttons that are about what is looked at."""
        handing = self.state.handing
        self._accept = widgets.Button(
            description="Accept",
            tooltip="Make rules of the connection that is chosen, all the same",
            disabled=True,
        )
        self._resolve = widgets.Button(
            description="Ask build-time about it",
            tooltip="Propose for the workload that is chosen below by what its manifests declare",
            disabled=True,
        )
        self._format = widgets.Dropdown(
            options=[(f"{name}: {meaning}", name) for name, meaning in handing.formats.items()],
            description="Words of",
            layout={"width": "min(640px, 100%)"},
            style={"description_width": "initial"},
        )
        self._said_in = widgets.HTML()
        self._format_tools = widgets.HBox(
            [
                self._format,
                copy_button(handing.formatted, "Copy it", failed=self.show_error),
                download_button(handing.formatted, "Save it", failed=self.show_error),
            ]
        ).add_class("nw-tools")
        self._actions = widgets.VBox(
            [widgets.HBox([self._accept, self._resolve]).add_class("nw-tools"), self._format_tools, self._said_in]
        )

    def _connect(self) -> None:
        state = self.state
        self._strategy.value = state.strategy
        self.follow(self._strategy, "value", lambda change: state.choose(change.new))
        self.follow(state, "strategy", lambda change: self._strategy.set_trait("value", change.new))
        self.join(self._view, "view")
        self.join(self._format, "format")
        self.follow(self._level, "value", lambda change: self._chose_level(change.new))
        self.follow(state, ["outcome", "level", "view", "format"], lambda _change: self._show())
        self.follow(state, "rule", lambda _change: self._rule_box.show())
        asked = ["strategy", "options", "namespaces", "workloads", "search", "labels"]
        self.follow(state, asked, lambda _change: self._show_said())
        self.follow(state.selection, "window", lambda _change: self._show_said())
        self.follow(state.scope, ["cluster", "flows"], lambda _change: self._replaced())
        self.follow(state.scope, "decided", lambda _change: self._show() if state.view == "kept" else None)
        self._go.on_click(self.guarded(lambda _button: self._run(state.proposed)))
        self._back.on_click(self.guarded(lambda _button: self._run(state.as_made())))
        self._accept.on_click(self.guarded(lambda _button: self._accept_selected()))
        self._resolve.on_click(self.guarded(lambda _button: self._resolve_selected()))
        self._tables["rules"].on_select(self.guarded(self._selected_rule))
        self._tables["left-out"].on_select(self.guarded(self._selected_left_out))
        self._tables["levels"].on_select(self.guarded(self._selected_level))
        self._tables["workloads"].on_select(self.guarded(self._selected_workload))

    def _run(self, task: Task) -> None:
        self._work.run(task, self.guarded(self.state.put), self.show_error)

    def _replaced(self) -> None:
        state = self.state
        there = {one.peer for one in state.scope.cluster.objects.workloads}
        state.namespaces = tuple(one for one in state.namespaces if one in state.known_namespaces)
        state.workloads = tuple(one for one in state.workloads if one in there)
        state.put_nothing()
        self._scope.show()
        self._show()

    # --- what is proposed -----------------------------------------------------------------------------------

    def _show(self) -> None:
        state = self.state
        is_there = state.outcome is not None
        for widget in (self._level_label, self._level):
            widget.layout.display = "" if is_there else "none"
        self._back.layout.display = "" if state.changes else "none"
        self._show_said()
        self._show_levels()
        self._text.value = ""
        self._place.children = ()
        is_shown = is_there or state.view == "workloads"
        self._accept.layout.display = "" if is_there and state.view == "left-out" else "none"
        self._resolve.layout.display = "" if state.view == "workloads" else "none"
        self._accept.disabled = self._resolve.disabled = True
        for widget in (self._format_tools, self._said_in):
            widget.layout.display = "" if is_there and state.view == "formats" else "none"
        if is_shown:
            self._show_view()
        self._rule_box.show()
        self._taking.show()

    def _show_view(self) -> None:
        text = self._html()
        if text is not None:
            self._text.value = text
            return
        state = self.state
        parts = [] if state.view == "formats" and not state.handing.is_dialect else [self._shown_table().widget]
        if state.view == "levels":
            self._opened.show(pd.DataFrame())
            self._opened.widget.layout.display = "none"
            parts.append(self._opened.widget)
        if state.view == "formats":
            self._said_in.value = f'<p role="status">{html_text(state.handing.said)}</p>'
            self._text.value = code_html(str(state.handing.formatted().content), state.format)
        self._place.children = parts

    def _shown_table(self) -> PanelTable:
        table = self._tables[self.state.view]
        table.show(self._frame())
        return table

    def _show_levels(self) -> None:
        """Say on each level what it costs, before it is chosen."""
        rows = {str(row["level"]): row for _, row in self.state.levels().iterrows()}
        options = [(f"{words}: {_cost(rows[name])}" if name in rows else words, name) for name, words in LEVELS.items()]
        if tuple(options) != tuple(self._level.options):
            self._is_ours = True
            try:
                self._level.options = options
            finally:
                self._is_ours = False
        self._level.value = self.state.level

    def _chose_level(self, level: str | None) -> None:
        if level is not None and not self._is_ours:
            self.state.level = level

    def _frame(self) -> pd.DataFrame:
        state = self.state
        makers = {
            "rules": state.rules,
            "left-out": state.left_out,
            "levels": state.levels,
            "workloads": state.statuses,
            "kept": state.kept.since,
            "formats": state.handing.unsaid,
        }
        return makers[state.view]()

    def _html(self) -> str | None:
        """Return what is looked at as HTML; None where it is a table."""
        state = self.state
        shown = state.shown
        if shown is None:
            return None
        if state.view == "tree":
            return tree_html(shown.drafts)
        if state.view == "yaml":
            return code_html(shown.to_yaml(), "YAML of the policies")
        compared = state.compared() if state.view == "compare" else None
        return None if compared is None else beside_html(compared)

    def _show_said(self) -> None:
        self._meaning.value = html_text(self.state.chosen.meaning)
        self._says.value = self._said()

    def _said(self) -> str:
        state = self.state
        shown = state.shown
        if shown is None:
            about = f"Choose a strategy, then press Propose. It is asked about {state.asked}."
            return empty_html("Nothing is proposed yet.", about)
        stale = "" if state.is_current else _STALE
        notes = (*shown.notes, *(f"Run first: {one}" for one in shown.commands))
        problems = notes_html((str(one.message) for one in shown.said), "problem")
        return f'<p role="status">{html_text(state.sentence)}</p>{stale}{notes_html(notes)}{problems}'

    # --- what is chosen in tables ---------------------------------------------------------------------------

    def _selected_rule(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self.state.select_row(row)

    def _selected_left_out(self, rows: pd.DataFrame) -> None:
        self._accept.disabled = not any(rows["can"] == "yes") if len(rows) else True

    def _accept_selected(self) -> None:
        self._run(self.state.accepting(self.state.left_out_key(self._chosen_in("left-out"))))

    def _selected_level(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self._opened.show(self.state.opened_by(str(row["level"])))
            self._opened.widget.layout.display = ""

    def _selected_workload(self, rows: pd.DataFrame) -> None:
        self._resolve.disabled = not any(rows["status"] == "missing-runtime-info") if len(rows) else True

    def _resolve_selected(self) -> None:
        row = self._tables["workloads"].frame.iloc[self._chosen_in("workloads")]
        self.state.ask_what_is_declared(str(row["workload"]))
        self._run(self.state.proposed)

    def _chosen_in(self, name: str) -> int:
        chosen = list(self._tables[name].selected.index)
        if not chosen:
            message = f"no {_NOUNS[name]} is chosen"
            raise ArgumentError(message, "choose one in the table")
        return int(chosen[0])

    def static_html(self) -> str:
        """Return what is proposed, as it is looked at."""
        state = self.state
        asked = f"<p>{html_text(f'{state.strategy}: {state.chosen.meaning} About {state.asked}.')}</p>"
        if state.outcome is None:
            return f"{asked}{self._said()}"
        found = self._html()
        body = self._tables[state.view].static_html() if found is None else found
        return f"{asked}{self._said()}<h4>{html_text(VIEWS[state.view])}</h4>{body}"


_STALE: Final = (
    '<p><span class="nw-badge nw-badge-warn">not of what is asked now</span> '
    "What is asked has changed since: press Propose.</p>"
)


def _cost(row: pd.Series[Any]) -> str:
    """Return what a level costs and saves, in a few words."""
    rules = count_of(int(row["rules"]), "rule")
    opened, addresses = int(row["pairs_opened"]), int(row["addresses"])
    more = [f"opens {count_of(opened, 'more pair')}"] if opened else []
    more += [f"{count_of(addresses, 'more address')} outside"] if addresses else []
    return visible(", ".join((rules, *more)))
