"""What a person decides about what is normal in a cluster, without widgets."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from workbench.baseline import SIDE, period_of, to_rhacs
from workbench.ground import ANSWER_FORMATS, ArgumentError, count_of
from workbench.panels.baseline.listed import MODES, SECTIONS, ListedBaselines, minute_text
from workbench.panels.frame import FileContent

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.workspace import KeptDecision

__all__ = ["MODES", "SECTIONS", "BaselineState"]


class BaselineState(ListedBaselines):
    """The baselines of a scope: which of them is looked at, what is listed, and what is decided.

    As `ListedBaselines`, with its traits, it is made of a scope.
    """

    @property
    def _meant(self) -> tuple[str, ...]:
        """What is decided about.

        Raises
        ------
        ArgumentError
            If it has no baseline.
        """
        if not self.names:
            message = f"there is no baseline of {self.subject}"
            raise ArgumentError(message, "learn from flows first")
        return self.names

    def learnt(self) -> Baselines:
        """Return baselines that have learnt from the flows; nothing is kept yet.

        Raises
        ------
        ArgumentError
            If there are no flows.
        """
        flows = self.scope.named_flows  # with the names by which they are judged
        if flows is None:
            message = "there are no flows to learn from"
            raise ArgumentError(message, "read recordings first")
        period = period_of(self.period) if self.period else None
        chosen = self.workload or self.namespace
        names = (chosen,) if chosen else self.all_namespaces
        periods = {} if period is None else dict.fromkeys(names, period)
        return self.baselines.learn(
            self.scope.cluster, flows, period=None if chosen else period, periods=periods, whole=self.whole
        )

    def take(self, baselines: Baselines) -> KeptDecision:
        """Keep baselines that have learnt.

        Parameters
        ----------
        baselines : Baselines
        """
        return self.decide(baselines, f"learnt from flows until {minute_text(self.moment)}")

    def learn(self) -> KeptDecision:
        """Learn from the flows, and keep it."""
        return self.take(self.learnt())

    def set_mode(self, mode: str) -> KeptDecision:
        """Put what is looked at into a mode (baselines 19).

        Parameters
        ----------
        mode : str
            One of `MODES`.
        """
        return self.decide(self.baselines.with_mode(self._meant, mode, self.moment), f"{self.subject}: {mode}")

    def lock(self) -> KeptDecision:
        """Lock what is looked at: what it does not know is a violation from now on."""
        return self.decide(self.baselines.lock(self._meant), f"locked {self.subject}")

    def unlock(self) -> KeptDecision:
        """Unlock what is looked at."""
        return self.decide(self.baselines.unlock(self._meant), f"unlocked {self.subject}")

    def observe_anew(self) -> KeptDecision:
        """Let the observation of what is looked at begin again."""
        period = period_of(self.period) if self.period else None
        observed = self.baselines.observe(self._meant, self.moment, period)
        return self.decide(observed, f"observation of {self.subject} begins anew")

    def write_note(self, note: str) -> KeptDecision:
        """Keep a note on each baseline that is looked at.

        Parameters
        ----------
        note : str
        """
        return self.decide(self.baselines.with_note(self._meant, note.strip()), f"note on {self.subject}")

    def mark(self, rows: pd.DataFrame) -> KeptDecision:
        """Mark flows as anomalous, at both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.mark(_some(rows)), f"{count_of(len(rows), 'flow')} marked as anomalous")

    def add(self, rows: pd.DataFrame) -> KeptDecision:
        """Add flows to the baselines of both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.add(_some(rows)), f"{count_of(len(rows), 'flow')} added to the baseline")

    def forget(self, rows: pd.DataFrame) -> KeptDecision:
        """Know nothing of flows any more, at both ends.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        """
        return self.decide(self.baselines.forget(_some(rows)), f"{count_of(len(rows), 'flow')} forgotten")

    def suppress(self, rows: pd.DataFrame, days: int = 7) -> KeptDecision:
        """Raise no violations for flows for some days; the reason is `why`.

        Parameters
        ----------
        rows : DataFrame
            With the columns of a side.
        days : int

        Raises
        ------
        ArgumentError
            If there is no reason.
        """
        reason, until = self.why, self.moment + timedelta(days=days)
        if not reason.strip():
            message = "a violation is not suppressed without a reason"
            raise ArgumentError(message, "write it into the field Reason")
        suppressed = self.baselines.suppress(_some(rows), reason=reason, until=until)
        return self.decide(suppressed, reason)

    def undo(self, decision_id: int | None = None) -> KeptDecision:
        """Take back the last decision, or another one.

        Parameters
        ----------
        decision_id : int, optional

        Raises
        ------
        ArgumentError
            If nothing is left to be undone.
        """
        why, self.why = self.why.strip(), ""
        undone = self.scope.undo(why, decision_id)
        if undone is None:
            message = "no decision is left to be undone"
            raise ArgumentError(message)
        return undone

    def reset(self) -> None:
        """Take all filters away."""
        with self.hold_trait_notifications():
            for name in self.filters:
                self.set_trait(name, "")

    # --- files ---------------------------------------------------------------------------------------------

    def export(self, kind: str) -> FileContent:
        """Return violations of what is looked at as a file.

        Parameters
        ----------
        kind : str
            One of ``ANSWER_FORMATS.names("violations")``.
        """
        if self.flows is None:
            message = "there are no flows, so nothing is known of violations"
            raise ArgumentError(message, "read recordings first")
        suffix = ANSWER_FORMATS.named("violations", kind).suffix
        return FileContent(f"violations{suffix}", self.violations.render(kind))

    def export_baselines(self) -> FileContent:
        """Return the baselines that are looked at as Red Hat ACS writes them (baselines 23)."""
        documents = to_rhacs(self.baselines.of(self._meant))
        return FileContent("baselines.rhacs.json", f"{json.dumps(documents, indent=2)}\n")

    def export_policies(self) -> FileContent:
        """Return NetworkPolicies that admit what the baselines that are looked at know, and nothing else."""
        from workbench.generate import propose  # noqa: PLC0415  (when it is asked for)

        proposal = propose(
            self.scope.cluster,
            strategy="least-privilege",
            baselines=self.baselines,
            book=self.scope.readable_book or None,
            workloads=[name for name in self._meant if name in self._in_cluster],
            declared=False,
            default_deny=False,
        )
        return FileContent("baselines.yaml", proposal.to_yaml())

    @property
    def _in_cluster(self) -> frozenset[str]:
        return frozenset(one.peer for one in self.scope.cluster.objects.workloads)


def _some(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty or not set(SIDE) <= set(rows.columns):
        message = "no flow is selected"
        raise ArgumentError(message, "select rows of a table of flows")
    return rows
