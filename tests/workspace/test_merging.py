"""Decisions of two people that went apart, put together (workspace 16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.command import command
from workbench.workspace import ConflictError, Workspace
from workbench.workspace.decisions import Change, KeptDecision
from workbench.workspace.decisions_file import read_decisions, written_decisions
from workbench.workspace.merging import Conflict, Merge, WhoseValue, merged

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
VALUES: Final = [None, '{"name":"a"}', '{"name":"b"}']
Wish = dict[tuple[str, str], str | None] | int
"""Values by cluster and key, of which those of one cluster count; or how many decisions ago what is undone was made."""
WISHES: Final = st.lists(
    st.dictionaries(
        st.tuples(st.sampled_from(["", "east"]), st.sampled_from(["k", "l", "m"])), st.sampled_from(VALUES), max_size=3
    )
    | st.integers(1, 3),
    max_size=5,
)
Records = dict[tuple[str, str], str]


def records_of(decisions: Sequence[KeptDecision]) -> Records:
    found: Records = {}
    for decision in decisions:
        for one in decision.changes:
            place = decision.cluster, one.key
            assert found.get(place) == one.before
            found.pop(place, None)
            if one.after is not None:
                found[place] = one.after
    return found


def decided(begin: Sequence[KeptDecision], who: str, wishes: Sequence[Wish]) -> tuple[KeptDecision, ...]:
    """Return a history that goes on by what a person wishes, as far as a workspace lets them."""
    found, undone = list(begin), set[int]()
    for one in begin:
        if one.undoes is not None:
            undone.add(one.undoes)
            undone.discard(found[one.undoes - 1].undoes or 0)
    for wish in wishes:
        now, number = records_of(found), len(found) + 1
        undoes, cluster = None, ""
        if isinstance(wish, int):
            undoes = number - wish
            if undoes < 1 or undoes in undone:
                continue
            cluster = found[undoes - 1].cluster
            changes = tuple(one.reverse for one in found[undoes - 1].changes)
            if any(now.get((cluster, one.key)) != one.before for one in changes):
                continue
            undone.add(undoes)
            undone.discard(found[undoes - 1].undoes or 0)
        else:
            cluster = min(wish, default=("", ""))[0]
            mine = {key: value for (of, key), value in wish.items() if of == cluster}
            changes = tuple(
                Change("block", key, now.get((cluster, key)), value)
                for key, value in sorted(mine.items())
                if now.get((cluster, key)) != value
            )
        if changes:
            moment = NOON + timedelta(minutes=number)
            found.append(KeptDecision(number, cluster, who, f"wish {number}", moment, changes, undoes))
    return tuple(found)


def put_together(
    here: tuple[KeptDecision, ...], there: Sequence[KeptDecision], choice: WhoseValue | None = None
) -> tuple[tuple[KeptDecision, ...], Merge]:
    merge = merged(here, there, lambda _conflict: choice)
    whole = (*here, *merge.taken)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.yaml"
        path.write_text(written_decisions(whole))
        assert read_decisions(path)[0] == whole  # a history that a workspace takes
    return whole, merge


@given(WISHES, WISHES, WISHES)
@settings(max_examples=60, deadline=None)
def test_where_nothing_conflicts_it_is_the_same_whoever_takes_the_others(
    common: list[Wish], anas: list[Wish], bens: list[Wish]
) -> None:
    begin = decided((), "eva", common)
    ana, ben = decided(begin, "ana", anas), decided(begin, "ben", bens)
    (hers, one), (his, other) = put_together(ana, ben), put_together(ben, ana)
    assert {(it.cluster, it.key, it.ours, it.theirs) for it in one.conflicts} == {
        (it.cluster, it.key, it.theirs, it.ours) for it in other.conflicts
    }
    open_ = {(it.cluster, it.key) for it in one.conflicts}
    apart = [{place: value for place, value in records_of(it).items() if place not in open_} for it in (hers, his)]
    assert apart[0] == apart[1]
    was, now = records_of(begin), records_of(hers)
    for place in {("", "k"), ("", "l"), ("", "m"), ("east", "k"), ("east", "l"), ("east", "m")} - open_:
        sides = {records_of(ana).get(place), records_of(ben).get(place)}
        assert now.get(place) in (sides - {was.get(place)} or {was.get(place)})


@given(WISHES, WISHES, WISHES)
@settings(max_examples=60, deadline=None)
def test_whose_value_holds_can_be_said_from_either_side(common: list[Wish], anas: list[Wish], bens: list[Wish]) -> None:
    begin = decided((), "eva", common)
    ana, ben = decided(begin, "ana", anas), decided(begin, "ben", bens)
    assert records_of(put_together(ana, ben, "ours")[0]) == records_of(put_together(ben, ana, "theirs")[0])
    assert put_together(ana, ben, "ours")[1].conflicts == put_together(ana, ben, "theirs")[1].conflicts == ()


@given(WISHES, WISHES, WISHES, WISHES)
@settings(max_examples=60, deadline=None)
def test_taking_again_changes_nothing_and_later_decisions_follow(
    common: list[Wish], anas: list[Wish], bens: list[Wish], later: list[Wish]
) -> None:
    begin = decided((), "eva", common)
    ana, ben = decided(begin, "ana", anas), decided(begin, "ben", bens)
    both, _ = put_together(ana, ben, "theirs")
    assert put_together(both, ben)[1] == Merge((), ())
    after = decided(ben, "ben", later)
    again, _ = put_together(both, after)
    hers = {(one.cluster, change.key) for one in ana[len(begin) :] for change in one.changes}
    now, his = records_of(again), records_of(after)
    for place in {*now, *his} - hers:
        assert now.get(place) == his.get(place)
    assert put_together(again, after)[1].taken == ()


def kept(folder: Path, who: str, *changes: tuple[str, str]) -> Workspace:
    workspace = Workspace(folder, who=who)
    for cidr, name in changes:
        workspace.decide({("block", cidr): {"name": name} if name else None}, why=f"{who} says so")
    return workspace


@pytest.fixture
def ana(tmp_path: Path) -> Workspace:
    return kept(tmp_path / "ana", "ana", ("203.0.113.0/24", "bank"), ("198.51.100.0/24", "partner"))


@pytest.fixture
def bens(tmp_path: Path, ana: Workspace) -> Path:
    """Return the export of Ben, who began with Ana's decisions and went on otherwise."""
    ana.export_decisions(tmp_path / "begin.yaml")
    with Workspace(tmp_path / "ben", who="ben") as workspace:
        workspace.import_decisions(tmp_path / "begin.yaml")
    kept(tmp_path / "ben", "ben", ("203.0.113.0/24", "acquirer"), ("192.0.2.0/24", "lab"), ("198.51.100.0/24", ""))
    with Workspace(tmp_path / "ben", who="ben") as workspace:
        workspace.undo(5, "not yet")
        workspace.export_decisions(tmp_path / "ben.yaml")
    kept(tmp_path / "ana", "ana", ("203.0.113.0/24", "payments"), ("100.64.9.0/24", "vpn"))
    return tmp_path / "ben.yaml"


