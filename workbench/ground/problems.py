"""What was wrong with the input, where, and what to do about it: one value for every room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from workbench.ground.errors import WorkbenchError
from workbench.ground.text import one_line, visible

__all__ = ["Problem", "ProblemError", "ProblemLog", "Severity"]


class Severity(StrEnum):
    """How bad a problem is.

    ``ERROR``: Kubernetes would reject this, or it could not be read. ``WARNING``: it was read, but
    it hardly says what its author meant. ``INFO``: worth knowing, nothing to fix.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about the input.

    Attributes
    ----------
    severity : Severity
    code : str
        Stable kebab-case name of the kind of problem, such as ``duplicate-key``.
    message : str
        What is wrong, in one sentence.
    remedy : str
        What to do about it; empty where nothing can be done.
    file : str
        Path as the user gave it (``archive.tar!member`` within archives), empty if unknown.
    line : int or None
        Line in ``file``, counted from 1.
    object : str
        ``Kind namespace/name`` of the object concerned, empty if none.
    field : str
        Path of the field in the object, such as ``spec.ingress[0].ports[1].endPort``.
    """

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    file: str = ""
    line: int | None = None
    object: str = ""
    field: str = ""

    def __repr__(self) -> str:
        return one_line(f"Problem({self})")

    def __str__(self) -> str:
        """Return the problem as a compiler would print it: ``file:line: severity: …``."""
        place = self.file + (f":{self.line}" if self.file and self.line is not None else "")
        subject = " ".join(part for part in (self.object, self.field) if part)
        head = ": ".join(part for part in (place, str(self.severity), subject) if part)
        tail = f" ({self.remedy})" if self.remedy else ""
        return visible(f"{head}: {self.message}{tail}")


class ProblemError(WorkbenchError, ValueError):
    """A problem raised as an error, as ``strict=True`` asks for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class ProblemLog:
    """Collects problems while reading; raises the first error at once if `strict`."""

    strict: bool = False
    items: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Keep `problem`; with `strict`, raise it if it is an error.

        Raises
        ------
        ProblemError
            If the log is strict and the problem's severity is ``ERROR``.
        """
        self.items.append(problem)
        if self.strict and problem.severity is Severity.ERROR:
            raise ProblemError(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add each of `problems`."""
        for problem in problems:
            self.add(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)
