"""The shop and three days of its flows, read once; each test makes its own scope of them, and a report is made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from workbench.flows import Flows, load_flows
from workbench.ground import sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.panels.frame import Scope
from workbench.panels.report import ReportState
from workbench.panels.report.making import Made
from workbench.workspace import Workspace

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)


@cache
def _shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)


@pytest.fixture(scope="session")
def shop() -> Callable[[], Scope]:
    return lambda: Scope(*_shop())


@pytest.fixture
def kept(tmp_path: Path) -> Scope:
    """Return a scope whose decisions outlive it."""
    return Scope(*_shop(), workspace=Workspace(tmp_path / "workspace", who="ana"))


@pytest.fixture
def state(shop: Callable[[], Scope]) -> ReportState:
    return ReportState(shop(), now=lambda: NOW)


@pytest.fixture(scope="session")
def made(shop: Callable[[], Scope]) -> Made:
    """Return a report of all that there is."""
    return ReportState(shop(), now=lambda: NOW).making()()
