"""A cluster with other policies is another cluster."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.connectivity import evaluate
from workbench.inventory import Cluster, load_manifests

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: main, image: none}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec: {containers: [{name: main, image: none}]}
---
"""
DENY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "deny"},
    "spec": {"podSelector": {}},
}


def reach(cluster: Cluster) -> str:
    return str(evaluate(cluster).query("web", "db").connection)


def test_a_manifest_is_added_and_the_first_cluster_stays_as_it_was() -> None:
    before = load_manifests(PODS)
    after = before.with_policies(add=[DENY])
    assert [policy.ref for policy in after.objects.policies] == ["NetworkPolicy default/deny"]
    assert before.objects.policies == ()
    assert (reach(before), reach(after)) == ("All Connections", "No Connections")


def test_the_policies_of_another_cluster_are_added() -> None:
    other = load_manifests(PODS).with_policies(add=[DENY])
    assert reach(load_manifests(PODS).with_policies(add=other)) == "No Connections"


def test_a_policy_of_the_same_name_is_replaced() -> None:
    open_again = {**DENY, "spec": {"podSelector": {}, "ingress": [{}]}}
    after = load_manifests(PODS).with_policies(add=[DENY]).with_policies(add=[open_again])
    assert len(after.objects.policies) == 1
    assert reach(after) == "All Connections"


def test_a_policy_is_removed_by_its_name() -> None:
    cluster = load_manifests(PODS).with_policies(add=[DENY])
    assert reach(cluster.with_policies(remove=["NetworkPolicy default/deny"])) == "All Connections"
    with pytest.raises(LookupError, match="there is no policy NetworkPolicy default/none"):
        cluster.with_policies(remove=["NetworkPolicy default/none"])


def test_a_policy_that_the_api_server_rejects_is_a_problem_of_the_new_cluster() -> None:
    wrong = {**DENY, "spec": {"podSelector": {}, "policyTypes": ["Inward"]}}
    after = load_manifests(PODS).with_policies(add=[wrong])
    assert after.objects.policies == ()
    assert [problem.field for problem in after.problems_found] == ["spec.policyTypes[0]"]


def test_a_namespace_that_only_the_new_policy_has_is_known() -> None:
    elsewhere = {**DENY, "metadata": {"name": "deny", "namespace": "elsewhere"}}
    after = load_manifests(PODS).with_policies(add=[elsewhere])
    assert "elsewhere" in {namespace.name for namespace in after.objects.namespaces}