def names(workspace: Workspace) -> dict[str, str]:
    return {one.cidr: one.name for one in workspace.address_book().blocks}


def test_what_conflicts_is_listed_with_both_sides_and_all_else_is_taken(ana: Workspace, bens: Path) -> None:
    result = command("workspace", "import", bens, "-w", ana.path)
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first == "3 decisions imported: 5 to 7"
    assert second.startswith('block 203.0.113.0/24: ours: {"name":"payments"}, decision 3 by ana')
    assert 'theirs: {"name":"acquirer"}, decision 3 by ben' in second
    assert "--theirs-of KEY" in result.stderr
    expected = {
        "100.64.9.0/24": "vpn",
        "192.0.2.0/24": "lab",
        "198.51.100.0/24": "partner",
        "203.0.113.0/24": "payments",
    }
    assert names(ana) == expected
    taken = ana.decisions()[4:]
    assert [(one.who, one.why, one.undoes) for one in taken] == [
        ("ben", "ben says so", None),
        ("ben", "ben says so", None),
        ("ben", "not yet", 6),
    ]
    assert command("workspace", "import", bens, "-w", ana.path).exit_code == 1
    assert names(ana) == expected
    assert len(ana.decisions()) == 7


@pytest.mark.parametrize(
    "words, expected",
    [
        (("--theirs",), "acquirer"),
        (("--ours",), "payments"),
        (("--theirs-of", "203.0.113.0/24"), "acquirer"),
        (("--theirs-of", "block 203.0.113.0/24", "--ours"), "acquirer"),
        (("--ours-of", "203.0.113.0/24", "--theirs"), "payments"),
    ],
)
def test_it_is_said_whose_value_holds(ana: Workspace, bens: Path, words: tuple[str, ...], expected: str) -> None:
    result = command("workspace", "import", bens, "-w", ana.path, *words)
    assert result.exit_code == 0, result.stderr
    assert names(ana)["203.0.113.0/24"] == expected
    if expected == "acquirer":
        last = next(one for one in ana.decisions() if '{"name":"acquirer"}' in {it.after for it in one.changes})
        ana.undo(last.id)
        assert names(ana)["203.0.113.0/24"] == "payments"


def test_what_is_said_must_be_clear(ana: Workspace, bens: Path) -> None:
    assert command("workspace", "import", bens, "-w", ana.path, "--ours", "--theirs").exit_code == 2
    result = command("workspace", "import", bens, "-w", ana.path, "--theirs", "--ours-of", "192.0.2.0/24")
    assert "nothing that both decided otherwise is called 192.0.2.0/24" in result.stderr


def test_histories_without_a_decision_in_common_are_refused(tmp_path: Path, bens: Path) -> None:
    other = kept(tmp_path / "other", "eva", ("8.8.8.0/24", "dns"))
    with pytest.raises(ConflictError, match="no decision in common"):
        other.merge_decisions(bens)
    assert command("workspace", "import", bens, "-w", other.path).exit_code == 2
    assert len(other.decisions()) == 1


def test_each_conflict_can_be_decided_by_itself(ana: Workspace, bens: Path) -> None:
    seen: list[Conflict] = []
    ana.merge_decisions(bens, seen.append)
    (conflict,) = seen
    assert (conflict.kind, conflict.key) == ("block", "203.0.113.0/24")
    assert (conflict.ours, conflict.theirs) == ('{"name":"payments"}', '{"name":"acquirer"}')
    assert (conflict.ours_by.who, conflict.theirs_by.who) == ("ana", "ben")
