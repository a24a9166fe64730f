"""The panel that makes audit reports: what is asked for above, the report and its bundles below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from workbench.ground import html_text
from workbench.panels.frame import Panel, Work, download_button
from workbench.panels.report.bundle_box import BundleBox
from workbench.panels.report.pieces import changed_html, head_html, sections_html
from workbench.panels.report.preview import Preview
from workbench.panels.report.scope_box import ScopeBox
from workbench.panels.report.state import VIEWS, ReportState

if TYPE_CHECKING:
    from workbench.panels.report.making import Made

__all__ = ["ReportPanel"]


class ReportPanel(Panel[ReportState]):
    """Makes an audit report of what is looked at; shows it, saves it, and proves bundles.

    Examples
    --------
    >>> ReportPanel(cluster, flows, title="Quarterly audit", namespaces="payments")  # doctest: +SKIP
    """

    title = "Report"
    states = ReportState

    def build(self) -> Sequence[widgets.Widget]:
        """Return what is asked for, and what came of it."""
        state = self.state
        self._work = Work()
        self._scope = ScopeBox(self)
        self._go = widgets.Button(
            description="Make the report",
            tooltip="Make it of what is there now; nothing is written before you save it",
            button_style="primary",
        )
        failed = self.show_error
        self._save = widgets.HBox(
            [
                download_button(state.html_file, "Save HTML", title="Save one page that needs no other", failed=failed),
                download_button(
                    state.pdf_file, "Save PDF", title="Save a document to be printed and filed", failed=failed
                ),
                download_button(
                    state.data_archive,
                    "Save data",
                    title="Save a folder with all tables as CSV, JSON and Parquet, in an archive",
                    failed=failed,
                ),
            ]
        ).add_class("nw-tools")
        self._changed = widgets.HTML()
        self._head = widgets.HTML()
        self._view = widgets.ToggleButtons(options=[(words, name) for name, words in VIEWS.items()])
        self._view.style.button_width = "auto"
        self._page = Preview("The report")
        self._bundles = BundleBox(self, self._run)
        self._connect()
        self._show()
        return (
            self._scope.widget,
            widgets.HBox([self._go, self._save]).add_class("nw-tools"),
            self._work.widget,
            self._changed,
            self._head,
            self._view,
            self._page,
            self._bundles.widget,
        )

    def _connect(self) -> None:
        state = self.state
        self.join(self._view, "view")
        self.follow(state, ["made", "view"], lambda _change: self._show())
        self.follow(state, [*ReportState.asks], lambda _change: self._say())
        self.follow(state.scope, "cluster", lambda _change: self._replaced())
        self.follow(state.scope, ["flows", "baselines", "address_book", "decided"], lambda _change: self._differs())
        self.follow(state.selection, "window", lambda _change: self._say())
        self._go.on_click(self.guarded(lambda _button: self._run(state.making(), self._put)))

    # --- what a person does ---------------------------------------------------------------------------------

    def _run(self, task: Callable[..., Any], put: Callable[[Any], None]) -> None:
        self._work.run(task, self.guarded(put), self.show_error)

    def _put(self, made: Made) -> None:
        self.state.put(made)

    def _replaced(self) -> None:
        self.state.keep_known_namespaces()
        self._differs()

    def _differs(self) -> None:
        self._scope.show()
        self._say()

    # --- what is shown --------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show what is looked at; the page is sent when it is looked at for the first time."""
        state = self.state
        self._say()
        has_page = state.made is not None
        self._save.layout.display = "" if has_page else "none"
        self._head.value = head_html(state.made, state.headline)
        is_page = state.view == "page"
        self._page.layout.display = "" if is_page and has_page else "none"
        self._bundles.widget.layout.display = "none" if is_page else ""
        if is_page:
            self._page.show("" if state.made is None else state.made.page)
        else:
            self._bundles.show()

    def _say(self) -> None:
        changed = self.state.changed
        self._changed.value = changed_html(changed)
        self._changed.layout.display = "" if changed else "none"

    def static_html(self) -> str:
        """Return the headline of the report and its sections, not the page itself; or what was written and proved."""
        state = self.state
        head = f"{changed_html(state.changed)}{head_html(state.made, state.headline)}"
        if state.view == "bundles":
            return f"{head}<h4>{html_text(VIEWS[state.view])}</h4>{self._bundles.static_html()}"
        if state.made is None:
            return f"<p>{html_text(self._scope.said())}</p>{head}"
        return f"{head}<h4>{html_text('Sections')}</h4>{sections_html(state.made)}"
