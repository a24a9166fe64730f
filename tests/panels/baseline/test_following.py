"""The panel of baselines says what a change of the cluster would do, and does it when a person chooses so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.baseline.seen import API, DB, HOUR, JOB, WEB, Seen, flows, policy, shop
from workbench.baseline import Followed
from workbench.inventory import Cluster
from workbench.panels import BaselinePanel, Scope
from workbench.panels.baseline import BaselineState
from workbench.workspace import Workspace

WITHOUT_JOB = shop(without=("job",))


@pytest.fixture
def scope(tmp_path: Path) -> Iterator[Scope]:
    """Return a scope whose cluster has no job yet, and whose baselines are learnt."""
    with Workspace(tmp_path / "w", who="ana") as workspace:
        seen = flows(tmp_path, Seen("web", "api", 80), Seen("api", "db", 5432, at=3), cluster=WITHOUT_JOB)
        made = Scope(WITHOUT_JOB, seen, workspace=workspace)
        made.keep(made.baselines.learn(WITHOUT_JOB, seen, whole=True))
        yield made


@pytest.mark.parametrize(
    "after, said",
    [
        (shop(policy("p", "web"), without=("job",)), "1 workload is observed anew, as policies that select it are new"),
        (shop(without=("job", "db")), f"1 workload is gone: {DB}"),
        (shop(), f"1 workload is observed from now on: {JOB}"),
        (shop(policy("p", "web"), without=("api",)), "; 1 workload is gone: "),
    ],
)
def test_it_says_what_it_would_do_and_does_it_by_a_click(scope: Scope, after: Cluster, said: str) -> None:
    panel = BaselinePanel(scope)
    before = scope.baselines
    scope.replace(after, scope.flows)
    assert scope.baselines == before
    assert "The cluster changed. If baselines follow it, " in panel._says.value
    assert said in panel.state.following.sentence
    assert panel._follow.layout.display == ""
    panel._follow.click()
    assert scope.baselines == before.following(WITHOUT_JOB, after, panel.state.moment)
    assert scope.workspace.baselines() == scope.baselines
    assert panel.state.following.sentence == ""
    assert panel._follow.layout.display == "none"
    assert scope.workspace.decisions()[-1].why.startswith("followed a change of the cluster: 1 workload is ")
    panel.state.undo()
    assert scope.baselines == before
    panel.close()


def test_changes_add_up_until_they_are_followed(scope: Scope) -> None:
    state = BaselineState(scope)
    scope.replace(shop(without=("db",)), scope.flows)
    scope.replace(shop(policy("p", "api"), without=("db",)), scope.flows)
    assert state.following.change == Followed((API,), (DB,), (JOB,))
    scope.replace(WITHOUT_JOB, scope.flows)
    assert state.following.sentence == ""


def test_what_is_left_as_it_is_is_not_followed_later(scope: Scope) -> None:
    state, before = BaselineState(scope), scope.baselines
    scope.replace(shop(without=("db",)), scope.flows)
    state.following.leave()
    assert state.following.sentence == ""
    scope.replace(shop(policy("p", "web"), without=("db",)), scope.flows)
    assert state.following.change is not None
    assert state.following.change.gone == ()
    assert scope.baselines == before


def test_it_follows_by_itself_where_that_was_chosen_and_says_so(scope: Scope) -> None:
    panel = BaselinePanel(scope, follows=True)
    panel.state.why = "of what I am about to decide"
    scope.replace(shop(without=("db",)), scope.flows)
    assert set(scope.baselines.heads) == {WEB, API, JOB}
    said = "Baselines followed a change of the cluster: 1 workload is gone: shop/db[StatefulSet]; 1"
    assert said in panel._says.value
    assert ": decision 2." in panel._says.value
    assert panel.state.followed.id == 2
    assert panel.state.why == "of what I am about to decide"
    panel.state.undo()
    assert DB in scope.baselines.heads
    assert panel.state.following.sentence == ""
    panel.close()


def test_two_panels_of_one_scope_follow_once(scope: Scope) -> None:
    states = [BaselineState(scope, follows=True) for _ in range(2)]
    scope.replace(shop(), scope.flows)
    assert len(scope.workspace.decisions()) == 2
    assert [state.following.change for state in states] == [None, None]


def test_a_change_that_baselines_are_not_about_is_none(scope: Scope) -> None:
    state = BaselineState(scope)
    scope.replace(shop(without=("job",)), scope.flows)
    assert state.following.change is None
    assert "The cluster changed" not in " ".join(state.sentences)


def test_another_cluster_of_the_workspace_is_no_change_of_this_one(scope: Scope) -> None:
    state = BaselineState(scope, follows=True)
    scope.replace(shop(without=("db",)), None, name="west")
    assert state.following.change is None
    assert not scope.baselines
    scope.replace(WITHOUT_JOB, None, name="")
    assert len(scope.baselines.heads) == 3
    assert len(scope.workspace.decisions()) == 1


def test_where_others_decided_meanwhile_it_says_why_it_was_not_followed(scope: Scope) -> None:
    state = BaselineState(scope, follows=True)
    with Workspace(scope.workspace.path, who="ben") as other:
        theirs = other.baselines()
        other.keep_baselines(theirs.lock(DB), theirs)
    scope.replace(shop(without=("job", "db")), scope.flows)
    assert DB in scope.baselines.heads
    assert scope.baselines.heads[DB].locked
    assert "It was not followed by itself: " in " ".join(state.sentences)
    assert "ben" in " ".join(state.sentences)
    state.following.follow()
    assert DB not in scope.baselines.heads


def test_a_new_workload_is_observed_as_long_as_is_usual(scope: Scope) -> None:
    state = BaselineState(scope)
    scope.replace(shop(), scope.flows)
    state.following.follow()
    head = scope.baselines.heads[JOB]
    assert (head.begun, head.period_end) == (state.moment, state.moment + HOUR)
