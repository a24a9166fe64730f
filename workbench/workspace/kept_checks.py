"""What of checks a workspace keeps: declared facts, and findings that somebody answers for (workspace 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.workspace.decisions import KeptDecision
from workbench.workspace.kept_decisions import DecisionsKeeper

if TYPE_CHECKING:
    from workbench.checks import Accepted, DeclaredFacts

__all__ = ["ChecksKeeper"]


class ChecksKeeper(DecisionsKeeper):
    """A folder that keeps what is declared of a cluster, and who answers for which finding, among its decisions."""

    def declared(self, cluster: str = "") -> DeclaredFacts:
        """Return what is declared of a cluster.

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.checks import DECLARED_KIND, kept_declared  # noqa: PLC0415  (pandas takes its time)

        return kept_declared(self.records(DECLARED_KIND, cluster=cluster))

    def keep_declared(self, declared: DeclaredFacts, *, why: str = "", cluster: str = "") -> KeptDecision:
        """Keep what is declared of a cluster, in place of what was.

        Parameters
        ----------
        declared : DeclaredFacts
        why, cluster : str

        Returns
        -------
        KeptDecision
            That it is kept.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.checks import DECLARED_KEY, DECLARED_KIND, declared_record  # noqa: PLC0415  (as above)

        record = declared_record(declared) or None
        return self.decide({(DECLARED_KIND, DECLARED_KEY): record}, why=why or "what is declared", cluster=cluster)

    def accepted(self, cluster: str = "") -> Accepted:
        """Return the findings of a cluster that somebody answers for.

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.checks import ACCEPTED_KIND, kept_accepted  # noqa: PLC0415  (as above)

        return kept_accepted(self.records(ACCEPTED_KIND, cluster=cluster))

    def keep_accepted(self, accepted: Accepted, before: Accepted, *, why: str = "", cluster: str = "") -> KeptDecision:
        """Keep accepted findings: what is in one and not in the other is what was decided.

        Parameters
        ----------
        accepted : Accepted
            As it shall be.
        before : Accepted
            As it was when the person looked; what others decided since about other findings stays.
        why, cluster : str

        Returns
        -------
        KeptDecision
            That it is kept; number 0 where nothing is to be kept.

        Raises
        ------
        ConflictError
            If somebody has decided something else about one of the same findings since.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.checks import accepted_records  # noqa: PLC0415  (as above)

        wanted, seen = accepted_records(accepted), accepted_records(before)
        changes: dict[tuple[str, str], Any] = {key: value for key, value in wanted.items() if seen.get(key) != value}
        changes |= {key: None for key in seen if key not in wanted}
        return self.decide(changes, why=why or "findings that somebody answers for", cluster=cluster, base=seen)
