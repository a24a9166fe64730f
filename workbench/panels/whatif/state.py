"""What of a change is looked at: its risks, its flows by what becomes of them, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Bool, Enum, Unicode, observe

from workbench.ground import ArgumentError, count_of
from workbench.panels.whatif.alternatives import Compared
from workbench.panels.whatif.kept import KeptSimulations
from workbench.panels.whatif.reading import short_place
from workbench.panels.whatif.repairing import Repairing
from workbench.panels.whatif.sharing import Sharing
from workbench.whatif import Doubt, FlowVerdict

if TYPE_CHECKING:
    from workbench.panels.frame import Scope
    from workbench.panels.whatif.repairing import Edge
    from workbench.whatif import JudgedEdges, Loss

__all__ = ["VERDICT_WORDS", "VIEWS", "LostThing", "WhatIfState"]

VIEWS: Final = {
    "risks": "Risks",
    "flows": "Flows",
    "graph": "Graph",
    "drafts": "Alternatives",
    "files": "Files",
    "kept": "Kept",
}
"""What of a change can be looked at, with the words for people."""
VERDICT_WORDS: Final = {
    FlowVerdict.CUT: "Cut",
    FlowVerdict.OPENED: "Opened",
    FlowVerdict.UNCERTAIN: "Uncertain",
    FlowVerdict.KEPT: "Kept",
    FlowVerdict.STILL_DENIED: "Still denied",
}
"""What becomes of flows, with the words for people."""


class LostThing(NamedTuple):
    """Something that platforms need and a change denies.

    Attributes
    ----------
    what, meaning : str
    workloads : tuple of str
        Who loses it.
    decided_by : tuple of str
        The policies that deny it.
    """

    what: str
    meaning: str
    workloads: tuple[str, ...]
    decided_by: tuple[str, ...] = ()


class WhatIfState(Repairing):
    """Drafts of a change, what they would do, and what of it is looked at.

    Parameters
    ----------
    scope : Scope
    **traits
        The initial value of any trait.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    verdict : str
        Which flows are listed, as `FlowVerdict` has it.
    flow : mapping or None
        The row of a flow that is looked at.
    shows_draft : bool
        Whether the graph shows what the draft opens and closes; else what is allowed and seen as it is.
    root : str
        The folder that a patch begins at, such as that of the repository; the usual one where it is empty.
    sharing : Sharing
        How a draft is handed to others.
    simulations : KeptSimulations
        Those that the workspace keeps.
    most_drawn : int
        Connections that change and are drawn: a picture of more takes many seconds, and the kernel does nothing else.
    most_saved : int
        Rows that are saved at once, likewise.
    """

    view = Enum(list(VIEWS), default_value="risks")
    verdict = Enum([one.value for one in FlowVerdict], default_value=FlowVerdict.CUT.value)
    flow = AnyValue(None, allow_none=True)
    shows_draft = Bool(True)  # noqa: FBT003  (the first argument of a trait is its default)
    root = Unicode()
    most_drawn = 200_000
    most_saved = 100_000
    remembered: tuple[str, ...] = (*Repairing.remembered, "view", "verdict", "shows_draft", "root")

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (as of PanelState)
        super().__init__(scope, **traits)
        self.sharing, self.simulations = Sharing(self), KeptSimulations(self)
        self._compared: Compared | None = None

    def can_show(self, view: str) -> bool:
        """Tell whether there is something of a view.

        Parameters
        ----------
        view : str
            One of `VIEWS`.
        """
        if view == "files":
            return self.reading.change is not None
        if self.answer is not None:
            return True
        if view == "kept":
            return bool(self.simulations.simulations or self.simulations.unread or self.simulations.can_undo)
        return view == "drafts" and len(self.drafts) > 1

    @observe("found", "drafts", "current", "verdict")
    def _looks_elsewhere(self, _change: object) -> None:
        self.flow = None

    # --- in short -------------------------------------------------------------------------------------------

    @property
    def lost(self) -> tuple[LostThing, ...]:
        """What platforms need that the draft denies, by name."""
        simulation = self.simulation
        if simulation is None:
            return ()
        found: defaultdict[tuple[str, str], list[Loss]] = defaultdict(list)
        for one in simulation.losses_found:
            found[one.what, one.meaning].append(one)
        return tuple(
            LostThing(
                *key,
                tuple(sorted({one.workload for one in those})),
                tuple(sorted({ref for one in those for ref in one.decided_by})),
            )
            for key, those in found.items()
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """How many policies become what."""
        change = self.reading.change
        if change is None:
            return ()
        counts = change.counts().items()
        return tuple(f"{count_of(count, 'policy')} {status.value}" for status, count in counts if count)

    # --- risks ----------------------------------------------------------------------------------------------

    def risks(self) -> pd.DataFrame:
        """Return the risks of the draft, the gravest first; columns as in `whatif.frames.RISKS`."""
        return pd.DataFrame() if self.answer is None else self.answer.risks

    # --- several drafts -------------------------------------------------------------------------------------

    @property
    def compared(self) -> Compared:
        """The drafts that were tried, side by side."""
        if self._compared is None or not self._compared.is_of(self):
            self._compared = Compared(self)
        return self._compared

    def alternatives(self) -> pd.DataFrame:
        """Return the drafts with what each would do, the one that breaks least first; columns as in `frames.DRAFTS`."""
        return self.compared.rows()

    def disagreement_count(self, text: str = "") -> int:
        """Return of how many edges that were seen not all drafts say the same.

        Parameters
        ----------
        text : str
            Only those of which an end has this in its name.
        """
        return self.compared.edge_count(text)

    def disagreements(self, first: int, most: int, text: str = "") -> pd.DataFrame:
        """Return some of these edges, with what each draft does to them; columns as in `frames.DISAGREEMENTS`.

        Parameters
        ----------
        first, most : int
            How many come before, and how many are asked for.
        text : str
            Only those of which an end has this in its name.
        """
        return self.compared.edges(first, most, text)

    def all_disagreements(self, text: str = "") -> pd.DataFrame:
        """Return all of these edges, to be saved; columns as in `frames.DISAGREEMENTS`.

        Parameters
        ----------
        text : str

        Raises
        ------
        ArgumentError
            If there are too many for one file.
        """
        count = self.disagreement_count(text)
        self._refuse_too_many(count, "panel.state.disagreements(first, most)")
        return self.disagreements(0, count, text)

    def _refuse_too_many(self, count: int, instead: str) -> None:
        if count > self.most_saved:
            message = f"{count_of(count, 'edge')} are too many for a file from here"
            raise ArgumentError(message, f"find less, or write {instead}")

    @property
    def untried(self) -> tuple[str, ...]:
        """The names of the drafts that were not tried."""
        return tuple(one.name for one in self.drafts if self.answer_of(one) is None)

    @property
    def why_not_drawn(self) -> str:
        """Why what the draft opens and closes is not drawn, in a sentence; empty where it is."""
        if self.simulation is None:
            return "The draft was not tried yet."
        difference = self.simulation.difference
        count = difference.opened_count + difference.closed_count
        if count <= self.most_drawn:
            return ""
        return f"{count_of(count, 'connection')} change, too many for a picture: Risks counts them by namespaces."

    # --- flows ----------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Return how many flows have which verdict."""
        simulation = self.simulation
        return {one.value: 0 if simulation is None else simulation.count(one) for one in FlowVerdict}

    def flow_count(self, text: str = "") -> int:
        """Return how many edges have the verdict that is chosen.

        Parameters
        ----------
        text : str
            Only those of which an end has this in its name.
        """
        return 0 if self.answer is None else self.answer.pages.count(self.verdict, text)

    def flow_rows(self, first: int, most: int, text: str = "") -> pd.DataFrame:
        """Return some of the edges with the verdict that is chosen, those with most flows first.

        Parameters
        ----------
        first, most : int
            How many come before, and how many are asked for.
        text : str
            Only those of which an end has this in its name.

        Returns
        -------
        DataFrame
            Columns as in `whatif.frames.JUDGED`, and ``why`` in words.
        """
        if self.answer is None:
            return pd.DataFrame()
        rows = self.answer.pages.rows(self.verdict, first, most, text)
        return rows.assign(why=[_why(row) for row in rows.to_dict("records")])

    def all_flow_rows(self, text: str = "") -> pd.DataFrame:
        """Return all edges with the verdict that is chosen, to be saved.

        Parameters
        ----------
        text : str

        Returns
        -------
        DataFrame
            Columns as in `whatif.frames.JUDGED`, and ``why`` in words.

        Raises
        ------
        ArgumentError
            If there are too many for one file.
        """
        count = self.flow_count(text)
        self._refuse_too_many(count, f"panel.state.simulation.flows({self.verdict!r})")
        return self.flow_rows(0, count, text)

    @property
    def edge(self) -> Edge | None:
        """The flow that is looked at, as questions take it; None without one, or where it has no port."""
        row = self.flow
        if row is None or pd.isna(row["port"]):
            return None
        return str(row["src"]), str(row["dst"]), int(row["port"]), str(row["protocol"])

    @property
    def judged(self) -> JudgedEdges | None:
        """What the flow that is looked at was judged by."""
        return None if self.flow is None or self.answer is None else self.answer.pages.judged(self.flow)

    def select_flow(self, row: Any) -> None:  # noqa: ANN401  (a row of a frame)
        """Look at a flow, in all panels of the scope.

        Parameters
        ----------
        row : Series or mapping
            Of `flow_rows`.
        """
        self.flow = row
        self.selection.select_edge(str(row["src"]), str(row["dst"]))


def _why(row: Mapping[Any, Any]) -> str:
    """Return why a flow has its verdict, in short: the doubt, or the policies that decide, with where they stand."""
    if row["doubt"]:
        return Doubt(row["doubt"]).meaning
    places = row["places"]
    if not row["decided_by"]:
        return "no policy restricts it" if row["after"] == "allowed" else ""
    where = f" ({', '.join(map(short_place, places))})" if places else ""
    return f"{', '.join(row['decided_by'])}{where}"
