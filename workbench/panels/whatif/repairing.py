"""Drafts that cut something: the rules that keep it are added, and the documents that do it are named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from workbench.ground import ArgumentError, Progress, count_of, first_of, no_progress
from workbench.panels.whatif.reading import joined_texts, read_draft
from workbench.panels.whatif.simulating import Found, Simulating, Task, Tried, found_of
from workbench.whatif import FlowVerdict, Simulation, Simulator, bisect, repair

if TYPE_CHECKING:
    from workbench.whatif import Bisection, Repair

__all__ = ["Edge", "Repairing"]

Edge: TypeAlias = tuple[str, str, int, str]
"""Source, destination, port and protocol."""


class Repairing(Simulating):
    """Drafts, what they would do, and what is done about it."""

    @property
    def can_repair(self) -> bool:
        """Whether the draft cuts something."""
        found = self.simulation
        return found is not None and bool(found.count(FlowVerdict.CUT) or found.losses_found)

    def repairing(self) -> Task:
        """Return what adds policies to the draft that keep what it cuts: flows that were seen, and what platforms need.

        Raises
        ------
        ArgumentError
            If it was not tried, or if it cuts nothing.
        """
        found = self.wanted()
        if not self.can_repair:
            message = "the draft cuts nothing that was seen, and nothing that platforms need"
            raise ArgumentError(message)
        return partial(self._repaired, found, self.simulator)

    def _repaired(self, found: Found, simulator: Simulator, progress: Progress = no_progress) -> Tried:
        self._progress = progress
        progress("looking for the fewest rules", 0, None)
        made = repair(found.simulation)
        if not made.policies:
            message = "no rule keeps what the draft cuts"
            raise ArgumentError(message, " ".join(made.notes))
        text = joined_texts(found.draft.text, made.to_yaml())
        draft = found.draft._replace(text=text)
        change = read_draft(found.simulation.change.cluster, text, draft.removed).change
        progress("trying the draft with them", 0, None)
        again = simulator.simulate(change if change is not None else made.change)
        return Tried((found_of(draft, again, found.world, found.pages),), found.draft, _said(made))

    def bisecting(self, edge: Edge) -> Callable[[Progress], Bisection]:
        """Return what tells which documents of the draft cut an edge.

        Parameters
        ----------
        edge : (str, str, int, str)

        Raises
        ------
        ArgumentError
            If the draft was not tried.
        """
        return partial(_bisected, self.wanted().simulation, edge)


def _said(made: Repair) -> str:
    names = first_of([one.name for one in made.policies], 3)
    added = f"{count_of(len(made.policies), 'policy')} added to the draft: {names}."
    return " ".join((added, *made.notes))


def _bisected(simulation: Simulation, edge: Edge, progress: Progress = no_progress) -> Bisection:
    progress("trying the documents one by one", 0, None)
    return bisect(simulation, edge)
