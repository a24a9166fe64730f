"""The maps of every `multinet` case, in every format, are the reference tool's; so are the errors about networks."""

from __future__ import annotations

import difflib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.table import CASE
from workbench.connectivity import REFERENCE, connectivity_by_network
from workbench.connectivity.network_formats import render_networks
from workbench.inventory import load_manifests
from workbench.manifests.problems import Severity

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
INDEX = suite.folder() / "index.json"
LISTED = {entry["id"]: entry for entry in json.loads(INDEX.read_text(encoding="utf-8"))} if INDEX.is_file() else {}
ERRORS = [
    pytest.param(entry, id=entry["name"])
    for entry in LISTED.values()
    if entry["kind"] == "errors" and {"UserDefinedNetwork", "ClusterUserDefinedNetwork"} & set(entry["features"])
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
    if LISTED[f"multinet/{case.name}"]["cli"]:
        pytest.xfail("not modelled yet: focus")
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0, lineterm="")
    pytest.fail("\n".join([f"{case.name} differs:", *list(lines)[:40]]), pytrace=False)


@pytest.mark.parametrize("entry", ERRORS)
def test_an_error_is_about_the_same_object_and_says_the_same(
    entry: dict[str, dict[str, list[str]]], record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, ("errors", str(entry["name"])))
    problems = load_manifests(suite.folder() / str(entry["manifests_path"])).problems_found
    errors = [f"{problem} {problem.field}" for problem in problems if problem.severity is Severity.ERROR]
    assert any(all(text in error for text in entry["expected_error_symbol"]["args"]) for error in errors), errors
    assert len(errors) == 1
