"""What changed from one audit to another (audit-reports 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from workbench.ground import FirstRows, Problem, Result, first_rows, visible
from workbench.report.audit import Audit
from workbench.report.comparing import Differences, compared_tables, scopes_told
from workbench.report.frames import AUDIT_CHANGES
from workbench.report.model import Prose, ReportTable, Section

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AuditDiff", "diff_audits"]


@dataclass(frozen=True, eq=False, repr=False)
class AuditDiff(Result):
    """What differs between two audits. Made by `diff_audits`.

    Attributes
    ----------
    before, after : Audit
    differences : Differences
    """

    _written_as: ClassVar[str] = "audit-diff"

    before: Audit
    after: Audit
    differences: Differences
    origins: tuple[Result, ...] = field(default=(), compare=False)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input of the later audit."""
        return self.after.problems_found

    @property
    def headline(self) -> str:
        """How much differs, by table, in one line."""
        return self.differences.headline

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be compared, a sentence each."""
        return (*scopes_told(self.before.namespaces, self.after.namespaces), *self.differences.notes)

    def __len__(self) -> int:
        return len(self.differences.frame)

    def of(self, about: str) -> pd.DataFrame:
        """Return what differs in a table; columns as in `frames.AUDIT_CHANGES`.

        Parameters
        ----------
        about : str
            Its id, such as ``findings``.
        """
        found = self.differences.frame
        return found[found["about"] == about].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each difference; columns as in `frames.AUDIT_CHANGES`."""
        return self.differences.frame.copy()

    def _facts(self) -> Iterator[str]:
        yield f"{self.before.now:%Y-%m-%d} to {self.after.now:%Y-%m-%d}"
        yield self.headline

    def _first_rows(self) -> FirstRows:
        return first_rows(self.differences.frame, noun="difference")

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield visible(f"From {self.before.title}, {self.before.now:%Y-%m-%d %H:%M} UTC")
        yield visible(f"to {self.after.title}, {self.after.now:%Y-%m-%d %H:%M} UTC: {self.headline}.")
        yield from map(visible, self.notes)
        for row in self.differences.frame.to_dict("records"):
            what = f"{row['about']}: {row['change']} {row['subject']}"
            told = f": {row['column']} {row['before']} -> {row['after']}" if row["column"] else ""
            more = (
                f" ({row['before'] or row['after']})" if not row["column"] and (row["before"] or row["after"]) else ""
            )
            yield visible(f"{what}{told}{more}")

    @cached_property
    def as_audit(self) -> Audit:
        """The same as sections, for pages."""
        return Audit(
            f"Changes: {self.after.title}",
            self.after.author,
            self.after.now,
            self.after.namespaces,
            tuple(self._sections()),
            self.after.versions,
        )

    def _sections(self) -> Iterator[Section]:
        told = (
            f"From “{self.before.title}”, {self.before.now:%Y-%m-%d %H:%M} UTC, to “{self.after.title}”, "
            f"{self.after.now:%Y-%m-%d %H:%M} UTC. {self.headline}."
        )
        missing = [Prose.missing(one) for one in self.notes]
        yield Section("summary", "What changed", (Prose(told), *missing))
        shown = ("change", "subject", "column", "before", "after")
        for about in dict.fromkeys(self.differences.frame["about"]):
            table = ReportTable(f"changed-{about}", about.capitalize(), AUDIT_CHANGES, self.of(about), (), shown)
            yield Section(f"changed-{about}", about.capitalize(), (table,))


def diff_audits(before: Audit, after: Audit) -> AuditDiff:
    """Return what changed from one audit to another.

    Parameters
    ----------
    before, after : Audit
        `read_bundle` returns those of bundles.
    """
    return AuditDiff(before, after, compared_tables(before.tables, after.tables))
