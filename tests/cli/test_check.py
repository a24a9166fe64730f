"""``check``: what is wrong with policies, as people and pipelines ask for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checks.samples import SHOP, WEB
from tests.cli.command import command

ACCEPTED = """\
accepted:
- {check: NP010, object: NetworkPolicy shop/nobody, owner: ana, reason: in spring}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "shop.yaml").write_text(SHOP)
    return tmp_path / "in"


def test_findings_are_told_with_their_place(folder: Path) -> None:
    result = command("check", folder, "--only", "NP010")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        f"{folder / 'shop.yaml'}:11: medium: NP010: NetworkPolicy shop/nobody spec.podSelector selects no pods"
        in result.stdout
    )


@pytest.mark.parametrize("severity, status", [("medium", 3), ("info", 3), ("high", 0)])
def test_a_build_fails_for_what_is_as_bad_as_it_says(folder: Path, severity: str, status: int) -> None:
    assert command("check", folder, "--only", "NP010", "--fail-on", severity).exit_code == status


def test_what_somebody_answers_for_fails_nothing(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(ACCEPTED)
    result = command("check", folder, "--only", "NP010", "--accepted", file, "--fail-on", "info")
    assert result.exit_code == 0
    assert "accepted by ana: in spring" in result.stdout


def test_a_wrong_file_of_accepted_findings_ends_the_command_with_its_line(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(ACCEPTED.replace("owner: ana, ", ""))
    result = command("check", folder, "--accepted", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{file}:2: error" in result.stderr


def test_programs_get_an_object_and_a_file_chooses_its_format(folder: Path, tmp_path: Path) -> None:
    document = json.loads(command("check", folder, "-o", "json", "--only", "NP010").stdout)
    assert [one["check"] for one in document["findings"]] == ["NP010"]
    file = tmp_path / "netpol.sarif"
    assert command("check", folder, "-f", file).exit_code == 0
    assert json.loads(file.read_text())["version"] == "2.1.0"


def test_checks_are_listed_without_manifests() -> None:
    listed = json.loads(command("check", "--list", "-o", "json").stdout)
    assert {"NP010"} <= {one["check"] for one in listed}
    assert all(one["reason"] and one["remedy"] for one in listed)


@pytest.mark.parametrize(
    "options, said",
    [
        (("--fail-on", "worst"), "a severity is critical, high, medium, low, info"),
        (("--only", "NP999"), "unknown check 'NP999'"),
        (("--pod-cidr", "10/8"), "'10/8' is no block of addresses"),
        (("--accepted", "none.yaml"), "there is no file none.yaml"),
    ],
)
def test_what_is_not_understood_ends_the_command(folder: Path, options: tuple[str, ...], said: str) -> None:
    result = command("check", folder, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_only_what_the_main_branch_does_not_have_fails_a_build(folder: Path, tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.mkdir()
    (main / "shop.yaml").write_text(WEB)
    asked = ("check", folder, "--only", "NP010", "--fail-on", "info", "--since")
    assert command(*asked, main).exit_code == 3
    result = command(*asked, folder)
    assert result.exit_code == 0
    assert "(known: it was there before)" in result.stdout
    assert "gone: medium: NP010" in command("check", main, "--only", "NP010", "--since", folder).stdout


def test_how_permissive_it_is_and_how_that_changed(folder: Path) -> None:
    rows = json.loads(command("permissiveness", folder, "-o", "json").stdout)
    assert [(one["scope"], one["share"]) for one in rows] == [("workload", 1.0), ("namespace", 1.0), ("cluster", 1.0)]
    changed = json.loads(command("permissiveness", folder, "--since", folder, "-o", "json").stdout)
    assert {one["share_change"] for one in changed} == {0.0}
