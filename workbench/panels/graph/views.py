"""Saved views of the graph: what was chosen, kept in the workspace under a name (workspace 12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from traitlets import TraitError, Tuple, Unicode

from workbench.ground import NotFoundError, WorkbenchError, listed
from workbench.panels.frame.traits import StrictTraits

if TYPE_CHECKING:
    from workbench.panels.graph.state import NetworkGraphState
    from workbench.workspace import KeptDecision

__all__ = ["SavedViews"]

_WINDOW: Final = "window"


class SavedViews(StrictTraits):
    """The saved views of what a graph looks at.

    Parameters
    ----------
    state : NetworkGraphState
        Whose choices are saved, and set again.

    Attributes
    ----------
    names : tuple of str
        Of the views that there are.
    unreadable : str
        Why it is not known which there are; empty where it is.
    current : str
        The view that was saved or applied last, as long as nothing else is chosen; empty for none.
    """

    names = Tuple()
    unreadable = Unicode()
    current = Unicode()

    def __init__(self, state: NetworkGraphState) -> None:
        super().__init__()
        self._state = state
        self._made: list[int] = []
        state.scope.observe(lambda _change: self.refresh(), ["decided", "name"])
        state.observe(self._chosen, [*state.remembered])
        self.refresh()

    def refresh(self) -> None:
        """Look at which views there are now."""
        scope = self._state.scope
        try:
            self.names, self.unreadable = tuple(scope.workspace.views(scope.name)) if scope.has_workspace else (), ""
        except WorkbenchError as error:
            self.names, self.unreadable = (), str(error)
        if self.current not in self.names:
            self.current = ""

    def _chosen(self, _change: object) -> None:
        self.current = ""

    # --- choices ------------------------------------------------------------------------------------------

    @property
    def choices(self) -> dict[str, Any]:
        """What is chosen now and is not so by default, as JSON has it."""
        state = self._state
        found = {name: getattr(state, name) for name in state.remembered}
        said = {name: _plain(value) for name, value in found.items() if value != state.trait_defaults(name)}
        if not state.span:
            said[_WINDOW] = [None if moment is None else moment.isoformat() for moment in state.selection.window]
        return said

    def choose(self, choices: Mapping[str, Any]) -> tuple[str, ...]:
        """Choose what was saved, and for the rest what is so by default.

        Parameters
        ----------
        choices : mapping of str to value
            As `choices` returned it, perhaps of another cluster or version.

        Returns
        -------
        tuple of str
            What cannot be chosen here, a sentence each.
        """
        state, missed = self._state, []
        with state.several():
            for name in state.remembered:
                value = choices.get(name, state.trait_defaults(name))
                missed += self._set(name, tuple(value) if isinstance(value, list) else value)
            if _WINDOW in choices:
                missed += self._set_window(choices[_WINDOW])
        unknown = [name for name in choices if name not in {*state.remembered, _WINDOW}]
        return (*missed, *(f"There is no choice {name!r} in this version." for name in unknown))

    def _set(self, name: str, value: object) -> list[str]:
        """Set a choice; of several names those that are there."""
        state = self._state
        try:
            state.set_trait(name, value)
        except TraitError as error:
            here = tuple(one for one in value if self._is_here(name, one)) if isinstance(value, tuple) else ()
            state.set_trait(name, here or state.trait_defaults(name))
            return [f"{str(error)[:1].upper()}{str(error)[1:]}."]
        return []

    def _is_here(self, name: str, one: object) -> bool:
        known = {"namespaces": "all_namespaces", "opened": "all_namespaces", "sources": "all_sources"}.get(name)
        return known is not None and one in getattr(self._state, known)

    def _set_window(self, saved: object) -> list[str]:
        try:
            start, end = (None if moment is None else datetime.fromisoformat(moment) for moment in saved)  # type: ignore[attr-defined]
            self._state.selection.window = (start, end)
        except (TypeError, ValueError, TraitError):
            return ["The window of time of the view cannot be read."]
        return []

    # --- views --------------------------------------------------------------------------------------------

    def save(self, name: str, *, why: str = "") -> None:
        """Save what is chosen now under a name, in place of an older view of that name.

        Parameters
        ----------
        name : str
        why : str

        Raises
        ------
        ArgumentError
            If it has no name.
        """
        scope = self._state.scope
        decision = scope.workspace.keep_view(name, self.choices, why=why, cluster=scope.name)
        self._keep(decision)
        self.current = name.strip()

    def apply(self, name: str) -> tuple[str, ...]:
        """Choose what a view has.

        Parameters
        ----------
        name : str

        Returns
        -------
        tuple of str
            What of it cannot be chosen here, a sentence each.

        Raises
        ------
        NotFoundError
            If there is no such view.
        """
        scope = self._state.scope
        views = scope.workspace.views(scope.name) if scope.has_workspace else {}
        if name not in views:
            message = f"there is no view {name!r}"
            raise NotFoundError(message, f"there are {listed([*views]) or 'none'}")
        missed = self.choose(views[name])
        self.current = name
        return missed

    def delete(self, name: str, *, why: str = "") -> None:
        """Delete a view; what is chosen stays.

        Parameters
        ----------
        name : str
        why : str

        Raises
        ------
        NotFoundError
            If there is no such view.
        """
        scope = self._state.scope
        self._keep(scope.workspace.delete_view(name, why=why, cluster=scope.name))

    @property
    def may_undo(self) -> bool:
        """Whether a view was saved or deleted here that can be taken back."""
        return bool(self._made)

    def undo(self) -> None:
        """Take back the last view that was saved or deleted here."""
        if self._made:
            self._state.scope.undo(decision_id=self._made[-1])
            self._made.pop()

    def _keep(self, decision: KeptDecision) -> None:
        if decision.id:
            self._made.append(decision.id)
            self._state.scope.announced(decision)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
