"""The shop and three days of its flows, asked once; each test makes its own scope of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from workbench.flows import Flows, load_flows
from workbench.ground import no_progress, sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.panels.checks import ChecksState
from workbench.panels.frame import Scope
from workbench.workspace import Workspace

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@cache
def _shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)


@pytest.fixture(scope="session")
def shop() -> Callable[[], Scope]:
    return lambda: Scope(*_shop())


@pytest.fixture(scope="session")
def asked(shop: Callable[[], Scope]) -> ChecksState:
    """Return a state of which all checks were asked; others of the same flows take that over."""
    state = ChecksState(shop(), now=lambda: NOW)
    state.put(state.asking()(no_progress))
    return state


@pytest.fixture
def state(asked: ChecksState, tmp_path: Path) -> ChecksState:
    """Return a state with a workspace of its own, of which all checks were asked."""
    scope = asked.scope
    made = ChecksState(
        Scope(scope.cluster, scope.flows, workspace=Workspace(tmp_path / "kept", who="ann"), name="prod"),
        now=lambda: NOW,
    )
    made.take_over(asked)
    return made
