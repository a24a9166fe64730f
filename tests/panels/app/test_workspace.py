"""A workbench on a workspace: its flows are shown, and decisions are kept where they belong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import load_manifests
from workbench.flows import import_flows
from workbench.ground import ArgumentError, ProblemLog, sample_path
from workbench.inventory import Cluster
from workbench.panels import write_notebook
from workbench.panels.app import Source, Workbench, WorkbenchState
from workbench.panels.flows import FlowsState
from workbench.panels.frame import Scope
from workbench.workspace import Settings, Workspace

BLOCK = ("setting", "a")


def code_of(notebook: Path) -> str:
    return "".join(json.loads(notebook.read_text())["cells"][-1]["source"])


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A workspace with flows."""
    with Workspace(tmp_path / "w") as workspace:
        list(import_flows(workspace.flows, sample_path("flows/morning.hubble.jsonl"), ProblemLog()))
    return tmp_path / "w"


@pytest.fixture
def workbench(cluster: Cluster, kept: Path) -> Iterator[Workbench]:
    made = Workbench(cluster, workspace=kept)
    yield made
    made.close()


def test_the_flows_of_the_workspace_are_those_of_a_cluster_without_any(workbench: Workbench, cluster: Cluster) -> None:
    flows = workbench.state.scope.flows
    assert flows is not None
    assert flows.cluster is cluster
    assert not flows.edges().empty


def test_flows_that_are_given_are_looked_at_instead(cluster: Cluster, kept: Path) -> None:
    with Workspace(kept) as workspace:
        some = workspace.open_flows(cluster).where(port=53)
    state = WorkbenchState(Source("shop", cluster, some), workspace=kept)
    assert state.scope.flows is some


def test_it_is_said_where_decisions_are_kept(workbench: Workbench, cluster: Cluster, kept: Path) -> None:
    assert f"Decisions are kept in {kept}." in workbench._says.value
    temporary = Workbench(cluster)
    temporary.state.scope.decide({BLOCK: 1})
    assert "kept in" not in temporary._says.value
    temporary.close()


def test_one_cluster_has_no_name_in_the_workspace_and_several_have_theirs(cluster: Cluster, tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        WorkbenchState(Source("deploy", cluster), workspace=workspace).scope.decide({BLOCK: 0})
        both = Workbench({"east": cluster, "west": cluster}, workspace=workspace)
        for number, name in enumerate(("east", "west"), 1):
            both.state.chosen = name
            both.state.scope.decide({BLOCK: number})
        both.state.open(Source("opened", cluster))
        both.state.scope.decide({BLOCK: 3})
        both.close()
        names = ("", "east", "west", "opened")
        assert [workspace.records(cluster=name) for name in names] == [{BLOCK: number} for number in range(4)]


def test_a_cell_that_runs_again_keeps_what_was_decided_without_a_workspace(cluster: Cluster) -> None:
    earlier, later = (WorkbenchState(Source("shop", cluster)) for _ in range(2))
    earlier.scope.decide({BLOCK: 1})
    later.take_over(earlier)
    assert later.scope.workspace is earlier.scope.workspace


def test_a_cell_that_names_a_workspace_now_uses_it(cluster: Cluster, tmp_path: Path) -> None:
    earlier, later = (
        WorkbenchState(Source("shop", cluster)),
        WorkbenchState(Source("shop", cluster), workspace=tmp_path),
    )
    earlier.scope.decide({BLOCK: 1})
    later.take_over(earlier)
    assert later.scope.workspace.path == tmp_path


def test_recordings_that_a_panel_reads_are_kept_beside_the_others(cluster: Cluster, kept: Path) -> None:
    with Workspace(kept) as workspace:
        state = FlowsState(Scope(cluster, workspace=workspace))
        state.take(state.read(sample_path("flows/hubble.jsonl.gz")))
        assert len(workspace.flows.batches()) == 2
        assert state.flows is not None
        assert len(state.flows) == sum(batch.rows for batch in workspace.flows.batches())


def test_a_file_without_flows_is_told_also_where_others_are_kept(cluster: Cluster, kept: Path) -> None:
    with Workspace(kept) as workspace, pytest.raises(ArgumentError, match="no flows were read"):
        FlowsState(Scope(cluster, workspace=workspace)).read(sample_path("shop"))


def test_a_scope_without_a_workspace_that_is_kept_keeps_no_flows(cluster: Cluster) -> None:
    scope = Scope(cluster)
    assert (scope.is_kept, scope.has_workspace, scope.kept_flows(cluster)) == (False, False, None)


@pytest.mark.parametrize(
    "settings,said",
    [
        (Settings(workspace=Path("w")), "Workbench.open(['a'], workspace='w')"),
        (
            Settings(workspace=Path("w"), database="postgresql://db/n", who="ana"),
            "Workbench.open(['a'], workspace=Workspace('w', 'postgresql://db/n', who='ana'))",
        ),
        (None, "Workbench.open(['a'])"),
    ],
)
def test_the_notebook_that_lab_makes_names_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    write_notebook(tmp_path / "n.ipynb", ["a"], settings=settings)
    code = code_of(tmp_path / "n.ipynb")
    assert said in code
    compile(code, "<cell>", "exec")
    assert ("from workbench.workspace import Workspace" in code) == ("Workspace(" in said)


def test_the_sample_has_no_workspace_that_is_kept(tmp_path: Path) -> None:
    write_notebook(tmp_path / "n.ipynb", settings=Settings(workspace=Path("w")))
    assert "workspace=" not in code_of(tmp_path / "n.ipynb")
