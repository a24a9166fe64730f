"""The maps of every `multinet` case, in every format, are the reference tool's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.asked import by_network
from tests.conformance.table import CASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.ground import TextFormat

pytestmark = MARKS

CASES = [
    pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("multinet") for name in case.formats
]


@pytest.mark.parametrize("case,format_name", CASES)
def test_maps_are_the_references(
    case: suite.Case, format_name: TextFormat, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), by_network(case).render(format_name, "split"))
