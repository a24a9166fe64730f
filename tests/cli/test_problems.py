from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import BROKEN, MAP, SHOP, TYPO, command
from workbench.cli.verdict import SHOWN_ALIKE, ProblemReporter, ordered
from workbench.ground import Problem, Severity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def test_an_error_is_reported_with_its_place_and_the_rest_is_mapped(shop: Path) -> None:
    (shop / "broken.yaml").write_text(BROKEN)
    result = command("connectivity", "map", shop)
    assert (result.stdout, result.exit_code) == (MAP, 1)
    first, *_, last = result.stderr.splitlines()
    assert first.startswith(f"{shop / 'broken.yaml'}:")
    assert ": error: " in first
    assert last == "1 error in 1 file; the map covers what could be read"


def test_problems_are_told_after_the_map_where_they_are_still_seen(shop: Path) -> None:
    (shop / "broken.yaml").write_text(BROKEN)
    result = command("connectivity", "map", shop)
    assert result.output == result.stdout + result.stderr


def test_a_warning_leaves_the_exit_status_alone(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO)
    result = command("connectivity", "map", shop)
    assert (result.stdout, result.exit_code) == (MAP, 0)
    assert "warning: NetworkPolicy shop/typo" in result.stderr
    assert result.stderr.splitlines()[-1] == "1 warning in 1 file; the map covers what could be read"


def test_strict_takes_a_warning_for_an_error_and_writes_no_map(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO)
    result = command("connectivity", "map", shop, "--strict")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.splitlines()[-1] == "1 warning in 1 file; no map was written (--strict)"


def test_strict_lists_all_problems(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO)
    (shop / "broken.yaml").write_text(BROKEN)
    result = command("connectivity", "map", shop, "--strict")
    assert result.exit_code == 1
    assert ": error: " in result.stderr
    assert ": warning: " in result.stderr


def test_fail_stops_at_the_first_error(shop: Path) -> None:
    (shop / "broken.yaml").write_text(BROKEN)
    (shop / "another.yaml").write_text(BROKEN)
    result = command("connectivity", "map", shop, "--fail")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.count(": error: ") == 1
    assert result.stderr.splitlines()[-1] == "stopped there; no map was written (--fail)"


def test_fail_lets_warnings_pass(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO)
    result = command("connectivity", "map", shop, "--fail")
    assert (result.stdout, result.exit_code) == (MAP, 0)


def test_fail_and_strict_stop_at_the_first_warning(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO + TYPO.replace("typo", "again"))
    result = command("connectivity", "map", shop, "--fail", "--strict")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr.count(": warning: ") == 1


def test_quiet_reports_errors_only(shop: Path) -> None:
    (shop / "typo.yaml").write_text(TYPO)
    assert command("connectivity", "map", shop, "-q").stderr == ""
    (shop / "broken.yaml").write_text(BROKEN)
    line, remedy = command("connectivity", "map", shop, "--quiet").stderr.splitlines()
    assert ": error: " in line
    assert remedy.startswith("    fix the YAML")


def test_no_workloads_at_all_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "ns.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    result = command("connectivity", "map", tmp_path)
    assert (result.stdout, result.exit_code) == ("", 0)
    assert f"no workloads found in {tmp_path}, so the map is empty" in result.stderr
    assert command("connectivity", "map", tmp_path, "--strict").exit_code == 1


def test_no_manifests_at_all_is_said_clearly(tmp_path: Path) -> None:
    result = command("connectivity", "map", tmp_path)
    assert (result.stdout, result.exit_code) == ("", 2)
    first, _, last = result.stderr.splitlines()
    assert first.startswith("error: no Kubernetes object was found")
    assert last == "1 error; no map was written"


@pytest.mark.parametrize("option", ["--fail", "--strict", "--quiet"])
def test_no_manifests_at_all_is_exit_status_2_whatever_the_options(tmp_path: Path, option: str) -> None:
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    result = command("connectivity", "map", tmp_path, option)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "no Kubernetes object was found but values of a Helm chart" in result.stderr


def test_what_is_no_object_beside_others_costs_nothing(shop: Path) -> None:
    (shop / "values.yaml").write_text("replicas: 3\n")
    result = command("connectivity", "map", shop)
    assert (result.stderr, result.exit_code) == ("", 0)
    assert "info: not a Kubernetes object: values of a Helm chart" in command("connectivity", "map", shop, "-v").stderr


def problem(severity: Severity, code: str, file: str = "a.yaml", line: int = 1) -> Problem:
    return Problem(severity, code, f"about {code}", file=file, line=line)


def test_errors_come_first_and_problems_of_a_kind_stand_together() -> None:
    mixed = [
        problem(Severity.INFO, "note"),
        problem(Severity.WARNING, "b", line=9),
        problem(Severity.WARNING, "a"),
        problem(Severity.WARNING, "b", line=2),
        problem(Severity.ERROR, "c"),
    ]
    assert [(found.code, found.line) for found in ordered(mixed)] == [
        ("c", 1),
        ("b", 2),
        ("b", 9),
        ("a", 1),
        ("note", 1),
    ]


def test_a_remedy_stands_once_below_the_problems_that_it_mends(capsys: pytest.CaptureFixture[str]) -> None:
    alike = [Problem(Severity.WARNING, "typo", "a typo", "mend it", "a.yaml", line) for line in (1, 2)]
    ProblemReporter().report(alike)
    assert capsys.readouterr().err.splitlines() == [
        "a.yaml:1: warning: a typo",
        "a.yaml:2: warning: a typo",
        "    mend it",
        "2 warnings in 1 file; the map covers what could be read",
    ]


def test_many_problems_of_a_kind_are_counted_unless_all_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    many = [problem(Severity.WARNING, "typo", line=line) for line in range(SHOWN_ALIKE + 1000)]
    ProblemReporter().report(many)
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == SHOWN_ALIKE + 2
    assert shown[-2] == "    … and 1,000 more of this kind (typo); --verbose lists all"
    assert shown[-1] == "1,005 warnings in 1 file; the map covers what could be read"
    ProblemReporter(verbose=True).report(many)
    assert len(capsys.readouterr().err.splitlines()) == SHOWN_ALIKE + 1001


def test_what_is_merely_worth_knowing_is_told_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    ProblemReporter().report([problem(Severity.INFO, "note")])
    assert capsys.readouterr().err == ""
    ProblemReporter(verbose=True).report([problem(Severity.INFO, "note")])
    assert capsys.readouterr().err == "a.yaml:1: info: about note\n"


def test_a_problem_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    ProblemReporter().report([Problem(Severity.ERROR, "x", "name \x1b[2J is no name")])
    assert "\x1b" not in capsys.readouterr().err
