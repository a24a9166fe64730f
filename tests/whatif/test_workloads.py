"""Which workloads are cut off or reachable again: what a list of all connections says, however many are asked about."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import pod, policy
from tests.examples import examples
from workbench.connectivity import Connectivity, evaluate
from workbench.inventory import load_manifests
from workbench.whatif.workloads import changed_workloads

CLOSED = "policyTypes: [Ingress, Egress]"
MANY = 300


def connected(side: Connectivity) -> set[str]:
    """Return who has a connection, by a list of all there are."""
    return {end.name for one in side.connections() for end in (one.src, one.dst) if end.namespace}


def expected(before: Connectivity, after: Connectivity) -> set[tuple[str, str]]:
    had, has = connected(before), connected(after)
    there = {one.peer.name for one in before.standings()} & {one.peer.name for one in after.standings()}
    return {("cut-off", name) for name in (had - has) & there} | {("reachable", name) for name in (has - had) & there}


def found(before: Connectivity, after: Connectivity) -> set[tuple[str, str]]:
    changes = list(changed_workloads(before, after))
    return {(one.change, one.workload) for one in changes if one.change in {"cut-off", "reachable"}}


@settings(max_examples=examples(80), deadline=None)
@given(clusters.clusters(), st.data())
def test_workloads_are_cut_off_as_a_list_of_all_connections_says(manifests: list[Any], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    there = data.draw(st.sets(st.sampled_from(policies), max_size=4)) if policies else set()
    before = evaluate(cluster.with_policies(remove=[one.ref for one in policies if one not in there]))
    added = data.draw(st.sets(st.sampled_from(policies), max_size=3)) if policies else set()
    gone = [one.ref for one in there if one not in added]
    after = before.with_policies(sorted(added, key=lambda one: one.ref), remove=gone)
    assert found(before, after) == expected(before, after)


def test_of_many_workloads_each_is_told() -> None:
    """Some talk to all, some to one other, some are called alone, some reach the outside alone, some nothing."""
    kinds = {
        "all": "egress: [{}]",
        "one": "egress: [{to: [{podSelector: {matchLabels: {app: called-0}}}]}]",
        "called": "ingress: [{from: [{podSelector: {matchLabels: {app: one-0}}}]}]",
        "outside": "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]",
        "none": "ingress: []",
    }
    names = [f"{kind}-{number}" for kind in kinds for number in range(MANY // len(kinds))]
    pods = "".join(pod(name, "shop", f"app: {name}") for name in names)
    policies = "".join(
        policy(
            f"podSelector: {{matchLabels: {{app: {name}}}}}, {CLOSED}, {kinds[name.partition('-')[0]]}", name, "shop"
        )
        for name in names
    )
    is_open, closed = evaluate(load_manifests(pods)), evaluate(load_manifests(pods + policies))
    for before, after in ((is_open, closed), (closed, is_open)):
        assert found(before, after) == expected(before, after)
    assert {name.partition("/")[2].partition("-")[0] for _, name in found(is_open, closed)} >= {"none", "called"}
