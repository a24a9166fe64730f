"""The maps of every `multinet` case, in every format, are the reference tool's; so are the errors about networks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.asked import by_network
from tests.conformance.table import CASE
from workbench.connectivity.network_formats import render_networks
from workbench.inventory import load_manifests
from workbench.manifests.problems import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = MARKS

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


@pytest.mark.parametrize("case,format_name", CASES)
def test_maps_are_the_references(
    case: suite.Case, format_name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (case.kind, case.name))
    assert_agrees(case, case.expected(format_name), lambda: render_networks(by_network(case), format_name, "split"))


@pytest.mark.parametrize("entry", ERRORS)
def test_an_error_is_about_the_same_object_and_says_the_same(
    entry: dict[str, dict[str, list[str]]], record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, ("errors", str(entry["name"])))
    problems = load_manifests(suite.folder() / str(entry["manifests_path"])).problems_found
    errors = [f"{problem} {problem.field}" for problem in problems if problem.severity is Severity.ERROR]
    assert any(all(text in error for text in entry["expected_error_symbol"]["args"]) for error in errors), errors
    assert len(errors) == 1
