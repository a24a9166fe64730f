"""The proposals that a workspace keeps by a name, for whoever looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.generate import KIND, proposal_of, unread_proposals
from workbench.ground import ArgumentError, NotFoundError

if TYPE_CHECKING:
    from workbench.generate import Proposal
    from workbench.panels.frame import Scope

__all__ = ["ProposalRecords"]


class ProposalRecords:
    """The kept proposals of the cluster that a scope is about.

    Parameters
    ----------
    scope : Scope
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known: tuple[tuple[object, ...], tuple[str, ...]] = (), ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the proposals that the workspace keeps; asked for again once something is decided here."""
        scope = self._scope
        asked = scope.workspace if scope.has_workspace else None, scope.name, scope.decided
        if self._known[0] != asked:
            self._known = asked, tuple(sorted(self._records))
        return self._known[1]

    @property
    def _records(self) -> dict[str, Any]:
        if not self._scope.has_workspace:
            return {}
        found = self._scope.workspace.records(KIND, cluster=self._scope.name)
        return {name: value for (_, name), value in found.items()}

    def read(self, name: str) -> Proposal | None:
        """Return what is kept under a name; None where nothing is, or nothing that this version reads.

        Parameters
        ----------
        name : str
        """
        record = self._records.get(name)
        try:
            return None if record is None else proposal_of(record, self._scope.cluster)
        except ArgumentError:
            return None

    def proposal(self, name: str) -> Proposal:
        """Return what is kept under a name.

        Parameters
        ----------
        name : str

        Raises
        ------
        NotFoundError
            If there is none of the name.
        ArgumentError
            If this version does not read it; the message says why.
        """
        records = self._records
        if name not in records:
            message = f"no proposal {name!r:.80} is kept"
            raise NotFoundError(message, f"there are {', '.join(records)}" if records else "keep one first")
        for unread in unread_proposals({(KIND, name): records[name]}):
            problem = unread.problem(self._scope.name)
            raise ArgumentError(problem.message, problem.remedy)
        return proposal_of(records[name], self._scope.cluster)
