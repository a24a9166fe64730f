"""What was wrong with the input, reported on standard error, and which exit status it deserves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import typer

from workbench.ground import Problem, Severity, count_of, first_of, is_are, visible
from workbench.policy import NOT_EVALUATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ProblemReporter", "ordered"]

SHOWN_ALIKE = 5
"""Problems of one kind that are listed unless all are asked for; errors always all are."""
NEVER_HIDDEN = frozenset({"duplicate-policy"})
"""Warnings of which each says that another policy may have been meant."""
NOTABLE = frozenset({"ingress-allowed-from"})
"""Infos that are shown without --verbose, since an answer is read otherwise without them."""
ORDER = list(Severity)
COLORS = {Severity.ERROR: typer.colors.RED, Severity.WARNING: typer.colors.YELLOW, Severity.INFO: typer.colors.CYAN}


@dataclass(frozen=True, slots=True)
class ProblemReporter:
    """How a command takes the problems of its input.

    Attributes
    ----------
    strict, fail, quiet, verbose : bool
        The options of these names.
    answer : str
        What the command writes.

    """

    strict: bool = False
    fail: bool = False
    quiet: bool = False
    verbose: bool = False
    answer: str = "map"

    def status(self, problems: Iterable[Problem]) -> int:
        """Return the exit status: 1 if there is an error (with `strict`, also for a warning), else 0."""
        return int(any(self._counts(problem) for problem in problems))

    def refuses(self, problems: Sequence[Problem]) -> bool:
        """Tell whether no answer may be written."""
        return (self.strict or self.fail) and bool(self.status(problems))

    def report(self, problems: Sequence[Problem], *, nothing_read: bool = False) -> None:
        """Print the problems to standard error, errors first, and a summary; with `nothing_read` there is no answer."""
        refused = self.refuses(problems)
        if refused and self.fail:
            self.report_first(problems)
            return
        shown = [problem for problem in ordered(problems) if self._shows(problem)]
        for _, alike in groupby(shown, key=lambda problem: (problem.severity, problem.code)):
            self._print_alike(list(alike))
        if self.quiet and not refused:
            _report_not_evaluated(problems)
        if (summary := _summary(problems)) and not self.quiet:
            read = f"the {self.answer} covers what could be read"
            outcome = (
                f"no {self.answer} was written{' (--strict)' if refused else ''}" if refused or nothing_read else read
            )
            typer.echo(f"{summary}; {outcome}", err=True)

    def remark(self, text: str) -> None:
        """Print what a person should know of the answer to standard error, unless `quiet`."""
        if not self.quiet:
            typer.echo(text, err=True)

    def report_first(self, problems: Iterable[Problem]) -> None:
        """Print the first problem that forbids an answer, as `fail` asks for."""
        _print(next(problem for problem in ordered(problems) if self._counts(problem)))
        typer.echo(f"stopped there; no {self.answer} was written (--fail)", err=True)

    def _counts(self, problem: Problem) -> bool:
        return problem.severity is Severity.ERROR or (self.strict and problem.severity is Severity.WARNING)

    def _shows(self, problem: Problem) -> bool:
        if self._counts(problem):
            return True
        notable = self.verbose or problem.severity is not Severity.INFO or problem.code in NOTABLE
        return notable and not self.quiet

    def _print_alike(self, problems: list[Problem]) -> None:
        all_of_them = self.verbose or problems[0].severity is Severity.ERROR or problems[0].code in NEVER_HIDDEN
        hidden = 0 if all_of_them else max(len(problems) - SHOWN_ALIKE, 0)
        shown = problems[: len(problems) - hidden]
        for remedy, alike in groupby(shown, key=lambda problem: problem.remedy):
            for problem in alike:
                _print(replace(problem, remedy=""))
            if remedy:
                typer.echo(f"    {visible(remedy)}", err=True)
        if hidden:
            typer.echo(f"    … and {hidden:,} more of this kind ({problems[0].code}); --verbose lists all", err=True)


def _report_not_evaluated(problems: Iterable[Problem]) -> None:
    """Say in one line which policies answers leave out: without them, an answer may be wrong."""
    missing = (p.object for p in problems if p.code == NOT_EVALUATED and p.severity is Severity.WARNING)
    if left_out := list(dict.fromkeys(missing)):
        count = f"{count_of(len(left_out), 'policy')} {is_are(left_out)}"
        names = visible(first_of(left_out, SHOWN_ALIKE))
        typer.echo(f"{count} not evaluated, and the cluster may allow something else: {names}", err=True)


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems by severity, then kind, then place; kinds in the order of their first problem."""
    listed = list(problems)
    kinds = {problem.code: position for position, problem in reversed(list(enumerate(listed)))}

    def rank(problem: Problem) -> tuple[int, int, str, int]:
        return ORDER.index(problem.severity), kinds[problem.code], problem.file, problem.line or 0

    return sorted(listed, key=rank)


def _print(problem: Problem) -> None:
    text = str(problem)
    plain = f"{problem.severity}: "
    colored = typer.style(str(problem.severity), fg=COLORS[problem.severity], bold=True) + ": "
    typer.echo(text.replace(plain, colored, 1), err=True)


def _summary(problems: Sequence[Problem]) -> str:
    """Return how many errors and warnings there are, and in how many files; empty if there are none."""
    grave = [problem for problem in problems if problem.severity is not Severity.INFO]
    counts = Counter(problem.severity for problem in grave)
    text = ", ".join(count_of(counts[severity], severity) for severity in ORDER if counts[severity])
    files = len({problem.file for problem in grave} - {""})
    return f"{text} in {count_of(files, 'file')}" if files else text
