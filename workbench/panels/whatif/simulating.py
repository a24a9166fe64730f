"""What drafts would do: tried beside the page, and kept with what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from traitlets import Any as AnyValue
from traitlets import Dict, observe

from workbench.ground import ArgumentError, Progress, no_progress, visible
from workbench.panels.whatif.drafts import ChangeDraft, Drafts
from workbench.whatif import FlowPages, FlowVerdict, Simulation, Simulator

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.panels.frame import Scope
    from workbench.whatif import ClusterChange

__all__ = ["Found", "Simulating", "Task", "Tried", "found_of"]


class Found(NamedTuple):
    """What came of trying a draft.

    Attributes
    ----------
    draft : ChangeDraft
        As it was tried.
    world : tuple
        Of what: the cluster, its flows, the time, and all else that an answer depends on.
    simulation : Simulation
    risks : DataFrame
        Columns as in `whatif.frames.RISKS`.
    pages : FlowPages
    """

    draft: ChangeDraft
    world: tuple[object, ...]
    simulation: Simulation
    risks: pd.DataFrame
    pages: FlowPages


class Tried(NamedTuple):
    """What a task hands back.

    Attributes
    ----------
    found : tuple of Found
    before : ChangeDraft or None
        The draft in whose place that of the answer is to be put.
    said : str
        What a person is told besides.
    """

    found: tuple[Found, ...]
    before: ChangeDraft | None = None
    said: str = ""


class Task(Protocol):
    """What may take long: it changes nothing that a person sees, so that it may be done in a thread, and stopped."""

    def __call__(self, progress: Progress = no_progress) -> Tried:
        """Do it."""


class Simulating(Drafts):
    """Drafts, and what they would do.

    Attributes
    ----------
    history : History or None
        What the cluster was when flows were seen.
    found : dict of str to Found
        What came of trying drafts, by their names; drafts that were not tried are not in it.
    """

    history = AnyValue(None, allow_none=True)
    found = Dict()

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        self._simulator: tuple[tuple[object, ...], Simulator] | None = None
        self._progress: Progress = no_progress
        super().__init__(scope, **traits)

    # --- trying ---------------------------------------------------------------------------------------------

    @property
    def world(self) -> tuple[object, ...]:
        """What an answer depends on besides the draft."""
        scope = self.scope
        return (scope.cluster, scope.named_flows, scope.selection.window, self._baselines, self.history)

    @property
    def _baselines(self) -> Baselines | None:
        found: Baselines = self.scope.baselines
        return found or None

    @property
    def simulator(self) -> Simulator:
        """What tries changes; what was before is worked out once, until the cluster, flows or the time are others."""
        world = self.world
        if self._simulator is None or not _same(self._simulator[0], world):
            made = Simulator(
                self.scope.cluster,
                self.scope.windowed_flows,
                history=self.history,
                baselines=self._baselines,
                progress=self._report,
            )
            self._simulator = world, made
        return self._simulator[1]

    def _report(self, stage: str, done: int, total: int | None) -> None:
        self._progress(stage, done, total)

    def trying(self, *names: str, said: str = "") -> Task:
        """Return what tries drafts: the one that is looked at, where none is named.

        Parameters
        ----------
        *names : str
        said : str
            What a person is told with the answer.

        Raises
        ------
        ArgumentError
            If a draft changes nothing, or cannot be read; the message says why.
        """
        drafts = [self.named(name) for name in names] or [self.draft]
        changes = [(draft, self.change_of(draft)) for draft in drafts]
        return partial(self._tried, changes, self.simulator, self.world, self._known_pages, said)

    @property
    def _known_pages(self) -> FlowPages | None:
        """Those of any answer: most of what they know is the same for the next one."""
        return next((one.pages for one in self.found.values()), None)

    def change_of(self, draft: ChangeDraft) -> ClusterChange:
        """Return the change that a draft is.

        Parameters
        ----------
        draft : ChangeDraft

        Raises
        ------
        ArgumentError
            If it is empty, or cannot be read; the message says why.
        """
        reading = self.reading_of(draft)
        if reading.change is None:
            self.refuse_empty(draft)
            fault = reading.faults[0]
            where = f"line {fault.line}: " if fault.line else ""
            message = f"draft {visible(draft.name)} cannot be tried: {where}{fault.message}"
            raise ArgumentError(message)
        return reading.change

    def _tried(
        self,
        changes: Sequence[tuple[ChangeDraft, ClusterChange]],
        simulator: Simulator,
        world: tuple[object, ...],
        pages: FlowPages | None,
        said: str,
        progress: Progress = no_progress,
    ) -> Tried:
        self._progress = progress  # of what the simulator asks for the first time
        found = []
        for number, (draft, change) in enumerate(changes):
            progress(f"draft {draft.name}", number, len(changes))
            found.append(found_of(draft, simulator.simulate(change), world, pages))
            pages = found[-1].pages
        return Tried(tuple(found), said=said)

    def put(self, tried: Tried) -> str:
        """Take what came of a task; return what a person is told besides.

        Parameters
        ----------
        tried : Tried

        Returns
        -------
        str
            Empty where nothing is to be told.

        Raises
        ------
        ArgumentError
            If the draft that it would change was changed meanwhile.
        """
        if tried.before is not None:
            if self.draft[1:] != tried.before[1:]:
                message = "the draft was changed meanwhile"
                raise ArgumentError(message, "repair it again")
            self._replace(tried.found[0].draft._replace(name=self.draft.name))
        there = {one.draft.name: one for one in tried.found if one.draft.name in self.names}
        self.found = {**self.found, **there}
        return tried.said

    @observe("drafts")
    def _gone(self, _change: object) -> None:
        self.found = {name: one for name, one in self.found.items() if name in self.names}

    def rename(self, name: str) -> None:
        """Call the draft that is looked at otherwise; what came of trying it stays known.

        Parameters
        ----------
        name : str
        """
        was, answer = self.current, self.answer
        super().rename(name)
        if answer is not None and self.current != was:
            self.found = {**self.found, self.current: answer}

    def drop(self) -> None:
        """Drop the draft that is looked at, and what came of trying it."""
        self.found = {name: one for name, one in self.found.items() if name != self.draft.name}
        super().drop()

    def forget(self) -> None:
        """Forget what came of trying drafts: it was about another cluster, or other flows."""
        self._simulator = None
        self.found = {}

    def take_over(self, earlier: Any) -> None:  # noqa: ANN401  (as of PanelState)
        """Choose again what was chosen in an earlier panel; what came of trying drafts counts in the same world only.

        Parameters
        ----------
        earlier : WhatIfState
        """
        super().take_over(earlier)
        if _same(earlier.world, self.world):
            self._simulator = earlier.world, earlier.simulator
            self.found = {name: one for name, one in earlier.found.items() if name in self.names}

    # --- what came of it ------------------------------------------------------------------------------------

    @property
    def answer(self) -> Found | None:
        """What came of trying the draft that is looked at; None where it was not tried."""
        return self.answer_of(self.draft)

    def answer_of(self, draft: ChangeDraft) -> Found | None:
        """Return what came of trying a draft; None where it was not tried.

        Parameters
        ----------
        draft : ChangeDraft
        """
        found: Found | None = self.found.get(draft.name)
        return found

    def is_current(self, draft: ChangeDraft) -> bool:
        """Tell whether what came of trying a draft is about the draft, the flows and the time as they are now.

        Parameters
        ----------
        draft : ChangeDraft
        """
        found = self.answer_of(draft)
        return found is None or (found.draft[1:] == draft[1:] and _same(found.world, self.world))

    @property
    def simulation(self) -> Simulation | None:
        """What the draft that is looked at would do; None where it was not tried."""
        return None if self.answer is None else self.answer.simulation

    def wanted(self) -> Found:
        """Return what came of trying the draft that is looked at.

        Raises
        ------
        ArgumentError
            If it was not tried, or if something is another by now.
        """
        found = self.answer
        if found is None:
            message = "the draft was not tried yet"
            raise ArgumentError(message, "press Simulate")
        if not self.is_current(self.draft):
            message = "the answer is not about the draft as it is now"
            raise ArgumentError(message, "press Simulate")
        return found


def found_of(draft: ChangeDraft, simulation: Simulation, world: tuple[object, ...], earlier: FlowPages | None) -> Found:
    """Return an answer of which all that the page shows first is worked out.

    Parameters
    ----------
    draft : ChangeDraft
    simulation : Simulation
    world : tuple
    earlier : FlowPages or None
        Those of an earlier answer.
    """
    pages = FlowPages(simulation, earlier)
    for verdict in FlowVerdict:
        pages.count(verdict)
    _ = simulation.verdict, simulation.losses_found, simulation.change.policies
    return Found(draft, world, simulation, simulation.to_frame(), pages)


def _same(world: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Tell whether two answers are about the same: values are told apart as they are, not by what is in them."""
    return all(one == two if isinstance(one, tuple) else one is two for one, two in zip(world, other, strict=True))
