"""Outcomes for pipelines: what reads JUnit, SARIF and notes of GitHub reads them, whatever names hold."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import junitparser
import pytest
import sarif_pydantic

from tests.ground.text.parsers import html_texts
from tests.whatif.shop import MANIFESTS
from workbench.ground import ANSWER_FORMATS
from workbench.inventory import load_manifests
from workbench.whatif import ConnectionExpected, Outcomes, outcomes, read_expectations
from workbench.whatif.frames import EXPECTATIONS

TEXT = """\
- allow: shop/web -> shop/db : TCP 5432
- name: 100%, sure
  why: "it's <b>theirs</b>"
  deny: shop/web -> shop/db : TCP 5432
- isolated: shop/nothing*
"""
NASTY = "a\x1b[31m]]>\u202e<&\"'%,:\r\n::error::x"


@pytest.fixture(scope="module")
def found() -> Outcomes:
    listed = [*read_expectations(TEXT), ConnectionExpected(NASTY, (NASTY,), ("shop/db",), name=NASTY)]
    return outcomes(load_manifests(f"{MANIFESTS}\n---\n"), listed)


def test_every_format_is_written(found: Outcomes) -> None:
    names = ANSWER_FORMATS.names("outcomes")
    assert set(names) == {"csv", "github", "json", "junit", "md", "sarif", "txt"}
    assert all(found.render(name) for name in names)
    assert outcomes(found.allowed.cluster, []).render("txt") == "0 of 0 expectations hold\n"


def test_people_read_a_line_for_each_with_the_evidence_of_failures(found: Outcomes) -> None:
    text = found.render("txt")
    assert text.startswith("holds  allow: shop/web -> shop/db : TCP 5432 (1 connection)\nFAILS  100%, sure: deny: ")
    assert "\n    expected at <text>:4\n    shop/web -> shop/db : TCP 5432 is allowed, and is to be denied\n" in text
    assert "NetworkPolicy shop/db allows TCP 5432 by spec.ingress[0] (<text>:" in text
    assert text.endswith("1 of 4 expectations holds, 1 fails, 2 are without an answer\n")
    assert "\x1b" not in text


def test_the_frame_has_what_its_table_promises(found: Outcomes) -> None:
    frame = EXPECTATIONS.checked(found.to_frame())
    assert frame["status"].tolist() == ["holds", "fails", "unanswered", "unanswered"]
    assert frame["decided_by"].tolist()[1] == ("NetworkPolicy shop/db",)
    assert EXPECTATIONS.checked(outcomes(found.allowed.cluster, []).to_frame()).empty
    assert any("1 of 4 expectations" in text for text in html_texts(found._repr_html_()))


def test_json_has_every_failure_with_its_places(found: Outcomes) -> None:
    document = json.loads(found.render("json"))
    assert (document["hold"], document["counts"]) == (False, {"holds": 1, "fails": 1, "unanswered": 2})
    (failure,) = document["expectations"][1]["failures"]
    assert failure["decided"][0]["policy"] == "NetworkPolicy shop/db"
    assert (failure["decided"][0]["file"], failure["answered"]) == ("<text>", True)


ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}
"""What the readers of JUnit agree on: the elements, and what may be said of each."""
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error"},
    "failure": set(),
    "error": set(),
}


def test_junit_is_read_back_and_has_the_elements_that_its_readers_know(found: Outcomes) -> None:
    text = found.render("junit")
    root = ET.fromstring(text)  # noqa: S314  (written just now)
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN[element.tag]
    read = junitparser.JUnitXml.fromstring(text.encode())
    assert (read.tests, read.failures, read.errors) == (4, 1, 2)
    suites = list(read)
    assert [suite.name for suite in suites] == ["<text>", "expectations"]
    held, failed, *_ = (case for suite in suites for case in suite)
    assert not held.result
    (result,) = failed.result
    assert isinstance(result, junitparser.Failure)
    assert (failed.name, failed.classname) == ("100%, sure: deny: shop/web -> shop/db : TCP 5432", "<text>")
    assert (result.type, result.message) == (
        "netpol-deny",
        "shop/web -> shop/db : TCP 5432 is allowed, and is to be denied",
    )
    assert "expected at <text>:4" in str(result.text)


def test_sarif_is_valid_and_leads_to_the_expectation_and_to_the_rules(found: Outcomes) -> None:
    document = json.loads(found.render("sarif"))
    assert sarif_pydantic.Sarif.model_validate(document).version == "2.1.0"
    (run,) = document["runs"]
    rules = {one["id"] for one in run["tool"]["driver"]["rules"]}
    results: list[Any] = run["results"]
    assert [one["ruleId"] for one in results] == ["expectation-deny", "expectation-isolated", "expectation-allow"]
    assert {one["ruleId"] for one in results} <= rules
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("%3Ctext%3E", 4)
    (related,) = results[0]["relatedLocations"]
    assert related["message"]["text"] == "NetworkPolicy shop/db"
    assert len({one["partialFingerprints"]["expectation/v1"] for one in results}) == 3
    again = outcomes(found.allowed.cluster, read_expectations(f"# a line more\n{TEXT}")).render("sarif")
    moved = json.loads(again)["runs"][0]["results"][0]
    assert moved["partialFingerprints"] == results[0]["partialFingerprints"]


COMMAND = re.compile(r"::error (?P<fields>[^:\r\n]*)::(?P<message>[^\r\n]*)")


def decoded(text: str) -> str:
    """Return what GitHub makes of an encoded text."""
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_notes_of_github_are_one_line_each_whatever_names_hold(found: Outcomes) -> None:
    *notes, last = found.render("github").splitlines()
    assert last == "1 of 4 expectations holds, 1 fails, 2 are without an answer"
    commands = [COMMAND.fullmatch(line) for line in notes]
    assert len(commands) == 3
    first = commands[0]
    assert first is not None
    fields = dict(one.split("=", 1) for one in first["fields"].split(","))
    assert (fields["file"], fields["line"]) == ("<text>", "4")
    assert decoded(fields["title"]) == "FAILS: 100%, sure: deny: shop/web -> shop/db : TCP 5432"
    assert decoded(first["message"]).splitlines()[0] == "shop/web -> shop/db : TCP 5432 is allowed, and is to be denied"
    assert commands[2] is not None
    assert "::error::" not in notes[2].removeprefix("::error ").partition("::")[0]
