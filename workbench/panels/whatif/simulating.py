"""What drafts would do: tried beside the page, kept with what was asked, and repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Dict, observe

from workbench.ground import ArgumentError, Progress, count_of, first_of, no_progress, visible
from workbench.panels.whatif.drafts import Draft, Drafts, joined_texts
from workbench.panels.whatif.reading import read_draft
from workbench.whatif import FlowPages, FlowVerdict, PolicyStatus, Simulation, Simulator, bisect, repair

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.panels.frame import Scope
    from workbench.whatif import Bisection, ClusterChange, Repair

__all__ = ["Found", "Simulating", "Task", "Tried"]

Edge: TypeAlias = tuple[str, str, int, str]


class Found(NamedTuple):
    """What came of trying a draft.

    Attributes
    ----------
    draft : Draft
        As it was tried.
    world : tuple
        Of what: the cluster, its flows, the time, and all else that an answer depends on.
    simulation : Simulation
    pages : FlowPages
    """

    draft: Draft
    world: tuple[object, ...]
    simulation: Simulation
    pages: FlowPages


class Tried(NamedTuple):
    """What a task hands back.

    Attributes
    ----------
    found : tuple of Found
    before : Draft or None
        The draft in whose place that of the answer is to be put.
    said : str
        What a person is told besides.
    """

    found: tuple[Found, ...]
    before: Draft | None = None
    said: str = ""


Task: TypeAlias = Callable[[Progress], Tried]
"""What may take long: it changes nothing itself, so that it may be done in a thread, and stopped."""


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

    def trying(self, *names: str) -> Task:
        """Return what tries drafts: the one that is looked at, where none is named.

        Parameters
        ----------
        *names : str

        Raises
        ------
        ArgumentError
            If a draft changes nothing, or cannot be read; the message says why.
        """
        drafts = [self.named(name) for name in names] or [self.draft]
        changes = [(draft, self._change_of(draft)) for draft in drafts]
        return partial(self._tried, changes, self.simulator, self.world, self._known_pages)

    @property
    def _known_pages(self) -> FlowPages | None:
        """Those of any answer: most of what they know is the same for the next one."""
        return next((one.pages for one in self.found.values()), None)

    def _change_of(self, draft: Draft) -> ClusterChange:
        reading = self.reading_of(draft)
        if reading.change is None:
            called = visible(draft.name)
            if draft.is_empty:
                message = f"draft {called} is empty"
                raise ArgumentError(message, "paste policies, upload files, take a proposal, or delete a policy")
            fault = reading.faults[0]
            where = f"line {fault.line}: " if fault.line else ""
            message = f"draft {called} cannot be tried: {where}{fault.message}"
            raise ArgumentError(message)
        return reading.change

    def _tried(
        self,
        changes: Sequence[tuple[Draft, ClusterChange]],
        simulator: Simulator,
        world: tuple[object, ...],
        pages: FlowPages | None,
        progress: Progress,
    ) -> Tried:
        self._progress = progress  # of what the simulator asks for the first time
        found = []
        for number, (draft, change) in enumerate(changes):
            progress(f"draft {draft.name}", number, len(changes))
            found.append(_found(draft, simulator.simulate(change), world, pages))
            pages = found[-1].pages
        return Tried(tuple(found))

    def put(self, tried: Tried) -> str:
        """Take what came of a task; return what a person is told besides.

        Parameters
        ----------
        tried : Tried

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

    def answer_of(self, draft: Draft) -> Found | None:
        """Return what came of trying a draft; None where it was not tried.

        Parameters
        ----------
        draft : Draft
        """
        found: Found | None = self.found.get(draft.name)
        return found

    def is_current(self, draft: Draft) -> bool:
        """Tell whether what came of trying a draft is about the draft, the flows and the time as they are now.

        Parameters
        ----------
        draft : Draft
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

    # --- repairing ------------------------------------------------------------------------------------------

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

    def _repaired(self, found: Found, simulator: Simulator, progress: Progress) -> Tried:
        self._progress = progress
        progress("looking for the fewest rules", 0, None)
        made = repair(found.simulation, tuple(_to_be_kept(found.simulation)))
        if not made.policies:
            message = "no rule keeps what the draft cuts"
            raise ArgumentError(message, " ".join(made.notes))
        text = joined_texts(found.draft.text, made.to_yaml())
        draft = found.draft._replace(text=text)
        change = read_draft(found.simulation.change.cluster, text, draft.removed).change
        progress("trying the draft with them", 0, None)
        again = simulator.simulate(change if change is not None else made.change)
        return Tried((_found(draft, again, found.world, found.pages),), found.draft, _said(made))

    # --- which documents ------------------------------------------------------------------------------------

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

    # --- side by side ---------------------------------------------------------------------------------------

    def alternatives(self) -> pd.DataFrame:
        """Return all drafts with what each would do.

        Returns
        -------
        DataFrame
            Columns ``draft``, ``documents`` (how many policies are others), ``opened``, ``closed`` (connections),
            ``cut``, ``kept``, ``uncertain`` (flows), ``lost`` (what platforms need), ``verdict`` and ``state``.
            Counts are missing of what was not tried.
        """
        rows = [self._alternative(draft) for draft in self.drafts]
        found = pd.DataFrame(rows, columns=["draft", *_COUNTED, "verdict", "state"])
        return found.astype(dict.fromkeys(_COUNTED, "Int64"))

    def _alternative(self, draft: Draft) -> tuple[object, ...]:
        answer = self.answer_of(draft)
        if answer is None:
            return (draft.name, *[None] * len(_COUNTED), "", "empty" if draft.is_empty else "not tried")
        found = answer.simulation
        return (
            draft.name,
            sum(one.status is not PolicyStatus.UNCHANGED for one in found.change.policies),
            found.difference.opened_count,
            found.difference.closed_count,
            *(found.count(one) for one in (FlowVerdict.CUT, FlowVerdict.KEPT, FlowVerdict.UNCERTAIN)),
            len(found.losses_found),
            found.verdict,
            "" if self.is_current(draft) else "changed since",
        )


_COUNTED = ("documents", "opened", "closed", "cut", "kept", "uncertain", "lost")


def _found(draft: Draft, simulation: Simulation, world: tuple[object, ...], earlier: FlowPages | None) -> Found:
    """Return an answer of which all that the page shows first is worked out."""
    pages = FlowPages(simulation, earlier)
    for verdict in FlowVerdict:
        pages.count(verdict)
    _ = simulation.verdict, simulation.to_frame()
    return Found(draft, world, simulation, pages)


def _same(world: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Tell whether two answers are about the same: values are told apart as they are, not by what is in them."""
    return all(one == two if isinstance(one, tuple) else one is two for one, two in zip(world, other, strict=True))


def _to_be_kept(found: Simulation) -> Iterator[Edge]:
    """Yield what is cut: flows that were seen, and what platforms need."""
    rows = found.flows(FlowVerdict.CUT)
    rows = rows[rows["port"].notna()]
    for row in rows.to_dict("records"):
        yield str(row["src"]), str(row["dst"]), int(row["port"]), str(row["protocol"])
    for loss in found.losses_found:
        yield from loss.edges


def _said(made: Repair) -> str:
    names = first_of([one.name for one in made.policies], 3)
    added = f"{count_of(len(made.policies), 'policy')} added to the draft: {names}."
    return " ".join((added, *made.notes))


def _bisected(simulation: Simulation, edge: Edge, progress: Progress) -> Bisection:
    progress("trying the documents one by one", 0, None)
    return bisect(simulation, edge)
