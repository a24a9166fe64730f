"""The namespace of objects that name none."""

from __future__ import annotations

import pytest

from workbench.inventory import load_manifests

POD = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c}]}\n"
FAR = POD.replace("{name: web}", "{name: web, namespace: far}")
POLICY = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
"""
OTHERS = """---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: all}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}
"""


def test_it_is_the_one_that_is_asked_for() -> None:
    objects = load_manifests(POD + FAR + POLICY + OTHERS, namespace="shop").objects
    assert [workload.peer for workload in objects.workloads] == ["far/web[Pod]", "shop/web[Pod]"]
    assert [service.namespace for service in objects.services] == ["shop"]
    assert [(one.namespace, one.backends[0].namespace) for one in objects.ingresses] == [("shop", "shop")]
    assert [namespace.name for namespace in objects.namespaces] == ["far", "shop"]
    assert {policy.ref for policy in objects.policies} == {"ClusterNetworkPolicy all", "NetworkPolicy shop/deny"}


def test_objects_are_the_same_if_they_come_to_be_in_one_namespace() -> None:
    cluster = load_manifests(POD + POD.replace("{name: web}", "{name: web, namespace: shop}"), namespace="shop")
    assert len(cluster.objects.workloads) == 1
    assert not load_manifests(POD + POLICY, namespace="shop").problems_found


@pytest.mark.parametrize("name", ["Shop", "a_b", "a.b", "-a", "a" * 64])
def test_what_cannot_be_a_namespace_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid namespace"):
        load_manifests(POD, namespace=name)


def test_policies_of_a_namespace_without_pods_may_be_meant_for_pods_without_a_namespace() -> None:
    (problem,) = load_manifests(POD + FAR + POLICY + POLICY.replace("deny", "more")).problems_found
    assert (problem.severity, problem.code, problem.object) == (
        "warning",
        "namespace-without-pods",
        "NetworkPolicy shop/deny",
    )
    assert "Pod web names no namespace" in problem.message
    assert "--namespace shop" in problem.remedy


@pytest.mark.parametrize("text", [FAR + POLICY, POD + FAR.replace("far", "shop") + POLICY, POLICY, POD])
def test_nothing_is_said_where_nothing_hints_at_it(text: str) -> None:
    assert not load_manifests(text).problems_found
