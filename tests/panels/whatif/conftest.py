"""The shop and three days of its flows, read once; each test makes its own scope of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from workbench.flows import Flows, load_flows
from workbench.ground import no_progress, sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.panels.frame import Scope
from workbench.panels.whatif import WhatIfState


@cache
def _shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)


@pytest.fixture(scope="session")
def shop() -> Callable[[], Scope]:
    return lambda: Scope(*_shop())


@pytest.fixture(scope="session")
def tried(shop: Callable[[], Scope]) -> WhatIfState:
    """Return a state that knows what was before; others of the same flows take that over."""
    state = WhatIfState(shop())
    state.delete("NetworkPolicy payments/db")
    state.put(state.trying()(no_progress))
    return state


@pytest.fixture
def state(shop: Callable[[], Scope], tried: WhatIfState) -> WhatIfState:
    """Return a state with one empty draft."""
    made = WhatIfState(shop())
    made.take_over(tried)
    made.drop()
    return made
