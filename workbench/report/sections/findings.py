"""What checks have found, by severity, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.checks import CHECK_FINDINGS, CHECK_LIST, FindingStatus
from workbench.ground import count_of
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["findings"]


@register_section("findings", title="Findings", order=550)
def findings(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    found = context.findings
    yield f"Asked: {count_of(len(found.checks), 'check')}. {found.headline}."
    for note in found.notes:
        yield Prose.missing(f"{note[:1].upper()}{note[1:]}.")
    for problem in found.said:
        yield Prose.warning(f"{problem}.")
    if len(found):
        shown: tuple[str, ...] = ("severity", "check", "title", "object", "field", "message", "remedy")
        if any(one.status is not FindingStatus.NEW for one in found):
            shown = (*shown, "status", "owner", "reason")
        yield ReportTable("findings", "Findings", CHECK_FINDINGS, found.to_frame(), ("fingerprint",), shown)
    checks = found.checks_frame()
    shown = ("check", "title", "severity", "findings", "was_asked", "why_not")
    yield ReportTable("checks", "Checks", CHECK_LIST, checks, ("check",), shown)
