"""The facts that prove each finding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.ground import count_of
from workbench.report.frames import EVIDENCE
from workbench.report.model import ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["evidence"]


@register_section("evidence", title="Appendix: evidence", order=900)
def evidence(context: AuditContext) -> Iterator[Part | str]:
    """Write the section: a row for each fact, and one for a finding that needs none but its object."""
    rows = [
        (
            one.fingerprint,
            one.check,
            one.object,
            fact,
            one.found.src,
            one.found.dst,
            one.found.ports,
            one.file,
            one.line,
        )
        for one in context.findings
        for fact in one.evidence or (one.message,)
    ]
    if not rows:
        yield "There is no finding to be proved."
        return
    findings = count_of(len(context.findings), "finding")
    yield f"{count_of(len(rows), 'fact')} for {findings}. A finding keeps its fingerprint where lines move."
    shown = ("check", "object", "fact", "src", "dst", "ports", "file", "line")
    frame = EVIDENCE.from_rows(rows)
    yield ReportTable("evidence", "Evidence", EVIDENCE, frame, ("fingerprint", "fact"), shown)
