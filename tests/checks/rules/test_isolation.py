"""NP001 to NP004: what no policy isolates, and what one alone does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.checks import CheckSeverity
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests
from workbench.policy import Direction

SHOP = namespace("shop") + pod("shop/web") + pod("shop/db")
DENY_INGRESS = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress]")
DENY_ALL = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress, Egress]")
WEB_ONLY = policy("shop/web", "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]")
BOTH_ONE_BY_ONE = WEB_ONLY + policy("shop/db", "  podSelector: {matchLabels: {app: db}}\n  policyTypes: [Ingress]")
HOST = pod("net/agent", more="hostNetwork: true")


def baseline(rules: str, subject: str = "namespaces: {}") -> str:
    return f"""---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {{name: default}}
spec:
  subject: {{{subject}}}
{rules}
"""


def admin(rules: str, name: str = "guard", subject: str = "namespaces: {}", priority: int = 10) -> str:
    return f"""---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: {priority}
  subject: {{{subject}}}
{rules}
"""


DENY_PODS_IN = "  ingress: [{action: Deny, from: [{namespaces: {}}]}]"
DENY_PODS_OUT = "  egress: [{action: Deny, to: [{namespaces: {}}]}]"
DENY_OUT = '  egress: [{action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]'


def test_a_namespace_without_policies_is_open_both_ways() -> None:
    found = asked(SHOP, "NP001", "NP002")
    ingress, egress = only(found.of("NP001")), only(found.of("NP002"))
    assert (ingress.object, ingress.severity, ingress.line) == ("Namespace shop", CheckSeverity.HIGH, 2)
    assert ingress.message == "has no policy that denies ingress by default"
    assert ingress.evidence == (
        "2 workloads: db and web",
        "isolated by no policy for ingress: shop/db[Pod] and shop/web[Pod]",
    )
    assert egress.severity is CheckSeverity.MEDIUM
    assert_patch_removes(SHOP, ingress)
    assert_patch_removes(SHOP, egress)


def test_the_patch_for_egress_lets_names_be_asked_for() -> None:
    (spec,) = [each["spec"] for each in yaml.safe_load_all(only(asked(SHOP, "NP002")).patch.yaml)]
    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Egress"]
    (rule,) = spec["egress"]
    assert {(one["protocol"], one["port"]) for one in rule["ports"]} == {("UDP", 53), ("TCP", 53)}


def test_the_patch_takes_no_name_that_is_there() -> None:
    text = SHOP + policy("shop/default-deny-ingress", "  podSelector: {matchLabels: {app: web}}")
    assert "name: default-deny-ingress-2" in only(asked(text, "NP001")).patch.yaml


def test_a_policy_for_one_direction_does_not_close_the_other() -> None:
    found = asked(SHOP + DENY_INGRESS, "NP001", "NP002", "NP003")
    assert [(one.check, one.found.key) for one in found] == [("NP002", ""), ("NP003", "egress"), ("NP003", "egress")]


def test_default_deny_is_quiet() -> None:
    assert not asked(SHOP + DENY_ALL, "NP001", "NP002", "NP003", "NP004")


def test_a_policy_for_all_pods_counts_whatever_it_allows() -> None:
    allow = policy("shop/all", "  podSelector: {}\n  ingress: [{}]\n  egress: [{}]\n  policyTypes: [Ingress, Egress]")
    assert not asked(SHOP + allow, "NP001", "NP002")


def test_a_selector_that_chooses_all_counts_however_it_is_written() -> None:
    odd = policy("shop/all", "  podSelector: {matchExpressions: []}\n  policyTypes: [Ingress]")
    assert not asked(SHOP + odd, "NP001")


def test_where_each_workload_is_isolated_only_later_pods_are_open() -> None:
    one = only(asked(SHOP + BOTH_ONE_BY_ONE, "NP001"))
    assert one.severity is CheckSeverity.MEDIUM
    assert one.message == "has no policy that denies ingress by default: pods that come later are open"


def test_a_namespace_that_no_manifest_declares_is_written_where_its_workload_is() -> None:
    one = only(asked(pod("shop/web"), "NP001"))
    assert one.line == 2


@pytest.mark.parametrize("text", [HOST, namespace("empty")])
def test_namespaces_without_pods_that_policies_are_about_are_not_looked_at(text: str) -> None:
    assert not asked(text, "NP001", "NP002", "NP003")


def test_in_namespaces_of_the_platform_it_is_low() -> None:
    one = only(asked(pod("kube-system/dns"), "NP001"))
    assert one.severity is CheckSeverity.LOW
    assert one.evidence[-1].startswith("namespace kube-system is the platform's")


# What the other tiers deny


@pytest.mark.parametrize("tier", [baseline, admin])
def test_what_denies_all_pods_closes_a_namespace(tier: Any) -> None:  # noqa: ANN401  (a function of a text)
    assert not asked(SHOP + tier(DENY_PODS_IN), "NP001", "NP003", "NP004").of("NP001", "NP004")


def test_a_baseline_for_some_pods_closes_no_namespace() -> None:
    subject = "pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}"
    assert only(asked(SHOP + baseline(DENY_PODS_IN, subject), "NP001")).severity is CheckSeverity.HIGH


def test_what_is_denied_on_some_ports_closes_none() -> None:
    rules = "  ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 22}}]}]"
    assert asked(SHOP + baseline(rules), "NP001")


def test_an_exception_before_leaves_it_closed_and_one_for_all_opens_it() -> None:
    some = "  ingress: [{action: Allow, from: [{namespaces: {matchLabels: {team: ops}}}]}]"
    every = "  ingress: [{action: Allow, from: [{namespaces: {}}]}]"
    assert not asked(SHOP + admin(some) + baseline(DENY_PODS_IN), "NP001")
    assert asked(SHOP + admin(every) + baseline(DENY_PODS_IN), "NP001")


def test_what_is_passed_is_decided_by_the_baseline() -> None:
    passing = "  ingress: [{action: Pass, from: [{namespaces: {}}]}, {action: Deny, from: [{namespaces: {}}]}]"
    assert asked(SHOP + admin(passing), "NP001")
    assert not asked(SHOP + admin(passing) + baseline(DENY_PODS_IN), "NP001")


def test_egress_that_is_closed_to_pods_and_open_to_addresses_is_low() -> None:
    one = only(asked(SHOP + baseline(DENY_PODS_OUT), "NP002"))
    assert (one.severity, one.message) == (
        CheckSeverity.LOW,
        "is closed to pods by default, and open to all addresses outside of the cluster",
    )
    assert not asked(SHOP + baseline(DENY_OUT), "NP002")


# NP003


def test_a_workload_that_no_policy_selects() -> None:
    text = SHOP + WEB_ONLY
    one = only(asked(text, "NP003").of("NP003").failing("high"))
    assert (one.object, one.workload, one.severity) == ("Pod shop/db", "shop/db[Pod]", CheckSeverity.HIGH)
    assert one.line == line_of(text, pod("shop/db")) + 1
    assert one.evidence[0] == "no policy selects its pods for ingress"
    assert (one.found.src, one.found.dst) == ("outside", "shop/db[Pod]")
    assert_patch_removes(text, one)


def test_for_egress_it_is_medium() -> None:
    assert {one.severity for one in asked(SHOP + DENY_INGRESS, "NP003")} == {CheckSeverity.MEDIUM}


def test_cluster_wide_rules_that_only_allow_isolate_nothing() -> None:
    allow = "  ingress: [{action: Allow, from: [{namespaces: {matchLabels: {team: ops}}}]}]"
    (one, _) = asked(SHOP + admin(allow), "NP003").failing("high")
    assert one.evidence[0] == "rules of AdminNetworkPolicy guard only allow or pass ingress, and nothing denies it"
    assert not asked(SHOP + admin(DENY_PODS_IN), "NP003").failing("high")


@given(clusters())
@settings(max_examples=examples(60))
def test_np003_is_what_the_engine_does_not_protect(documents: list[dict[str, Any]]) -> None:
    cluster = load_manifests(yaml.safe_dump_all(documents))
    alive = {
        one.peer
        for one in cluster.objects.workloads
        if any(not (shape.host_network or shape.finished) for shape in one.shapes)
    }
    unprotected = {
        (one.workload.peer, direction.value)
        for one in evaluate(cluster).standings()
        for direction in Direction
        if direction not in one.protected and one.workload.peer in alive
    }
    found = {(one.workload, one.found.key) for one in asked(cluster, "NP003")}
    assert unprotected <= found
    cluster_wide = any(one.kind != "NetworkPolicy" for one in cluster.objects.policies)
    assert cluster_wide or found == unprotected


# NP004


def test_a_policy_without_which_all_is_open() -> None:
    text = SHOP + WEB_ONLY
    one = only(asked(text, "NP004"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/web", "spec.podSelector", CheckSeverity.HIGH)
    assert one.line == line_of(text, "podSelector")
    assert one.message == (
        "is the only policy that isolates 1 workload for ingress: without it, all of that would be allowed"
    )
    assert one.evidence == ("isolated for ingress by it alone: shop/web[Pod]",)
    assert_patch_removes(text, one)


def test_two_policies_that_isolate_the_same_pods_hold_each_other() -> None:
    other = policy("shop/other", "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]")
    assert not asked(SHOP + WEB_ONLY + other, "NP004")


def test_the_other_direction_holds_nothing() -> None:
    other = policy("shop/other", "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Egress]")
    assert len(asked(SHOP + WEB_ONLY + other, "NP004")) == 2


def test_what_stands_behind_may_be_a_default_or_a_cluster_wide_policy() -> None:
    assert not asked(SHOP + WEB_ONLY + DENY_INGRESS, "NP004")
    assert not asked(SHOP + WEB_ONLY + baseline(DENY_PODS_IN), "NP004")


def test_a_policy_that_lets_anyone_through_is_no_loss() -> None:
    spec = "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Ingress]\n  ingress: [RULE]"
    assert not asked(SHOP + policy("shop/web", spec.replace("RULE", "{}")), "NP004")
    assert asked(SHOP + policy("shop/web", spec.replace("RULE", "{ports: [{port: 80}]}")), "NP004")


@given(clusters())
@settings(max_examples=examples(40))
def test_without_what_np004_finds_something_is_unprotected(documents: list[dict[str, Any]]) -> None:
    cluster = load_manifests(yaml.safe_dump_all(documents))
    for one in asked(cluster, "NP004"):
        without = evaluate(cluster.with_policies(remove=one.object))
        before = {(each.peer.name, way) for each in evaluate(cluster).standings() for way in each.protected}
        after = {(each.peer.name, way) for each in without.standings() for way in each.protected}
        isolating = any(each.kind != "NetworkPolicy" for each in cluster.objects.policies)
        assert isolating or len(after) < len(before)


def test_a_namespace_whose_name_the_api_server_refuses_has_findings_without_a_patch() -> None:
    found = asked(namespace("Shop_1") + pod("Shop_1/web"), "NP001", "NP002", "NP003", "NP018")
    assert {one.check for one in found} == {"NP001", "NP002", "NP003", "NP018"}
    assert not any(one.patch for one in found)
