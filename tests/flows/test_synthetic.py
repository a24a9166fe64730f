"""Flows that are made up: as many as were asked for, where the policies let them, but for one workload's hour."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from workbench.connectivity import Connectivity, evaluate
from workbench.flows import Flows, FlowStore, compare, open_flows, record_synthetic
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests, synthetic_manifests

ROWS = 50_000


@pytest.fixture(scope="module")
def connectivity(tmp_path_factory: pytest.TempPathFactory) -> Connectivity:
    path = tmp_path_factory.mktemp("synthetic") / "cluster.json"
    path.write_bytes(orjson.dumps({"apiVersion": "v1", "kind": "List", "items": [*synthetic_manifests(120)]}))
    return evaluate(load_manifests(path))


@pytest.fixture(scope="module")
def week(connectivity: Connectivity, tmp_path_factory: pytest.TempPathFactory) -> Flows:
    store = tmp_path_factory.mktemp("week")
    record_synthetic(store, connectivity, ROWS)
    return open_flows(store, cluster=connectivity.cluster)


def test_there_are_as_many_as_were_asked_for_in_one_week(week: Flows) -> None:
    summary = week.summary()
    assert (len(week), summary["flows"].sum()) == (ROWS, ROWS)
    assert (summary["last_seen"].max() - summary["first_seen"].min()).days == 6


def test_they_go_where_the_policies_let_them_and_some_of_what_is_allowed_is_never_used(
    week: Flows, connectivity: Connectivity
) -> None:
    compared = compare(connectivity, week).to_frame()
    assert set(compared["status"]) == {"active", "unused", "denied"}


def test_every_workload_is_one_of_the_cluster(week: Flows, connectivity: Connectivity) -> None:
    edges = week.edges()
    known = {peer.name for peer in connectivity.workloads_named()}
    for end in ("src", "dst"):
        inside = edges.loc[edges[f"{end}_kind"] != "External", end]
        assert set(inside) <= known


def test_what_is_denied_is_one_workloads_hour(week: Flows) -> None:
    denied = week.denied()
    assert [f"{hour:%A %H:%M}" for hour in denied.timeline("1h")["time"]] == ["Wednesday 14:00"]
    edges = denied.edges()
    assert edges["src"].nunique() == 1
    assert edges["dst"].nunique() > 20


def test_the_same_is_recorded_once(tmp_path: Path, connectivity: Connectivity) -> None:
    store = FlowStore(tmp_path)
    first = record_synthetic(store, connectivity, 1_000)
    again = record_synthetic(store, connectivity, 1_000)
    other = record_synthetic(store, connectivity, 1_000, seed=2)
    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert sum(batch.rows for batch in store.batches()) == 2_000


def test_a_cluster_of_a_persons_own_has_a_week_too(tmp_path: Path, shop: Path) -> None:
    connectivity = evaluate(load_manifests(shop))
    record_synthetic(tmp_path / "week", connectivity, 5_000)
    flows = open_flows(tmp_path / "week", cluster=connectivity.cluster)
    assert len(flows) == 5_000
    compared = compare(connectivity, flows).to_frame()
    assert "seen-but-not-allowed" not in set(compared["status"])


@pytest.mark.parametrize("rows", [0, -1])
def test_no_rows_are_refused(tmp_path: Path, connectivity: Connectivity, rows: int) -> None:
    with pytest.raises(ArgumentError, match="there are to be no rows: name a cluster"):
        record_synthetic(tmp_path, connectivity, rows)


def test_where_nothing_is_allowed_nothing_can_be_made_up(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="nothing is allowed: name a cluster"):
        record_synthetic(tmp_path, evaluate(Cluster()), 10)
