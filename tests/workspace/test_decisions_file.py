"""A file of all decisions gives them back exactly, or says in which line it is not what was exported (workspace 10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.workspace.conftest import NewUrl
from tests.workspace.soundness import assert_sound
from tests.workspace.test_decisions import ANY_TEXT, CHANGES
from workbench.ground import ArgumentError, MissingFileError
from workbench.workspace import ConflictError, Workspace
from workbench.workspace.decisions import Change, KeptDecision
from workbench.workspace.decisions_file import read_decisions, written_decisions

START = datetime(2026, 11, 21, 9, 0, 0, 250, tzinfo=UTC)
BLOCK, OTHER = ("block", "203.0.113.0/24"), ("block", "198.51.100.0/24")
LETTERS = "0a:'- \n#&*\"{}|<\0ü\t!"
FILE = """\
format: netpol-workbench decisions
version: 1
---
decision: 1
who: ana
why: their contract
decided_at: '2026-11-21T09:00:00.000250+00:00'
changes:
- kind: block
  key: 203.0.113.0/24
  after:
    name: payments
digest: 3a4c
---
decision: 2
cluster: east
who: ana
decided_at: '2026-11-21T09:01:00.000250+00:00'
changes:
- kind: block
  key: 198.51.100.0/24
  after: 7
digest: 3a4c
---
decision: 3
who: ana
decided_at: '2026-11-21T09:02:00.000250+00:00'
undoes: 1
changes:
- kind: block
  key: 203.0.113.0/24
  before:
    name: payments
