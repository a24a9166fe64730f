"""The shop and three days of its flows, read once; each test makes its own scope of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from workbench.flows import Flows, load_flows
from workbench.ground import sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.panels.frame import Scope


@cache
def _shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)


@pytest.fixture(scope="session")
def shop() -> Callable[[], Scope]:
    return lambda: Scope(*_shop())
