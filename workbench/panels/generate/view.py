"""The panel that proposes policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, get_origin

import ipywidgets as widgets

from workbench.ground import html_text, visible
from workbench.panels.frame import FileContent, Panel, PanelTable, Work, copy_button, download_button, empty_html, free
from workbench.panels.generate.state import LEVELS, VIEWS, GenerateState

if TYPE_CHECKING:
    import pandas as pd

    from workbench.generate import Draft, LineOfBoth, Option, SideBySide

__all__ = ["GeneratePanel"]

_TITLES: Final = {"because": "why", "src": "from", "dst": "to", "last_seen": "last seen (UTC)", "to_do": "what to do"}
_MARKS: Final = {"added": "+", "removed": "-", "changed": "~", "unchanged": " "}


class GeneratePanel(Panel[GenerateState]):
    """Proposes policies by a strategy, says why each rule is there, and lets a person change and take them."""

    title = "Generate"
    states = GenerateState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what is asked for, and what is proposed below it."""
        state = self.state
        self._strategy = widgets.Dropdown(
            options=[(name, name) for name in state.strategies], description="Strategy"
        ).add_class("nw-field")
        self._meaning = widgets.HTML().add_class("nw-says")
        self._namespaces = widgets.TagsInput(
            allowed_tags=list(state.known_namespaces), allow_duplicates=False, placeholder="all namespaces"
        ).add_class("nw-grows")
        self._namespaces_label = widgets.Label("Namespaces")
        self._options = widgets.HBox().add_class("nw-tools")
        self._level = widgets.ToggleButtons(
            options=[(words, name) for name, words in LEVELS.items()], description="Allow"
        )
        self._level.style.button_width = "auto"
        self._go = widgets.Button(
            description="Propose", tooltip="Ask the strategy for policies", button_style="primary"
        )
        self._back = widgets.Button(description="Put back", tooltip="Propose again what was taken out by hand")
        self._work = Work()
        self._says = widgets.HTML()
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._text = widgets.HTML()
        self._place = widgets.VBox()
        self._rule_says = widgets.HTML()
        self._drop_rule = widgets.Button(description="Take the rule out", tooltip="Propose this rule no longer")
        self._drop_need = widgets.Button(
            description="Take the connection out", tooltip="Choose a connection below, and propose nothing for it"
        )
        self._rule_tools = widgets.HBox([self._drop_rule, self._drop_need]).add_class("nw-tools")
        self._rule_box = widgets.VBox()
        self._hand_on = widgets.Button(description="Hand on", tooltip="Let the other panels look at what is proposed")
        self._tools = widgets.HBox(
            [
                copy_button(self._yaml, "Copy YAML", failed=self.show_error),
                download_button(state.file, "Save YAML", title="Save all policies in one file", failed=self.show_error),
                download_button(state.archive, "Save ZIP", title="Save a file for each policy", failed=self.show_error),
                self._hand_on,
            ]
        ).add_class("nw-tools")
        self._name = widgets.Combobox(
            placeholder="name", description="Keep as", ensure_option=False, continuous_update=False
        ).add_class("nw-field")
        self._keep = widgets.Button(description="Keep", tooltip="Keep the proposal in the workspace under this name")
        self._open = widgets.Button(description="Open", tooltip="Look at the proposal that is kept under this name")
        self._kept = widgets.HBox([self._name, self._keep, self._open]).add_class("nw-tools")
        self._chosen_need: pd.Series[Any] | None = None
        self._make_tables()
        self._rule_box.children = (self._rule_says, self._rule_tools, self._reasons.widget, self._seen.widget)
        self._connect()
        self._name.value = state.named
        self._asked()
        self._show()
        self._show_kept()
        return (
            widgets.HBox([self._strategy, self._meaning]).add_class("nw-tools"),
            widgets.HBox([self._namespaces_label, self._namespaces]).add_class("nw-tools"),
            self._options,
            widgets.HBox([self._level, self._go, self._back]).add_class("nw-tools"),
            self._work.widget,
            self._says,
            self._kept,
            self._tools,
            self._view,
            self._text,
            self._place,
            self._rule_box,
        )

    def _make_tables(self) -> None:
        self._tables = {
            "rules": PanelTable(
                "row", name="rules", columns=("policy", "rule", "peers", "ports", "because"), titles=_TITLES
            ),
            "left-out": PanelTable(
                "thing left out",
                name="left-out",
                columns=("reason", "subject", "detail", "flows", "last_seen"),
                titles=_TITLES,
                empty="Nothing was left out.",
            ),
            "levels": PanelTable("level", name="levels", columns=("level", "policies", "rules", "opened")),
            "workloads": PanelTable(
                "workload",
                name="workloads",
                columns=("workload", "status", "policies", "flows", "to_do"),
                titles=_TITLES,
                empty="Without flows it is not known what workloads do.",
            ),
        }
        self._tables["kept"] = PanelTable(
            "rule",
            name="since",
            columns=("status", "policy", "rule", "says", "since"),
            empty="Keep the proposal under a name first; a later one is compared with it.",
        )
        self._reasons = PanelTable(
            "connection",
            name="reasons",
            columns=("src", "dst", "ports", "basis", "said_by", "flows", "last_seen"),
            titles=_TITLES,
            page=5,
        )
        self._seen = PanelTable(
            "edge",
            name="flows",
            columns=("src", "dst", "protocol", "port", "flows", "first_seen", "last_seen"),
            titles=_TITLES,
            empty="No flows were seen of it.",
            page=5,
        )

    def _connect(self) -> None:
        state = self.state
        for table in (*self._tables.values(), self._reasons, self._seen):
            self.hold(table)
        self._strategy.value = state.strategy
        self.follow(self._strategy, "value", lambda change: state.choose(change.new))
        self.follow(state, "strategy", lambda change: self._strategy.set_trait("value", change.new))
        self._namespaces.value = [one for one in state.namespaces if one in self._namespaces.allowed_tags]
        self.follow(self._namespaces, "value", lambda change: state.set_trait("namespaces", tuple(change.new)))
        self.follow(state, "namespaces", lambda change: self._namespaces.set_trait("value", list(change.new)))
        self.join(self._level, "level")
        self.join(self._view, "view")
        self.follow(state, ["strategy", "options"], lambda _change: self._asked())
        self.follow(state, ["proposal", "level", "view"], lambda _change: self._show())
        self.follow(state, "rule", lambda _change: self._show_rule())
        self.follow(state.scope, ["cluster", "flows"], lambda _change: self._replaced())
        self._go.on_click(self.guarded(lambda _button: self._propose()))
        self._back.on_click(self.guarded(lambda _button: state.put_back()))
        self._keep.on_click(self.guarded(lambda _button: self._keep_it()))
        self._open.on_click(self.guarded(lambda _button: state.open_kept(self._name.value.strip())))
        self.follow(state, "named", lambda change: self._name.set_trait("value", change.new))
        self.follow(state.scope, "decided", lambda _change: self._show_kept())
        self._hand_on.on_click(self.guarded(lambda _button: self._handed_on()))
        self._drop_rule.on_click(self.guarded(lambda _button: state.take_out_rule()))
        self._drop_need.on_click(self.guarded(lambda _button: self._take_out()))
        self._tables["rules"].on_select(self.guarded(self._selected))
        self._reasons.on_select(self.guarded(self._selected_need))

    def _propose(self) -> None:
        self._work.run(self.state.proposed, self.guarded(self.state.put), self.show_error)

    def _replaced(self) -> None:
        self._namespaces.allowed_tags = list(self.state.known_namespaces)
        self._namespaces.value = [one for one in self._namespaces.value if one in self.state.known_namespaces]
        self.state.put_nothing()

    def _keep_it(self) -> None:
        self.state.keep(self._name.value)
        self.say(f"Kept as {visible(self.state.named)}.")

    def _show_kept(self) -> None:
        names = self.state.kept_names
        self._name.options = [visible(name) for name in names]
        self._open.layout.display = "" if names else "none"
        if self.state.view == "kept":
            self._show()

    def _handed_on(self) -> None:
        self.state.hand_on()
        self.say("The other panels look at what is proposed.")

    def _yaml(self) -> FileContent:
        return self.state.file()

    # --- what is asked for ----------------------------------------------------------------------------------

    def _asked(self) -> None:
        """Show the options of the strategy."""
        state = self.state
        self._meaning.value = html_text(state.chosen.meaning)
        names = [option.name for option in state.chosen.options]
        if names == [getattr(one, "nw_option", "") for one in self._options.children]:
            return
        old, self._options.children = self._options.children, tuple(self._fields())
        for each in old:
            free(each)

    def _fields(self) -> Iterator[widgets.Widget]:
        for option in self.state.chosen.options:
            field = _field(option, self.state.options.get(option.name, option.default))
            field.nw_option = option.name
            field.observe(self.guarded(self._setting(option)), "value")
            yield field

    def _setting(self, option: Option) -> Callable[[Any], None]:
        def chosen(change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
            self.state.set_option(option.name, _value_of(option, change.new))

        return chosen

    # --- what is proposed -----------------------------------------------------------------------------------

    def _show(self) -> None:
        state = self.state
        shown = state.shown
        self._keep.layout.display = "none" if shown is None else ""
        for widget in (self._tools, self._view, self._text, self._place):
            widget.layout.display = "none" if shown is None else ""
        self._back.layout.display = "" if state.taken_out else "none"
        self._says.value = self._said()
        self._text.value, self._place.children = "", ()
        if shown is not None:
            text = self._html()
            if text is None:
                table = self._tables[state.view]
                table.show(self._frame())
                self._place.children = (table.widget,)
            else:
                self._text.value = text
        self._show_rule()

    def _frame(self) -> pd.DataFrame:
        state = self.state
        makers = {
            "rules": state.rules,
            "left-out": state.left_out,
            "levels": state.levels,
            "workloads": state.statuses,
            "kept": state.since,
        }
        return makers[state.view]()

    def _html(self) -> str | None:
        """Return what is looked at as HTML; None where it is a table."""
        state = self.state
        shown = state.shown
        if shown is None or state.view not in {"tree", "yaml", "compare"}:
            return None
        if state.view == "tree":
            return _tree(shown.drafts)
        if state.view == "yaml":
            lines = "\n".join(map(html_text, shown.to_yaml().splitlines()))
            return f'<pre class="nw-code" tabindex="0">{lines}</pre>'
        compared = state.compared()
        return "" if compared is None else _beside(compared)

    def _said(self) -> str:
        state = self.state
        if state.proposal is None:
            return empty_html(
                "Nothing is proposed yet.", f"Choose a strategy, then press Propose. Asked about: {state.asked}."
            )
        shown = state.shown
        notes = () if shown is None else (*shown.notes, *(f"Run first: {visible(one)}" for one in shown.commands))
        warned = () if shown is None else tuple(str(one.message) for one in shown.said)
        listed = "".join(f"<li>{html_text(one)}</li>" for one in (*warned, *notes))
        more = f'<ul class="nw-items">{listed}</ul>' if listed else ""
        return f'<p role="status">{html_text(state.sentence)}</p>{more}'

    # --- one rule -------------------------------------------------------------------------------------------

    def _selected(self, rows: pd.DataFrame) -> None:
        for _, row in rows.iterrows():
            self.state.select_row(row)

    def _selected_need(self, rows: pd.DataFrame) -> None:
        self._chosen_need = rows.iloc[0] if len(rows) else None

    def _take_out(self) -> None:
        if self._chosen_need is None:
            self.say("Choose a connection in the table below first.")
            return
        self.state.take_out(self.state.need_of(self._chosen_need))

    def _show_rule(self) -> None:
        state = self.state
        self._chosen_need = None
        if state.rule is None or state.proposal is None or state.view != "rules":
            self._rule_box.layout.display = "none"
            return
        ref, path = state.rule
        self._rule_says.value = f'<p class="nw-subject">{html_text(visible(f"{ref} {path}".strip()))}</p>'
        self._reasons.show(state.reasons())
        self._seen.show(state.seen())
        self._rule_box.layout.display = ""

    def static_html(self) -> str:
        """Return what is proposed, as it is looked at."""
        state = self.state
        asked = f"<p>{html_text(f'{state.strategy}: {state.chosen.meaning}')}</p>"
        if state.proposal is None:
            return f"{asked}{self._said()}"
        found = self._html()
        body = self._tables[state.view].static_html() if found is None else found
        return f"{asked}{self._said()}<h4>{html_text(VIEWS[state.view])}</h4>{body}"


def _field(option: Option, value: Any) -> Any:  # noqa: ANN401  (a widget of one of several kinds)
    """Return the widget for an option."""
    tip, label = option.meaning, option.name.replace("_", " ")
    wide = {"description_width": "auto"}
    if option.annotation is bool:
        found = widgets.Checkbox(value=value, description=label, tooltip=tip, indent=False)
        return found.add_class("nw-field")
    if option.choices:
        return widgets.Dropdown(options=option.choices, value=value, description=label, tooltip=tip, style=wide)
    if option.annotation is int:
        return widgets.IntText(value=value, description=label, tooltip=tip, style=wide)
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    kind = widgets.Textarea if option.annotation is Any else widgets.Text
    found = kind(value=text, description=label, tooltip=tip, placeholder=tip, style=wide, continuous_update=False)
    return found.add_class("nw-field")


def _value_of(option: Option, written: object) -> object:
    """Return what a widget says, as the option takes it."""
    if get_origin(option.annotation) is tuple and isinstance(written, str):
        return tuple(part.strip() for part in written.split(",") if part.strip())
    return written


def _tree(drafts: Iterable[Draft]) -> str:
    """Return the policies with their rules, and these with their reasons, to be opened one by one."""
    return "".join(
        f"<details><summary>{html_text(visible(one.ref))}</summary>{_rules(one)}</details>" for one in drafts
    )


def _rules(draft: Draft) -> str:
    if not draft.policy.rules:
        why = draft.because or "no rule: what it isolates is denied"
        return f"<p>{html_text(visible(why))}</p>"
    items = []
    for rule in draft.policy.rules:
        reasons = "".join(
            f"<li>{html_text(visible(str(need)))}</li>" for need in draft.reasons.get((rule.direction, rule.index), ())
        )
        items.append(f"<li>{html_text(repr(rule))}<ul>{reasons}</ul></li>")
    return f'<ul class="nw-items">{"".join(items)}</ul>'


def _row(line: LineOfBoth) -> str:
    texts = "".join(f"<td><code>{html_text(text)}</code></td>" for text in (line.now, line.proposed))
    return f'<tr class="nw-line-{line.change}"><td>{_MARKS[line.change]}</td>{texts}</tr>'


def _beside(compared: SideBySide) -> str:
    """Return the policies as they are beside those that are proposed; each line says by a sign what becomes of it."""
    parts = []
    for policy in compared.policies:
        rows = "".join(map(_row, policy.lines))
        is_open = " open" if policy.change != "unchanged" else ""
        parts.append(
            f"<details{is_open}><summary>{html_text(visible(policy.ref))}: {policy.change}</summary>"
            f'<table class="nw-side-by-side"><thead><tr><th scope="col"></th><th scope="col">now</th>'
            f'<th scope="col">proposed</th></tr></thead><tbody>{rows}</tbody></table></details>'
        )
    return "".join(parts) or empty_html("No policy is proposed.", "See what was left out, and why.")
