"""What `diff` says of every `diff` case, in every format, is what the reference tool says, character by character."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.table import CASE
from workbench.connectivity import Semantics, diff
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import ConnectivityDiff
    from workbench.ground import TextFormat

pytestmark = MARKS

CASES = [pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("diff") for name in case.formats]
HEADINGS = ("ref1", "ref2")
"""What the reference tool's library calls the two inputs."""


@lru_cache(maxsize=4)
def computed(case: suite.Case) -> ConnectivityDiff:
    assert case.compared_with is not None
    return diff(load_manifests(case.manifests), load_manifests(case.compared_with), semantics=Semantics.REFERENCE)


@pytest.mark.parametrize("case,format_name", CASES)
def test_diff_is_the_references(
    case: suite.Case, format_name: TextFormat, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), computed(case).render(format_name, HEADINGS))


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("diff")) == 26
    assert {name for case in suite.cases("diff") for name in case.formats} == {"txt", "csv", "md", "dot"}
