"""Flows are judged by the labels, addresses, namespaces and policies of their moment (what-if 4)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.whatif.month import Month, counted
from workbench.inventory import load_manifests
from workbench.whatif import Simulator


@pytest.mark.parametrize("seed", range(2))
def test_a_month_is_judged_as_a_second_opinion_judges_it_flow_by_flow(seed: int, tmp_path: Path) -> None:
    month = Month(seed, changes=14)
    seen = month.seen(10_000)
    flows = month.flows(tmp_path, seen)
    change = [month.policy("policy-0"), month.policy("new")]
    removed = [one for one in ("NetworkPolicy ns-0/policy-1", "NetworkPolicy ns-1/policy-2") if _is_there(month, one)]
    now = load_manifests(yaml.safe_dump_all(month.moments[-1].manifests))
    simulator = Simulator(now, flows, history=month.history)
    found = simulator.simulate(yaml.safe_dump_all(change), remove=removed)
    expected = month.expected(seen, change, removed)
    rows = counted(found.flows().to_dict("records"))
    assert rows == expected
    assert {row[4] for row in expected} >= {"cut", "kept", "still-denied", "uncertain"}


def _is_there(month: Month, ref: str) -> bool:
    names = {
        f"NetworkPolicy {m['metadata'].get('namespace')}/{m['metadata']['name']}" for m in month.moments[-1].manifests
    }
    return ref in names
