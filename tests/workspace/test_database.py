"""Writers at once lose nothing, and a database that cannot be used is left as it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from subprocess import PIPE, Popen

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from tests.examples import examples
from tests.workspace.postgres import Server, served
from tests.workspace.relay import relayed
from tests.workspace.soundness import assert_sound
from workbench.ground import ArgumentError
from workbench.workspace import Workspace, WorkspaceError, database
from workbench.workspace.schema import METADATA, VERSION_TABLE

BLOCK = ("block", "203.0.113.0/24")
AT_ONCE = 40
"""Records of one decision of the writer that is killed, so that there is something to be half there."""
WRITER = """\
import sys
from workbench.workspace import Workspace
path, url, who, count, at_once = *sys.argv[1:4], *map(int, sys.argv[4:])
workspace = Workspace(path, url, who=who)
print("ready", flush=True)
for number in range(count):
    blocks = {("block", f"{who} {number} {place}"): number for place in range(at_once)}
    decision = workspace.decide({**blocks, ("setting", "last"): f"{who} {number}"})
    print(decision.id, number, flush=True)
"""


def writer(workspace: Path, url: str, who: str, count: int, at_once: int = 1) -> Popen[str]:
    """Start a process that decides, and writes down what was confirmed; it is about to begin when this returns."""
    command = [sys.executable, "-c", WRITER, str(workspace), url, who, str(count), str(at_once)]
    process = Popen(command, stdout=PIPE, stderr=PIPE, text=True)  # noqa: S603  (ourselves)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def confirmed_by(process: Popen[str]) -> set[int]:
    """Return the numbers of the decisions that were confirmed to a process by its end."""
    assert process.stdout is not None
    return {int(line.split()[0]) for line in process.stdout if line.endswith("\n")}


def test_two_processes_that_decide_at_once_lose_nothing(tmp_path: Path, url: str) -> None:  # workspace 3
    count, people = 1000, ("ana", "bo")
    processes = [writer(tmp_path / "w", url, who, count) for who in people]
    confirmed: list[int] = []
    for process in processes:
        with process:
            confirmed += confirmed_by(process)
    assert sorted(confirmed) == list(range(1, 2 * count + 1))
    workspace = Workspace(tmp_path / "w", url)
    assert assert_sound(workspace) == 2 * count
    assert workspace.records("block") == {
        ("block", f"{who} {number} 0"): number for who in people for number in range(count)
    }


@pytest.mark.parametrize("seed", range(examples(8) // 2))
def test_what_was_confirmed_is_there_after_kills_at_any_moment(tmp_path: Path, url: str, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  (when to kill, no secret)
    confirmed: set[int] = set()
    for who in ("ana", "bo", "cy"):  # workspace 2
        with writer(tmp_path / "w", url, who, 10_000, AT_ONCE) as process:
            time.sleep(chance.choice([0.02, 0.3]) * chance.random())
            process.kill()
            confirmed |= confirmed_by(process)
        workspace = Workspace(tmp_path / "w", url)
        assert confirmed <= set(range(1, assert_sound(workspace) + 1))
        assert {len(decision.changes) for decision in workspace.decisions()} <= {AT_ONCE + 1}, "whole ones only"
    assert workspace.decide({BLOCK: 1}).id == len(workspace.decisions())


def test_an_answer_means_that_it_is_on_the_disk(tmp_path: Path, postgres: Server) -> None:  # workspace 2
    url = postgres.new_url()
    for given, held in (("off", "on"), ("local", "local")):
        answering = f"{url}%20-csynchronous_commit%3D{given}"
        workspace = Workspace(tmp_path / given, answering)
        assert workspace.decide({BLOCK: given}).id
        with workspace._database.writing() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == held


@pytest.mark.parametrize("answers", ["on", "off"])
def test_what_was_confirmed_is_there_after_the_server_was_killed(tmp_path: Path, answers: str) -> None:  # workspace 2
    with served(synchronous_commit=answers) as server:
        url = server.new_url()
        mine = Workspace(tmp_path / "w", url)
        assert mine.decide({BLOCK: 0}).id == 1
        processes = [writer(tmp_path / "w", url, who, 10_000, AT_ONCE) for who in ("ana", "bo")]
        confirmed: set[int] = set()
        for process in processes:
            assert process.stdout is not None
            confirmed |= {int(process.stdout.readline().split()[0]) for _ in range(10)}
        server.kill()
        for process in processes:
            with process:
                confirmed |= confirmed_by(process)
                assert process.stderr is not None
                assert "WorkspaceError" in process.stderr.read()
        with pytest.raises(WorkspaceError, match="cannot be used"):
            mine.records()
        server.start()
        assert mine.records("block")[BLOCK] == 0, "it is found again without anything being done"
        assert confirmed <= set(range(1, assert_sound(mine) + 1))
        assert mine.decide({BLOCK: 1}).id == len(mine.decisions())


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
        ("DROP TABLE netpol_record", "is damaged: it lacks netpol_record"),
    ],
)
def test_a_newer_or_strange_database_is_told_and_left_as_it_is(
    tmp_path: Path, url: str, statement: str, said: str
) -> None:  # workspace 5
    with Workspace(tmp_path, url) as workspace:
        workspace.decide({BLOCK: 1})
    execute(tmp_path, url, statement)
    before = content(tmp_path, url)
    for attempt in (lambda: Workspace(tmp_path, url).decide({BLOCK: 2}), lambda: Workspace(tmp_path, url).records()):
        with pytest.raises(WorkspaceError, match=f"{said}.*left as it is"):
            attempt()
    assert content(tmp_path, url) == before


def test_a_newer_version_that_comes_while_it_is_open_is_told(tmp_path: Path, url: str) -> None:  # workspace 5
    with Workspace(tmp_path, url) as workspace:
        workspace.decide({BLOCK: 1})
        execute(tmp_path, url, "UPDATE netpol_version SET version_num = '9999'")
        for attempt in (lambda: workspace.decide({BLOCK: 2}), workspace.records):
            with pytest.raises(WorkspaceError, match=r"newer version of the workbench .9999."):
                attempt()
        execute(tmp_path, url, "UPDATE netpol_version SET version_num = '0001'")
        assert workspace.records() == {BLOCK: 1}


def test_tables_of_others_may_stand_beside_ours_on_a_server(tmp_path: Path, postgres: Server) -> None:  # workspace 6
    url = postgres.new_url()
    postgres.execute("CREATE TABLE other (a int)", url)
    workspace = Workspace(tmp_path, url)
    assert workspace.records() == {}
    assert list(content(tmp_path, url)) == ["other"], "asking makes nothing"
    workspace.decide({BLOCK: 1})
    assert workspace.records() == {BLOCK: 1}


def test_a_damaged_table_of_a_server_is_told_and_left_as_it_is(tmp_path: Path) -> None:  # workspace 5
    with served() as server:
        url = server.new_url()
        with Workspace(tmp_path, url) as workspace:
            workspace.decide({("block", f"{number}"): "x" * 300 for number in range(50)})
        ((name,),) = server.execute("SELECT pg_relation_filepath('netpol_record')", url)
        server.execute("CHECKPOINT", url)
        server.stop()
        with (server.data / name).open("r+b") as file:
            file.seek(3000)
            file.write(b"\xa5" * 200)
        server.start()
        found = (server.data / name).read_bytes()
        for attempt in (workspace.records, lambda: workspace.decide({("block", "1"): 1})):
            with pytest.raises(WorkspaceError, match="cannot be used: invalid page"):
                attempt()
        assert (server.data / name).read_bytes() == found


def test_who_waits_for_others_too_long_is_told(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # workspace 3
    monkeypatch.setattr(database, "_PATIENCE", 1)
    one, other = Workspace(tmp_path, url), Workspace(tmp_path, url)
    one.decide({BLOCK: 1})
    with one._database.writing(), pytest.raises(WorkspaceError, match=r"others have been writing.*try again"):
        other.decide({BLOCK: 2})
    assert other.decide({BLOCK: 2}).id == 2


@pytest.mark.parametrize("passed_on", [True, False])
def test_a_decision_is_in_doubt_if_the_answer_never_came(tmp_path: Path, postgres: Server, *, passed_on: bool) -> None:
    url = postgres.new_url()
    with relayed(postgres.folder) as relay, Workspace(tmp_path / "w", relay.of(url)) as workspace:  # workspace 2
        workspace.decide({BLOCK: 1})
        relay.cut(b"COMMIT\0", passed_on=passed_on)
        with pytest.raises(WorkspaceError, match=r"did not say whether it kept.*decide the same again"):
            workspace.decide({BLOCK: 2})
        assert Workspace(tmp_path / "direct", url).records() == {BLOCK: 2 if passed_on else 1}
        assert workspace.decide({BLOCK: 2}).id == (0 if passed_on else 2)
        assert assert_sound(workspace) == 2


@pytest.mark.parametrize("statement", [b"INSERT INTO netpol_decision", b"INSERT INTO netpol_change", b"UPDATE netpol_"])
def test_nothing_is_kept_where_the_connection_broke_before(
    tmp_path: Path, postgres: Server, statement: bytes
) -> None:  # workspace 2
    url = postgres.new_url()
    with relayed(postgres.folder) as relay, Workspace(tmp_path / "w", relay.of(url)) as workspace:
        workspace.decide({BLOCK: 1})
        relay.cut(statement, passed_on=True)
        with pytest.raises(WorkspaceError, match="cannot be used"):
            workspace.decide({BLOCK: 2})
        assert workspace.records() == {BLOCK: 1}
        assert workspace.decide({BLOCK: 2}).id == 2, "a new connection is made"
        assert assert_sound(workspace) == 2


def engine_of(folder: Path, url: str) -> Engine:
    """Return what reaches the database without the workbench."""
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:") or f"sqlite:///{folder / 'decisions.db'}")


def execute(folder: Path, url: str, statement: str) -> None:
    """Do what another program does to the database."""
    engine = engine_of(folder, url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def content(folder: Path, url: str) -> bytes | Mapping[str, object]:
    """Return all that is in the database: the bytes of the file, or the rows of all tables."""
    if not url:
        return (folder / "decisions.db").read_bytes()
    engine = engine_of(folder, url)
    with engine.connect() as connection:
        tables = sorted(inspect(connection).get_table_names())
        found = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables}  # noqa: S608
    engine.dispose()
    return found


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path, url: str) -> None:  # workspace 5
    with Workspace(tmp_path, url) as workspace:
        workspace.decide({BLOCK: 1})
    engine = engine_of(tmp_path, url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_password_is_neither_shown_nor_repeated(tmp_path: Path) -> None:  # workspace 6
    workspace = Workspace(tmp_path, f"postgresql://ana:hush-hush@/none?host={tmp_path}")
    with pytest.raises(WorkspaceError) as raised:
        workspace.records()
    for shown in (str(raised.value), repr(workspace), workspace._repr_html_(), workspace.place):
        assert "hush" not in shown
    with pytest.raises(ArgumentError) as refused:
        _ = Workspace(tmp_path, "mysql://ana:hush-hush@db/none").place
    assert "hush" not in str(refused.value)
