"""The findings that filters leave, as a table, with the filters above it and the one that is chosen below."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from workbench.ground import ANSWER_FORMATS, count_of, html_text, visible
from workbench.panels.checks.filters import SEVERITIES, STATUSES
from workbench.panels.checks.finding_box import FindingBox
from workbench.panels.frame import PanelTable, download_button

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from workbench.panels.checks.state import ChecksState
    from workbench.panels.frame import Panel

__all__ = ["ListBox"]

_COLUMNS: Final = ("severity", "check", "object", "message", "where", "status")
_EMPTY: Final = "No finding that filters leave."


class ListBox:
    """Findings.

    Parameters
    ----------
    panel : Panel of ChecksState

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
    one : FindingBox
        The one that is chosen.
    """

    def __init__(self, panel: Panel[ChecksState]) -> None:
        self._panel, self._state = panel, panel.state
        self._is_ours = False
        initial = {"description_width": "initial"}
        self.severities = {
            name: widgets.ToggleButton(layout={"width": "auto"}, tooltip=f"Whether findings that are {name} are listed")
            for name in SEVERITIES
        }
        # What there is to choose changes: these are not joined.
        self.check = widgets.Dropdown(description="Check", style=initial, layout={"width": "min(340px, 100%)"})
        self.namespace = widgets.Dropdown(description="Namespace", style=initial, layout={"width": "230px"})
        self.status = widgets.Dropdown(description="Status", style=initial, layout={"width": "180px"})
        self.text = widgets.Text(
            description="Text", placeholder="part of a name or message", continuous_update=False, style=initial,
            layout={"width": "260px"}, tooltip="In the object, the message, the evidence or the place",
        )  # fmt: skip
        self.reset = widgets.Button(description="Show all open", tooltip="Take all filters away")
        self.says = widgets.HTML()
        self.table = panel.hold(PanelTable("finding", name="findings", columns=_COLUMNS, empty=_EMPTY))
        self.one = FindingBox(panel)
        self.files = widgets.HBox(
            [
                widgets.HTML("<b>Save all findings</b>"),
                *(
                    download_button(
                        partial(panel.state.export, kind),
                        kind,
                        title=f"Save all findings as {kind}, also accepted ones and those that filters leave out",
                        failed=panel.show_error,
                    )
                    for kind in ANSWER_FORMATS.names("findings")
                ),
            ]
        ).add_class("nw-tools")
        chosen = widgets.HBox(list(self.severities.values())).add_class("nw-tools").add_class("nw-severities")
        filters = [self.check, self.namespace, self.status, self.text, self.reset]
        self.widget = widgets.VBox(
            [
                chosen,
                widgets.HBox(filters).add_class("nw-tools"),
                self.says,
                self.table.widget,
                self.one.widget,
                self.files,
            ]
        )
        self._connect()

    def _connect(self) -> None:
        panel, state = self._panel, self._state
        for button in self.severities.values():
            panel.follow(button, "value", lambda _change: self._toggled())
        for name in ("check", "namespace", "status"):
            panel.follow(getattr(self, name), "value", partial(self._chose, name))
        panel.join(self.text, "text")
        panel.follow(state, list(state.filters), lambda _change: self.show())
        self.reset.on_click(panel.guarded(lambda _button: state.reset()))
        self.table.on_select(self._heard)

    def _toggled(self) -> None:
        if not self._is_ours:
            self._state.severities = tuple(name for name, button in self.severities.items() if button.value)

    def _chose(self, trait: str, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if not self._is_ours and change.new is not None:
            self._state.set_trait(trait, change.new)

    def _heard(self, rows: pd.DataFrame) -> None:
        # Other rows leave none selected: the finding that is looked at stays, and what was said of it.
        if not rows.empty and rows["fingerprint"].iloc[0] != self._state.chosen:
            self._panel.guarded(lambda found: self._state.choose(str(found["fingerprint"].iloc[0])))(rows)

    def show(self) -> None:
        """Show the findings as they are now."""
        state = self._state
        self._offer()
        rows = state.rows()
        total = 0 if state.findings is None else len(state.findings)
        rest = total - len(rows)
        left = f"Filters leave out {count_of(rest, 'finding')} of {total:,}." if rest else ""
        self.says.value = f'<p class="nw-note" role="status">{html_text(left)}</p>' if left else ""
        self.says.layout.display = "" if left else "none"
        self.reset.layout.display = "" if state.is_filtered else "none"
        self.table.show(rows)
        if state.chosen in set(rows["fingerprint"]):
            self.table.select([list(rows["fingerprint"]).index(state.chosen)])
        self.one.show()
        self.widget.layout.visibility = "visible" if state.findings is not None else "hidden"

    def _offer(self) -> None:
        """Offer what there is to choose, with how many findings each would leave."""
        state, counts = self._state, self._state.severity_counts()
        statuses = state.status_counts()
        was, self._is_ours = self._is_ours, True
        try:
            for name, button in self.severities.items():
                button.value = name in state.severities
                # The sign tells what the colour tells.
                button.description = f"{'✓ ' if button.value else ''}{name.capitalize()} {counts[name]:,}"
            checks = [(visible(f"{check}: {title}"), check) for check, title in state.all_checks.items()]
            self._put(self.check, [("all checks", ""), *checks], state.check)
            named = [(visible(name), name) for name in state.all_namespaces]
            self._put(self.namespace, [("all namespaces", ""), *named], state.namespace)
            offered = [(f"{words} {statuses[name]:,}", name) for name, words in STATUSES.items()]
            self._put(self.status, offered, state.status)
        finally:
            self._is_ours = was

    @staticmethod
    def _put(field: widgets.Dropdown, options: list[tuple[str, str]], value: str) -> None:
        known = [option for _, option in options]
        if value not in known:
            options = [*options, (visible(value), value)]  # nothing of it is found any more
        if list(field.options) != options:
            field.options = options
        field.value = value

    def static_html(self) -> str:
        """Return what is listed, and the finding that is chosen."""
        state, counts = self._state, self._state.severity_counts()
        said = ", ".join(f"{name} {counts[name]:,}" for name in SEVERITIES)
        return (
            f"<p>{html_text(said)}.</p>{self.says.value}{self.table.static_html(state.rows())}{self.one.static_html()}"
        )
