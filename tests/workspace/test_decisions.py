"""Decisions are kept whole, with who, when and why; they can be undone, and no change of another is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.workspace.conftest import NewUrl
from tests.workspace.soundness import assert_sound
from workbench.ground import ArgumentError, NotFoundError
from workbench.workspace import ConflictError, Workspace
from workbench.workspace.decisions import LONGEST_CLUSTER, LONGEST_KEY, LONGEST_KIND

START = datetime(2026, 11, 21, 9, tzinfo=UTC)
BLOCK, OTHER = ("block", "203.0.113.0/24"), ("block", "198.51.100.0/24")
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
KEYS = st.tuples(st.sampled_from(["block", "view"]), st.sampled_from(["a", "b", "ü\n"]))
VALUES = st.none() | st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
CHANGES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)


@pytest.fixture
def workspace(tmp_path: Path, url: str) -> Iterator[Workspace]:
    ticks = count()
    with Workspace(tmp_path / "w", url, who="ana", now=lambda: START + timedelta(minutes=next(ticks))) as made:
        yield made


def test_nothing_is_made_before_something_is_decided(workspace: Workspace) -> None:
    assert workspace.records() == {}
    assert workspace.decisions() == ()
    assert workspace.history().empty
    assert not workspace.path.exists()


def test_a_decision_keeps_who_when_and_why(workspace: Workspace) -> None:
    decision = workspace.decide({BLOCK: {"name": "payments"}}, why="their contract")
    assert (decision.id, decision.who, decision.why, decision.decided_at) == (1, "ana", "their contract", START)
    (row,) = workspace.history().to_dict("records")
    assert row["decided_at"] == START
    assert {name: row[name] for name in ("decision", "who", "why", "record_kind", "record_key")} == {
        "decision": 1,
        "who": "ana",
        "why": "their contract",
        "record_kind": "block",
        "record_key": "203.0.113.0/24",
    }
    assert (row["value_before"], row["value_after"]) == ("", '{"name":"payments"}')


def test_what_was_decided_is_there_for_the_next_process(workspace: Workspace, url: str) -> None:
    workspace.decide({BLOCK: {"name": "payments"}})
    assert Workspace(workspace.path, url).records() == {BLOCK: {"name": "payments"}}


def test_what_is_so_already_is_no_decision(workspace: Workspace) -> None:
    workspace.decide({BLOCK: 1})
    assert workspace.decide({BLOCK: 1, OTHER: None}).id == 0
    assert len(workspace.decisions()) == 1


def test_an_undone_decision_can_be_had_again_by_undoing_its_undo(workspace: Workspace) -> None:
    first = workspace.decide({BLOCK: 1})
    undo = workspace.undo(first.id, why="a slip")
    assert (workspace.records(), undo.undoes) == ({}, 1)
    with pytest.raises(ConflictError, match="decision 1 is undone already, by decision 2: undo decision 2"):
        workspace.undo(first.id)
    workspace.undo(undo.id)
    assert workspace.records() == {BLOCK: 1}
    assert workspace.history().undone_by.isna().tolist() == [True, False, True]
    workspace.undo(first.id)
    assert workspace.records() == {}


def test_what_a_later_decision_changed_is_not_undone_over_it(workspace: Workspace) -> None:
    workspace.decide({BLOCK: 1, OTHER: 1})
    workspace.decide({BLOCK: 2}, why="moved")
    with pytest.raises(ConflictError, match=r"changed meanwhile by ana in decision 2, .* \(moved\): it is 2, and no v"):
        workspace.undo(1)
    assert workspace.records() == {BLOCK: 2, OTHER: 1}


def test_no_decision_has_a_number_that_was_not_given(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no decision 7"):
        workspace.undo(7)


def test_a_value_that_another_person_changed_since_is_a_conflict_that_names_both(
    workspace: Workspace, url: str
) -> None:
    workspace.decide({BLOCK: "old"})
    seen = workspace.records()
    Workspace(workspace.path, url, who="bo").decide({BLOCK: "of bo"}, why="asked")
    with pytest.raises(ConflictError, match=r'by bo in decision 2.*: it is "of bo", and "of ana" was wanted'):
        workspace.decide({BLOCK: "of ana", OTHER: 1}, base=seen)
    assert workspace.records() == {BLOCK: "of bo"}, "all or nothing"


def test_people_who_change_different_things_do_not_conflict_nor_do_those_who_agree(workspace: Workspace) -> None:
    seen = workspace.records()
    workspace.decide({BLOCK: 1}, base=seen)
    workspace.decide({OTHER: 2}, base=seen)
    assert workspace.decide({BLOCK: 1}, base=seen).id == 0
    assert workspace.records() == {OTHER: 2, BLOCK: 1}


def test_clusters_have_decisions_of_their_own(workspace: Workspace) -> None:
    workspace.decide({BLOCK: 1}, cluster="east")
    workspace.decide({BLOCK: 2}, cluster="west")
    assert workspace.records(cluster="east") == {BLOCK: 1}
    assert workspace.records() == {}
    assert workspace.clusters() == ("east", "west")
    assert workspace.history(cluster="west").cluster.tolist() == ["west"]


def test_records_are_asked_for_by_kind(workspace: Workspace) -> None:
    workspace.decide({BLOCK: 1, ("view", "mine"): 2})
    assert workspace.records("view") == {("view", "mine"): 2}
    assert workspace.history("view").record_key.tolist() == ["mine"]


@pytest.mark.parametrize(
    "changes",
    [{BLOCK: float("nan")}, {BLOCK: {1: 2}}, {BLOCK: object()}, {BLOCK: (1,)}, {("block", "\0"): 1}, {("", "a"): 1}],
)
def test_what_a_database_would_not_give_back_as_it_is_is_refused(
    workspace: Workspace, changes: dict[tuple[str, str], object]
) -> None:
    with pytest.raises(ArgumentError):
        workspace.decide(changes)
    assert workspace.records() == {}


def test_names_are_as_long_as_every_database_takes_them(workspace: Workspace) -> None:
    cluster = "ü" * (LONGEST_CLUSTER // 2)
    longest = ("k" * LONGEST_KIND, "".join(chr(0x4E00 + place) for place in range(LONGEST_KEY // 3)))
    workspace.decide({longest: 1}, cluster=cluster)
    assert workspace.records(cluster=cluster) == {longest: 1}
    for kind, key, of in (("k" * 101, "a", ""), ("a", "k" * 2001, ""), ("a", "b", "k" * 201), ("a", "ü" * 1001, "")):
        with pytest.raises(ArgumentError, match="is longer than"):
            workspace.decide({(kind, key): 1}, cluster=of)


def test_a_temporary_workspace_is_gone_when_it_is_closed() -> None:
    with Workspace.temporary() as workspace:
        workspace.decide({BLOCK: 1})
        assert workspace.path.is_dir()
    assert not workspace.path.exists()


@settings(max_examples=examples(25))
@given(steps=st.lists(st.tuples(CHANGES, st.sampled_from(["", "east"]), ANY_TEXT), max_size=6))
def test_any_decisions_then_undoing_them_backwards_restores_each_state(
    new_url: NewUrl, steps: list[tuple[dict[tuple[str, str], Any], str, str]]
) -> None:
    with TemporaryDirectory() as folder, Workspace(folder, new_url(), who="ana") as workspace:
        states, made = [], []
        for changes, cluster, why in steps:
            states.append((workspace.records(), workspace.records(cluster="east")))
            made.append(workspace.decide(changes, cluster=cluster, why=why))
            now = workspace.records(cluster=cluster)
            assert {named: now.get(named) for named in changes} == changes
        for decision, state in zip(reversed(made), reversed(states), strict=True):
            if decision.id:
                workspace.undo(decision.id)
            assert (workspace.records(), workspace.records(cluster="east")) == state
        assert_sound(workspace)


@settings(max_examples=examples(25))
@given(data=st.data(), steps=st.lists(CHANGES, min_size=1, max_size=5))
def test_any_mixture_of_deciding_and_undoing_keeps_the_chain_whole(
    new_url: NewUrl, data: st.DataObject, steps: list[dict[tuple[str, str], Any]]
) -> None:
    with TemporaryDirectory() as folder, Workspace(folder, new_url(), who="ana") as workspace:
        for changes in steps:
            workspace.decide(changes)
            for decision in (
                data.draw(st.lists(st.sampled_from(workspace.decisions()), max_size=2))
                if (workspace.decisions())
                else ()
            ):
                before = workspace.records()
                try:
                    undo = workspace.undo(decision.id)
                except ConflictError:
                    assert workspace.records() == before, "what is refused changes nothing"
                else:
                    assert [each.reverse for each in undo.changes] == list(decision.changes)
        assert_sound(workspace)
