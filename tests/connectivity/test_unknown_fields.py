"""A policy with an unknown field is left out, or counts without it, as `Semantics.unknown_fields` says."""

from __future__ import annotations

from typing import Final

import pytest

from workbench.connectivity import Connectivity, Semantics, connectivity
from workbench.inventory import Cluster, load_manifests

PODS: Final = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
"""
SLIP: Final = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: slip, namespace: shop}
spec: {podSelector: {matchLables: {app: db}}, policyTypes: [Ingress]}
"""
MISNAMED: Final = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: Shop_DB, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}
"""
OLDER: Final = """
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress:
  - {action: Deny, from: [{namespaces: {namespaceSelector: {matchLabels: {team: other}}}}]}
"""
IGNORE: Final = Semantics(unknown_fields="ignore")


def may(conn: Connectivity) -> tuple[bool, bool]:
    """Tell whether web may reach db, and db web."""
    return conn.query("shop/web", "shop/db", 80).allowed, conn.query("shop/db", "shop/web", 80).allowed


def both(cluster: Cluster) -> tuple[tuple[bool, bool], tuple[bool, bool]]:
    return may(connectivity(cluster)), may(connectivity(cluster, semantics=IGNORE))


def test_one_cluster_is_read_both_ways() -> None:
    assert both(load_manifests(PODS + SLIP)) == ((True, True), (False, False))


def test_a_name_that_is_not_valid_is_ignored_like_an_unknown_field() -> None:
    assert both(load_manifests(PODS + MISNAMED)) == ((True, True), (False, True))


def test_the_older_shape_of_admin_policies_has_both_readings() -> None:
    assert both(load_manifests(PODS + OLDER)) == ((True, True), (False, False))


def test_what_is_wrong_otherwise_is_left_out_in_both() -> None:
    assert both(load_manifests(PODS + SLIP.replace("[Ingress]", "[Ingres]"))) == ((True, True), (True, True))


def test_the_reference_ignores_unknown_fields() -> None:
    assert Semantics.REFERENCE.unknown_fields == "ignore"
    assert Semantics().unknown_fields == "refuse"


def test_ignored_fields_are_warnings() -> None:
    cluster = load_manifests(PODS + SLIP)
    assert [problem.severity for problem in cluster.problems_as_read("refuse")] == ["error"]
    (problem,) = cluster.problems_as_read("ignore")
    assert (problem.severity, problem.code) == ("warning", "unknown-field")
    assert "left out" not in problem.message


def test_what_is_added_and_refused_leaves_the_policy_of_that_name_in_place() -> None:
    there = load_manifests(PODS + SLIP.replace("matchLables", "matchLabels"))
    after = there.with_policies(add=load_manifests(SLIP))
    assert may(connectivity(after)) == (False, True)
    assert [left.ref for left in after.objects.left_out] == ["NetworkPolicy shop/slip"]


def test_a_policy_that_is_put_right_takes_the_place_of_what_was_left_out() -> None:
    after = load_manifests(PODS + SLIP).with_policies(add=load_manifests(SLIP.replace("matchLables", "matchLabels")))
    assert may(connectivity(after)) == (False, True)
    assert after.objects.left_out == ()


def test_changes_are_made_to_what_counts_in_a_reading() -> None:
    conn = connectivity(load_manifests(PODS + SLIP), semantics=IGNORE)
    assert may(conn.with_policies(remove=["NetworkPolicy shop/slip"])) == (True, True)


# Policies that a cluster may have and that are not evaluated

CILIUM: Final = """
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {}}
"""
UNDEFINED: Final = """
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: c}
spec:
  tier: Admin
  priority: 1
  subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}
  egress: [{action: Deny, to: [{domainNames: [a.example]}]}]
"""
ELSEWHERE: Final = """
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: other}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: other}
spec: {containers: [{name: c, image: i}]}
"""


def test_an_answer_says_which_policies_it_leaves_out() -> None:
    conn = connectivity(load_manifests(PODS + ELSEWHERE + CILIUM + UNDEFINED))
    assert [left.ref for left in conn.unevaluated] == ["ClusterNetworkPolicy c", "CiliumNetworkPolicy shop/p"]
    both = "ClusterNetworkPolicy c and CiliumNetworkPolicy shop/p are not evaluated:"
    one = "CiliumNetworkPolicy shop/p is not evaluated:"
    for dst, start in (("shop/db", both), ("shop/web", one)):
        (note,) = conn.query("other/a", dst, 80).notes
        assert note.startswith(start)
    assert conn.query("other/a", "other/b", 80).notes == ()
    assert conn.notes[-1].startswith(f"{both.removesuffix(':')}: the cluster may allow less or more")


@pytest.mark.parametrize(
    "subject, about",
    [
        ("namespaces: {matchLabels: {team: 'a b'}}", {"shop/db", "other/a"}),
        ("namespaces: {matchExpressions: [{key: team, operator: In}]}", {"shop/db", "other/a"}),
        ("namespaces: {matchExpressions: [{key: team, operator: Exists, values: [a]}]}", {"shop/db", "other/a"}),
        ("pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db, tier: 'a b'}}}", {"shop/db"}),
        ("pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: gone, tier: 'a b'}}}", set()),
    ],
)
def test_a_subject_that_means_nothing_may_be_all_pods_that_the_rest_of_it_chooses(
    subject: str, about: set[str]
) -> None:
    written = UNDEFINED.partition("  subject")[0] + f"  subject: {{{subject}}}\n"
    conn = connectivity(load_manifests(PODS + ELSEWHERE + written))
    assert {name for name in ("shop/db", "other/a") if conn.query("other/b", name, 80).notes} == about


def test_the_reference_has_no_notes() -> None:
    assert connectivity(load_manifests(PODS + CILIUM), semantics=Semantics.REFERENCE).notes == ()


def test_what_the_api_server_refuses_is_in_no_cluster_and_in_no_answer() -> None:
    conn = connectivity(load_manifests(PODS + SLIP))
    assert conn.unevaluated == ()
    assert conn.query("shop/web", "shop/db", 80).notes == ()
