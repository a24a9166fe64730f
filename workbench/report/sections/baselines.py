"""What was unusual: flows that are in no baseline, violations of locked ones, and how sure baselines are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.baseline import ANOMALIES, ASSURANCE, VIOLATIONS, assurance
from workbench.ground import count_of
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["baselines"]

_SIDE = ("workload", "direction", "peer_type", "peer", "protocol", "port")


@register_section("baselines", title="Baselines and anomalies", order=500)
def baselines(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    if context.baselines is None:
        yield Prose.missing("No baselines were given: what is unusual is not known.")
        return
    known = context.baselines
    locked = sum(head.locked for head in known.heads.values())
    yield f"There are baselines of {count_of(len(known.heads), 'workload')}; {locked:,} of these are locked."
    if context.flows is None or context.anomalies is None or context.violations is None:
        yield Prose.missing("No flows were given: nothing is held against the baselines.")
        return
    raised = context.violations
    quiet = int((raised["suppressed"] != "").sum())
    yield f"Locked baselines have {count_of(len(raised) - quiet, 'violation')}, and {quiet:,} more that are suppressed."
    if len(raised):
        shown: tuple[str, ...] = (
            "severity",
            "workload",
            "direction",
            "peer",
            "protocol",
            "port",
            "flows",
            "message",
            "suppressed",
        )
        yield ReportTable("violations", "Violations", VIOLATIONS, raised, _SIDE, shown)
    yield f"Seen and in no baseline of their workload: {count_of(len(context.anomalies), 'flow')}."
    if len(context.anomalies):
        shown = (*_SIDE, "flows", "flows_denied", "first_seen", "last_seen", "other_workloads")
        yield ReportTable("anomalies", "Anomalies", ANOMALIES, context.anomalies, _SIDE, shown)
    sure = context.of_workloads(assurance(known, context.cluster, context.flows))
    if len(sure):
        shown = ("workload", "sure", "covered", "flows_in_baseline", "seen_once", "reason")
        yield ReportTable("assurance", "How sure baselines are", ASSURANCE, sure, ("workload",), shown)
