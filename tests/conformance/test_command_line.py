"""Every case's options run as they stand: ``connectivity map`` answers what the reference's command line answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import command
from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.table import CASE

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = MARKS

KINDS = ("focus", "explain", "exposure", "multinet")
CASES = [
    pytest.param(case, id=f"{case.kind}-{case.name}") for kind in KINDS for case in suite.cases(kind) if case.options
]


@pytest.mark.parametrize("case", CASES)
def test_a_cases_options_run_as_they_stand(case: suite.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, ("options", f"{case.kind}/{case.name}"))
    name = "txt" if "txt" in case.formats else case.formats[0]

    def answer() -> str:
        result = command("connectivity", "map", case.manifests, "--reference", "-q", "-o", name, *case.options)
        assert result.exit_code < 2, result.stderr
        return result.stdout

    assert_agrees(case, case.expected(name), answer)


def test_cases_of_all_kinds_have_options() -> None:
    options = {option for kind in KINDS for case in suite.cases(kind) for option in case.options}
    assert {"--exposure", "--explain-only", "--focusworkload", "--focusworkload-peer", "--focus-conn"} <= options
