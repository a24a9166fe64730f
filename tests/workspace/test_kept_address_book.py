"""Address books in a workspace: kept as decisions, by several people at once, and taken back (workspace 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.external import AddressBook, KnownServer, ProviderRanges, PublishedBlock
from workbench.ground import ArgumentError, NotFoundError
from workbench.workspace import ConflictError, Workspace

DAY = date(2026, 11, 20)
FASTLY = ProviderRanges.of("Fastly", [PublishedBlock("23.235.32.0/20")], published=DAY, source="list.json")
NEWER = ProviderRanges.of("Fastly", [PublishedBlock("23.235.48.0/20")], published=DAY, source="newer.json")
SERVER = KnownServer("198.51.100.0/24", "server", "partner")
EMPTY = AddressBook(default_ranges=False)
Action: TypeAlias = Callable[[AddressBook], AddressBook]
ACTIONS: dict[str, Action] = {
    "add": lambda book: book.add("payments", "203.0.113.0/24"),
    "add another": lambda book: book.add("payments", "2001:db8::/32"),
    "rename": lambda book: book.rename("203.0.113.0/24", "bank"),
    "remove": lambda book: book.remove("203.0.113.0/24"),
    "import": lambda book: book.with_ranges(FASTLY),
    "import newer": lambda book: book.with_ranges(NEWER),
    "forget": lambda book: book.without_ranges("Fastly"),
    "known server": lambda book: book.with_known_servers([SERVER]),
    "hide": lambda book: book.hiding_providers(),
    "show": lambda book: book.hiding_providers(False),  # noqa: FBT003  (what is said)
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "ana", who="ana")
    made.keep_address_book(EMPTY, AddressBook())
    return made


def files_in(workspace: Workspace) -> list[Path]:
    return sorted((workspace.path / "ranges").glob("*"))


def test_what_is_kept_is_there_for_the_next_who_opens_it(workspace: Workspace) -> None:
    before = workspace.address_book()
    assert before == EMPTY
    after = before.add("payments", "203.0.113.0/24").with_ranges(FASTLY).with_known_servers([SERVER])
    decision = workspace.keep_address_book(after, before, why="their contract")
    assert sorted(change.kind for change in decision.changes) == ["block", "known-server", "ranges"]
    found = Workspace(workspace.path).address_book()
    assert found == after
    assert found.lookup(["23.235.33.1"])["name"].tolist() == ["Fastly"]
    assert workspace.keep_address_book(after, after).id == 0
    assert workspace.address_book("another cluster") == AddressBook()


def test_ranges_are_a_file_each_whatever_their_file_was_called(workspace: Workspace) -> None:
    before = workspace.address_book()
    book = before.with_ranges(FASTLY)
    workspace.keep_address_book(book, before)
    again = before.with_ranges(replace(FASTLY, source="list (1).json"))
    workspace.keep_address_book(again, book)
    assert [path.name for path in files_in(workspace)] == [f"{FASTLY.digest}.json.gz"]
    assert workspace.address_book() == Workspace(workspace.path).address_book() == again


def test_ranges_that_were_imported_elsewhere_are_named_and_importing_them_decides_nothing(workspace: Workspace) -> None:
    before = workspace.address_book()
    workspace.keep_address_book(before.with_ranges(FASTLY), before)
    for path in files_in(workspace):  # as in the folder of another person who shares the database
        path.unlink()
    here = Workspace(workspace.path, who="ben")
    book = here.address_book()
    assert [(one.key, one.blocks) for one in book.imported_ranges] == [("Fastly", ())]
    assert book.lookup(["23.235.33.1"])["source"].tolist() == [""]
    (problem,) = book.problems_at(DAY)
    assert (problem.code, problem.remedy) == (
        "ranges-elsewhere",
        "import list.json of 2026-11-20, which somebody imported elsewhere, here, too",
    )
    assert here.keep_address_book(book.add("mine", "203.0.113.0/24"), book).changes[0].kind == "block"
    now = here.address_book()
    assert here.keep_address_book(now.with_ranges(FASTLY), now).id == 0
    assert here.address_book().lookup(["23.235.33.1"])["name"].tolist() == ["Fastly"]
    assert here.address_book().problems_at(DAY) == ()


@pytest.mark.parametrize("content", [b"", b"text", NEWER.to_bytes()])
def test_a_damaged_file_is_not_there_and_is_written_again(workspace: Workspace, content: bytes) -> None:
    before = workspace.address_book()
    book = before.with_ranges(FASTLY)
    workspace.keep_address_book(book, before)
    (path,) = files_in(workspace)
    path.write_bytes(content)
    here = Workspace(workspace.path)
    assert [one.code for one in here.address_book().problems_at(DAY)] == ["ranges-elsewhere"]
    here.keep_address_book(book, here.address_book())
    assert Workspace(workspace.path).address_book() == book


def test_a_digest_is_never_a_path(workspace: Workspace) -> None:
    (workspace.path / "x.json.gz").write_bytes(FASTLY.to_bytes())
    said = {**FASTLY.said, "sha256": "../x"}
    workspace.decide({("ranges", "Fastly"): said})
    assert [one.elsewhere for one in workspace.address_book().imported_ranges] == ["../x"]


def test_people_who_decide_about_different_blocks_do_not_conflict(workspace: Workspace) -> None:
    before = workspace.address_book()
    workspace.keep_address_book(before.add("a", "203.0.113.0/24"), before)
    Workspace(workspace.path, who="ben").keep_address_book(before.add("b", "198.51.100.0/24"), before)
    assert [one.name for one in workspace.address_book().blocks] == ["b", "a"]
    with pytest.raises(ConflictError, match="ana"):
        Workspace(workspace.path, who="ben").keep_address_book(before.add("c", "203.0.113.0/24"), before)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=8))
def test_whatever_was_done_can_be_taken_back(names: list[str]) -> None:
    with Workspace.temporary() as workspace:
        workspace.keep_address_book(EMPTY, AddressBook())
        states, decisions = [workspace.address_book()], []
        for name in names:
            try:
                wanted = ACTIONS[name](states[-1])
            except (ArgumentError, NotFoundError):
                continue
            decisions.append(workspace.keep_address_book(wanted, states[-1], why=name))
            states.append(workspace.address_book())
            assert states[-1] == wanted
        for decision, state in zip(reversed(decisions), reversed(states[:-1]), strict=True):
            if decision.id:
                workspace.undo(decision.id)
            assert workspace.address_book() == state
