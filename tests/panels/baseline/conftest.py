"""The sample's days, as all panels of baselines here look at them."""

from __future__ import annotations

import pytest

from workbench import load_manifests, sample_path
from workbench.flows import Flows, load_flows
from workbench.inventory import Cluster


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])


@pytest.fixture(scope="module")
def days(cluster: Cluster) -> Flows:
    return load_flows(sample_path("flows/hubble.jsonl.gz"), cluster=cluster)


@pytest.fixture(scope="module")
def next_day(cluster: Cluster) -> Flows:
    return load_flows(sample_path("flows/next-day.hubble.jsonl.gz"), cluster=cluster)
