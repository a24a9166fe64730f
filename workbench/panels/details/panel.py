"""The side panel: what is selected, in tabs that are made when they are first shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import ipywidgets as widgets

from workbench.panels.details.pieces import badge, breakable
from workbench.panels.details.registry import details_tabs
from workbench.panels.details.state import DetailsState
from workbench.panels.details.subject import SubjectKind
from workbench.panels.frame import Panel

if TYPE_CHECKING:
    from workbench.panels.details.tab import TabPanel

__all__ = ["DetailsPanel"]

FOLLOWED = ("workloads", "edge", "address", "namespaces", "window")


class DetailsPanel(Panel[DetailsState]):
    """What is selected, seen from all sides; it follows the selection of its scope.

    Examples
    --------
    >>> from workbench import load_manifests
    >>> panel = DetailsPanel(load_manifests("data/samples/shop"))
    >>> panel.state.selection.select_workload("payments/db[StatefulSet]")
    """

    title = "Details"
    states = DetailsState

    def build(self) -> Sequence[widgets.Widget]:
        """Return the heading and the tabs."""
        self._made: dict[str, TabPanel[Any]] = {}
        self._shown: dict[str, tuple[object, ...]] = {}
        self._heading = widgets.HTML()
        self._back = widgets.Button(
            description="Back", icon="arrow-left", tooltip="What was selected before", layout={"width": "auto"}
        )
        self._clear = widgets.Button(description="Clear", tooltip="Select nothing", layout={"width": "auto"})
        self._back.on_click(self.guarded(lambda _button: self.state.back()))
        self._clear.on_click(self.guarded(lambda _button: self._select_nothing()))
        self._tabs = details_tabs()
        self._places = tuple(widgets.VBox() for _ in self._tabs)
        self._box = widgets.Tab(children=self._places, titles=[tab.title for tab in self._tabs]).add_class(
            "nw-details-tabs"
        )
        self._box.selected_index = self._index
        self.follow(self._box, "selected_index", self._turned)
        self.follow(self.state, "tab", lambda _change: self._show())
        self.follow(self.state.selection, FOLLOWED, lambda _change: self._show())
        self.follow(self.state.scope, ("cluster", "flows", "address_book"), lambda _change: self._show())
        self._show()
        buttons = widgets.HBox([self._back, self._clear]).add_class("nw-tools")
        return [widgets.VBox([self._heading, buttons, self._box]).add_class("nw-details")]

    @property
    def _index(self) -> int:
        names = [tab.name for tab in self._tabs]
        return names.index(self.state.tab) if self.state.tab in names else 0

    def _turned(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.new is not None:
            self.state.tab = self._tabs[change.new].name

    def _select_nothing(self) -> None:
        self.state.remember()
        self.state.selection.clear()
        self.state.selection.namespaces = ()

    def _show(self) -> None:
        """Show what is selected, in the tab that is shown; the other tabs wait until they are."""
        subject = self.state.subject
        self._heading.value = self._heading_html()
        self._back.disabled = not self.state.can_go_back
        self._clear.disabled = subject.kind is SubjectKind.NOTHING
        if self._box.selected_index != self._index:
            self._box.selected_index = self._index
        # One choice changes several traits: the tab is filled once.
        key = (subject, self.state.selection.window, self.state.scope.cluster, self.state.scope.named_flows)
        if self._shown.get(self.state.tab) != key:
            self.tab.refresh()
            self._shown[self.state.tab] = key

    @property
    def tab(self) -> TabPanel[Any]:
        """The tab that is shown; made now, where it never was."""
        tab = self._tabs[self._index]
        if tab.name not in self._made:
            self._made[tab.name] = self.hold(cast("TabPanel[Any]", tab.make(self.state)))
            self._places[self._index].children = (self._made[tab.name].view,)
        return self._made[tab.name]

    def _heading_html(self) -> str:
        subject = self.state.subject
        kind = "" if subject.kind is SubjectKind.NOTHING else badge(subject.kind.value)
        title = f'<span role="heading" aria-level="3">{breakable(subject.title)}</span>'
        return f'<div class="nw-subject" role="status">{title} {kind}</div>'

    def static_html(self) -> str:
        """Return the heading and the tab that is shown."""
        return f"{self._heading_html()}{self.tab.static_html()}"
