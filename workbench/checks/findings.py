"""What checks have found: each finding with its check, its place, its proof, and who answers for it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from workbench.checks.found import Found
from workbench.checks.frames import CHECK_FINDINGS, CHECK_LIST
from workbench.checks.registry import Check
from workbench.checks.severity import CheckSeverity
from workbench.checks.status import FindingStatus
from workbench.ground import FEW_ROWS, FirstRows, Problem, Result, count_of, first_rows, listed, one_line, visible
from workbench.manifests import field_line, field_path

if TYPE_CHECKING:
    import pandas as pd

    from workbench.checks.found import Patch

__all__ = ["CheckFinding", "CheckFindings", "FindingStatus", "NotAsked"]


class NotAsked(NamedTuple):
    """A check that was not asked, and why.

    Attributes
    ----------
    check : Check
    reason : str
    """

    check: Check
    reason: str


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """What a check has found.

    Attributes
    ----------
    rule : Check
        The check.
    found : Found
        What it says.
    status : FindingStatus
    owner : str
        Who accepted it; empty where nobody did.
    reason : str
        Why it is accepted or ignored.
    """

    rule: Check
    found: Found
    status: FindingStatus = FindingStatus.NEW
    owner: str = ""
    reason: str = ""

    @property
    def check(self) -> str:
        """Id of the check."""
        return self.rule.id

    @property
    def severity(self) -> CheckSeverity:
        """How much it matters."""
        return self.found.severity or self.rule.severity

    @property
    def title(self) -> str:
        """What the check finds, in a few words."""
        return self.rule.title

    @property
    def message(self) -> str:
        """What is wrong, in one sentence without the object's name."""
        return self.found.message

    @property
    def object(self) -> str:
        """``Kind namespace/name`` (or ``Kind name``)."""
        return self.found.object

    @property
    def namespace(self) -> str:
        """Namespace of the object; empty for what is in none."""
        return self.found.namespace

    @property
    def workload(self) -> str:
        """The workload that it is about; empty for none."""
        return self.found.workload

    @property
    def field(self) -> str:
        """Path of the field, such as ``spec.ingress[0]``; empty for the whole object."""
        return field_path(self.found.path)

    @property
    def file(self) -> str:
        """File in which the object is written; empty if none is known."""
        return self.found.source.file

    @property
    def line(self) -> int | None:
        """Line of the field, from 1; None if it is not known."""
        return field_line(self.found.source, self.found.path)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The facts that prove it, a line each."""
        return self.found.evidence

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return self.found.remedy or self.rule.remedy

    @property
    def patch(self) -> Patch:
        """The change that removes it; false where none is ready."""
        return self.found.patch

    @property
    def fingerprint(self) -> str:
        """What tells it from all others, from run to run: lines may move."""
        told = [self.check, self.object, self.field, self.found.key]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    @property
    def place(self) -> str:
        """``file:line``, as linters write it; empty where no file is known."""
        line = self.line
        return self.file if line is None else f"{self.file}:{line}"

    def __repr__(self) -> str:
        """Return the finding in words."""
        return one_line(f"CheckFinding({self})")

    def __str__(self) -> str:
        subject = " ".join(part for part in (self.object, self.field) if part)
        return visible(f"{self.severity.value}: {self.check}: {subject} {self.message}")


def _known(finding: CheckFinding, before: CheckFinding | None) -> CheckFinding:
    if finding.status is not FindingStatus.NEW or before is None or before.severity.rank > finding.severity.rank:
        return finding
    return replace(finding, status=FindingStatus.KNOWN, reason="it was there before")


@dataclass(frozen=True, slots=False, eq=False, repr=False)
class CheckFindings(Result):
    """What checks have found, the worst first. Made by `check`.

    Attributes
    ----------
    items : tuple of CheckFinding
        By severity, check and object.
    checks : tuple of Check
        Those that were asked.
    not_asked : tuple of NotAsked
        Those that lacked something.
    said : tuple of Problem
        What was wrong with accepted findings and annotations.
    gone : tuple of CheckFinding
        Those that were open in an earlier snapshot and are found no more; empty without one (`since`).
    """

    _written_as: ClassVar[str] = "findings"
    _columns: ClassVar[tuple[str, ...]] = ("severity", "check", "object", "field", "message", "remedy", "status")

    items: tuple[CheckFinding, ...]
    checks: tuple[Check, ...] = ()
    not_asked: tuple[NotAsked, ...] = ()
    said: tuple[Problem, ...] = ()
    origins: tuple[Result, ...] = field(default=(), compare=False)
    gone: tuple[CheckFinding, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[CheckFinding]:
        return iter(self.items)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, and with what was accepted, each problem once."""
        return tuple(dict.fromkeys((*super().problems_found, *self.said)))

    @cached_property
    def open(self) -> CheckFindings:
        """Those that nobody answers for."""
        return replace(self, items=tuple(one for one in self.items if one.status.is_open))

    def of(self, *checks: str) -> CheckFindings:
        """Return the findings of some checks.

        Parameters
        ----------
        *checks : str
            Their ids.
        """
        return replace(self, items=tuple(one for one in self.items if one.check in checks))

    def since(self, earlier: CheckFindings) -> CheckFindings:
        """Return the same findings, those of an earlier snapshot marked as known: they are not open (checks 4).

        One that matters more now than it did is not known. What an earlier snapshot was not asked about is new.

        Parameters
        ----------
        earlier : CheckFindings
            What the same checks found then.
        """
        before = {one.fingerprint: one for one in earlier}
        now = {one.fingerprint for one in self}
        asked = {one.id for one in self.checks}
        return replace(
            self,
            items=tuple(_known(one, before.get(one.fingerprint)) for one in self.items),
            gone=tuple(one for one in earlier.open if one.fingerprint not in now and one.check in asked),
        )

    def failing(self, least: CheckSeverity | str) -> CheckFindings:
        """Return those that nobody answers for and that matter as much as `least`, or more.

        Parameters
        ----------
        least : CheckSeverity or str
        """
        limit = CheckSeverity(least)
        return replace(self, items=tuple(one for one in self.open.items if one.severity.reaches(limit)))

    def count(self, severity: CheckSeverity | str) -> int:
        """Return how many of a severity nobody answers for.

        Parameters
        ----------
        severity : CheckSeverity or str
        """
        return sum(one.severity == severity for one in self.open.items)

    @property
    def headline(self) -> str:
        """How many there are of each severity, and how many are accepted, in one line."""
        counts = Counter(one.severity for one in self.open.items)
        parts = [f"{counts[one]:,} {one.value}" for one in CheckSeverity if counts[one]]
        found = f"{count_of(len(self.open), 'finding')}{': ' if parts else ''}{', '.join(parts)}"
        known = sum(one.status is FindingStatus.KNOWN for one in self)
        quiet = len(self) - len(self.open) - known
        further = {"accepted or ignored": quiet, "known from before": known, "gone since": len(self.gone)}
        return "; ".join([found, *(f"{count:,} {words}" for words, count in further.items() if count)])

    @property
    def notes(self) -> tuple[str, ...]:
        """Which checks were not asked, and why."""
        reasons: dict[str, list[str]] = {}
        for one in self.not_asked:
            reasons.setdefault(one.reason, []).append(one.check.id)
        return tuple(f"not asked, since {reason}: {listed(ids)}" for reason, ids in reasons.items())

    def _facts(self) -> Iterator[str]:
        yield self.headline

    def _first_rows(self) -> FirstRows:
        few = replace(self, items=self.items[:FEW_ROWS])
        return first_rows(few.to_frame(), self._columns, noun="finding", counted=(len(few), len(self)))

    def __str__(self) -> str:
        return "\n".join(map(str, self.items)) or "nothing found"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each finding; columns as in `frames.CHECK_FINDINGS`."""
        return CHECK_FINDINGS.from_rows(
            (
                one.severity.value,
                one.check,
                one.title,
                one.object,
                one.namespace,
                one.workload,
                one.field,
                one.message,
                one.evidence,
                one.found.src,
                one.found.dst,
                one.found.ports,
                one.remedy,
                one.patch.yaml,
                one.patch.delete,
                one.status.value,
                one.owner,
                one.reason,
                one.fingerprint,
                one.file,
                one.line,
            )
            for one in self.items
        )

    def checks_frame(self) -> pd.DataFrame:
        """Return one row for each check, asked or not; columns as in `frames.CHECK_LIST`."""
        counts = Counter(one.check for one in self.items)
        known = [(one, "") for one in self.checks] + [(one.check, one.reason) for one in self.not_asked]
        return CHECK_LIST.from_rows(
            (
                one.id,
                one.title,
                one.severity.value,
                one.reason,
                one.remedy,
                one.source,
                one.techniques,
                not why_not,
                why_not,
                counts[one.id],
            )
            for one, why_not in sorted(known, key=lambda pair: pair[0].id)
        )
