"""How commands find their workspace, and what they say where it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.rich_utils

from tests.cli.command import command
from tests.cli.test_calls import plain
from tests.cli.test_flows import line
from workbench.flows import FlowStore


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", 400)
    (tmp_path / "policy.log").write_text(line("web", "db", 5432))
    return tmp_path


def test_without_a_name_it_is_in_the_working_directory(here: Path) -> None:
    assert command("flows", "import", "policy.log").exit_code == 0
    assert (here / "netpol-workspace" / "flows" / FlowStore.MANIFEST).exists()
    assert command("flows", "edges", "-o", "csv").stdout == command("flows", "edges", "policy.log", "-o", "csv").stdout


def test_the_environment_and_the_file_name_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".netpol-workbench.toml").write_text("workspace = 'of-the-file'")
    command("flows", "import", "policy.log")
    monkeypatch.setenv("NETPOL_WORKBENCH_WORKSPACE", "of-the-environment")
    command("flows", "import", "policy.log")
    command("flows", "import", "policy.log", "-w", "given")
    assert {path.name for path in here.iterdir() if path.is_dir()} == {"of-the-file", "of-the-environment", "given"}


@pytest.mark.parametrize(
    "words,said",
    [
        (["flows", "edges", "-w", "nowhere"], "there is no workspace nowhere yet: `flows import` makes it"),
        (["flows", "edges", "-w", "policy.log"], "policy.log is a file, and a workspace is a folder"),
        (["flows", "import", "policy.log", "-w", "policy.log"], "policy.log is a file, and a workspace is a folder"),
        (
            ["flows", "edges", "-w", "old"],
            "old is a store of flows, and not a workspace with one: make it one with",
        ),
        (["flows", "verify", "-w", "old/flows"], "name the folder around it, old"),
        (["flows", "verify", "-w", "empty"], "nothing was imported into empty yet"),
        (["connectivity", "map", "shop", "-w", "empty"], "nothing was imported into empty yet"),
        (["connectivity", "map", "shop", "-w", "empty", "--flows", "policy.log"], "name one of them"),
        (["flows", "edges", "kept"], "kept is a workspace, and no file of flows: name it with -w kept"),
        (["flows", "import", "kept"], "kept is a workspace, and no file of flows: name it with -w kept"),
        (["connectivity", "map", "shop", "--flows", "kept"], "name it with -w kept"),
        (["connectivity", "map", "shop", "-w", "empty", "--exposure"], "flows are marked on a plain map"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
@pytest.mark.usefixtures("shop")
def test_what_is_no_workspace_is_told_and_left_as_it_is(here: Path, words: list[str], said: str) -> None:
    for folder in ("old", "old/flows", "empty"):
        (here / folder).mkdir()
        if folder != "empty":
            (here / folder / FlowStore.MANIFEST).write_text("{}")
    command("flows", "import", "policy.log", "-w", "kept")
    before = sorted(here.rglob("*"))
    result = command(*words)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert said in plain(result.stderr)
    assert sorted(here.rglob("*")) == before


def test_a_wrong_setting_is_told_with_its_line(here: Path) -> None:
    (here / ".netpol-workbench.toml").write_text("# ours\nworkspce = 'w'")
    result = command("flows", "verify")
    assert result.exit_code == 2
    assert ".netpol-workbench.toml:2: workspce: there is no such key" in plain(result.stderr)
