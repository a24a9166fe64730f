"""The maps of every `multinet` case, in every format, are the reference tool's."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.table import CASE
from workbench.connectivity import REFERENCE, connectivity_by_network
from workbench.connectivity.network_formats import render_networks
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.connectivity import Networks

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]

CASES = [
    pytest.param(case, name, id=f"{case.name}-{name}") for case in suite.cases("multinet") for name in case.formats
]


@lru_cache(maxsize=4)
def computed(case: suite.Case) -> Networks:
    return connectivity_by_network(load_manifests(case.manifests), semantics=REFERENCE)


@pytest.mark.parametrize("case,format_name", CASES)
def test_maps_are_the_references(
    case: suite.Case, format_name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    expected, found = case.expected(format_name), render_networks(computed(case), format_name, "split")
    if suite.same(expected, found):
        return
    if case.not_yet:
        pytest.xfail(f"not modelled yet: {case.not_yet}")
    if case.options:
        pytest.xfail("not modelled yet: focus")
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0, lineterm="")
    pytest.fail("\n".join([f"{case.name} differs:", *list(lines)[:40]]), pytrace=False)
