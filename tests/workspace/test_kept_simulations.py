"""A workspace keeps simulations with its decisions (workspace 17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workbench.ground import ArgumentError, NotFoundError
from workbench.inventory import load_manifests
from workbench.whatif import Simulation, simulate
from workbench.workspace import ConflictError, Workspace

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
"""
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
"""
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def found() -> Simulation:
    return simulate(load_manifests(PODS), DENY)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    times = iter(NOW + timedelta(hours=number) for number in range(100))
    return Workspace(tmp_path / "ws", who="ana", now=lambda: next(times))


def test_simulations_are_kept_by_name_the_latest_first(workspace: Workspace, found: Simulation) -> None:
    workspace.keep_simulation(" deny ", found, note="for november")
    workspace.keep_simulation("again", found)
    kept = workspace.simulations()
    assert list(kept) == ["again", "deny"]
    assert (kept["deny"].who, kept["deny"].note, kept["deny"].text, kept["deny"].verdict) == (
        "ana",
        "for november",
        DENY,
        found.verdict,
    )
    assert simulate(found.change.cluster, kept["deny"].change(found.change.cluster)).verdict == found.verdict


def test_they_are_decisions_with_history_and_undo(workspace: Workspace, found: Simulation) -> None:
    made = workspace.keep_simulation("deny", found, why="asked by the board")
    assert (made.why, [one.kind for one in made.changes]) == ("asked by the board", ["simulation"])
    workspace.keep_simulation("deny", found, note="second")
    workspace.undo(made.id + 1)
    assert workspace.simulations()["deny"].note == ""
    workspace.undo(made.id)
    assert workspace.simulations() == {}
    assert len(workspace.history("simulation")) == 4


def test_a_decision_about_one_that_was_changed_meanwhile_conflicts(workspace: Workspace, found: Simulation) -> None:
    made = workspace.keep_simulation("deny", found)
    workspace.keep_simulation("deny", found, note="second")
    with pytest.raises(ConflictError):
        workspace.undo(made.id)


def test_they_are_of_one_cluster_each(workspace: Workspace, found: Simulation) -> None:
    workspace.keep_simulation("deny", found, cluster="east")
    workspace.keep_simulation("deny", found, cluster="west")
    workspace.delete_simulation("deny", cluster="west")
    assert [list(workspace.simulations(name)) for name in ("", "east", "west")] == [[], ["deny"], []]
    rows = workspace.simulations_frame()
    assert rows[["cluster", "name", "who", "closings"]].to_numpy().tolist() == [
        ["east", "deny", "ana", found.difference.closed_count]
    ]


def test_one_without_a_name_or_that_is_not_there_is_refused(workspace: Workspace, found: Simulation) -> None:
    with pytest.raises(ArgumentError, match="a simulation has a name"):
        workspace.keep_simulation("  ", found)
    with pytest.raises(NotFoundError, match="there is no simulation 'no'"):
        workspace.delete_simulation("no")


def test_one_that_is_damaged_is_told_and_left_out(workspace: Workspace, found: Simulation) -> None:
    workspace.keep_simulation("deny", found)
    workspace.decide({("simulation", "odd"): {"version": 9}})
    assert list(workspace.simulations()) == ["deny"]
    (problem,) = workspace.problems()
    assert "odd" in problem.message
    assert "another version" in problem.message


def test_they_go_with_an_export(workspace: Workspace, found: Simulation, tmp_path: Path) -> None:
    workspace.keep_simulation("deny", found)
    workspace.export_decisions(tmp_path / "decisions.yaml")
    other = Workspace(tmp_path / "other")
    other.import_decisions(tmp_path / "decisions.yaml")
    assert other.simulations() == workspace.simulations()
