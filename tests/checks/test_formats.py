"""Findings for pipelines: what reads SARIF, JUnit and notes of GitHub reads them, and each name stays a name."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import junitparser
import pytest
import sarif_pydantic
from sarif import loader

from tests.checks.samples import SHOP
from workbench.checks import CheckFindings, check, read_accepted
from workbench.checks.frames import CHECK_FINDINGS, CHECK_LIST
from workbench.ground import ANSWER_FORMATS
from workbench.inventory import load_manifests

ACCEPTED = """\
accepted:
- {check: NP010, object: NetworkPolicy shop/nobody, owner: "ana, 100%", reason: "a <b> & c", expires: 2027-01-01}
"""
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    return file


@pytest.fixture
def found(manifests: Path) -> CheckFindings:
    return check(load_manifests(manifests), only=["NP010"], now=NOW)


@pytest.fixture
def accepted(manifests: Path) -> CheckFindings:
    return check(load_manifests(manifests), accepted=read_accepted(ACCEPTED), only=["NP010"], now=NOW)


def test_every_format_is_written(found: CheckFindings) -> None:
    names = ANSWER_FORMATS.names("findings")
    assert set(names) == {"csv", "github", "json", "junit", "md", "sarif", "txt"}
    assert all(found.render(name) for name in names)


def test_people_read_a_line_with_place_and_remedy(found: CheckFindings, manifests: Path) -> None:
    line = SHOP[: SHOP.index("spec: {podSelector")].count("\n") + 1
    assert found.render("txt").splitlines() == [
        f"{manifests}:{line}: medium: NP010: NetworkPolicy shop/nobody spec.podSelector selects no pods",
        "    pods in namespace shop have app=web",
        "    -> Compare its labels with those of the pods that are meant.",
        "1 finding: 1 medium",
    ]


def test_an_accepted_finding_says_who_answers_for_it(accepted: CheckFindings) -> None:
    first, last = accepted.render("txt").splitlines()
    assert first.endswith("selects no pods (accepted by ana, 100%: a <b> & c)")
    assert last == "0 findings; 1 accepted or ignored"


def test_frames_have_what_their_tables_promise(found: CheckFindings, accepted: CheckFindings) -> None:
    for one in (found, accepted, check(load_manifests("---\n"), only=["NP010"])):
        CHECK_FINDINGS.checked(one.to_frame())
        CHECK_LIST.checked(one.checks_frame())
    assert found.to_frame()["delete"].tolist() == [("NetworkPolicy shop/nobody",)]


def test_sarif_is_read_by_its_tools_and_leads_to_the_line(found: CheckFindings, tmp_path: Path) -> None:
    text = found.render("sarif")
    document = json.loads(text)
    assert sarif_pydantic.Sarif.model_validate(document).version == "2.1.0"
    (run,) = document["runs"]
    (result,) = run["results"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["level"], rule["id"]) == ("NP010", "warning", "NP010")
    place = result["locations"][0]
    assert place["physicalLocation"]["region"]["startLine"] == found.items[0].line
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "NetworkPolicy shop/nobody"
    file = tmp_path / "netpol.sarif"
    file.write_text(text)
    (record,) = loader.load_sarif_file(str(file)).get_records()
    assert record["Severity"] == "warning"
    assert "selects no pods" in record["Description"]


def test_sarif_suppresses_what_is_accepted(accepted: CheckFindings) -> None:
    (result,) = json.loads(accepted.render("sarif"))["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "ana, 100%: a <b> & c"}]


def test_a_fingerprint_stays_where_lines_move(found: CheckFindings) -> None:
    moved = check(load_manifests(f"# a line more\n{SHOP}"), only=["NP010"])
    assert [one.fingerprint for one in moved] == [one.fingerprint for one in found]


def suites(text: str | bytes) -> list[Any]:
    assert isinstance(text, str)
    return list(junitparser.JUnitXml.fromstring(text.encode()))


def test_junit_fails_for_a_finding_and_passes_without(found: CheckFindings, accepted: CheckFindings) -> None:
    (suite,) = suites(found.render("junit"))
    (case,) = suite
    (result,) = case.result
    assert isinstance(result, junitparser.Failure)
    assert (suite.name, case.name) == ("NP010 Policy selects no workload", "NetworkPolicy shop/nobody spec.podSelector")
    assert result.message == "medium: selects no pods"
    (quiet,) = suites(accepted.render("junit"))
    assert (quiet.failures, quiet.skipped) == (0, 1)
    (empty,) = suites(check(load_manifests("---\n"), only=["NP010"]).render("junit"))
    assert (empty.tests, empty.failures) == (1, 0)


def test_github_gets_a_note_at_the_line(found: CheckFindings, accepted: CheckFindings, manifests: Path) -> None:
    text = found.render("github")
    assert isinstance(text, str)
    note, headline = text.splitlines()
    assert re.fullmatch(
        rf"::warning file={re.escape(str(manifests))},line=\d+,title=NP010%3A Policy selects no workload::"
        r"NetworkPolicy shop/nobody selects no pods%0Apods in namespace shop have app=web%0ACompare.*",
        note,
    )
    assert headline == "1 finding: 1 medium"
    assert str(accepted.render("github")).count("::") == 0


def test_json_has_the_proof_and_the_change_that_helps(found: CheckFindings) -> None:
    document = json.loads(found.render("json"))
    assert document["counts"]["medium"] == 1
    (one,) = document["findings"]
    assert one["patch"] == {"apply": "", "delete": ["NetworkPolicy shop/nobody"]}
    assert (one["status"], one["fingerprint"]) == ("new", found.items[0].fingerprint)
