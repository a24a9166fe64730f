"""A copy of flows answers as the flows do, is the same for the same flows, and holds what was chosen alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.flows import FlowCopyError, Flows, copied_flows, copy_flows, load_flows
from workbench.ground import sample_path
from workbench.inventory import load_manifests

CLUSTER = load_manifests([sample_path("shop"), sample_path("flows") / "cluster.json"])


def files_in(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


@pytest.fixture(scope="module")
def flows() -> Flows:
    return load_flows(sample_path("flows") / "morning.hubble.jsonl", cluster=CLUSTER)


@pytest.fixture(scope="module")
def folder(flows: Flows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("copied")
    copy_flows(flows.apart(), found)
    return found


@pytest.mark.parametrize("chosen", ["all", "denied", "of one port"])
def test_a_copy_answers_as_the_flows_do(flows: Flows, tmp_path: Path, chosen: str) -> None:
    own = {"all": flows, "denied": flows.where(verdict="denied"), "of one port": flows.where(port=5432)}[chosen].apart()
    copy_flows(own, tmp_path)
    found = copied_flows(tmp_path, cluster=CLUSTER)
    assert found.edges().equals(own.edges())
    assert found.summary().equals(own.summary())
    assert found.dns().equals(own.dns())
    assert found.period == own.period
    assert found.lost_events == own.lost_events
    assert len(found) == len(own)


def test_the_same_flows_give_the_same_files(flows: Flows, folder: Path, tmp_path: Path) -> None:
    copy_flows(flows.apart(), tmp_path)
    assert files_in(tmp_path) == files_in(folder)


def test_a_copy_of_a_copy_is_the_same(folder: Path, tmp_path: Path) -> None:
    copy_flows(copied_flows(folder, cluster=CLUSTER), tmp_path)
    assert files_in(tmp_path) == files_in(folder)


@pytest.mark.parametrize("name", ["about.json", "flows.parquet", "totals.parquet"])
def test_a_damaged_copy_is_an_error(flows: Flows, tmp_path: Path, name: str) -> None:
    copy_flows(flows.apart(), tmp_path)
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(FlowCopyError, match="is no copy of flows, or is damaged"):
        copied_flows(tmp_path)
