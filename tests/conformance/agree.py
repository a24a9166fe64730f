"""How a conformance test says that a text is, or is not, the reference tool's."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MARKS", "assert_agrees"]

MARKS = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]


def assert_agrees(case: suite.Case, expected: str, answer: Callable[[], str]) -> None:
    """Fail where the answer differs from `expected`, unless the case has a feature that is not modelled yet."""
    if case.not_yet:
        try:
            found = answer()
        except LookupError as error:  # a workload that nothing models is in focus
            found = str(error)
        if not suite.same(expected, found):
            pytest.xfail(f"not modelled yet: {case.not_yet}")
        return
    found = answer()
    if not suite.same(expected, found):
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0, lineterm="")
        pytest.fail("\n".join([f"{case.name} differs:", *list(lines)[:40]]), pytrace=False)
