"""What an import has met beside flows: records that are none, by reason, and records that could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from workbench.ground import Problem, ProblemLog, Severity, Shown, View, count_of

__all__ = ["LOST_EVENTS", "ImportLog", "Logs"]

LOST_EVENTS: Final = "lost events"
"""What is counted where a source says that it did not see all: skipped, and of no flow that is there."""

_REPORTED = 200
"""The number of broken records of one file that are reported one by one; of the others, the number."""


Logs: TypeAlias = "Mapping[str, ImportLog]"
"""Of each file that is imported in one pass, by its name."""


@dataclass(slots=True, repr=False)
class ImportLog(Shown):
    """What the import of one file has met.

    Attributes
    ----------
    file : str
        As the user gave it.
    format_name : str
    problems : ProblemLog
    skipped : Counter of str
        How many records are not flows, by reason.
    broken : int
        How many records could not be read.
    others : int
        How many of the skipped records are in another format.
    """

    file: str
    format_name: str = ""
    problems: ProblemLog = field(default_factory=ProblemLog)
    skipped: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    others: int = 0

    def _facts(self) -> Iterator[str]:
        yield f"{self.file} as {self.format_name}" if self.format_name else self.file
        yield f"{self.skipped.total():,} skipped"
        yield f"{self.broken:,} broken"
        yield count_of(len(self.problems), "problem")

    def _view(self) -> View:
        return View(type(self).__name__, tuple(self._facts()), problems=tuple(self.problems))

    def skip(self, reason: str, count: int = 1) -> None:
        """Add `count` records that are not flows; `reason` says what they are, in the plural (``"agent events"``)."""
        if count:
            self.skipped[reason] += count

    def broken_record(self, line: int | None, message: str, *, last: bool = False) -> None:
        """Report a record that could not be read.

        Parameters
        ----------
        line : int or None
            Where it stands; None where that is not known.
        message : str
            What is wrong with it.
        last : bool
            Whether it is the end of a file that does not end on a line break: it was cut off.
        """
        self.broken += 1
        if self.broken > _REPORTED:
            return
        remedy = "the file was cut off, or is still being written: import it again when it is complete" if last else ""
        code = "truncated-record" if last else "broken-record"
        severity = Severity.WARNING if last else Severity.ERROR
        self.problems.add(Problem(severity, code, message, remedy, file=self.file, line=line))

    def other_format(self, line: int, message: str) -> None:
        """Report with a `message` that the record on a `line` was skipped, because it is in another format."""
        self.others += 1
        if self.others <= _REPORTED:
            self.problems.add(Problem(Severity.WARNING, "other-format", message, file=self.file, line=line))

    def close(self) -> None:
        """Report how many records were not reported one by one."""
        if self.others > _REPORTED:
            message = f"{self.others - _REPORTED:,} more records are in another format"
            self.problems.add(Problem(Severity.WARNING, "other-format", message, file=self.file))
        if self.broken > _REPORTED:
            message = f"{self.broken - _REPORTED:,} more records could not be read"
            self.problems.add(Problem(Severity.ERROR, "broken-record", message, file=self.file))
