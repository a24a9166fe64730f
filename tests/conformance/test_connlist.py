"""The map of every `connlist` case, in every format, is the reference tool's, character by character."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.table import CASE
from workbench.connectivity import Semantics, evaluate
from workbench.ground import ANSWER_FORMATS
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import Connectivity
    from workbench.ground import TextFormat

pytestmark = MARKS

CASES = [
    pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("connlist") for name in case.formats
]


@lru_cache(maxsize=4)
def computed(case: suite.Case) -> Connectivity:
    return evaluate(load_manifests(case.manifests), semantics=Semantics.REFERENCE)


@pytest.mark.parametrize("case,format_name", CASES)
def test_map_is_the_references(
    case: suite.Case, format_name: TextFormat, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), ANSWER_FORMATS.render("map", format_name, computed(case), "split"))


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("connlist")) > 80
    assert {name for case in suite.cases("connlist") for name in case.formats} == {"txt", "csv", "json", "md", "dot"}
