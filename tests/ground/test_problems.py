"""Problems are one value for all rooms: as a compiler prints them, collected, or raised where asked for."""

from __future__ import annotations

import pytest

from workbench.ground import Problem, ProblemError, ProblemLog, Severity

GRAVE = Problem(Severity.ERROR, "bad-name", "the name is not valid", "choose another")
SLIGHT = Problem(Severity.WARNING, "odd-name", "the name is odd")


@pytest.mark.parametrize(
    "problem, text",
    [
        (GRAVE, "error: the name is not valid (choose another)"),
        (SLIGHT, "warning: the name is odd"),
        (Problem(Severity.INFO, "n", "m", file="a.yaml", line=3), "a.yaml:3: info: m"),
        (Problem(Severity.INFO, "n", "m", file="a.yaml"), "a.yaml: info: m"),
        (Problem(Severity.INFO, "n", "m", line=3), "info: m"),
        (Problem(Severity.INFO, "n", "m", object="Pod a/b", field="spec.x"), "info: Pod a/b spec.x: m"),
        (Problem(Severity.INFO, "n", "m\x1b[2J", file="a\nb"), r"a\nb: info: m\x1b[2J"),
    ],
)
def test_a_problem_reads_as_a_compiler_prints_it(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_log_keeps_problems_in_their_order() -> None:
    log = ProblemLog()
    log.extend([SLIGHT, GRAVE])
    assert (list(log), len(log)) == ([SLIGHT, GRAVE], 2)


def test_a_strict_log_raises_the_first_error_and_keeps_warnings() -> None:
    log = ProblemLog(strict=True)
    with pytest.raises(ProblemError, match="not valid") as raised:
        log.extend([SLIGHT, GRAVE, SLIGHT])
    assert raised.value.problem is GRAVE
    assert list(log) == [SLIGHT, GRAVE]
