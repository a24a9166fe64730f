"""The table at the end of a test run: how many cases of each kind agree with the reference tools.

Also under xdist, where the process that prints has run no test: each report brings its case along.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

__all__ = ["CASE", "pytest_terminal_summary"]

CASE = "conformance case"
"""Name of the property by which a test says which case it is: (kind, id)."""
OUTCOMES = ("passed", "xfailed", "failed", "skipped")
"""A conformance test that says which case it is, and is skipped then, is out of scope."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, if any conformance test ran."""
    lines = list(_table(_outcomes(terminalreporter)))
    if lines:
        terminalreporter.section("conformance with the reference tools")
        for line in lines:
            terminalreporter.write_line(line)


def _outcomes(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, case, outcome) of each conformance test that ran."""
    for outcome in OUTCOMES:
        for report in terminalreporter.stats.get(outcome, []):
            for kind, case in (value for name, value in report.user_properties if name == CASE):
                yield kind, case, outcome


def _table(outcomes: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    cases: defaultdict[str, set[str]] = defaultdict(set)
    for kind, case, outcome in outcomes:
        counts[kind][outcome] += 1
        cases[kind].add(case)
    if not counts:
        return
    titles = ("passed", 8), ("expected failures", 19), ("failed", 8), ("out of scope", 14)
    yield f"{'kind':<12}{'cases':>8}{'compared':>10}" + "".join(f"{title:>{width}}" for title, width in titles)
    for kind in sorted(counts):
        count = counts[kind]
        yield (
            f"{kind:<12}{len(cases[kind]):>8}{count.total() - count['skipped']:>10}"
            f"{count['passed']:>8}{count['xfailed']:>19}{count['failed']:>8}{count['skipped']:>14}"
        )
