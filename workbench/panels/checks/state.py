"""What of findings is looked at: one of them with its proof, what no manifest says, and how much is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from traitlets import Enum, Unicode

from workbench.checks import DeclaredFacts
from workbench.ground import ANSWER_FORMATS, ArgumentError, addresses_named, visible
from workbench.inventory import Subjects
from workbench.panels.checks.filters import Filtering
from workbench.panels.frame import FileContent
from workbench.panels.whatif import ChangeDraft

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from workbench.checks import CheckFinding, CheckFindings
    from workbench.workspace import KeptDecision

__all__ = ["SCOPES", "VIEWS", "ChecksState"]

VIEWS: Final = {
    "findings": "Findings",
    "openness": "Permissiveness",
    "facts": "What checks know",
}
"""What can be looked at, with the words for people."""
SCOPES: Final = {
    "all": "All",
    "cluster": "Cluster",
    "namespace": "Namespaces",
    "workload": "Workloads",
}
"""Of what it is told how much is allowed, with the words for people."""


class ChecksState(Filtering):
    """Findings of a cluster, which of them are listed, and which one is looked at.

    As `Asking`, with its traits, it is made of a scope.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    chosen : str
        Fingerprint of the finding that is looked at; empty for none.
    scopes : str
        One of `SCOPES`.
    """

    view = Enum(list(VIEWS), default_value="findings")
    chosen = Unicode()
    scopes = Enum(list(SCOPES), default_value="all")
    remembered: tuple[str, ...] = (*Filtering.remembered, "view", "chosen", "scopes")

    # --- one finding ----------------------------------------------------------------------------------------

    @property
    def finding(self) -> CheckFinding | None:
        """The finding that is looked at; None without one, or where it is not found any more."""
        return next((one for one in self._items if one.fingerprint == self.chosen), None)

    def _wanted(self) -> CheckFinding:
        finding = self.finding
        if finding is None:
            message = "no finding is chosen"
            raise ArgumentError(message, "choose one in the table")
        return finding

    def choose(self, fingerprint: str) -> None:
        """Look at a finding, and select what it is about in all panels of the scope.

        Parameters
        ----------
        fingerprint : str
            As `rows` has it; empty for none.
        """
        self.chosen = fingerprint
        self.select()

    def select(self) -> None:
        """Select in all panels what the finding is about: the connection that shows it, else workloads."""
        edge, workloads = self.shows
        if edge is not None:
            self.selection.select_edge(*edge)
        elif workloads:
            self.selection.select_workload(*workloads)
        elif self.finding is not None:
            self.selection.clear()

    @property
    def shows(self) -> tuple[tuple[str, str] | None, tuple[str, ...]]:
        """The connection that shows the finding, or else the workloads that it is about; neither where it has none."""
        finding = self.finding
        if finding is None:
            return None, ()
        ends = tuple(one for one in (finding.found.src, finding.found.dst) if self._is_end(one))
        if len(ends) > 1:
            return (ends[0], ends[1]), ()
        return None, ends or tuple(self._workloads_of(finding))

    def _is_end(self, name: str) -> bool:
        knows: bool = self.asked.connectivity.knows(name)
        return bool(name) and (knows or addresses_named(name) is not None)

    def _workloads_of(self, finding: CheckFinding) -> Iterator[str]:
        """Yield the workloads that a finding is about: those of a namespace, or those that a policy selects."""
        objects = self.asked.world.cluster.objects
        if finding.workload:
            yield finding.workload
        elif finding.object == f"Namespace {finding.namespace}":
            yield from (one.peer for one in objects.workloads if one.namespace == finding.namespace)
        for policy in objects.policies:
            if policy.ref == finding.object:
                chosen = Subjects(objects.workloads, objects.namespaces).chosen(policy.subject)
                yield from (workload.peer for workload, _ in chosen)

    @property
    def can_show(self) -> bool:
        """Whether the network graph is a tab beside this one, and has what the finding is about."""
        return "network" in self.selection.tabs and any(self.shows)

    def show_in_graph(self) -> None:
        """Select what the finding is about, and go to the network graph.

        Raises
        ------
        ArgumentError
            If no finding is chosen, or if no graph has what it is about.
        """
        finding = self._wanted()
        if not self.can_show:
            message = f"no graph beside this panel has what {finding.check} of {visible(finding.object)} is about"
            raise ArgumentError(message, "select it, and look at a NetworkGraphPanel of the same scope")
        self.select()
        self.selection.tab = "network"

    def draft(self) -> ChangeDraft:
        """Return the change that removes the finding, to be tried.

        Raises
        ------
        ArgumentError
            If no finding is chosen, or if no change is ready for it.
        """
        finding = self._wanted()
        if not finding.patch:
            message = f"no change is ready for {finding.check} of {visible(finding.object)}"
            raise ArgumentError(message, "the remedy says what to do")
        return ChangeDraft(
            f"{finding.check} {visible(finding.object.rpartition(' ')[2])}", finding.patch.yaml, finding.patch.delete
        )

    def try_patch(self) -> None:
        """Hand the change that removes the finding to the panel that tries changes, and go there where there are tabs.

        Raises
        ------
        ArgumentError
            If no finding is chosen, or if no change is ready for it.
        """
        self.selection.draft = self.draft()
        if "what-if" in self.selection.tabs:
            self.selection.tab = "what-if"

    # --- decisions ------------------------------------------------------------------------------------------

    def accept(self, reason: str, *, owner: str = "", expires: date | None = None) -> KeptDecision:
        """Answer for the finding that is looked at.

        Parameters
        ----------
        reason : str
        owner : str
            Who answers; whoever decides, where it is empty.
        expires : date, optional
            The last day; without it, for good.

        Returns
        -------
        KeptDecision
            That it is kept.

        Raises
        ------
        ArgumentError
            If no finding is chosen, if there is no reason, or if the last day is over.
        """
        return self.kept.accept(self._wanted(), reason=reason, owner=owner, expires=expires)

    def withdraw(self) -> int:
        """Answer for the finding that is looked at no longer.

        Returns
        -------
        int
            How many entries covered it: some may have been about others, too.

        Raises
        ------
        ArgumentError
            If no finding is chosen.
        NotFoundError
            If nobody answers for it here.
        """
        return self.kept.withdraw(self._wanted())

    def declare(self, **facts: Any) -> KeptDecision:  # noqa: ANN401  (each has its own type)
        """Keep what no manifest says; what is not given stays as it was declared.

        Parameters
        ----------
        **facts
            Of `DeclaredFacts`, such as ``cni="calico"``.

        Returns
        -------
        KeptDecision
            Its number is 0 where it is declared so already.
        """
        declared: DeclaredFacts = replace(self.kept.declared, **facts)
        return self.kept.declare(declared)

    # --- how much is allowed --------------------------------------------------------------------------------

    def openness_rows(self) -> pd.DataFrame:
        """Return how much is allowed of what could be, the most first; columns as in `checks.frames.PERMISSIVENESS`."""
        if self.openness is None:
            return pd.DataFrame()
        frame = self.openness.to_frame()
        if self.scopes != "all":
            frame = frame[frame["scope"] == self.scopes]
        order = frame["scope"].map(list(SCOPES).index)
        by = frame.assign(order=order).sort_values(["order", "share", "name"], ascending=[True, False, True])
        return by.drop(columns="order").reset_index(drop=True)

    # --- files ----------------------------------------------------------------------------------------------

    def _found(self) -> CheckFindings:
        found = self.findings
        if found is None:
            message = "checks were not asked yet"
            raise ArgumentError(message, "press Run checks")
        return found

    def export(self, kind: str) -> FileContent:
        """Return all findings as a file, also those that filters leave out and those that are accepted.

        Parameters
        ----------
        kind : str
            One of ``ANSWER_FORMATS.names("findings")``.

        Raises
        ------
        ArgumentError
            If checks were not asked yet.
        """
        suffix = ANSWER_FORMATS.named("findings", kind).suffix or f".{kind}"
        return FileContent(f"findings{suffix}", self._found().render(kind))

    def accepted_file(self) -> FileContent:
        """Return the findings that somebody answers for, as the file that ``check --accepted`` reads."""
        return FileContent("accepted.yaml", self.kept.accepted.to_yaml())

    def not_asked(self) -> Iterable[tuple[str, str, str]]:
        """Yield id, title and reason of each check that was not asked."""
        found = self.findings
        yield from (() if found is None else ((one.check.id, one.check.title, one.reason) for one in found.not_asked))
