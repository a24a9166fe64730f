"""In a cluster that holds the proposal, what it claims is allowed between workloads, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings

from tests.examples import examples
from tests.generate.build_time.claims import allowed_between_workloads, claimed
from tests.generate.build_time.clusters import declaring_clusters
from tests.generate.build_time.objects import Json, cluster_of
from workbench.generate import propose


@given(declaring_clusters())
@settings(max_examples=examples(200))
def test_what_is_required_is_allowed_and_all_else_between_workloads_denied(objects: list[Json]) -> None:
    found = propose(cluster_of(*objects), strategy="build-time")
    assert allowed_between_workloads(found) == claimed(found)


@given(declaring_clusters())
@settings(max_examples=examples(50))
def test_two_runs_give_the_same_bytes(objects: list[Json]) -> None:
    first, second = (propose(cluster_of(*objects), strategy="build-time") for _ in range(2))
    assert first.to_yaml() == second.to_yaml()
    assert first.explain() == second.explain()


@given(declaring_clusters())
@settings(max_examples=examples(50))
def test_each_rule_has_a_reason_and_what_is_left_out_one_too(objects: list[Json]) -> None:
    found = propose(cluster_of(*objects), strategy="build-time")
    assert all(draft.reasons[rule.direction, rule.index] for draft in found.drafts for rule in draft.policy.rules)
    assert not [one for one in found.left_out if one.why.value == "no-peers"]
