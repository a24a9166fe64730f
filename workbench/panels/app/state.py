"""The workbench without its widgets: what is open, which cluster is looked at, and which tab."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, TraitError, Unicode, default, observe, validate

from workbench.inventory import Cluster
from workbench.panels.app.sources import Source
from workbench.panels.frame import PANELS, PanelState, Scope, tabs

__all__ = ["WorkbenchState"]


class WorkbenchState(PanelState):
    """What is open, and what of it is looked at.

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
    """

    sources = Dict()
    chosen = Unicode()
    tab = Unicode()
    shows_details = Bool(True)  # noqa: FBT003  (the first argument of a trait is its default)
    shows_opening = Bool()
    remembered = ("chosen", "tab", "shows_details")

    def __init__(self, *sources: Source, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        names = {source.name: source for source in sources}
        self._shown: dict[str, PanelState] = {}
        self._earlier: dict[str, PanelState] = {}
        self._given = frozenset(names)
        super().__init__(Scope(Cluster()), sources=names, **{"shows_opening": not names, **traits})
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
        self._shown, self._earlier = {}, {}
        source: Source | None = self.sources.get(self.chosen)
        if source is not None:
            self.scope.replace(source.cluster, source.flows)

    def take_over(self, earlier: PanelState) -> None:
        """Open again what was opened from inside an earlier workbench, and choose again what was chosen in it.

        Parameters
        ----------
        earlier : PanelState
        """
        if not isinstance(earlier, WorkbenchState):
            return
        inside = {name: each for name, each in earlier.sources.items() if name not in earlier._given | self._given}
        given = {name: _with_flows_of(earlier.sources.get(name), each) for name, each in self.sources.items()}
        self.sources = {**given, **inside}
        before = self.chosen
        super().take_over(earlier)
        if earlier._given != self._given:
            self.chosen = before  # the cell asks for another cluster now
        self._look_at_it()
        self.shows_opening = self.shows_opening and not self.sources
        if self.chosen == earlier.chosen:
            self._earlier = {**earlier._earlier, **earlier._shown}
            self.selection.take_over(earlier.selection)

    def shown(self, tab: str, panel: PanelState) -> None:
        """Keep what is chosen in the panel of a tab, for a workbench that takes it over.

        Parameters
        ----------
        tab : str
        panel : PanelState
        """
        self._shown[tab] = panel

    def earlier(self, tab: str) -> PanelState | None:
        """Return what was chosen in the panel of a tab, where this workbench took over from one that had it.

        Parameters
        ----------
        tab : str
        """
        return self._earlier.get(tab)

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
        self.sources = {**self.sources, source.name: source}
        if self.chosen == source.name:
            self.scope.replace(source.cluster, source.flows)
        self.chosen = source.name
        self.shows_opening = False


def _with_flows_of(earlier: Source | None, given: Source) -> Source:
    """Return a source with the flows that were read from inside for the cluster of its name."""
    if earlier is None or given.flows is not None:
        return given
    return given._replace(flows=earlier.flows)
