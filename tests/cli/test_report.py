"""``report``: audits for others, what changed between two, and whether a bundle is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import SHOP, Ended, command
from tests.report.small import Given, given
from workbench.report import read_bundle

NOW = ("--now", "2026-11-30T10:00")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """Return a folder with manifests and a bundle, and what was said."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "in").mkdir()
    (folder / "in" / "shop.yaml").write_text(SHOP)
    said = command("report", "audit", folder / "in", *NOW, "--no-pdf", "-d", folder / "bundle")
    return folder, said


def test_a_report_is_a_page_where_the_file_is_called_so(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    found = command("report", "audit", shop, *NOW, "--title", "Ours", "--author", "Ana", "-f", file)
    assert (found.exit_code, found.stdout) == (0, "")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "<h1>Ours</h1>" in text
    assert "2026-11-30 10:00 UTC" in text


def test_without_a_file_it_is_a_text(shop: Path) -> None:
    found = command("report", "audit", shop, *NOW, "--sections", "coverage")
    assert found.exit_code == 0
    assert found.stdout.startswith("Network policy audit\n====")
    assert "shop/db[Pod]" in found.stdout
    assert "Findings" not in found.stdout


def test_programs_get_an_object(shop: Path) -> None:
    found = json.loads(command("report", "audit", shop, *NOW, "-o", "json").stdout)
    assert [one["id"] for one in found["sections"]][:2] == ["summary", "scope"]
    assert {one["workload"] for one in found["tables"]["coverage"]} == {"shop/db[Pod]", "shop/web[Pod]"}


def test_a_bundle_is_written_and_its_digest_is_said(written: tuple[Path, Ended]) -> None:
    folder, said = written
    assert (said.exit_code, said.stdout) == (0, "")
    digest = said.stderr.rpartition("its digest is ")[2].split()[0]
    assert (folder / "bundle" / "report.html").exists()
    found = command("report", "verify", folder / "bundle", "--digest", digest)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("The bundle is as it was written")
    other = command("report", "verify", folder / "bundle", "--digest", "0" * 64)
    assert (other.exit_code, "the digest is another one" in other.stdout) == (3, True)


def test_a_changed_bundle_is_told_with_its_file(shop: Path, tmp_path: Path) -> None:
    command("report", "audit", shop, *NOW, "--no-pdf", "--sections", "coverage", "-d", tmp_path / "bundle")
    (tmp_path / "bundle" / "data" / "coverage.csv").write_text("nothing")
    found = command("report", "verify", tmp_path / "bundle")
    assert found.exit_code == 3
    assert "data/coverage.csv" in found.stdout
    said = json.loads(command("report", "verify", tmp_path / "bundle", "-o", "json").stdout)
    assert not said["ok"]


def test_two_bundles_are_compared(written: tuple[Path, Ended], tmp_path: Path) -> None:
    folder, _ = written
    (tmp_path / "shop.yaml").write_text(SHOP.replace("port: 5432", "port: 5433"))
    later = tmp_path / "later"
    bundle = folder / "bundle"
    said = command("report", "audit", tmp_path / "shop.yaml", *NOW, "--no-pdf", "-d", later, "--earlier", bundle)
    assert said.exit_code == 0
    found = command("report", "diff", bundle, later)
    assert found.exit_code == 0
    assert "connections: changed shop/web[Pod] shop/db[Pod]: ports TCP 5432 -> TCP 5433" in found.stdout
    assert command("report", "diff", bundle, later, "--exit-code").exit_code == 3
    assert command("report", "diff", bundle, bundle, "--exit-code").exit_code == 0
    assert len(read_bundle(later).frame("changes")) > 0


def test_a_report_has_all_that_it_is_given(tmp_path: Path) -> None:
    known: Given = given(tmp_path)
    files = {name: tmp_path / name for name in ("shop.yaml", "gke.log", "accepted.yaml", "rules.yaml")}
    options = ("--flows", files["gke.log"], "--accepted", files["accepted.yaml"], "--rules", files["rules.yaml"])
    found = command("report", "audit", files["shop.yaml"], *options, "--cni", "cilium", *NOW, "-o", "json")
    assert found.exit_code == 0
    tables = json.loads(found.stdout)["tables"]
    assert {one["check"] for one in tables["findings"]} >= {"NP034"}
    assert {one["owner"] for one in tables["findings"]} >= {"bo"}
    assert len(tables["external"]) == 3
    assert len(known.corporate) == 1


def test_templates_of_ones_own_are_used(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "audit.html.j2").write_text("{{ page.title }} alone")
    found = command("report", "audit", shop, *NOW, "--template", tmp_path, "-o", "html")
    assert found.stdout == "Network policy audit alone\n"


@pytest.mark.parametrize(
    "options, words",
    [
        (("--now", "yesterday"), "yesterday is no time"),
        (("--sections", "nonsense"), "nonsense"),
        (("--in", "nowhere"), "there is no namespace nowhere"),
        (("--earlier", "nowhere"), "no bundle of an audit"),
        (("--template", "nowhere"), "there is no folder of templates nowhere"),
    ],
)
def test_what_is_not_understood_is_said(shop: Path, options: tuple[str, ...], words: str) -> None:
    found = command("report", "audit", shop, "-o", "html", *options)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in " ".join(found.stderr.replace("│", " ").split())


def test_a_folder_that_holds_something_is_left_alone(shop: Path) -> None:
    found = command("report", "audit", shop, *NOW, "--no-pdf", "-d", shop)
    assert found.exit_code == 2
    assert [one.name for one in shop.iterdir()] == ["shop.yaml"]


def test_what_is_no_bundle_is_said(tmp_path: Path) -> None:
    for asked in (("verify", tmp_path), ("diff", tmp_path, tmp_path)):
        found = command("report", *asked)
        assert (found.exit_code, found.stdout) == (2, "")
        assert "no bundle" in found.stderr
