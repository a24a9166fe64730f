"""What does not hold of policies, with its evidence: one shape for tests in Python, for files and for pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from workbench.ground import Problem, Severity, count_of, visible

__all__ = ["IN_FULL", "Checked", "Failure", "Place", "PolicyAssertionError", "errors_in", "failure_lines"]

IN_FULL: Final = 10
"""So many failures are shown with their evidence; of the others, the first line is."""
_LISTED: Final = 100
"""So many are shown at all; the others are counted."""


class Place(NamedTuple):
    """Where a policy, or a rule of it, stands that is part of a failure.

    Attributes
    ----------
    policy : str
        ``Kind namespace/name``.
    file : str
        Empty where it was not read from a file.
    line : int or None
    """

    policy: str
    file: str
    line: int | None

    def __str__(self) -> str:
        """Return it as ``file:line``; empty where it is not known."""
        return self.file if self.line is None or not self.file else f"{self.file}:{self.line}"


class Failure(NamedTuple):
    """Something that was expected of policies and does not hold.

    Attributes
    ----------
    message : str
        What is the case, in one line.
    evidence : tuple of str
        Lines that say why: verdicts, policies and rules with their places, flows. Empty for failures beyond the first
        few of an expectation, whose evidence is found by asking about them alone.
    remedy : str
        What to do.
    places : tuple of Place
        The policies and rules that decide.
    answered : bool
        Whether there is an answer at all: a name that means nothing, or a recording without flows, shows neither that
        it holds nor that it does not.
    """

    message: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    places: tuple[Place, ...] = ()
    answered: bool = True


class Checked(NamedTuple):
    """What came of an expectation.

    Attributes
    ----------
    asked : int
        How many connections, workloads or flows were asked about.
    noun : str
        What was counted, in the singular.
    failures : tuple of Failure
    """

    asked: int
    noun: str
    failures: tuple[Failure, ...] = ()

    @property
    def counted(self) -> str:
        """How many were asked about, in words."""
        return count_of(self.asked, self.noun)


class PolicyAssertionError(AssertionError):
    """What was expected of policies does not hold.

    The message has what is the case, why, and what to do; of many failures, the first with their evidence.

    Parameters
    ----------
    expected : str
        What was expected, as the beginning of a sentence: ``3 connections are to be allowed``.
    failures : sequence of Failure

    Attributes
    ----------
    expected : str
    failures : tuple of Failure
        All of them.
    """

    def __init__(self, expected: str, failures: Sequence[Failure]) -> None:
        self.expected, self.failures = expected, tuple(failures)
        more = f", and in {len(self.failures):,} cases that is not so" if len(self.failures) > 1 else ""
        super().__init__("\n".join([visible(f"{expected}{more}:"), *failure_lines(self.failures)]))

    def __reduce__(self) -> tuple[type[PolicyAssertionError], tuple[str, tuple[Failure, ...]]]:
        """Return how to make it again: test runners send errors from process to process."""
        return type(self), (self.expected, self.failures)


def errors_in(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that are errors: what they are about was not read, so that an answer may be wrong.

    Parameters
    ----------
    problems : iterable of Problem
    """
    return [one for one in problems if one.severity is Severity.ERROR]


def failure_lines(failures: Sequence[Failure]) -> Iterator[str]:
    """Yield failures as lines of text: the first with evidence and remedy, some more by their message, and a count.

    Parameters
    ----------
    failures : sequence of Failure
    """
    for failure in failures[:IN_FULL]:
        yield visible(failure.message)
        yield from _indented(failure.evidence)
        if failure.remedy:
            yield from _indented([f"to do: {failure.remedy}"])
    yield from (visible(failure.message) for failure in failures[IN_FULL:_LISTED])
    if len(failures) > _LISTED:
        yield f"… and {len(failures) - _LISTED:,} more"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {visible(line)}" for line in lines)
