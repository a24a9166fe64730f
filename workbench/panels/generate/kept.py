"""Proposals that the workspace keeps by a name: kept, opened again, and compared with what is proposed now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.generate import KIND, STRATEGIES, compared_proposals, proposal_of, record_of, renewed, unread_proposals
from workbench.ground import ArgumentError, NotFoundError
from workbench.panels.generate.outcome import outcome_of

if TYPE_CHECKING:
    from workbench.generate import Proposal
    from workbench.panels.generate.state import GenerateState

__all__ = ["KeptProposals"]


class KeptProposals:
    """The kept proposals of the cluster that a panel looks at.

    Parameters
    ----------
    state : GenerateState
        Whose proposal is kept, and which looks at those that are opened.
    """

    def __init__(self, state: GenerateState) -> None:
        self._state = state
        self._known: tuple[tuple[object, ...], tuple[str, ...]] = (), ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the proposals that the workspace keeps; asked for again once something is decided here."""
        scope = self._state.scope
        asked = scope.workspace if scope.has_workspace else None, scope.name, scope.decided
        if self._known[0] != asked:
            self._known = asked, tuple(sorted(self._records))
        return self._known[1]

    @property
    def _records(self) -> dict[str, Any]:
        if not self._state.scope.has_workspace:
            return {}
        found = self._state.scope.workspace.records(KIND, cluster=self._state.scope.name)
        return {name: value for (_, name), value in found.items()}

    def keep(self, name: str, why: str = "") -> None:
        """Keep the proposal under a name; rules that it had there before are known to be stable since then.

        Parameters
        ----------
        name : str
        why : str, optional

        Raises
        ------
        ArgumentError
            If nothing is proposed yet, or if the name is empty.
        """
        called = name.strip()
        if not called:
            message = "the proposal has no name"
            raise ArgumentError(message, "give it one, such as payments")
        proposal, earlier = self._state.wanted(), self._read(called)
        if earlier is not None:
            proposal = renewed(proposal, earlier)
        self._state.scope.decide({(KIND, called): record_of(proposal)}, why=why or f"the proposal {called}")
        self._state.named = called

    def open(self, name: str) -> None:
        """Look at a proposal that was kept; what was asked then is asked, so that Propose asks it of newer flows.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none of the name.
        """
        found, state = self._proposal(name), self._state
        known = {one.name: one for one in STRATEGIES}
        with state.hold_trait_notifications():
            if found.strategy in known:
                state.strategy = found.strategy
                defaults = {one.name: one.default for one in known[found.strategy].options}
                state.options = {key: one for key, one in found.options.items() if one != defaults.get(key)}
            state.namespaces, state.workloads = found.asked.namespaces, found.asked.workloads
            state.search, state.labels, state.level, state.named = "", "", found.level, name
        state.put(outcome_of(found, found.dropped))

    def _read(self, name: str) -> Proposal | None:
        """Return what is kept under a name; None where nothing is, or nothing that this version reads."""
        record = self._records.get(name)
        try:
            return None if record is None else proposal_of(record, self._state.scope.cluster)
        except ArgumentError:
            return None

    def _proposal(self, name: str) -> Proposal:
        records = self._records
        if name not in records:
            message = f"no proposal {name!r:.80} is kept"
            raise NotFoundError(message, f"there are {', '.join(records)}" if records else "keep one first")
        for unread in unread_proposals({(KIND, name): records[name]}):
            problem = unread.problem(self._state.scope.name)
            raise ArgumentError(problem.message, problem.remedy)
        return proposal_of(records[name], self._state.scope.cluster)

    def since(self) -> pd.DataFrame:
        """Return what became of rules since the proposal was kept; columns as in `generate.frames.RULE_HISTORY`."""
        shown, earlier = self._state.shown, self._read(self._state.named)
        return pd.DataFrame() if shown is None or earlier is None else compared_proposals(earlier, shown)
