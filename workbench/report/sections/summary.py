"""What a manager reads: a few figures, the gravest risks, and what to do first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.checks import CheckSeverity
from workbench.ground import count_of
from workbench.report.bars import Bar, bars
from workbench.report.figures import figures_frame, figures_of
from workbench.report.frames import AUDIT_FIGURES, FIRST_TO_DO
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.checks import CheckFinding
    from workbench.report.context import AuditContext
    from workbench.report.figures import AuditFigure
    from workbench.report.model import Part

__all__ = ["summary"]

_FIRST: Final = 5
"""So many kinds of findings, and so many objects of each, are named."""


@register_section("summary", title="Summary", order=100)
def summary(context: AuditContext) -> Iterator[Part | str]:
    """Write the summary."""
    figures = {one.name: one for one in figures_of(context)}
    yield from _told(context, figures)
    yield bars(
        "isolation",
        "Workloads that policies isolate",
        [_bar("Ingress", figures["ingress-isolated"]), _bar("Egress", figures["egress-isolated"])],
    )
    severities = [figures[f"findings-{one.value}"] for one in CheckSeverity]
    most = max(int(one.value or 0) for one in severities)
    if most:
        yield bars(
            "severities",
            "Open findings by severity",
            [
                Bar(severity.value, int(one.value or 0), most, severity.value)
                for severity, one in zip(CheckSeverity, severities, strict=True)
            ],
            shares=False,
        )
    if len(context.findings.open):
        yield _first(context)
    yield ReportTable("figures", "Figures", AUDIT_FIGURES, figures_frame(figures.values()), ("figure",))


def _bar(label: str, figure: AuditFigure) -> Bar:
    return Bar(label, int(figure.value or 0), int(figure.of or 0), "good")


def _told(context: AuditContext, figures: dict[str, AuditFigure]) -> Iterator[Part | str]:
    number = count_of(int(figures["workloads"].value or 0), "workload")
    spaces = count_of(int(figures["namespaces"].value or 0), "namespace")
    policies = count_of(int(figures["policies"].value or 0), "policy")
    yield f"{number} in {spaces} are governed by {policies}."
    yield (
        f"The ingress of {figures['ingress-isolated'].text} workloads is isolated, and the egress of "
        f"{figures['egress-isolated'].text}. What is not isolated may talk to everyone."
    )
    yield (
        f"{figures['ingress-anywhere'].text} workloads may be reached from anywhere outside, and "
        f"{figures['egress-anywhere'].text} may reach anywhere."
    )
    allowed, unused = figures["connections-allowed"], figures["connections-unused"]
    used = "" if unused.value is None else f"; {unused.value:,.0f} of these were not seen to be used"
    yield f"Of {allowed.of or 0:,.0f} connections that there could be, {allowed.value or 0:,.0f} are allowed{used}."
    if context.flows is None:
        yield Prose.missing("No flows were given: this report says what is allowed, and not what happens.")
    else:
        wrong, edges = figures["edges-not-allowed"], figures["edges-seen"]
        yield (
            f"Of {edges.text} edges that were seen, {wrong.value or 0:,.0f} passed though policies deny them, and of "
            f"{figures['edges-unknown'].value or 0:,.0f} it is not certain whether they are allowed."
        )
        if figures["score"].value is not None:
            yield f"The policies score {figures['score'].value} of 100: what they admit against what was seen."
    grave = [one for one in context.findings.open if one.severity.reaches(CheckSeverity.HIGH)]
    yield f"{context.findings.headline}."
    if grave:
        yield Prose.warning(f"{count_of(len(grave), 'finding')} should not wait: critical and high ones.")
    if context.declared.enforced is False:
        yield Prose.warning("The network plugin is declared not to enforce NetworkPolicy: no policy has any effect.")


def _first(context: AuditContext) -> ReportTable:
    """Return what to do first: the gravest kinds of findings, each with its remedy."""
    kinds: defaultdict[tuple[str, str], list[CheckFinding]] = defaultdict(list)
    for one in context.findings.open:
        kinds[one.check, one.severity].append(one)
    frame = FIRST_TO_DO.from_rows(
        (
            severity,
            check,
            found[0].title,
            len(found),
            tuple(dict.fromkeys(one.object for one in found))[:_FIRST],
            found[0].remedy,
        )
        for (check, severity), found in list(kinds.items())[:_FIRST]
    )
    return ReportTable("first", "What to do first", FIRST_TO_DO, frame, ("check", "severity"))
