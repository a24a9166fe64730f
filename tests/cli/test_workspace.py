"""``workspace``: info, history, undo, export, import, delete-flows and views, as people see them."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from subprocess import check_output

import pytest
import typer.rich_utils

from tests.cli.command import command
from tests.cli.test_calls import plain
from tests.cli.test_flows import line
from workbench.ground import ANSWER_FORMATS
from workbench.workspace import Workspace

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
BLOCK = ("block", "203.0.113.0/24")
COMMANDS = ("info", "history", "undo", "export", "import", "delete-flows", "views")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETPOL_WORKBENCH_WORKSPACE", raising=False)
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", 400)
    (tmp_path / ".netpol-workbench.toml").write_text("workspace = 'w'\nwho = 'bo'")
    return tmp_path


@pytest.fixture
def kept(here: Path) -> Path:
    ticks = count()
    with Workspace(here / "w", who="ana", now=lambda: START + timedelta(minutes=next(ticks))) as workspace:
        workspace.decide({BLOCK: {"name": "payments"}}, why="their contract")
        workspace.decide({BLOCK: {"name": "payments"}}, cluster="east")
        workspace.keep_view("mine", {"search": "db"})
    (here / "policy.log").write_text(line("web", "db", 80) + line("web", "db", 81).replace("09:00", "12:00"))
    command("flows", "import", "policy.log")
    return here / "w"


# --- help ---


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_and_the_exit_statuses(name: str) -> None:
    text = plain(command("workspace", name, "--help").stdout)
    assert f"netpol-workbench workspace {name}" in text
    assert all(f"• {status}: " in text for status in (0, 2))


@pytest.mark.parametrize("name", COMMANDS)
def test_asking_for_help_waits_for_no_database(name: str) -> None:
    program = "import sys\nfrom workbench.cli import app\ntry: app()\nexcept SystemExit: print(*sys.modules)"
    loaded = check_output([sys.executable, "-c", program, "workspace", name, "--help"], text=True).split()  # noqa: S603  (our own program)
    assert not {"pandas", "sqlalchemy", "pydantic_settings", "duckdb"} & set(loaded)


# --- info ---


@pytest.mark.usefixtures("kept")
def test_info_says_where_how_much_and_of_which_time() -> None:
    found = dict(text.split("  ", 1) for text in command("workspace", "info").stdout.splitlines()[1:])
    said = {name: value.strip() for name, value in found.items()}
    assert said["decisions are in"].endswith("w/decisions.db")
    assert (said["decisions"], said["last decided"], said["saved views"]) == ("3", "2026-11-21 09:02:00 UTC", "1")
    assert (said["flows"], said["files of flows"], said["clusters with a name"]) == ("2", "1", "east")
    assert (said["flows from"], said["flows to"]) == ("2026-11-21 09:00:00 UTC", "2026-11-21 12:00:00 UTC")
    assert said["size of decisions"].endswith(" KB")


@pytest.mark.usefixtures("kept")
def test_info_for_programs_has_plain_numbers() -> None:
    found = {row["fact"]: row["value"] for row in json.loads(command("workspace", "info", "-o", "json").stdout)}
    assert (found["records"], found["flows"], found["flows_from"][:13]) == ("3", "2", "2026-11-21T09")
    assert int(found["bytes_of_decisions"]) > 1000


# --- history and views ---


@pytest.mark.usefixtures("kept")
def test_history_lists_decisions_with_who_when_and_why() -> None:
    lines = command("workspace", "history").stdout.splitlines()
    assert lines[0].split()[:4] == ["decision", "decided_at", "who", "record_kind"]
    assert lines[1].split()[:6] == ["1", "2026-11-21", "09:00:00", "ana", "block", "203.0.113.0/24"]
    assert "their contract" in lines[1]
    assert len(lines) == 4


@pytest.mark.usefixtures("kept")
def test_history_keeps_to_kinds_and_clusters() -> None:
    def numbers(*options: str) -> list[str]:
        found = command("workspace", "history", *options, "-o", "csv").stdout
        return [row["decision"] for row in csv.DictReader(io.StringIO(found))]

    assert numbers("--kind", "block") == ["1", "2"]
    assert numbers("--kind", "block", "--kind", "view", "--cluster", "") == ["1", "3"]
    assert numbers("--cluster", "east") == ["2"]
    assert numbers("--cluster", "west") == []


def test_a_long_value_is_cut_for_people_only(here: Path) -> None:
    with Workspace(here / "w") as workspace:
        workspace.decide({BLOCK: "x" * 500})
    assert max(map(len, command("workspace", "history").stdout.splitlines())) < 250
    assert "x" * 500 in command("workspace", "history", "-o", "json").stdout


@pytest.mark.usefixtures("kept")
def test_views_are_listed_with_what_they_choose() -> None:
    assert command("workspace", "views").stdout.split() == ["view", "choices", "mine", '{"search":"db"}']
    assert json.loads(command("workspace", "views", "-o", "json").stdout) == [
        {"cluster": "", "view": "mine", "choices": '{"search":"db"}'}
    ]
    assert json.loads(command("workspace", "views", "--cluster", "east", "-o", "json").stdout) == []


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("name", ["info", "history", "views"])
@pytest.mark.parametrize("output", ANSWER_FORMATS.names("table"))
def test_every_format_of_tables_is_offered_and_written_to_a_file(name: str, output: str, here: Path) -> None:
    result = command("workspace", name, "-o", output, "-f", "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (here / "out").read_bytes()


# --- undo ---


@pytest.mark.usefixtures("kept")
def test_undo_takes_back_the_last_decision_or_the_one_that_is_named(here: Path) -> None:
    assert command("workspace", "undo").stdout == "decision 4 undoes decision 3: 1 value as before\n"
    assert (
        command("workspace", "undo", "1", "--why", "a slip").stdout
        == "decision 5 undoes decision 1: 1 value as before\n"
    )
    with Workspace(here / "w") as workspace:
        assert workspace.records() == {}
        assert (workspace.decisions()[-1].who, workspace.decisions()[-1].why) == ("bo", "a slip")
    again = command("workspace", "undo", "1")
    assert (again.exit_code, "decision 1 is undone already, by decision 5" in plain(again.stderr)) == (2, True)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("words,said", [(["99"], "there is no decision 99"), (["one"], "should be a valid integer")])
def test_a_decision_that_is_not_there_is_told(words: list[str], said: str) -> None:
    result = command("workspace", "undo", *words)
    assert (result.exit_code, said in plain(result.stderr)) == (2, True)


def test_where_nothing_was_decided_nothing_is_undone(here: Path) -> None:
    (here / "w").mkdir()
    result = command("workspace", "undo")
    assert (result.exit_code, "nothing was decided that could be undone" in plain(result.stderr)) == (2, True)
    assert not any((here / "w").iterdir())


# --- export and import ---


@pytest.mark.usefixtures("kept")
def test_what_is_exported_is_imported_elsewhere_once() -> None:
    assert command("workspace", "export", "-f", "d.yaml").exit_code == 0
    first = command("workspace", "import", "d.yaml", "-w", "other")
    assert (first.stdout, first.exit_code) == ("3 decisions imported: 1 to 3\n", 0)
    again = command("workspace", "import", "d.yaml", "-w", "other")
    assert again.stdout == "nothing is new: all decisions of the file are in the workspace\n"
    assert command("workspace", "export", "-w", "other").stdout == Path("d.yaml").read_text()
    command("workspace", "undo")
    command("workspace", "export", "-f", "d.yaml")
    assert command("workspace", "import", "d.yaml", "-w", "other").stdout == "1 decision imported: 4\n"


@pytest.mark.usefixtures("kept")
def test_what_cannot_be_imported_is_told_with_the_line_and_nothing_is_made(here: Path) -> None:
    command("workspace", "export", "-f", "d.yaml")
    text = Path("d.yaml").read_text()
    Path("d.yaml").write_text(text.replace("who: ana", "who: mallory", 1))
    edited = command("workspace", "import", "d.yaml", "-w", "other")
    assert (edited.exit_code, "d.yaml:4: decision 1, or one before it" in plain(edited.stderr)) == (2, True)
    missing = command("workspace", "import", "nowhere.yaml", "-w", "other")
    assert (missing.exit_code, "nowhere.yaml does not exist" in plain(missing.stderr)) == (2, True)
    assert not (here / "other").exists()
    Path("d.yaml").write_text(text)
    with Workspace(here / "other") as other:
        other.decide({BLOCK: 1})
    differs = command("workspace", "import", "d.yaml", "-w", "other")
    assert (differs.exit_code, "d.yaml:4: decision 1 by ana" in plain(differs.stderr)) == (2, True)


# --- delete-flows ---


@pytest.mark.usefixtures("kept")
def test_old_flows_are_deleted_when_a_person_says_yes() -> None:
    asked = command("workspace", "delete-flows", "--before", "2026-11-21 10:00", stdin="n\n")
    assert (asked.exit_code, "Delete 1 flow that began before 2026-11-21 10:00?" in asked.stdout) == (1, True)
    assert command("flows", "edges", "-o", "csv").stdout.count("\n") == 3
    command("workspace", "delete-flows", "--before", "2026-11-21 10:00", stdin="y\n")
    assert command("flows", "edges", "-o", "csv").stdout.count("\n") == 2


@pytest.mark.usefixtures("kept")
def test_with_yes_nothing_is_asked() -> None:
    result = command("workspace", "delete-flows", "--before", "2026-11-22", "--yes")
    assert (result.stdout, result.exit_code) == ("2 flows deleted\n", 0)
    assert command("workspace", "delete-flows", "--before", "2026-11-22").stdout == "0 flows deleted\n"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("words,said", [([], "Missing option"), (["--before", "soon"], "'soon' is not a valid time")])
def test_which_flows_are_old_is_said(words: list[str], said: str) -> None:
    result = command("workspace", "delete-flows", *words)
    assert (result.exit_code, said in plain(result.stderr)) == (2, True)


# --- what is no workspace ---


@pytest.mark.parametrize(
    "words", [["info"], ["history"], ["undo"], ["export"], ["delete-flows", "--before", "now"], ["views"]]
)
def test_a_workspace_that_is_not_there_is_told_and_not_made(here: Path, words: list[str]) -> None:
    result = command("workspace", *words)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "there is no workspace" in plain(result.stderr)
    assert not (here / "w").exists()


@pytest.mark.parametrize("name", ["info", "history", "export", "views", "undo"])
def test_a_damaged_database_is_told_and_left_as_it_is(here: Path, name: str) -> None:
    (here / "w").mkdir()
    (here / "w" / "decisions.db").write_text("no database")
    result = command("workspace", name)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert "is damaged, or not a database" in plain(result.stderr)
    assert (here / "w" / "decisions.db").read_text() == "no database"
