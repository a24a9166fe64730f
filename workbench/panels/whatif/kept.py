"""Simulations that the workspace keeps by a name: kept, taken up again, deleted, and all of that taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import ArgumentError, NotFoundError, UnreadRecord, count_of, first_of, visible
from workbench.panels.whatif.drafts import ChangeDraft
from workbench.whatif import SIMULATION_KIND, kept_simulations, simulations_frame, unread_simulations

if TYPE_CHECKING:
    import pandas as pd

    from workbench.panels.whatif.simulating import Simulating, Task
    from workbench.whatif import KeptSimulation
    from workbench.workspace import KeptDecision

__all__ = ["KeptSimulations"]


class _Known(NamedTuple):
    """What a workspace keeps, and when that was asked."""

    asked: tuple[object, ...]
    kept: dict[str, KeptSimulation]
    unread: tuple[UnreadRecord, ...]
    undoable: KeptDecision | None


class KeptSimulations:
    """The kept simulations of the cluster that a panel looks at (what-if 15).

    Parameters
    ----------
    state : Simulating
        Whose simulation is kept, and which takes up those that were.
    """

    def __init__(self, state: Simulating) -> None:
        self._state = state
        self._known = _Known((), {}, (), None)

    # --- what is kept ---------------------------------------------------------------------------------------

    @property
    def simulations(self) -> dict[str, KeptSimulation]:
        """Those that are kept, by name, the latest first."""
        return self._asked.kept

    @property
    def unread(self) -> tuple[UnreadRecord, ...]:
        """Those that this version does not read."""
        return self._asked.unread

    @property
    def can_undo(self) -> bool:
        """Whether a keeping or a deleting can be taken back."""
        return self._asked.undoable is not None

    def frame(self) -> pd.DataFrame:
        """Return those that are kept; columns as in `whatif.frames.SIMULATIONS`, the latest first."""
        name = self._state.scope.name
        return simulations_frame((name, called, one) for called, one in self.simulations.items())

    @property
    def _asked(self) -> _Known:
        """What the workspace keeps; asked for again once something is decided here."""
        scope = self._state.scope
        asked = scope.workspace if scope.has_workspace else None, scope.name, scope.decided
        if self._known.asked != asked:
            if scope.has_workspace:
                records = scope.workspace.records(SIMULATION_KIND, cluster=scope.name)
                last = scope.workspace.last_undoable(SIMULATION_KIND, cluster=scope.name)
                self._known = _Known(asked, kept_simulations(records), unread_simulations(records), last)
            else:
                self._known = _Known(asked, {}, (), None)
        return self._known

    # --- decisions ------------------------------------------------------------------------------------------

    def keep(self, name: str, note: str = "") -> str:
        """Keep what the draft that is looked at would do, in place of one of that name; return the name.

        Parameters
        ----------
        name : str
            The name of the draft, where it is empty.
        note : str
            What is to be said beside it.

        Raises
        ------
        ArgumentError
            If the draft was not tried as it is now, or if a text cannot be kept.
        """
        state, called = self._state, name.strip() or self._state.draft.name
        found = state.wanted().simulation
        scope = state.scope
        scope.announced(scope.workspace.keep_simulation(called, found, note=note.strip(), cluster=scope.name))
        return called

    def take_up(self, name: str) -> Task:
        """Make a draft of a simulation that was kept; return what tries it anew, and says what it was then.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none of the name.
        ArgumentError
            If nothing is left of its change.
        """
        one, state = self.named(name), self._state
        there = [ref for ref in one.removed if ref in state.policies_there]
        gone = [ref for ref in one.removed if ref not in there]
        said = [f"Kept by {one.who} on {one.made_at:%Y-%m-%d %H:%M} UTC, when it was: {one.verdict}."]
        if gone:
            said.append(f"It deleted {_refs(gone)}, not there any more.")
        if one.missing:
            said.append(f"{_refs(one.missing)} could not be written when it was kept.")
        made = ChangeDraft(name, one.text, tuple(there))
        if made.is_empty:
            message = f"nothing is left of {visible(name)}"
            raise ArgumentError(message, " ".join(said[1:]) or "it changed nothing when it was kept")
        state.add(made)
        return state.trying(said=" ".join(said))

    def delete(self, name: str) -> None:
        """Delete a simulation that was kept.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none of the name.
        """
        scope = self._state.scope
        self.named(name)
        scope.announced(scope.workspace.delete_simulation(name, cluster=scope.name))

    def undo(self) -> None:
        """Take back the last keeping or deleting.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        last, scope = self._asked.undoable, self._state.scope
        if last is None or scope.undo(decision_id=last.id) is None:
            message = "no decision about simulations is left to be undone"
            raise NotFoundError(message)

    def named(self, name: str) -> KeptSimulation:
        """Return what is kept under a name.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none.
        """
        if name not in self.simulations:
            message = f"no simulation {name!r:.80} is kept"
            raise NotFoundError(message, f"there are {', '.join(self.simulations)}" if self.simulations else "keep one")
        return self.simulations[name]


def _refs(refs: list[str] | tuple[str, ...]) -> str:
    return f"{count_of(len(refs), 'policy')} ({visible(first_of(refs, 3))})"
