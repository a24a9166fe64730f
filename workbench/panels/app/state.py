"""The workbench without its widgets: what is open, which cluster is looked at, and which tab."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, TraitError, Unicode, observe, validate

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
        super().__init__(Scope(Cluster()), sources=names, **{"shows_opening": not names, **traits})
        if not self.tab and (every := tabs()):
            self.tab = every[0].name
        if names and not self.chosen:
            self.chosen = next(iter(names))

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
    def _look_at_it(self, _change: object) -> None:
        source: Source | None = self.sources.get(self.chosen)
        if source is not None:
            self.scope.replace(source.cluster, source.flows)

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
