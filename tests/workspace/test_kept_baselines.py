"""Baselines in a workspace: kept as decisions, by several people at once, and taken back (workspace 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workspace.conftest import NewUrl
from workbench.baseline import DEFAULT_PERIOD, Baselines, Head, Side
from workbench.workspace import ConflictError, Workspace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WEB, DB = "shop/web[Deployment]", "shop/db[StatefulSet]"
CALL = Side(WEB, "egress", "workload", DB, 5432, "TCP")
OTHER = Side(WEB, "egress", "internet", "", 443, "TCP")
START = Baselines({name: Head(NOON, NOON + DEFAULT_PERIOD) for name in (WEB, DB)})
Action: TypeAlias = Callable[[Baselines], Baselines]
ACTIONS: dict[str, Action] = {
    "add": lambda found: found.add([CALL]),
    "mark": lambda found: found.mark([CALL]),
    "add another": lambda found: found.add([OTHER]),
    "lock": lambda found: found.lock(WEB),
    "unlock": lambda found: found.unlock(WEB),
    "note": lambda found: found.with_note(DB, "asked the team"),
    "forget": lambda found: found.forget([CALL]),
    "the workload goes": lambda found: found.without([DB]),
    "suppress": lambda found: found.suppress([OTHER], reason="a test", until=NOON + timedelta(days=1)),
    "other period": lambda found: Baselines(found.heads, found.known, found.suppressions, timedelta(days=7)),
}
ABOUT_BOTH = {"add", "mark", "note", "forget"}


@pytest.fixture
def workspace(tmp_path: Path, url: str) -> Workspace:
    made = Workspace(tmp_path, url, who="ana")
    made.keep_baselines(START, Baselines())
    return made


def test_what_is_kept_is_there_for_the_next_who_opens_it(workspace: Workspace, url: str) -> None:
    before = workspace.baselines()
    assert before == START
    decision = workspace.keep_baselines(before.add([CALL]), before, why="the team says so")
    assert len(decision.changes) == 2  # both ends know the flow
    assert Workspace(workspace.path, url).baselines() == before.add([CALL])
    assert workspace.keep_baselines(before, before).id == 0
    assert workspace.baselines("another cluster") == Baselines()


def test_people_who_decide_about_different_flows_do_not_conflict(workspace: Workspace, url: str) -> None:
    before = workspace.baselines()
    workspace.keep_baselines(before.add([CALL]), before)
    Workspace(workspace.path, url, who="ben").keep_baselines(before.mark([OTHER]), before)
    assert workspace.baselines() == before.add([CALL]).mark([OTHER])


def test_people_who_decide_otherwise_about_one_flow_are_told(workspace: Workspace, url: str) -> None:
    before = workspace.baselines()
    workspace.keep_baselines(before.add([CALL]), before)
    with pytest.raises(ConflictError, match="ana"):
        Workspace(workspace.path, url, who="ben").keep_baselines(before.mark([CALL]), before)
    assert workspace.baselines() == before.add([CALL])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=6))
def test_whatever_was_done_can_be_taken_back(new_url: NewUrl, names: list[str]) -> None:
    with TemporaryDirectory() as folder, Workspace(folder, new_url()) as workspace:
        workspace.keep_baselines(START, Baselines())
        states, decisions = [workspace.baselines()], []
        for name in names:
            if WEB not in states[-1].heads or (
                name in {"note", "forget", "add", "mark"} and DB not in states[-1].heads
            ):
                continue
            decisions.append(workspace.keep_baselines(ACTIONS[name](states[-1]), states[-1], why=name))
            states.append(workspace.baselines())
        for decision, state in zip(reversed(decisions), reversed(states[:-1]), strict=True):
            if decision.id:
                workspace.undo(decision.id)
            assert workspace.baselines() == state
