"""Where decisions are: a folder remembers its database, and none is split between two (workspace 6)."""

from __future__ import annotations

import re
from pathlib import Path
from subprocess import run

import pytest

from tests.workspace.postgres import Server
from workbench.flows import FlowStore
from workbench.workspace import Workspace, WorkspaceError

BLOCK = ("block", "203.0.113.0/24")
URL = "postgresql://ana@db.example:5433/netpol"


def remember(folder: Path, text: str) -> None:
    (folder / "database.json").write_text(text)


@pytest.mark.parametrize(
    "url,place",
    [
        (URL, URL),
        ("postgresql://ana:hush@db.example/netpol", "postgresql://ana@db.example/netpol"),
        ("postgres://db.example/netpol", "postgresql://db.example/netpol"),
        ("postgresql:///netpol?host=/run/pg&password=hush", "postgresql:///netpol?host=%2Frun%2Fpg"),
        ("postgresql+psycopg://db/n?sslmode=require&sslpassword=hush", "postgresql://db/n?sslmode=require"),
    ],
)
def test_the_place_has_all_but_the_password(tmp_path: Path, url: str, place: str) -> None:
    assert Workspace(tmp_path, url).place == place


def test_a_folder_that_remembers_a_database_is_opened_there(tmp_path: Path) -> None:
    remember(tmp_path, f'{{"url": "{URL}"}}')
    assert Workspace(tmp_path).place == URL
    assert Workspace(tmp_path, "postgresql://bo:hush@db.example:5433/netpol").place == URL.replace("ana", "bo")


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://ana@db.example/netpol",
        "postgresql://ana@db.example:5433/other",
        f"{URL}?options=-csearch_path%3Dours",
    ],
)
def test_another_database_than_the_one_that_is_remembered_is_refused(tmp_path: Path, other: str) -> None:
    remember(tmp_path, f'{{"url": "{URL}"}}')
    with pytest.raises(WorkspaceError, match=re.escape(f"keeps its decisions in {URL}, and not in {other}: export")):
        _ = Workspace(tmp_path, other).place


def test_a_database_beside_decisions_in_the_folder_is_refused(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        workspace.decide({BLOCK: 1})
    with pytest.raises(WorkspaceError, match=r"decisions\.db, and not in postgresql"):
        Workspace(tmp_path, URL).records()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"url": 7}', '{"url": "sqlite:///x"}', "\x00"])
def test_a_memory_that_cannot_be_read_is_told_and_nothing_decided(tmp_path: Path, text: str) -> None:
    remember(tmp_path, text)
    with pytest.raises(WorkspaceError, match=r"database\.json does not say in which database"):
        Workspace(tmp_path).decide({BLOCK: 1})
    assert [path.name for path in tmp_path.iterdir()] == ["database.json"]


def test_a_database_that_cannot_be_reached_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Workspace(tmp_path, f"postgresql:///none?host={tmp_path}").decide({BLOCK: 1})
    assert not (tmp_path / "database.json").exists()


@pytest.mark.parametrize("name", ["old", "of last week"])
def test_a_store_of_flows_is_refused_with_what_makes_it_a_workspace(tmp_path: Path, name: str) -> None:
    store = tmp_path / name
    store.mkdir()
    (store / FlowStore.MANIFEST).write_text("{}")
    with pytest.raises(WorkspaceError) as raised:
        _ = Workspace(store).flows
    _, _, commands = raised.value.remedy.partition("with: ")
    run(commands, shell=True, check=True)  # noqa: S602  (what a person would do)
    assert (Workspace(store).flows.folder / FlowStore.MANIFEST).read_text() == "{}"


def test_the_flows_of_a_workspace_are_no_workspace(tmp_path: Path) -> None:  # workspace 1
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / FlowStore.MANIFEST).write_text("{}")
    with pytest.raises(WorkspaceError, match=f"name the folder around it, {tmp_path}"):
        _ = Workspace(tmp_path / "flows").flows


def test_what_was_decided_in_a_shared_database_is_not_decided_beside_it_later(  # workspace 6
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_url()
    with Workspace(tmp_path / "first", url) as first:
        first.decide({BLOCK: 1})
    with Workspace(tmp_path / "first") as again:
        assert again.decide({BLOCK: 2}).id == 2
    with Workspace(tmp_path / "second", url) as second:
        assert second.records() == {BLOCK: 2}
    with Workspace(tmp_path / "second") as reader:
        assert reader.decide({BLOCK: 3}).id == 3, "to look at it once is to be of it"
    assert not list(tmp_path.glob("*/decisions.db"))


def test_a_database_in_which_nothing_was_decided_is_not_remembered(tmp_path: Path, postgres: Server) -> None:
    with Workspace(tmp_path / "w", postgres.new_url()) as workspace:
        assert workspace.records() == {}
    assert not (tmp_path / "w").exists()
