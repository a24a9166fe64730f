"""Clusters that are made up: of the size that was asked for, the same each time, and with nothing wrong in them."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.connectivity import evaluate
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests, synthetic_manifests


def loaded(folder: Path, workloads: int) -> Cluster:
    path = folder / "cluster.json"
    path.write_bytes(orjson.dumps({"apiVersion": "v1", "kind": "List", "items": [*synthetic_manifests(workloads)]}))
    return load_manifests(path)


@given(workloads=st.integers(1, 400), seed=st.integers(0, 9))
def test_it_has_as_many_workloads_as_were_asked_for(workloads: int, seed: int) -> None:
    made = list(synthetic_manifests(workloads, seed=seed))
    names = {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in made}
    assert len(names) == len(made)
    assert sum(each["kind"] == "Deployment" for each in made) == workloads
    assert sum(each["kind"] == "NetworkPolicy" for each in made) <= workloads + workloads // 50 + 1


def test_the_same_seed_gives_the_same_cluster_and_another_another() -> None:
    assert list(synthetic_manifests(300)) == list(synthetic_manifests(300, seed=1))
    assert list(synthetic_manifests(300)) != list(synthetic_manifests(300, seed=2))


def test_a_cluster_without_workloads_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a cluster of 0 workloads cannot be made up: ask for 1 or more"):
        list(synthetic_manifests(0))


@pytest.mark.parametrize("workloads", [1, 2, 51, 52, 200])
def test_nothing_is_wrong_with_it(tmp_path: Path, workloads: int) -> None:
    cluster = loaded(tmp_path, workloads)
    assert len(cluster.workloads) == workloads
    assert cluster.problems.empty


def test_its_policies_admit_who_calls_by_design_from_the_internet_to_the_databases(tmp_path: Path) -> None:
    connectivity = evaluate(loaded(tmp_path, 200))
    may = [
        connectivity.query(src, dst, port=port).allowed
        for src, dst, port in (
            ("203.0.113.7", "app-0/gateway-0", 8443),
            ("203.0.113.7", "app-0/db-0", 5432),
            ("app-0/gateway-0", "app-0/db-0", 5432),
        )
    ]
    assert may == [True, False, False]
    hops = connectivity.reach("app-0/gateway-0").set_index("dst")["hops"]
    assert {"app-0/web", "app-0/api", "app-0/db"} <= {name.rpartition("-")[0] for name in hops[hops <= 3].index}
