"""What changed since an earlier audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.report.comparing import SECTIONS_COMPARED, compared_tables, scopes_told
from workbench.report.frames import AUDIT_CHANGES
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["changes"]


@register_section("changes", title="Changes since the audit before", order=700)
def changes(context: AuditContext) -> Iterator[Part | str]:
    """Write the section: what other sections hold is compared with the same of the earlier audit."""
    if context.earlier is None:
        yield Prose.missing("No earlier audit was given: what changed is not known.")
        return
    earlier = context.earlier
    yield f"The earlier audit, “{earlier.title}”, is of {earlier.now:%Y-%m-%d %H:%M} UTC."
    now = {table.id: table for name in SECTIONS_COMPARED for table in context.section(name).tables}
    differences = compared_tables(earlier.tables, now)
    yield f"{differences.headline}."
    for note in (*scopes_told(earlier.namespaces, context.namespaces), *differences.notes):
        yield Prose.missing(note)
    if len(differences.frame):
        yield ReportTable("changes", "Changes", AUDIT_CHANGES, differences.frame, ("about", "subject", "column"))
