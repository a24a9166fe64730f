"""Writers at once lose nothing, and a database that cannot be used is left as it is."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from workbench.ground import ArgumentError
from workbench.workspace import Workspace, WorkspaceError
from workbench.workspace.schema import METADATA, VERSION_TABLE

BLOCK = ("block", "203.0.113.0/24")
WRITER = """\
import sys
from workbench.workspace import Workspace
path, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
workspace = Workspace(path, who=who)
for number in range(count):
    decision = workspace.decide({("block", f"{who} {number}"): number, ("setting", "last"): f"{who} {number}"})
    print(decision.id, number, flush=True)
"""


def writer(workspace: Path, who: str, count: int) -> Popen[str]:
    return Popen([sys.executable, "-c", WRITER, str(workspace), who, str(count)], stdout=PIPE, text=True)  # noqa: S603


def test_two_processes_that_decide_at_once_lose_nothing(tmp_path: Path) -> None:  # workspace 3
    count = 1000
    with writer(tmp_path / "w", "ana", count) as ana, writer(tmp_path / "w", "bo", count) as bo:
        confirmed = [line.split()[0] for line in (ana.communicate()[0] + bo.communicate()[0]).splitlines()]
    assert sorted(map(int, confirmed)) == list(range(1, 2 * count + 1))
    workspace = Workspace(tmp_path / "w")
    records = workspace.records("block")
    assert records == {("block", f"{who} {number}"): number for who in ("ana", "bo") for number in range(count)}
    history = workspace.history("setting")
    assert history.value_before.tolist()[1:] == history.value_after.tolist()[:-1], "each saw what the one before kept"


@pytest.mark.parametrize("seen", [0, 1, 7, 23])
def test_what_was_confirmed_is_there_after_a_kill(tmp_path: Path, seen: int) -> None:  # workspace 2
    with writer(tmp_path / "w", "ana", 10_000) as process:
        assert process.stdout is not None
        confirmed = [int(process.stdout.readline().split()[1]) for _ in range(seen)]
        process.kill()
        confirmed += [int(line.split()[1]) for line in process.stdout if line.endswith("\n")]
    workspace = Workspace(tmp_path / "w")
    kept = {number for number in workspace.records("block").values() if isinstance(number, int)}
    assert set(confirmed) <= kept
    assert kept == set(range(len(kept))), "whole decisions only"
    assert workspace.decide({BLOCK: 1}).id == len(kept) + 1


@pytest.mark.parametrize("where", [0, 40, 4096, 12288])
def test_a_damaged_database_is_told_and_left_as_it_is(tmp_path: Path, where: int) -> None:  # workspace 5
    with Workspace(tmp_path) as workspace:
        workspace.decide({("block", f"{number}"): "x" * 300 for number in range(50)})
    file = tmp_path / "decisions.db"
    content = bytearray(file.read_bytes())
    content[where : where + 200] = b"\xa5" * 200
    file.write_bytes(content)
    for attempt in (lambda: Workspace(tmp_path).decide({BLOCK: 1}), lambda: Workspace(tmp_path).records()):
        with pytest.raises(WorkspaceError, match=r"damaged.*left as it is"):
            attempt()
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "statement,said",
    [
        ("UPDATE netpol_version SET version_num = '9999'", "newer version of the workbench .9999."),
        ("DROP TABLE netpol_version", "none of the workbench"),
    ],
)
def test_a_newer_or_strange_database_is_told_and_left_as_it_is(tmp_path: Path, statement: str, said: str) -> None:
    with Workspace(tmp_path) as workspace:
        workspace.decide({BLOCK: 1})
    file = tmp_path / "decisions.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()
    content = file.read_bytes()
    for attempt in (lambda: Workspace(tmp_path).decide({BLOCK: 2}), lambda: Workspace(tmp_path).records()):
        with pytest.raises(WorkspaceError, match=f"{said}.*left as it is"):
            attempt()
    assert file.read_bytes() == content


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:  # workspace 5
    with Workspace(tmp_path) as workspace:
        workspace.decide({BLOCK: 1})
    engine = create_engine(f"sqlite:///{tmp_path / 'decisions.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_password_is_neither_shown_nor_repeated(tmp_path: Path) -> None:  # workspace 6
    workspace = Workspace(tmp_path, f"postgresql://ana:hush-hush@/none?host={tmp_path}")
    with pytest.raises(WorkspaceError) as raised:
        workspace.records()
    for text in (str(raised.value), repr(workspace), workspace._repr_html_(), workspace.place):
        assert "hush" not in text
    with pytest.raises(ArgumentError) as refused:
        _ = Workspace(tmp_path, "mysql://ana:hush-hush@db/none").place
    assert "hush" not in str(refused.value)
