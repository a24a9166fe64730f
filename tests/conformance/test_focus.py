"""The map of every `focus` case, in every format, is the reference tool's, character by character."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.asked import focussed
from tests.conformance.table import CASE
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.ground import TextFormat

pytestmark = MARKS

CASES = [pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("focus") for name in case.formats]


@pytest.mark.parametrize("case,format_name", CASES)
def test_map_is_the_references(
    case: suite.Case, format_name: TextFormat, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), ANSWER_FORMATS.render("map", format_name, focussed(case), "split"))


def test_every_case_is_in_the_suite() -> None:
    assert {name for case in suite.cases("focus") for name in case.formats} == {"txt", "csv", "json", "md", "dot"}