digest: 3a4c
"""


def made(path: Path, url: str = "", who: str = "ana") -> Workspace:
    ticks = count()
    return Workspace(path, url, who=who, now=lambda: START + timedelta(minutes=next(ticks)))


@pytest.fixture
def workspace(tmp_path: Path, url: str) -> Iterator[Workspace]:
    with made(tmp_path / "w", url) as workspace:
        workspace.decide({BLOCK: {"name": "payments"}}, why="their contract")
        workspace.decide({OTHER: 7}, cluster="east")
        workspace.undo(1)
        yield workspace


@pytest.fixture
def file(workspace: Workspace, tmp_path: Path) -> Path:
    workspace.export_decisions(tmp_path / "decisions.yaml")
    return tmp_path / "decisions.yaml"


def test_a_document_for_each_decision_says_what_a_reviewer_asks(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert [line if not line.startswith("digest") else "digest: 3a4c" for line in lines] == FILE.splitlines()


def test_later_decisions_are_lines_at_the_end(workspace: Workspace, file: Path) -> None:
    before = file.read_text()
    workspace.decide({BLOCK: 1})
    workspace.export_decisions(file)
    assert file.read_text().startswith(before + "---\n")


def test_nothing_decided_is_a_file_that_says_so(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as nothing:
        nothing.export_decisions(tmp_path / "decisions.yaml")
        assert nothing.import_decisions(tmp_path / "decisions.yaml") == ()
    assert (tmp_path / "decisions.yaml").read_text() == "format: netpol-workbench decisions\nversion: 1\n"


@settings(max_examples=examples(60))
@given(steps=st.lists(st.tuples(CHANGES, st.sampled_from(["", "east"]), ANY_TEXT, st.booleans()), max_size=8))
def test_what_is_exported_and_imported_is_the_same_and_goes_on_the_same(
    new_url: NewUrl, steps: list[tuple[dict[tuple[str, str], Any], str, str, bool]]
) -> None:
    with TemporaryDirectory() as folder, made(Path(folder, "one"), new_url()) as one:
        for changes, cluster, why, undone in steps:
            decision = one.decide(changes, cluster=cluster, why=why)
            if undone and decision.id:
                one.undo(decision.id, why)
        first, second = Path(folder, "first.yaml"), Path(folder, "second.yaml")
        one.export_decisions(first)
        with made(Path(folder, "other"), new_url(), who="bo") as other:
            assert other.import_decisions(first) == one.decisions() == other.decisions()
            other.export_decisions(second)
            assert second.read_bytes() == first.read_bytes()
            assert other.history().equals(one.history())
            for cluster in ("", "east"):
                assert other.records(cluster=cluster) == one.records(cluster=cluster)
            assert other.last_undoable() == one.last_undoable()
            last = other.last_undoable()
            if last is not None:
                assert other.undo(last.id).changes == one.undo(last.id).changes
            assert_sound(other)


@settings(max_examples=examples(300))
@given(where=st.integers(min_value=0), what=st.sampled_from([*LETTERS, ""]), length=st.integers(0, 30))
def test_a_file_that_was_changed_anywhere_is_refused_or_says_the_same(where: int, what: str, length: int) -> None:
    decisions = (
        KeptDecision(1, "", "ana", "their contract", START, (Change(*BLOCK, None, '{"name":"payments"}'),)),
        KeptDecision(2, "east", "ana", "", START, (Change(*OTHER, None, "[1.5,null,true]"),)),
        KeptDecision(3, "", "ana", "", START, (Change(*BLOCK, '{"name":"payments"}', None),), 1),
    )
    text = written_decisions(decisions)
    where %= len(text)
    changed = text[:where] + what + text[where + length :]
    with TemporaryDirectory() as folder:
        path = Path(folder, "decisions.yaml")
        path.write_bytes(changed.encode())
        try:
            found, _ = read_decisions(path)
        except ArgumentError as error:
            assert str(error).startswith(f"{path}:")  # noqa: PT017  (either is right)
        else:
            assert found == decisions[: len(found)], "cut after a whole decision at most"


@pytest.mark.parametrize(
    "old,new,line,said",
    [
        ("who: ana\nwhy", "who: mallory\nwhy", 4, "decision 1, or one before it, is not as it was exported"),
        ("after: 7", "after: 8", 15, "decision 2, or one before it, is not as it was exported"),
        ("decision: 2", "decision: 3", 15, "decision 3 stands where decision 2 belongs"),
        ("decision: 2", "decision: two", 15, "decision: Input should be a valid integer"),
        ("cluster: east", "klaster: east", 16, "klaster: Extra inputs are not permitted"),
        ("who: ana\nwhy", "why", 4, "who: Field required"),
        ("  key: 198.51.100.0/24\n", "", 20, "changes.0.key: Field required"),
        ("  key: 198.51.100.0/24", "  key: [1]", 21, "changes.0.key: Input should be a valid string"),
        ("after: 7", "after: 7\n  after: 7", 23, "the key 'after' stands there twice"),
        ("after: 7", "after: &a [*a]", 22, "an alias stands for a value that is written elsewhere"),
        ("after: 7", "after: 2026-11-21", 15, "a decision is kept as JSON"),
        ("after: 7", "after: 2026-13-41", 15, "month must be in 1..12"),
        ("after: 7", "after: !!python/name:os.system", 22, "could not determine a constructor"),
        ("after: 7", "after: [7", 23, "it is not YAML: "),
        ("version: 1", "version: 2", 1, "no export of decisions of version 1"),
        ("format: netpol-workbench decisions\nversion: 1\n---\n", "", 1, "no export of decisions of version 1"),
        ("'2026-11-21T09:01:00.000250+00:00'", "'soon'", 15, "Invalid isoformat string"),
        ("'2026-11-21T09:01:00.000250+00:00'", "'2026-11-21T09:01:00'", 15, "is not as it was exported"),
    ],
)
def test_what_is_not_as_it_was_exported_is_told_with_its_line(
    file: Path, tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with Workspace(tmp_path / "other") as other:
        with pytest.raises(ArgumentError) as raised:
            other.import_decisions(file)
        assert str(raised.value).startswith(f"{file}:{line}: ")
        assert said in str(raised.value)
        assert not other.path.exists()


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"a: \0"], ids=["empty", "UTF-8", "deep", "NUL"])
def test_what_is_no_file_of_decisions_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(ArgumentError, match=r"x\.yaml:1: "):
        Workspace(tmp_path / "w").import_decisions(tmp_path / "x.yaml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="does not exist"):
        Workspace(tmp_path / "w").import_decisions(tmp_path / "x.yaml")


def test_it_may_be_written_in_another_way_that_says_the_same(workspace: Workspace, file: Path, tmp_path: Path) -> None:
    documents = list(yaml.safe_load_all(file.read_text()))
    other = yaml.safe_dump_all(documents, default_flow_style=True)
    file.write_bytes(b"\xef\xbb\xbf# reviewed\n" + other.replace("\n", "\r\n").encode())
    assert made(tmp_path / "other").import_decisions(file) == workspace.decisions()


# --- going on ---


def test_only_decisions_that_are_not_here_yet_are_imported(
    workspace: Workspace, file: Path, tmp_path: Path, new_url: NewUrl
) -> None:
    with made(tmp_path / "other", new_url()) as other:
        assert [one.id for one in other.import_decisions(file)] == [1, 2, 3]
        workspace.decide({BLOCK: 1})
        workspace.export_decisions(file)
        assert [one.id for one in other.import_decisions(file)] == [4]
        assert other.import_decisions(file) == ()
        assert other.records() == {BLOCK: 1}


def test_a_file_that_is_behind_changes_nothing(workspace: Workspace, file: Path) -> None:
    workspace.decide({BLOCK: 1})
    assert workspace.import_decisions(file) == ()
    assert len(workspace.decisions()) == 4


def test_where_something_else_was_decided_the_first_difference_is_named_and_nothing_imported(
    workspace: Workspace, file: Path, tmp_path: Path, new_url: NewUrl
) -> None:
    first = tmp_path / "first.yaml"
    first.write_text(file.read_text().split("---\n", 2)[0] + "---\n" + file.read_text().split("---\n", 2)[1])
    with made(tmp_path / "other", new_url(), who="bo") as other:
        other.import_decisions(first)
        other.decide({BLOCK: 9}, why="mine")
        with pytest.raises(ConflictError) as raised:
            other.import_decisions(file)
        theirs, mine = "decision 2 by ana, 2026-11-21 09:01 UTC", "decision 2 by bo, 2026-11-21 09:00 UTC (mine)"
        assert str(raised.value).startswith(f"{file}:15: {theirs}, but here it is {mine}: ")
        assert len(other.decisions()) == 2
    assert len(workspace.decisions()) == 3


def test_an_export_that_cannot_be_written_is_an_error(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):  # noqa: PT011  (whichever)
        workspace.export_decisions(tmp_path / "folder")
