"""Several clusters in one workspace, each by its name (workspace 14)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.baseline.seen import START, WEB, Seen
from tests.baseline.seen import flows as called_from_web
from tests.baseline.seen import shop as shop_of_four
from tests.cli.command import command
from tests.cli.test_flows import line
from workbench import load_manifests
from workbench.baseline import Baselines, Side, assurance, probably_gone, workload_status
from workbench.flows import Flows, import_flows
from workbench.ground import ArgumentError, ProblemLog, sample_path
from workbench.inventory import Cluster
from workbench.panels import Workbench
from workbench.panels.baseline import BaselineState
from workbench.panels.frame import Scope
from workbench.workspace import Workspace


def imported(workspace: Workspace, cluster: str, *paths: Path) -> list[bool]:
    log = ProblemLog()
    found = [one.is_new for one in import_flows(workspace.flows_for(cluster), list(paths), log)]
    assert not log.items
    return found


def ports(flows: Flows) -> list[int]:
    return sorted(flows.edges()["port"])


@pytest.fixture
def logs(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / f"{name}.log" for name in ("east", "west")}
    found["east"].write_text(line("web", "db", 1) + line("web", "db", 2))
    found["west"].write_text(line("web", "db", 2) + line("web", "db", 3))
    return found


@pytest.fixture
def both(tmp_path: Path, logs: dict[str, Path]) -> Workspace:
    workspace = Workspace(tmp_path / "w")
    for name, path in logs.items():
        imported(workspace, name, path)
    return workspace


@pytest.fixture
def shop() -> Cluster:
    return load_manifests(sample_path("shop"))


def test_flows_that_name_no_cluster_get_that_of_the_import(both: Workspace) -> None:
    flows = both.open_flows()
    assert flows.clusters == ("east", "west")
    assert [ports(flows.of_cluster(name)) for name in ("east", "west", "")] == [[1, 2], [2, 3], [1, 2, 2, 3]]
    assert set(flows.edges()["cluster"]) == {"east", "west"}


def test_flows_that_name_their_cluster_keep_it(tmp_path: Path) -> None:
    (tmp_path / "gke.log").write_text(named("prod"))
    workspace = Workspace(tmp_path / "w")
    imported(workspace, "east", tmp_path / "gke.log")
    assert workspace.open_flows().clusters == ("prod",)


def named(cluster: str) -> str:
    resource = {"type": "k8s_node", "labels": {"cluster_name": cluster}}
    return json.dumps({"resource": resource, "jsonPayload": json.loads(line("web", "db", 80))}) + "\n"


def test_the_same_recording_may_be_of_two_clusters_and_counts_once_in_each(
    both: Workspace, logs: dict[str, Path]
) -> None:
    assert imported(both, "west", logs["east"]) == [True]
    assert imported(both, "west", logs["east"]) == [False]
    assert ports(both.open_flows().of_cluster("west")) == [1, 2, 3]


def test_where_no_flow_names_a_cluster_all_are_of_the_one_that_there_is(tmp_path: Path, logs: dict[str, Path]) -> None:
    workspace = Workspace(tmp_path / "w")
    imported(workspace, "", logs["east"])
    assert workspace.open_flows().clusters == ()
    assert ports(workspace.open_flows().of_cluster("prod")) == [1, 2]


def test_of_a_cluster_that_no_flow_names_there_are_none_where_others_are_named(both: Workspace) -> None:
    assert ports(both.open_flows().of_cluster("north")) == []


def test_answers_of_name_servers_are_of_the_cluster_too(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    imported(workspace, "east", sample_path("flows/morning.hubble.jsonl"))
    assert set(workspace.open_flows().dns()["cluster"]) == {"east"}


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_a_name_that_cannot_be_kept_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="the name of a cluster"):
        Workspace(tmp_path / "w").flows_for(name)


def test_a_workbench_shows_each_cluster_with_its_flows_and_decisions(both: Workspace, shop: Cluster) -> None:
    workbench = Workbench({"east": shop, "west": shop}, workspace=both)
    seen = {}
    for name in ("east", "west"):
        workbench.state.chosen = name
        flows = workbench.state.scope.flows
        assert flows is not None
        seen[name] = ports(flows)
        workbench.state.scope.decide({("view", "mine"): {"search": name}})
    workbench.close()
    assert seen == {"east": [1, 2], "west": [2, 3]}
    assert [both.views(name)["mine"]["search"] for name in ("east", "west")] == ["east", "west"]


def test_commands_name_the_cluster(tmp_path: Path, logs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, path in logs.items():
        assert command("flows", "import", path, "--cluster", name).exit_code == 0

    def asked(*options: str) -> list[int]:
        return sorted(row["port"] for row in json.loads(command("flows", "edges", *options, "-o", "json").stdout))

    assert [asked("--cluster", "east"), asked("--cluster", "west"), asked()] == [[1, 2], [2, 3], [1, 2, 2, 3]]
    facts = {row["fact"]: row["value"] for row in json.loads(command("workspace", "info", "-o", "json").stdout)}
    assert facts["clusters"] == "east, west"


def test_frames_of_baselines_and_address_books_carry_the_name_of_their_cluster(tmp_path: Path) -> None:
    seen = called_from_web(tmp_path, Seen("web", "db", 5432), Seen("web", "203.0.113.9", 443))
    for name in ("east", ""):
        with Workspace(tmp_path / f"of {name}") as workspace:
            before = workspace.baselines(name)
            learnt = (
                before.learn(shop_of_four(), seen).lock("shop").mark([Side(WEB, "egress", "internet", "", 1, "TCP")])
            )
            workspace.keep_baselines(learnt.forget(list(learnt.known)[:1]), before)
            book = workspace.address_book(name)
            workspace.keep_address_book(book.add("bank", "198.51.100.0/24"), book)
            found, book = workspace.baselines(name), workspace.address_book(name)
            assert workspace.clusters() == (name,)
            frames = {
                "status": found.status(seen),
                "anomalies": found.anomalies(seen),
                "listing": found.listing(seen),
                "violations": found.violations(seen).to_frame(),
                "raised": found.violations(seen).raised,
                "to_frame": found.to_frame(),
                "summary": found.summary(START),
                "assurance": assurance(found, shop_of_four(), seen),
                "blocks": book.to_frame(),
                "lookup": book.lookup(["198.51.100.9"]),
                "suggestions": book.suggest(seen),
                "history": workspace.history(),
                "decisions": BaselineState(Scope(shop_of_four(), seen, workspace=workspace, name=name)).history(),
            }
            assert {key: set(frame["cluster"]) for key, frame in frames.items()} == {key: {name} for key in frames}
            assert '"cluster": "east"' in found.violations(seen).render("jsonl") or not name


def test_where_baselines_have_no_name_for_their_cluster_edges_keep_that_of_their_flows(both: Workspace) -> None:
    flows = both.open_flows()
    assert list(Baselines().status(flows)["cluster"]) == list(flows.edges()["cluster"])
    assert list(probably_gone(flows, datetime(2030, 1, 1, tzinfo=UTC))["cluster"]) == list(flows.edges()["cluster"])
    with Workspace(both.path) as workspace:
        assert set(workspace.baselines("north").status(flows)["cluster"]) == {"north"}


def test_the_workloads_of_one_cluster_carry_the_name_that_their_flows_have(both: Workspace, shop: Cluster) -> None:
    flows = both.open_flows(shop)
    for name in ("east", ""):
        assert set(workload_status(shop, flows.of_cluster(name))["cluster"]) == {name}
    assert set(workload_status(shop, None)["cluster"]) == {""}


def test_two_clusters_do_the_same_and_their_violations_are_told_apart(tmp_path: Path) -> None:
    seen = called_from_web(tmp_path, Seen("web", "db", 5432))
    prints = set()
    for name in ("east", "west", ""):
        locked = replace(Baselines(cluster=name).learn(shop_of_four(), seen).lock("shop"), known={})
        lines = locked.violations(seen).render("jsonl").splitlines()
        prints |= {json.loads(one)["fingerprint"] for one in lines}
    assert len(prints) == 3 * 2


def test_what_is_kept_without_the_name_of_a_cluster_is_of_the_one_it_was_of(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        before = workspace.address_book("east")
        assert workspace.keep_address_book(before.add("bank", "198.51.100.0/24"), before).cluster == "east"
        assert workspace.keep_address_book(workspace.address_book("east"), before, cluster="west").cluster == "west"
