"""The explanation of every `explain` case is the reference tool's, character by character."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.asked import by_network, focussed
from tests.conformance.table import CASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity.trace.explanation import ExplainOnly

pytestmark = MARKS

EXPOSURE = "\nExposure Analysis Result"
CASES = [pytest.param(case, id=case.name) for case in suite.cases("explain")]


@pytest.mark.parametrize("case", CASES)
def test_explanation_is_the_references(case: suite.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, (case.kind, case.name))
    only = cast("ExplainOnly | None", case.option("--explain-only"))
    found = by_network(case) if "--multiple-networks" in case.options else focussed(case)
    expected = case.expected("txt").split(EXPOSURE)[0]
    assert_agrees(case, expected, found.explain(only=only, ip_ranges="split").render("txt"))


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("explain")) == 51
