"""What the page about testing policies shows is so: its files are read, and its commands run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from tests.cli.command import command
from workbench.inventory import load_manifests
from workbench.whatif import outcomes, read_expectations

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"netpol-workbench (test [^#\n]*)")


@pytest.fixture(scope="module")
def blocks(project: Path) -> list[tuple[str, str]]:
    """Return what the page shows, each with its language."""
    return BLOCK.findall((project / "docs" / "policy-tests.md").read_text(encoding="utf-8"))


def test_its_files_of_expectations_hold_in_the_sample(blocks: list[tuple[str, str]], shop: Path) -> None:
    texts = [
        text for language, text in blocks if language == "yaml" and re.search(r"^- (allow|name):", text, re.MULTILINE)
    ]
    assert len(texts) == 2
    for text in texts:
        found = read_expectations(text)
        assert found.problems_found == ()
        made = outcomes(load_manifests(shop), found)
        assert made.hold, made.render("txt")


def test_what_it_shows_for_pipelines_is_yaml(blocks: list[tuple[str, str]]) -> None:
    texts = [text for language, text in blocks if language == "yaml" and not text.startswith(("#", "- name"))]
    assert [sorted(map(str, yaml.safe_load(text))) for text in texts] == [
        ["True", "jobs", "name", "permissions"],
        ["netpol-test"],
        ["repos"],
    ]


def test_its_commands_run(
    blocks: list[tuple[str, str]], shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shop, tmp_path / "manifests")
    expected = next(text for language, text in blocks if language == "yaml")
    for folder in (tmp_path, tmp_path / "manifests"):
        (folder / "shop.netpol-test.yaml").write_text(expected)
    monkeypatch.chdir(tmp_path)
    found = [words.strip() for _, text in blocks for words in COMMAND.findall(text)]
    assert len(found) == 6
    for words in found:
        assert command(*shlex.split(words)).exit_code == 0, words
    assert {"netpol.xml", "netpol.sarif"} <= {path.name for path in tmp_path.iterdir()}
