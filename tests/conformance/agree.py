"""How a conformance test says that a text is, or is not, the reference tool's."""

from __future__ import annotations

import difflib

import pytest

from tests.conformance import suite

__all__ = ["MARKS", "assert_agrees"]

MARKS = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]


def assert_agrees(case: suite.Case, expected: str, found: str) -> None:
    """Fail where an answer differs from `expected`, and tell where."""
    if not suite.same(expected, found):
        lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0, lineterm="")
        pytest.fail("\n".join([f"{case.name} differs:", *list(lines)[:40]]), pytrace=False)
