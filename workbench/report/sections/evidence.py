"""The facts that prove each finding, and the changes that are ready to remove it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.ground import count_of
from workbench.report.frames import EVIDENCE, READY_CHANGES
from workbench.report.model import ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.checks import CheckFinding
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["evidence"]


@register_section("evidence", title="Appendix: evidence and changes", order=900)
def evidence(context: AuditContext) -> Iterator[Part | str]:
    """Write the section: a row for each fact, and one for a finding that needs none but its object."""
    rows = [
        (
            row.fingerprint,
            one.check,
            one.object,
            fact,
            one.found.src,
            one.found.dst,
            one.found.ports,
            row.file,
            row.line,
        )
        for one, row in zip(context.findings, context.finding_rows.itertuples(), strict=True)
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
    ready = _ready(context)
    if ready.empty:
        yield "No finding comes with a change that is ready."
        return
    yield "Each change removes the findings beside it. Try it in what-if first: what it closes may be in use."
    title = "Changes that are ready"
    yield ReportTable("changes-ready", title, READY_CHANGES, ready, ("patch", "delete"))


def _ready(context: AuditContext) -> pd.DataFrame:
    """Return the changes that findings come with; what several have in common is one, in the order of findings."""
    found: defaultdict[tuple[str, tuple[str, ...]], list[CheckFinding]] = defaultdict(list)
    for one in context.findings.open:
        change = one.patch
        if change.yaml or change.delete:
            found[change.yaml, change.delete].append(one)
    return READY_CHANGES.from_rows(
        (
            tuple(dict.fromkeys(one.check for one in same)),
            tuple(dict.fromkeys(one.object for one in same)),
            len(same),
            patch,
            delete,
        )
        for (patch, delete), same in found.items()
    )
