"""What a person can put right is one kind of error, whichever built-in error Python callers expect."""

from __future__ import annotations

import pytest

from workbench.ground import ArgumentError, MissingFileError, NotFoundError, ProblemError, WorkbenchError
from workbench.ground.problems import Problem, Severity


@pytest.mark.parametrize(
    "error,builtin",
    [(ArgumentError, ValueError), (NotFoundError, LookupError), (MissingFileError, FileNotFoundError)],
)
def test_each_is_the_built_in_error_that_python_callers_expect(
    error: type[WorkbenchError], builtin: type[Exception]
) -> None:
    raised = error("no such thing", "look elsewhere")
    assert isinstance(raised, builtin)
    assert isinstance(raised, WorkbenchError)
    assert str(raised) == "no such thing: look elsewhere"
    assert str(error("no such thing")) == "no such thing"


def test_a_problem_is_raised_as_one_of_them() -> None:
    raised = ProblemError(Problem(Severity.ERROR, "bad", "it is bad", file="a.yaml", line=3))
    assert isinstance(raised, WorkbenchError)
    assert str(raised) == "a.yaml:3: error: it is bad"
