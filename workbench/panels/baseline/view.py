"""The panel of what is normal: it learns baselines, lists what they know and lack, and takes decisions about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from workbench.ground import ANSWER_FORMATS, count_of, html_text, visible
from workbench.panels.baseline.filters import STATUSES, with_other_end
from workbench.panels.baseline.state import MODES, SECTIONS, BaselineState
from workbench.panels.frame import Panel, PanelTable, Work, download_button, empty_html

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workspace import KeptDecision

__all__ = ["BaselinePanel"]

_TITLES: Final = {
    "peer_type": "type of peer",
    "flows_denied": "denied",
    "first_seen": "first seen (UTC)",
    "last_seen": "last seen (UTC)",
    "other_workloads": "others do it",
    "who_else": "who else",
    "other_end": "peer",
    "marked": "marked",
    "locked_by": "lacking it",
    "period_end": "observed until (UTC)",
    "begun": "observed from (UTC)",
    "flows_in_baseline": "normal flows",
    "flows_anomalous": "marked",
    "lost_events": "lost events",
    "seen_once": "seen once",
    "too_rare": "rarer than the period",
    "reason": "why not surer",
    "decided_at": "when (UTC)",
    "undone_by": "undone by",
}
_FLOW: Final = ("status", "workload", "direction", "other_end", "protocol", "port", "flows", "flows_denied")
_COLUMNS: Final = {
    "baseline": (*_FLOW[1:], "first_seen", "last_seen"),
    "anomalous": (*_FLOW[1:], "marked", "who_else", "first_seen", "last_seen"),
    "unseen": (*_FLOW[1:4], "protocol", "port", "first_seen", "last_seen"),
    "new": (*_FLOW, "first_seen", "who_else"),
    "all": (*_FLOW, "marked", "first_seen", "last_seen"),
    "violations": ("severity", "workload", "message", "locked_by", "flows", "flows_denied", "first_seen", "suppressed"),
    "workloads": (
        *("workload", "mode", "begun", "period_end", "locked", "flows_in_baseline", "flows_anomalous", "note"),
    ),
    "assurance": (
        *("workload", "sure", "covered", "flows_in_baseline", "seen_once", "drift", "too_rare", "suggested", "reason"),
    ),
    "history": ("decision", "decided_at", "who", "why", "changed", "undone_by"),
}
_NOUNS: Final = {
    "violations": "violation",
    "workloads": "baseline",
    "assurance": "baseline",
    "history": "decision",
}
_EMPTY: Final = {
    "baseline": "No flow of the baseline was seen.",
    "anomalous": "Nothing anomalous: all that was seen is in the baselines.",
    "unseen": "All that the baselines know was seen.",
    "new": "Nothing new was seen.",
    "all": "Nothing is known, and nothing was seen.",
    "violations": "No violation: what locked baselines lack was not seen.",
    "workloads": "There is no baseline.",
    "assurance": "Nothing can be said without baselines and flows.",
    "history": "Nothing was decided yet.",
}
_DECIDED_ON: Final = frozenset({"baseline", "anomalous", "unseen", "new", "all", "violations"})
"""The sections whose rows are flows."""
_DAYS: Final = {"1 day": 1, "1 week": 7, "30 days": 30, "1 year": 365}


class BaselinePanel(Panel[BaselineState]):
    """Learns what is normal, lists what is not, and takes decisions: each is kept, has a reason, and can be undone.

    Examples
    --------
    >>> BaselinePanel(cluster, flows, namespace="payments")  # doctest: +SKIP
    """

    title = "Baselines"
    states = BaselineState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what is chosen, how things stand, the sections, and what can be decided."""
        self._is_ours = False
        self._work = Work()
        self._says = widgets.HTML()
        self._section = widgets.ToggleButtons(options=[(words, name) for name, words in SECTIONS.items()])
        self._section.style.button_width = "auto"
        self._section.add_class("nw-sections")
        self._tables = {
            name: PanelTable(
                _NOUNS.get(name, "flow"),
                name=name,
                columns=columns,
                titles=_TITLES,
                empty=_EMPTY[name],
                several=name in _DECIDED_ON,
            )
            for name, columns in _COLUMNS.items()
        }
        self._place = widgets.VBox()
        self._subject_line = self._make_subject()
        self._mode_line = self._make_modes()
        self._following_line = self._make_following()
        self._filter_line = self._make_filters()
        self._decision_line = self._make_decisions()
        self._file_line = self._make_files()
        self._connect()
        self._show()
        return (
            self._subject_line,
            self._work.widget,
            self._says,
            self._mode_line,
            self._following_line,
            self._section,
            self._filter_line,
            self._place,
            self._decision_line,
            self._file_line,
        )

    # --- the lines -----------------------------------------------------------------------------------------

    def _make_subject(self) -> widgets.HBox:
        initial = {"description_width": "initial"}
        self._namespace = widgets.Dropdown(description="Namespace", style=initial, layout={"width": "220px"})
        self._workload = widgets.Dropdown(description="Workload", style=initial, layout={"width": "275px"})
        self._period = widgets.Text(
            description="Observe for",
            placeholder="as it is",
            tooltip="Such as 8h, 2d or 1 week, from when it was first seen; empty leaves it as it is",
            continuous_update=False,
            style=initial,
            layout={"width": "160px"},
        )
        self._all_of_it = widgets.Checkbox(
            description="learn all of it",
            tooltip="Learn all flows, whenever they were seen, and not those of the observation alone",
            indent=False,
            layout={"width": "auto"},
        )
        self._learn = widgets.Button(
            description="Learn", tooltip="Learn from the flows that were read", button_style="primary"
        )
        return widgets.HBox([self._namespace, self._workload, self._period, self._learn]).add_class("nw-tools")

    def _make_modes(self) -> widgets.HBox:
        self._mode = widgets.ToggleButtons(
            options=[(name, name) for name in MODES], tooltips=list(MODES.values()), value=None
        )
        self._mode.style.button_width = "auto"
        self._alert = widgets.ToggleButton(
            description="Alert on violations",
            tooltip="Locked: nothing is learnt, and what a baseline lacks is a violation",
            layout={"width": "auto"},
        )
        self._anew = widgets.Button(
            description="Observe anew",
            tooltip="Let the observation begin again, when the last flow was seen; what is known stays",
        )
        self._note = widgets.Text(description="Note", layout={"width": "260px"}, style={"description_width": "initial"})
        self._keep_note = widgets.Button(description="Keep note", tooltip="On each baseline that is looked at")
        return widgets.HBox(
            [widgets.HTML("<b>Mode</b>"), self._mode, self._alert, self._anew, self._all_of_it]
        ).add_class("nw-tools")

    def _make_following(self) -> widgets.HBox:
        self._follow = self._button("Follow the change", "Keep as a decision what is said of it; it can be undone")
        self._leave = self._button("Leave as it is", "Follow what changes from now on, and not this change")
        self._follows = widgets.Checkbox(
            description="follow by itself",
            tooltip="Let baselines follow each later change of the cluster, as a decision that can be undone",
            indent=False,
            layout={"width": "auto"},
        )
        self._changed = widgets.HTML()
        parts = [widgets.HTML("<b>Changes of the cluster</b>"), self._changed, self._follow, self._leave, self._follows]
        return widgets.HBox(parts).add_class("nw-tools")

    def _make_filters(self) -> widgets.HBox:
        style = {"description_width": "initial"}

        def text(words: str, example: str, width: str) -> widgets.Text:
            return widgets.Text(
                description=words, placeholder=example, continuous_update=False, style=style, layout={"width": width}
            )

        self._fields: dict[str, widgets.ValueWidget] = {
            "text": text("Name", "part of it, or address", "210px"),
            "direction": widgets.Dropdown(
                options=[("both directions", ""), ("ingress", "ingress"), ("egress", "egress")],
                description="Direction",
                style=style,
                layout={"width": "190px"},
            ),
            "port": text("Port", "5432, UDP 53", "140px"),
            "status": widgets.Dropdown(
                options=[(words, name) for name, words in STATUSES.items()],
                description="Status",
                style=style,
                layout={"width": "290px"},
            ),
        }
        # What there is to choose changes: it is not joined.
        self._protocol = widgets.Dropdown(description="Protocol", style=style, layout={"width": "140px"})
        self._since = widgets.NaiveDatetimePicker(
            description="Since (UTC)",
            tooltip="What was first seen from then on is new; else from the end of the observation on",
            style=style,
            layout={"width": "275px"},
        )
        self._reset = widgets.Button(description="Show everything", tooltip="Take all filters away")
        return widgets.HBox([*self._fields.values(), self._protocol, self._since, self._reset]).add_class("nw-tools")

    def _make_decisions(self) -> widgets.VBox:
        self._why = widgets.Text(
            description="Reason",
            placeholder="of the next decision",
            style={"description_width": "initial"},
            layout={"width": "215px"},
        )
        self._all = widgets.Button(description="Select all", tooltip="Select all rows of the table, or none")
        self._days = widgets.Dropdown(
            options=list(_DAYS), value="1 week", description="for", style={"description_width": "initial"}
        )
        self._days.layout.width = "120px"
        self._on_rows = {
            "mark": self._button("Mark as anomalous", "Never learn these flows again; at both ends"),
            "add": self._button("Add to baseline", "These flows are normal; at both ends"),
            "forget": self._button("Forget", "Know nothing of these flows any more; at both ends"),
            "suppress": self._button("Suppress", "Raise no violation for these flows; needs a reason"),
        }
        self._undo = self._button("Undo", "Take back the last decision that is neither an undo nor undone")
        self._undo_this = self._button("Undo this decision", "Take back the decision that is selected")
        self._chosen = widgets.HTML()
        return widgets.HBox(
            [
                self._all,
                self._chosen,
                *self._on_rows.values(),
                self._days,
                self._undo_this,
                self._why,
                self._undo,
            ]
        ).add_class("nw-tools")

    def _button(self, words: str, title: str) -> widgets.Button:
        return widgets.Button(description=words, tooltip=title)

    def _make_files(self) -> widgets.HBox:
        self._violation_files = widgets.HBox(
            [
                widgets.HTML("<b>Violations</b>"),
                *(
                    download_button(partial(self.state.export, kind), kind, failed=self.show_error)
                    for kind in ANSWER_FORMATS.names("violations")
                ),
            ]
        ).add_class("nw-tools")
        baselines = download_button(
            self.state.export_baselines, "Baselines as JSON of Red Hat ACS", failed=self.show_error
        )
        policies = download_button(
            self.state.export_policies,
            "Baselines as NetworkPolicies",
            title="Policies that admit what these baselines know, and nothing else",
            failed=self.show_error,
        )
        files = [self._note, self._keep_note, self._violation_files, baselines, policies]
        return widgets.HBox(files).add_class("nw-tools")

    # --- connecting ----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        state = self.state
        for table in self._tables.values():
            self.hold(table)
            table.on_select(self._heard)
        self._offer()
        self.follow(self._section, "value", lambda change: self._set("section", change.new))
        self.follow(self._protocol, "value", lambda change: self._set("protocol", change.new))
        self.join(self._period, "period")
        self.join(self._all_of_it, "whole")
        self.join(self._follows, "follows")
        self.join(self._why, "why")
        for name, field in self._fields.items():
            self.join(field, name)
        self.follow(self._namespace, "value", lambda change: self._chose(change.new, ""))
        self.follow(self._workload, "value", lambda change: self._chose(self._namespace.value, change.new))
        self.follow(self._since, "value", lambda change: self._set_since(change.new))
        self._learn.on_click(self.guarded(lambda _button: self._start()))
        self.follow(self._mode, "value", lambda change: self._turned(change.new))
        self.follow(self._alert, "value", lambda change: self._turned_alert(is_on=change.new))
        self._anew.on_click(self._deciding(state.observe_anew))
        self._follow.on_click(self._deciding(state.following.follow))
        self._leave.on_click(self.guarded(lambda _button: self._left()))
        self._keep_note.on_click(self._deciding(lambda: state.write_note(self._note.value)))
        for name, button in self._on_rows.items():
            button.on_click(self._deciding(partial(self._decide_rows, name)))
        self._undo.on_click(self._deciding(state.undo))
        self._undo_this.on_click(self._deciding(self._undo_selected))
        self._all.on_click(self.guarded(lambda _button: self._table.select_all()))
        self._reset.on_click(self.guarded(lambda _button: state.reset()))
        self.follow(state, ["namespace", "workload"], lambda _change: self._show())
        self.follow(state, ["section", "since", *state.filters], lambda _change: self._show())
        self.follow(state.scope, ["baselines", "flows", "cluster", "decided"], lambda _change: self._show())
        self.follow(state.selection, "window", lambda _change: self._show())

    def _deciding(self, decide: Callable[[], KeptDecision]) -> Callable[[Any], None]:
        """Return what a click does: it decides, and says what became of it."""
        return self.guarded(lambda _button: self._say_kept(decide()))

    def _say_kept(self, kept: KeptDecision) -> None:
        if not kept.id:
            self.say("That was so already.")
        elif kept.undoes is not None:
            self.say(f"Decision {kept.id} undoes decision {kept.undoes}.")
        else:
            self.say(f"Decision {kept.id}: {kept.why}.")

    def _left(self) -> None:
        self.state.following.leave()
        self._show()
        self.say("The baselines stay as they are.")

    def _chose(self, namespace: str, workload: str) -> None:
        if self._is_ours:
            return
        self.state.choose(namespace, workload)
        if workload:
            self.state.selection.select_workload(workload)

    def _set_since(self, moment: datetime | None) -> None:
        self.state.since = None if moment is None else moment.replace(tzinfo=UTC)

    def _start(self) -> None:
        def finished(baselines: Any) -> None:  # noqa: ANN401  (Baselines)
            self._say_kept(self.state.take(baselines))

        self._work.run(lambda _progress: self.state.learnt(), self.guarded(finished), self.show_error)

    def _turned(self, mode: str | None) -> None:
        if not self._is_ours and mode is not None:
            self._decide_switch(lambda: self.state.set_mode(mode))

    def _turned_alert(self, *, is_on: bool) -> None:
        if not self._is_ours:
            self._decide_switch(self.state.lock if is_on else self.state.unlock)

    def _decide_switch(self, decide: Callable[[], KeptDecision]) -> None:
        try:
            kept = decide()
        finally:
            self._show_modes()
        self._say_kept(kept)

    def _decide_rows(self, name: str) -> KeptDecision:
        rows = self._table.selected
        if name == "suppress":
            return self.state.suppress(rows, _DAYS[self._days.value])
        decide: Callable[[pd.DataFrame], KeptDecision] = getattr(self.state, name)
        return decide(rows)

    def _undo_selected(self) -> KeptDecision:
        rows = self._table.selected
        return self.state.undo(int(rows["decision"].iloc[0]) if len(rows) else None)

    # --- showing -------------------------------------------------------------------------------------------

    @property
    def _table(self) -> PanelTable:
        return self._tables[self.state.section]

    def _offer(self) -> None:
        """Offer the names and protocols that there are, and the sections with their counts."""
        state = self.state
        named = ((visible(name), name) for name in state.all_namespaces)
        workloads = ((visible(name), name) for name in state.all_workloads)
        protocols = sorted({*state.protocols, state.protocol} - {""})
        self._put(self._namespace, [("all namespaces", ""), *named], state.namespace)
        self._put(self._workload, [("all workloads", ""), *workloads], state.workload)
        self._put(self._protocol, [("any", ""), *((name, name) for name in protocols)], state.protocol)
        self._put(self._section, [(self._label(name), name) for name in SECTIONS], state.section)

    def _put(self, field: Any, options: list[tuple[str, str]], value: str) -> None:  # noqa: ANN401  (of widgets)
        """Let something else be chosen from; what is chosen meanwhile is no choice of a person."""
        was, self._is_ours = self._is_ours, True
        try:
            if list(field.options) != options:
                field.options = options
            field.value = value if any(value == option for _, option in options) else ""
        finally:
            self._is_ours = was

    def _set(self, trait: str, value: str) -> None:
        if not self._is_ours:
            self.state.set_trait(trait, value)

    def _show_modes(self) -> None:
        modes = self.state.modes
        was, self._is_ours = self._is_ours, True
        try:
            self._mode.value = next(iter(modes)) if len(modes) == 1 else None
            self._alert.value = set(modes) == {"protect"}
            heads = self.state.baselines.heads
            notes = {heads[name].note for name in self.state.names}
            self._note.value = notes.pop() if len(notes) == 1 else ""
        finally:
            self._is_ours = was

    def _show(self) -> None:
        state = self.state
        self._offer()
        self._show_modes()
        self._says.value = self._said()
        self._table.show(with_other_end(state.rows()))
        self._place.children = (self._table.widget,)
        has = bool(state.baselines)
        is_pending = state.following.change is not None
        self._changed.value = "to be followed" if is_pending else "none to be followed"
        for widget in (self._follow, self._leave):
            widget.layout.display = "" if is_pending else "none"
        for widget in (self._mode_line, self._following_line, self._file_line):
            widget.layout.display = "" if has else "none"
        flows = state.section in _DECIDED_ON
        for widget in (self._all, self._chosen, *self._on_rows.values()):
            widget.layout.display = "" if flows and has else "none"
        is_violation = state.section == "violations" and has
        for widget in (self._on_rows["suppress"], self._days):
            widget.layout.display = "" if is_violation else "none"
        self._undo_this.layout.display = "" if state.section == "history" else "none"
        self._filter_line.layout.display = "" if flows else "none"
        self._since.layout.display = "" if state.section == "new" else "none"
        self._fields["status"].layout.display = "" if state.section in {"all", "new"} else "none"
        is_filtered = any(getattr(state, name) for name in state.filters)
        self._reset.layout.display = "" if is_filtered else "none"
        self._selected_count()

    def _label(self, section: str) -> str:
        words, counted = SECTIONS[section], self.state.counted(section)
        return f"{words} ({counted})" if counted else words

    def _said(self) -> str:
        state = self.state
        first, *others = state.sentences
        if not state.baselines:
            remedy = (
                "Choose how long to observe, and learn from the flows."
                if state.scope.flows is not None
                else "Read recordings first: baselines are learnt from what was seen."
            )
            return empty_html(first, " ".join((remedy, *others)))
        told = "".join(f' <span class="nw-hidden">{html_text(sentence)}</span>' for sentence in others)
        return f'<div role="status">{html_text(first)}{told}</div>'

    def _heard(self, rows: pd.DataFrame) -> None:
        # Other rows leave none selected: what was said of the decision about them stays.
        if rows.empty:
            self._selected_count()
        else:
            self.guarded(self._selected)(rows)

    def _selected(self, rows: pd.DataFrame) -> None:
        self._selected_count()
        if len(rows) == 1 and self.state.section != "history":
            self.state.select_row(rows.iloc[0])

    def _selected_count(self) -> None:
        number = len(self._table.selected)
        self._chosen.value = html_text(f"{count_of(number, 'row')} selected" if number else "none selected")
        for button in self._on_rows.values():
            button.disabled = not number
        self._undo_this.disabled = not number

    def static_html(self) -> str:
        """Return how things stand, how much each section has, and the one that is shown."""
        state = self.state
        counts = "; ".join(self._label(name) for name in SECTIONS)
        title = f"<h4>{html_text(SECTIONS[state.section])}</h4>"
        return f'{self._said()}<p class="nw-note">{html_text(counts)}</p>{title}{self._table.static_html()}'
