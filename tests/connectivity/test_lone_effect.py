"""What a NetworkPolicy allows or denies alone is seen without trying the rest, and never other than by trying."""

from __future__ import annotations

from io import StringIO
from typing import Any

import yaml
from hypothesis import given, settings

from tests.connectivity.clusters import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.examples import examples
from workbench.connectivity import evaluate
from workbench.connectivity.policy_analysis.removal import Removal
from workbench.connectivity.policy_analysis.removal_impact import RemovalImpact
from workbench.inventory import load_manifests

ALLOW = "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]"


@given(clusters())
@settings(max_examples=examples(120))
def test_whatever_is_seen_so_has_a_witness(documents: list[dict[str, Any]]) -> None:
    engine = evaluate(load_manifests(StringIO(yaml.safe_dump_all(documents))))._engine
    impact = RemovalImpact(engine, complete=True)
    for number in engine.user_policies:
        for rule in (None, *range(len(engine.policies[number].rules))):
            removal = Removal(number, rule)
            if impact._lone.shows(removal):
                assert impact.witness(removal) is not None


def test_a_rule_that_allows_alone_is_seen_and_one_of_two_is_not() -> None:
    pods = pod("db", labels="app: db"), pod("web", labels="app: web")
    engine = compute(*pods, policy(ALLOW, "one"))._engine
    assert RemovalImpact(engine)._lone.shows(Removal(engine.user_policies[0], 0))
    engine = compute(*pods, policy(ALLOW, "one"), policy(ALLOW, "two"))._engine
    assert not RemovalImpact(engine)._lone.shows(Removal(engine.user_policies[0], 0))


def test_a_policy_that_closes_alone_is_seen() -> None:
    pods = pod("db", labels="app: db"), pod("web", labels="app: web")
    engine = compute(*pods, policy("podSelector: {matchLabels: {app: db}}", "one"))._engine
    assert RemovalImpact(engine)._lone.shows(Removal(engine.user_policies[0]))
