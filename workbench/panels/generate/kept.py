"""Proposals that the workspace keeps by a name: kept, opened again, and compared with what is proposed now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.generate import KIND, STRATEGIES, compared_proposals, record_of, renewed
from workbench.ground import ArgumentError
from workbench.panels.generate.outcome import outcome_of
from workbench.panels.generate.records import ProposalRecords

if TYPE_CHECKING:
    from workbench.panels.generate.state import GenerateState

__all__ = ["KeptProposals"]


class KeptProposals(ProposalRecords):
    """The kept proposals of the cluster that a panel looks at.

    Parameters
    ----------
    state : GenerateState
        Whose proposal is kept, and which looks at those that are opened.
    """

    def __init__(self, state: GenerateState) -> None:
        super().__init__(state.scope)
        self._state = state

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
        proposal, earlier = self._state.wanted(), self.read(called)
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
        found, state = self.proposal(name), self._state
        known = {one.name: one for one in STRATEGIES}
        with state.hold_trait_notifications():
            if found.strategy in known:
                state.strategy = found.strategy
                defaults = {one.name: one.default for one in known[found.strategy].options}
                state.options = {key: one for key, one in found.options.items() if one != defaults.get(key)}
            state.namespaces, state.workloads = found.asked.namespaces, found.asked.workloads
            state.search, state.labels, state.level, state.named = "", "", found.level, name
        state.put(outcome_of(found, found.dropped))

    def since(self) -> pd.DataFrame:
        """Return what became of rules since the proposal was kept; columns as in `generate.frames.RULE_HISTORY`."""
        shown, earlier = self._state.shown, self.read(self._state.named)
        return pd.DataFrame() if shown is None or earlier is None else compared_proposals(earlier, shown)
