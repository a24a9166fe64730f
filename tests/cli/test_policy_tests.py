"""``netpol-workbench test``: lines for people, reports for pipelines, and an exit status."""

from __future__ import annotations

from pathlib import Path

import junitparser
import pytest

from tests.cli.command import BROKEN, TYPO, command
from workbench.ground import ANSWER_FORMATS

HOLDING = "- allow: shop/web -> shop/db : TCP 5432\n"
FAILING = "- deny: shop/web -> shop/db : TCP 5432\n"


def expectations(folder: Path, text: str, name: str = "shop.netpol-test.yaml") -> Path:
    """Return a file of expectations."""
    (folder / name).write_text(text)
    return folder / name


def test_expectations_are_found_beside_the_manifests_and_hold(shop: Path) -> None:
    expectations(shop, HOLDING)
    done = command("test", shop)
    assert done.exit_code == 0
    assert done.stdout == "holds  allow: shop/web -> shop/db : TCP 5432 (1 connection)\n1 of 1 expectation holds\n"


def test_expectations_that_are_named_are_run_alone(shop: Path, tmp_path: Path) -> None:
    expectations(shop, FAILING)
    done = command(
        "test", shop, "-e", expectations(tmp_path, HOLDING), "--expect", expectations(tmp_path, HOLDING, "x")
    )
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "2 of 2 expectations hold")


def test_one_that_fails_has_its_evidence_and_the_status_3(shop: Path) -> None:
    file = expectations(shop, HOLDING + FAILING)
    done = command("test", shop)
    assert done.exit_code == 3
    assert f"    expected at {file}:2\n" in done.stdout
    assert f"NetworkPolicy shop/db allows TCP 5432 by spec.ingress[0] ({shop}/shop.yaml:" in done.stdout
    assert done.stdout.endswith("1 of 2 expectations holds, 1 fails\n")


def test_one_without_an_answer_has_the_status_3_too(shop: Path) -> None:
    expectations(shop, "- deny: shop/wbe -> shop/db\n")
    done = command("test", shop)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (3, "0 of 1 expectation hold, 1 is without an answer")


def test_an_error_in_the_manifests_has_the_status_1_whatever_holds(shop: Path) -> None:
    expectations(shop, FAILING)
    (shop / "broken.yaml").write_text(BROKEN)
    done = command("test", shop)
    assert done.exit_code == 1
    assert done.stdout.startswith("FAILS")
    for option in ("--fail", "--strict"):
        refused = command("test", shop, option)
        assert (refused.exit_code, refused.stdout) == (1, "")


def test_a_warning_about_the_manifests_is_an_error_with_strict(shop: Path) -> None:
    expectations(shop, HOLDING)
    with (shop / "shop.yaml").open("a") as file:
        file.write(TYPO)
    assert command("test", shop).exit_code == 0
    assert command("test", shop, "--strict").exit_code == 1


def test_what_is_not_understood_has_the_status_2_and_nothing_is_run(shop: Path, tmp_path: Path) -> None:
    assert "there is no file *.netpol-test.yaml" in " ".join(command("test", shop).stderr.replace("│", "").split())
    file = expectations(shop, HOLDING + "- alow: x\n")
    done = command("test", shop)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}:2: error: it says nothing that is expected" in done.stderr
    assert "write one of allow, deny, isolated, survive, no-change" in done.stderr
    for arguments in (("-e", tmp_path / "nothing"), ("-o", "yaml"), ("--flows", tmp_path / "nothing")):
        assert command("test", shop, *arguments).exit_code == 2


@pytest.mark.parametrize("name", ANSWER_FORMATS.names("outcomes"))
def test_each_format_is_written_to_a_file_and_leaves_the_status(shop: Path, tmp_path: Path, name: str) -> None:
    expectations(shop, HOLDING + FAILING)
    file = tmp_path / "report"
    done = command("test", shop, "-o", name, "-f", file, "-q")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "", "")
    assert "shop/web" in file.read_text()


def test_the_ending_of_a_file_names_its_format(shop: Path, tmp_path: Path) -> None:
    expectations(shop, HOLDING)
    file = tmp_path / "netpol.xml"
    assert command("test", shop, "-f", file).exit_code == 0
    assert junitparser.JUnitXml.fromfile(str(file)).tests == 1
