"""The few figures that sum an audit up, and that later audits are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from workbench.checks import CheckSeverity
from workbench.policy import Direction
from workbench.report.frames import AUDIT_FIGURES

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.context import AuditContext

__all__ = ["AuditFigure", "figures_frame", "figures_of"]


class AuditFigure(NamedTuple):
    """A figure of the summary.

    Attributes
    ----------
    name : str
        Stays from audit to audit.
    value : float or None
        None where it is not known.
    of : float or None
        Of how many it is; None where it is a share of nothing.
    meaning : str
    """

    name: str
    value: float | None
    of: float | None
    meaning: str

    @property
    def text(self) -> str:
        """The number as people read it."""
        if self.value is None:
            return "not known"
        number = f"{self.value:,.0f}" if self.value == int(self.value) else f"{self.value:,.1f}"
        return number if self.of is None else f"{number} of {self.of:,.0f}"

    @property
    def share(self) -> float | None:
        """What part it is; None where it is none, or of nothing."""
        return None if self.value is None or not self.of else self.value / self.of


def figures_of(context: AuditContext) -> tuple[AuditFigure, ...]:
    """Return the figures of an audit.

    Parameters
    ----------
    context : AuditContext
    """
    return (
        *_deployed(context),
        *_covered(context),
        *_allowed(context),
        *_found(context),
        *_seen(context),
        *_normal(context),
    )


def figures_frame(figures: Iterable[AuditFigure]) -> pd.DataFrame:
    """Return one row for each figure; columns as in `frames.AUDIT_FIGURES`.

    Parameters
    ----------
    figures : iterable of AuditFigure
    """
    return AUDIT_FIGURES.from_rows(figures)


def _deployed(context: AuditContext) -> Iterator[AuditFigure]:
    spaces = {one.peer.namespace for one in context.standings}
    yield AuditFigure("namespaces", len(spaces), None, "namespaces with workloads")
    yield AuditFigure("workloads", len(context.standings), None, "workloads")
    yield AuditFigure("policies", len(context.policies), None, "policies that count")


def _covered(context: AuditContext) -> Iterator[AuditFigure]:
    able = context.coverable
    for direction in Direction:
        way = direction.value
        isolated = sum(one.is_isolated(direction) for one in able)
        meaning = f"workloads whose {way} a NetworkPolicy isolates, of those that policies can be about"
        yield AuditFigure(f"{way}-isolated", isolated, len(able), meaning)
    both = sum(all(one.is_isolated(direction) for direction in Direction) for one in able)
    yield AuditFigure("both-isolated", both, len(able), "workloads that are isolated in both directions")
    beyond = len(context.coverage) - len(able)
    yield AuditFigure("host-network", beyond, len(context.coverage), "workloads that no policy can be about")


def _allowed(context: AuditContext) -> Iterator[AuditFigure]:
    number = len(context.standings)
    words = {
        Direction.INGRESS: "that addresses outside may reach",
        Direction.EGRESS: "that may reach addresses outside",
    }
    for direction, meaning in words.items():
        found = len({name for name, way in context.open_outside if way is direction})
        yield AuditFigure(f"{direction.value}-outside", found, number, f"workloads {meaning}")
    anywhere = {
        Direction.INGRESS: "that may be reached from anywhere outside",
        Direction.EGRESS: "that may reach anywhere outside",
    }
    for direction, meaning in anywhere.items():
        yield AuditFigure(
            f"{direction.value}-anywhere", len(context.anywhere[direction]), number, f"workloads {meaning}"
        )
    allowance = context.allowance
    meaning = "connections that are allowed on some port, of those that there could be (permissiveness)"
    yield AuditFigure("connections-allowed", allowance.allowed, allowance.possible, meaning)
    unused = allowance.excess
    meaning = "connections that are allowed and were not seen to be used"
    yield AuditFigure("connections-unused", unused, None if unused is None else allowance.allowed, meaning)
    crossing = sum(one.allowed for one in context.between if one.src != one.dst)
    yield AuditFigure("pairs-across", crossing, None, "pairs of workloads that may talk across namespaces")


def _found(context: AuditContext) -> Iterator[AuditFigure]:
    for severity in CheckSeverity:
        meaning = f"findings of severity {severity.value} that nobody answers for"
        yield AuditFigure(f"findings-{severity.value}", context.findings.count(severity), None, meaning)
    quiet = len(context.findings) - len(context.findings.open)
    yield AuditFigure("findings-accepted", quiet, None, "findings that are accepted or ignored")


def _seen(context: AuditContext) -> Iterator[AuditFigure]:
    is_known = context.flows is not None
    counts = context.seen_by_status
    edges = sum(counts.values())
    words = {
        "not-allowed": "edges that were seen to pass though policies deny them",
        "denied-though-allowed": "edges that were seen to be denied though policies allow them",
        "unknown": "edges of which it is not certain whether they are allowed",
    }
    yield AuditFigure("edges-seen", edges if is_known else None, None, "edges that were seen")
    for name, meaning in words.items():
        yield AuditFigure(f"edges-{name}", counts[name] if is_known else None, edges if is_known else None, meaning)
    score = None if context.readiness is None else context.readiness.score.value
    meaning = "score of the policies: what is admitted against what was seen, from 0 to 100"
    yield AuditFigure("score", None if score is None else round(score, 1), None, meaning)


def _normal(context: AuditContext) -> Iterator[AuditFigure]:
    anomalies = None if context.anomalies is None else len(context.anomalies)
    yield AuditFigure("anomalies", anomalies, None, "flows that are in no baseline of their workload")
    raised = None if context.violations is None else int((context.violations["suppressed"] == "").sum())
    yield AuditFigure("violations", raised, None, "violations of locked baselines")
