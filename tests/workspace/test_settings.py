"""The usual choices, and which of several holds (workspace 8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.ground import ArgumentError
from workbench.workspace import Settings

NAMED = "NETPOL_WORKBENCH_WORKSPACE"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project" / "deploy"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv(NAMED, raising=False)
    return folder


def say(folder: Path, text: str) -> Path:
    file = folder / ".netpol-workbench.toml"
    file.write_text(text)
    return file


def test_without_any_the_workspace_is_in_the_working_directory() -> None:
    assert Settings.read() == Settings(workspace=Path("netpol-workspace"), database="", who="")


def test_what_is_given_holds_before_the_environment_and_that_before_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(here, "workspace = 'of-the-file'")
    assert Settings.read(workspace=None).workspace == here / "of-the-file"
    monkeypatch.setenv(NAMED, "of-the-environment")
    assert Settings.read().workspace == Path("of-the-environment")
    assert Settings.read(workspace="given").workspace == Path("given")


def test_an_empty_variable_says_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(here, "workspace = 'w'")
    monkeypatch.setenv(NAMED, "")
    assert Settings.read().workspace == here / "w"


def test_the_environment_says_where_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETPOL_WORKBENCH_WHO", "mallory")
    monkeypatch.setenv("WHO", "mallory")
    assert Settings.read().who == ""


def test_the_nearest_file_holds_and_its_paths_begin_at_its_folder(here: Path) -> None:
    say(here.parent, "workspace = 'kept/w'\nwho = 'ana'")
    assert Settings.read().workspace == here.parent / "kept" / "w"
    say(here, "workspace = '/kept'")
    assert (Settings.read().workspace, Settings.read().who) == (Path("/kept"), "")


def test_a_path_may_begin_at_home(here: Path) -> None:
    say(here, "workspace = '~/w'")
    assert Settings.read().workspace == Path("~/w").expanduser()


@pytest.mark.parametrize(
    "text,said",
    [
        ("who = 'ana'\nworkspce = 'w'", ":2: workspce: there is no such key; there are workspace, database, who"),
        ("workspace = 7", ":1: workspace: the path of a folder is expected"),
        ("workspace = ''", ":1: workspace: the path of a folder is expected"),
        ("\n\nwho = ['ana']", ":3: who: Input should be a valid string"),
        ("[database]\nurl = 'x'", ":1: database: Input should be a valid string"),
        ("database = 'mysql://db/netpol'", ":1: database: a URL such as postgresql://user@host/name is expected"),
        ("database = 'postgresql://ana:hush@db/netpol'", ":1: database: a password does not belong here"),
        ("database = 'postgresql://db/netpol?password=hush'", ":1: database: a password does not belong here"),
        ("workspace =", " cannot be read: Invalid value (at"),
        ("a = 1\nb = 2", ":2: b: there is no such key"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(here: Path, text: str, said: str) -> None:
    file = say(here, text)
    with pytest.raises(ArgumentError) as raised:
        Settings.read()
    assert f"{file}{said}" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_file_that_is_no_text_is_told(here: Path) -> None:
    (here / ".netpol-workbench.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ArgumentError, match=r"\.netpol-workbench\.toml cannot be read"):
        Settings.read()
