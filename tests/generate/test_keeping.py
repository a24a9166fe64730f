"""A proposal that is kept comes back the same, and knows since when its rules have been proposed (generate 12)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from workbench.flows import Flows, load_flows
from workbench.generate import Proposal, compared_proposals, proposal_of, propose, record_of, renewed
from workbench.ground import ArgumentError, sample_path
from workbench.inventory import Cluster, load_manifests

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@cache
def shop() -> tuple[Cluster, Flows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)


def proposed(now: datetime = NOON, **options: Any) -> Proposal:  # noqa: ANN401  (of a strategy)
    cluster, flows = shop()
    return propose(cluster, flows, namespaces="orders", now=now, **options)


@pytest.mark.parametrize(
    "options",
    [{}, {"strategy": "rhacs", "delete_existing": "all"}, {"strategy": "recipe", "name": "allow-new-deployments"}],
)
def test_a_kept_proposal_is_the_same(options: dict[str, Any]) -> None:
    made = proposed(**options)
    record = json.loads(json.dumps(record_of(made)))
    back = proposal_of(record, made.cluster)
    assert back.render("json") == made.render("json")
    assert back.render("txt") == made.render("txt")
    assert (back.needs, back.left_out, dict(back.options)) == (made.needs, made.left_out, dict(made.options))
    assert record_of(back) == record


def test_a_rule_that_stays_is_stable_since_it_was_first_proposed() -> None:
    first = proposed()
    second = renewed(proposed(NOON + timedelta(days=1)), first)
    third = renewed(proposed(NOON + timedelta(days=2), without=[first.needs[0].key]), second)
    rows = compared_proposals(second, third).set_index("says")
    assert set(rows["status"]) >= {"stable", "gone"}
    assert set(rows[rows["status"] == "stable"]["since"]) == {NOON}
    assert set(third.since.values()) == {NOON}


def test_what_is_no_proposal_is_refused() -> None:
    made = proposed()
    record = record_of(made)
    for broken in ({}, {**record, "version": 2}, {**record, "drafts": [{}]}, {**record, "made_at": "noon"}):
        with pytest.raises(ArgumentError):
            proposal_of(broken, made.cluster)
