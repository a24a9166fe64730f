"""The exposure of every case that asks for it, in every format, is the reference tool's, character by character."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.asked import focussed
from tests.conformance.table import CASE
from workbench.connectivity import exposure_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import Exposure
    from workbench.ground import TextFormat

pytestmark = MARKS

CASES = [
    pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("exposure") for name in case.formats
]
EXPLAINED = [pytest.param(case, id=case.name) for case in suite.cases("explain") if "--exposure" in case.options]


@lru_cache(maxsize=4)
def computed(case: suite.Case) -> Exposure:
    return focussed(case).exposure(ip_ranges="split")


@pytest.mark.parametrize("case,format_name", CASES)
def test_exposure_is_the_references(
    case: suite.Case, format_name: TextFormat, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), computed(case).render(format_name))


@pytest.mark.parametrize("case", EXPLAINED)
def test_exposure_after_an_explanation_is_the_references(
    case: suite.Case, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    _, title, rest = case.expected("txt").partition("Exposure Analysis Result")
    assert_agrees(case, title + rest, exposure_section(computed(case)))


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("exposure")) == 54
    assert {name for case in suite.cases("exposure") for name in case.formats} == {"txt", "csv", "json", "md", "dot"}
