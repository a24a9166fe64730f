"""The map of every `connlist` case, in every format, is the reference tool's, character by character."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.table import CASE
from workbench.connectivity import REFERENCE, connectivity
from workbench.connectivity.formats import render
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import Connectivity

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]

CASES = [
    pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("connlist") for name in case.formats
]


@lru_cache(maxsize=4)
def computed(case: suite.Case) -> Connectivity:
    return connectivity(load_manifests(case.manifests), semantics=REFERENCE)


@pytest.mark.parametrize("case,format_name", CASES)
def test_map_is_the_references(
    case: suite.Case, format_name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    expected, found = case.expected(format_name), render(computed(case), format_name, "split")
    if suite.same(expected, found):
        return
    if case.not_yet:
        pytest.xfail(f"not modelled yet: {case.not_yet}")
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0, lineterm="")
    pytest.fail("\n".join([f"{case.name} differs:", *list(lines)[:40]]), pytrace=False)


def test_every_case_is_in_the_suite() -> None:
    assert len(suite.cases("connlist")) > 80
    assert {name for case in suite.cases("connlist") for name in case.formats} == {"txt", "csv", "json", "md", "dot"}
