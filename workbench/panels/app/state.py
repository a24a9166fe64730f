"""The workbench without its widgets: what is open, which cluster is looked at, and which tab."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, TraitError, Unicode, default, link, observe, validate

from workbench.inventory import Cluster
from workbench.panels.app.sources import Source
from workbench.panels.frame import PANELS, PanelState, Scope, tabs

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["WorkbenchState"]


class WorkbenchState(PanelState):
    """What is open, and what of it is looked at.

    Parameters
    ----------
    *sources : Source
        What is open at first.
    workspace : Workspace, str or Path, optional
        Where decisions are kept, and flows of clusters that come without any; a temporary one, where none is given.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    sources : dict of str to Source
        What is open, by name.
    chosen : str
        The source that is looked at; empty where none is open.
    tab : str
        Name of the tab that is shown, as it was registered.
    shows_details : bool
        Whether what is selected is described beside the tabs.
    shows_opening : bool
        Whether the form that opens sources is shown.
    given : frozenset of str
        Names of the sources that it began with; others were opened from inside.
    panels : dict of str to PanelState
        What is chosen in the panels of the tabs, also of tabs that are not looked at yet, where a workbench before had
        it.
    """

    sources = Dict()
    chosen = Unicode()
    tab = Unicode()
    shows_details = Bool(True)  # noqa: FBT003  (the first argument of a trait is its default)
    shows_opening = Bool()
    remembered = ("chosen", "tab", "shows_details")

    def __init__(
        self,
        *sources: Source,
        workspace: Workspace | str | Path | None = None,
        **traits: Any,  # noqa: ANN401  (each trait has its own type)
    ) -> None:
        names: dict[str, Source] = {}
        for source in sources:
            names[source.name] = _called(source, names)
        self.panels: dict[str, PanelState] = {}
        self.given = frozenset(names)
        super().__init__(Scope(Cluster(), workspace=workspace), sources=names, **{"shows_opening": not names, **traits})
        self.selection.tabs = tuple(tab.name for tab in tabs())
        link((self, "tab"), (self.selection, "tab"))  # a panel may go to the tab of another
        self._look_at_it()

    @default("tab")
    def _first_tab(self) -> str:
        return next((tab.name for tab in tabs()), "")

    @default("chosen")
    def _first_source(self) -> str:
        return next(iter(self.sources), "")

    @validate("chosen")
    def _is_open(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name and name not in self.sources:
            message = f"nothing called {name!r} is open; there are {', '.join(self.sources) or 'no sources yet'}"
            raise TraitError(message)
        return name

    @validate("tab")
    def _is_registered(self, proposal: dict[str, Any]) -> str:
        name: str = proposal["value"]
        if name and name not in PANELS:
            message = f"there is no tab {name!r}; there are {', '.join(tab.name for tab in tabs())}"
            raise TraitError(message)
        return name

    @observe("chosen")
    def _look_at_it(self, _change: object = None) -> None:
        self.panels = {}
        source: Source | None = self.sources.get(self.chosen)
        if source is not None:
            self._replace(source)

    def _replace(self, source: Source) -> None:
        flows = self.scope.kept_flows(source.cluster, source.called) if source.flows is None else source.flows
        self.scope.replace(source.cluster, flows, name=source.called)

    def take_over(self, earlier: PanelState) -> None:
        """Open again what was opened from inside an earlier workbench, and choose again what was chosen in it.

        Parameters
        ----------
        earlier : PanelState
        """
        if not isinstance(earlier, WorkbenchState):
            return
        self.scope.share_workspace(earlier.scope)
        inside = {name: each for name, each in earlier.sources.items() if name not in earlier.given | self.given}
        given = {name: _with_flows_of(earlier.sources.get(name), each) for name, each in self.sources.items()}
        self.sources = {**given, **inside}
        before = self.chosen
        super().take_over(earlier)
        if earlier.given != self.given:
            self.chosen = before  # the cell asks for another cluster now
        self._look_at_it()
        self.shows_opening = self.shows_opening and not self.sources
        if self.chosen == earlier.chosen:
            self.panels = dict(earlier.panels)
            self.selection.take_over(earlier.selection)

    def keep_flows(self) -> None:
        """Keep the flows that were imported for the cluster that is looked at, for when it is chosen again."""
        source: Source | None = self.sources.get(self.chosen)
        if source is not None and source.cluster is self.scope.cluster:
            self.sources = {**self.sources, source.name: source._replace(flows=self.scope.flows)}

    def open(self, source: Source) -> None:
        """Open a source and look at it; one of the same name is replaced.

        Parameters
        ----------
        source : Source
        """
        opened = _called(source, {name: each for name, each in self.sources.items() if name != source.name})
        self.sources = {**self.sources, source.name: opened}
        if self.chosen == source.name:
            self._replace(opened)
        self.chosen = source.name
        self.shows_opening = False


def _called(source: Source, others: Mapping[str, Source]) -> Source:
    """Return a source with what it is called in the workspace: the only one needs no name there."""
    return source if source.called is not None else source._replace(called=source.name if others else "")


def _with_flows_of(earlier: Source | None, given: Source) -> Source:
    """Return a source with the flows that were read from inside for the cluster of its name."""
    if earlier is None or given.flows is not None:
        return given
    return given._replace(flows=earlier.flows)
