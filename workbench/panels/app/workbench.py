"""The workbench: all panels as one application with tabs and one selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from workbench.ground import html_text, visible
from workbench.inventory import Cluster, no_cluster
from workbench.panels.app.open import OpenPanel
from workbench.panels.app.sources import Source, open_sample, open_source
from workbench.panels.app.state import WorkbenchState
from workbench.panels.details import DetailsPanel
from workbench.panels.frame import PANELS, Panel, as_before, empty_html, tabs

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.workspace import Workspace

__all__ = ["Workbench"]


class Workbench(Panel[WorkbenchState]):
    """All panels in one, with one selection: a cell that ends on it shows it.

    Parameters
    ----------
    cluster : Cluster, mapping of str to Cluster, or WorkbenchState, optional
        One cluster, or several by name. Without any, the workbench offers to open one. A state is taken as it is.
    flows : Flows or mapping of str to Flows, optional
        What was seen; of several clusters, by the same names. Of a cluster without any, what the workspace keeps.
    workspace : Workspace, str or Path, optional
        Where decisions and flows are kept, or its folder; without one, decisions are gone with the kernel.
    tab : str
        Name of the tab to begin with; the first, where it is empty.

    Examples
    --------
    >>> Workbench(load_manifests("deploy/"), workspace="netpol-workspace")  # doctest: +SKIP
    >>> Workbench(load_manifests("deploy/"), load_flows("hubble.jsonl"))  # doctest: +SKIP
    >>> Workbench.open("deploy/", flows="hubble.jsonl")  # doctest: +SKIP
    """

    title = "Workbench"

    def __init__(
        self,
        cluster: Cluster | Mapping[str, Cluster] | WorkbenchState | None = None,
        flows: Flows | Mapping[str, Flows] | None = None,
        *,
        workspace: Workspace | str | Path | None = None,
        tab: str = "",
    ) -> None:
        if not isinstance(cluster, WorkbenchState):
            cluster = _state(_sources(cluster, flows), workspace, tab)
        super().__init__(cluster)

    @classmethod
    def open(
        cls,
        paths: str | Path | Iterable[str | Path],
        flows: str | Path | Iterable[str | Path] = (),
        *,
        workspace: Workspace | str | Path | None = None,
        tab: str = "",
    ) -> Workbench:
        """Return a workbench of manifests and recordings on disk.

        Parameters
        ----------
        paths : str, Path, or iterable of these
            Folders, files or archives of manifests.
        flows : str, Path, or iterable of these
            Recordings of flows; without any, what the workspace keeps is looked at.
        workspace : Workspace, str or Path, optional
            Where decisions and flows are kept, or its folder.
        tab : str
            Name of the tab to begin with.

        Raises
        ------
        WorkbenchError
            If a path does not exist, or if no file holds flows.
        """
        return cls(_state([open_source(paths, flows)], workspace, tab))

    @classmethod
    def sample(cls, *, tab: str = "") -> Workbench:
        """Return a workbench of the sample that comes with the package.

        Parameters
        ----------
        tab : str
            Name of the tab to begin with.
        """
        return cls(_state([open_sample()], None, tab))

    # --- arranging ----------------------------------------------------------------------------------------

    def build(self) -> Sequence[widgets.Widget]:
        """Return the line above the tabs, the tabs, and what is selected beside them."""
        self._made: dict[str, Panel[Any]] = {}
        self._tabs = tabs()
        self._choice = widgets.Dropdown(description="Cluster", layout=widgets.Layout(width="auto"))
        self._says = widgets.HTML().add_class("nw-says")
        self._clear = widgets.Button(description="Clear selection", tooltip="Look at nothing in particular")
        self._opening = widgets.ToggleButton(description="Open …", tooltip="Open another cluster, or its flows")
        self._details_on = widgets.ToggleButton(description="Details", tooltip="Show what is selected beside the tabs")
        for button in (self._clear, self._opening, self._details_on):
            button.layout.width = "auto"
        self._form = self.hold(OpenPanel(self.state))
        self._tab = widgets.Tab([widgets.VBox() for _ in self._tabs]).add_class("nw-tabs")
        self._tab.titles = [tab.title for tab in self._tabs]
        self._details = self.hold(DetailsPanel(self.state.scope))
        self._side = widgets.VBox([self._details.view]).add_class("nw-side")
        self._connect()
        top = [self._choice, self._says, self._clear, self._details_on, self._opening]
        return (
            widgets.HBox(top).add_class("nw-tools").add_class("nw-top"),
            self._form.view,
            widgets.HBox([self._tab, self._side]).add_class("nw-beside"),
        )

    def _connect(self) -> None:
        state, scope = self.state, self.state.scope
        self.join(self._details_on, "shows_details")
        self.join(self._opening, "shows_opening")
        self._clear.on_click(self.guarded(lambda _button: scope.selection.clear()))
        self.follow(state, ["shows_details", "shows_opening"], lambda _change: self._fold())
        self.follow(state, ["sources", "chosen"], lambda _change: self._list_sources())
        self.follow(self._choice, "value", lambda change: state.set_trait("chosen", change.new or ""))
        self.follow(state, "tab", lambda _change: self._show_tab())
        self.follow(self._tab, "selected_index", self._turned)
        self.follow(scope, "cluster", lambda _change: self._start_anew())
        self.follow(scope, "flows", lambda _change: state.keep_flows())
        self.follow(scope.selection, ["workloads", "edge", "address"], lambda _change: self._say_selected())
        self._list_sources()
        self._fold()
        self._show_tab()
        self.say(" ".join(f"{problem.message}: {problem.remedy}." for problem in PANELS.problems))

    def _fold(self) -> None:
        self._side.layout.display = "" if self.state.shows_details and self.state.sources else "none"
        self._form.view.layout.display = "" if self.state.shows_opening else "none"

    def _list_sources(self) -> None:
        names = list(self.state.sources)
        self._choice.options = [(visible(name), name) for name in names]
        self._choice.value = self.state.chosen or None
        self._choice.layout.display = "" if len(names) > 1 else "none"
        self._say_selected()
        self._fold()

    def _say_selected(self) -> None:
        selection = self.state.selection
        ends = [*selection.workloads, *(selection.edge or ()), *filter(None, [selection.address])]
        source: Source | None = self.state.sources.get(self.state.chosen)
        where = f"{visible(source.name)}: {source.sentence}." if source is not None else ""
        chosen = f"Selected: {' → '.join(map(visible, ends))}." if ends else ""
        scope = self.state.scope
        if scope.is_kept:
            where += f" Decisions are kept in {visible(str(scope.workspace.path))}."
        self._says.value = f'<span role="status">{html_text(where)} <b>{html_text(chosen)}</b></span>'
        self._clear.layout.display = "" if ends else "none"

    # --- tabs ---------------------------------------------------------------------------------------------

    def _turned(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.new is not None:
            self.state.tab = self._tabs[change.new].name

    def _show_tab(self) -> None:
        """Show the tab that is chosen; its panel is made when it is first looked at."""
        for number, tab in enumerate(self._tabs):
            if tab.name == self.state.tab:
                self._tab.selected_index = number
                if tab.name not in self._made and self.state.sources:
                    with as_before(self.state.panels.get(tab.name)):
                        self._made[tab.name] = self.show_within(tab.make(self.state.scope))
                    self.state.panels[tab.name] = self._made[tab.name].state
                    self._tab.children[number].children = (self._made[tab.name].view,)

    def _start_anew(self) -> None:
        """Make the panel that is shown for another cluster; those of the old one leave the page, then close."""
        old, self._made = self._made, {}
        for box in self._tab.children:
            box.children = ()
        self._show_tab()
        for panel in old.values():
            panel.close()

    @property
    def panels(self) -> dict[str, Panel[Any]]:
        """The panels that were looked at so far, by the names of their tabs."""
        return dict(self._made)

    def close(self) -> None:
        """Take the workbench out of the page, and free what it holds."""
        super().close()
        for panel in self._made.values():
            panel.close()

    def static_html(self) -> str:
        """Return what the tabs that were looked at show, one below the other, and what is selected."""
        if not self.state.sources:
            return empty_html("No cluster is open.")
        titles = {tab.name: tab.title for tab in self._tabs}
        parts = [f"<h4>{html_text(titles[name])}</h4>{panel.static_html()}" for name, panel in self._made.items()]
        if self.state.shows_details:
            parts.append(f"<h4>{html_text(self._details.title)}</h4>{self._details.static_html()}")
        return "".join([f"<p>{self._says.value}</p>", *parts])


def _state(sources: Sequence[Source], workspace: Workspace | str | Path | None, tab: str) -> WorkbenchState:
    return WorkbenchState(*sources, workspace=workspace, **({"tab": tab} if tab else {}))


def _sources(
    cluster: Cluster | Mapping[str, Cluster] | None, flows: Flows | Mapping[str, Flows] | None
) -> list[Source]:
    """Return each cluster with its flows.

    Raises
    ------
    TypeError
        If what is given is no cluster, or if it is not said whose flows they are.
    """
    if cluster is None:
        if flows is not None:
            message = "flows belong to a cluster: write Workbench(load_manifests(…), flows)"
            raise TypeError(message)
        return []
    named = cluster if isinstance(cluster, Mapping) else {"cluster": cluster}
    if isinstance(flows, Mapping):
        if unknown := [name for name in flows if name not in named]:
            message = f"there are flows of {unknown[0]!r}, but no such cluster; there are {', '.join(named)}"
            raise TypeError(message)
        seen = dict(flows)
    elif flows is not None and len(named) > 1:
        message = f"say which cluster the flows are of: flows={{{next(iter(named))!r}: flows}}"
        raise TypeError(message)
    else:
        seen = dict.fromkeys(named, flows) if flows is not None else {}
    for one in named.values():
        if not isinstance(one, Cluster):
            no_cluster(one, "Workbench")
    is_named = named is cluster
    return [Source(name, one, seen.get(name), name if is_named else "") for name, one in named.items()]
