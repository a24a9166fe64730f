"""Policies and rules that change nothing, or contradict each other: NP024, NP029, NP031, NP040."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from tests.checks.asking import asked, assert_patch_removes, line_of, only, patched, pod, policy
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.connectivity import equivalent, evaluate, sanity
from workbench.inventory import load_manifests
from workbench.policy import Direction

WEB, DB = pod("shop/web"), pod("shop/db")
DENY = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress, Egress]")
HOST = pod("shop/agent", more="hostNetwork: true")


def test_a_workload_that_everything_is_denied() -> None:
    text = WEB + DENY
    found = only(asked(text, "NP024"))
    assert (found.object, found.workload, found.severity) == ("Pod shop/web", "shop/web[Pod]", "info")
    assert found.line == line_of(text, "apiVersion: v1")
    assert found.message == "nobody may connect to it, and it may connect to nobody"
    assert found.evidence == ("ingress: NetworkPolicy shop/deny", "egress: NetworkPolicy shop/deny")


@pytest.mark.parametrize(
    "rule, message",
    [
        ("  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "it may connect to nobody"),
        ("  ingress: [{from: [{namespaceSelector: {matchLabels: {team: far}}}]}]", "it may connect to nobody"),
        ("  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "nobody may connect to it"),
    ],
)
def test_each_direction_is_told_by_itself(rule: str, message: str) -> None:
    spec = f"  podSelector: {{}}\n  policyTypes: [Ingress, Egress]\n{rule}"
    assert only(asked(WEB + policy("shop/a", spec), "NP024")).message == message


def test_unprotected_workloads_and_those_out_of_reach_are_not_blocked() -> None:
    assert not asked(WEB, "NP024")
    assert not asked(HOST + DENY, "NP024")


def test_what_admin_policies_deny_counts() -> None:
    wide = """---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec:
  priority: 1
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{networks: [0.0.0.0/0, "::/0"]}, {namespaces: {}}]}
"""
    found = only(asked(WEB + wide, "NP024"))
    assert found.message == "it may connect to nobody"
    assert found.evidence == ("denied by cluster-wide policies",)


@given(clusters())
@settings(max_examples=examples(40))
def test_blocked_is_what_has_no_connection_of_a_direction(documents: list[dict[str, Any]]) -> None:
    cluster = load_manifests(StringIO(yaml.safe_dump_all(documents)))
    found = asked(cluster, "NP024")
    connectivity = evaluate(cluster)
    ends = {Direction.INGRESS: set[str](), Direction.EGRESS: set[str]()}
    for src, dst, _ in connectivity.connections():
        ends[Direction.EGRESS].add(src.name)
        ends[Direction.INGRESS].add(dst.name)
    standings = connectivity.standings()
    said = {
        (one.workload, way) for one in found for way in Direction if one.found.evidence and _is_about(one.message, way)
    }
    for workload, way in said:
        mine = [one for one in standings if one.workload.peer == workload]
        assert mine
        for one in mine:
            assert way in one.protected
            assert one.peer.name not in ends[way]


def _is_about(message: str, way: Direction) -> bool:
    return ("nobody may connect" if way is Direction.INGRESS else "may connect to nobody") in message


def test_a_policy_that_selects_only_pods_of_the_host_network() -> None:
    text = HOST + policy("shop/a", "  podSelector: {matchLabels: {app: agent}}")
    found = only(asked(text, "NP029"))
    assert (found.object, found.severity) == ("NetworkPolicy shop/a", "medium")
    assert "shop/agent[Pod]" in found.message


def test_a_policy_that_selects_pods_of_the_host_network_too() -> None:
    text = WEB + HOST + policy("shop/a", "  podSelector: {matchExpressions: [{key: app, operator: Exists}]}")
    found = only(asked(text, "NP029"))
    assert (found.field, found.severity) == ("spec.podSelector", "medium")
    assert found.line == line_of(text, "  podSelector")
    assert found.evidence == ("1 workload: shop/agent[Pod]",)


def test_a_policy_for_the_whole_namespace_is_an_info() -> None:
    assert only(asked(WEB + HOST + DENY, "NP029")).severity == "info"


def test_a_rule_whose_peers_are_all_of_the_host_network() -> None:
    text = (
        WEB
        + HOST
        + policy(
            "shop/a",
            "  podSelector: {matchLabels: {app: web}}\n"
            "  ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]",
        )
    )
    assert only(asked(text, "NP029")).field == "spec.ingress[0]"


def test_policies_about_other_pods_are_not_found() -> None:
    text = (
        WEB + HOST + policy("shop/a", "  podSelector: {matchLabels: {app: web}}") + policy("far/b", "  podSelector: {}")
    )
    assert not asked(text, "NP029")


ALLOW = "  podSelector: {matchLabels: {app: db}}\n  ingress: [{from: [{podSelector: {}}]}]"
TWICE = policy(
    "shop/a",
    """
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 80, protocol: TCP}]
  - from: [{podSelector: {}}]
""",
)


def test_a_rule_that_another_one_says_too() -> None:
    text = WEB + DB + TWICE
    found = only(asked(text, "NP031"))
    assert (found.field, found.severity) == ("spec.ingress[0]", "low")
    assert found.line == line_of(text, "  - from: [{podSelector: {matchLabels")
    assert found.evidence == ("says it, too: NetworkPolicy shop/a spec.ingress[1]",)
    assert (found.found.src, found.found.dst, found.found.ports) == ("shop/web[Pod]", "shop/db[Pod]", "TCP 80")
    assert_patch_removes(text, found)
    assert equivalent(load_manifests(text), load_manifests(patched(text, found)))


def test_of_two_policies_that_say_the_same_each_is_found_by_itself() -> None:
    text = WEB + DB + policy("shop/a", ALLOW) + policy("shop/b", ALLOW)
    found = asked(text, "NP031")
    assert [one.object for one in found] == ["NetworkPolicy shop/a", "NetworkPolicy shop/b"]
    for one in found:
        assert_patch_removes(text, one)
        assert equivalent(load_manifests(text), load_manifests(patched(text, one)))
        assert not asked(patched(text, one), "NP031")


def test_a_default_deny_beside_narrow_allows_is_not_redundant() -> None:
    narrow = policy(
        "shop/db",
        "  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from: [{podSelector: {matchLabels: {app: web}}}]\n"
        "    ports: [{port: 80, protocol: TCP}]",
    )
    out = policy(
        "shop/web",
        "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Egress]\n  egress:\n"
        "  - to: [{podSelector: {matchLabels: {app: db}}}]\n    ports: [{port: 80, protocol: TCP}]",
    )
    assert not asked(WEB + DB + DENY + narrow + out, "NP031")


def admin(name: str, priority: int, *rules: str) -> str:
    listed = "\n".join(f"  - {rule}" for rule in rules)
    return f"""---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: {priority}
  subject: {{namespaces: {{}}}}
  ingress:
{listed}
"""


def test_a_rule_that_an_earlier_one_decides_before() -> None:
    rules = ("{action: Deny, from: [{namespaces: {}}]}", "{action: Allow, from: [{namespaces: {}}]}")
    text = WEB + DB + admin("a", 1, *rules)
    found = only(asked(text, "NP031"))
    assert (found.field, found.severity) == ("spec.ingress[1]", "medium")
    assert found.evidence == ("decides before it: AdminNetworkPolicy a spec.ingress[0]",)
    assert_patch_removes(text, found)
    same = (
        WEB + DB + admin("a", 1, rules[0], "{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {port: 1}}]}")
    )
    same = same.replace("{port: 1}", "{protocol: TCP, port: 1}")
    assert only(asked(same, "NP031")).severity == "low"


def test_policies_of_one_priority_that_contradict_each_other() -> None:
    text = WEB + DB + admin("a", 1, "{action: Deny, from: [{namespaces: {}}]}")
    second = admin("b", 1, "{action: Allow, from: [{namespaces: {}}]}")
    found = only(asked(text + second, "NP040"))
    assert (found.object, found.field, found.severity) == ("AdminNetworkPolicy b", "spec.ingress[0]", "high")
    assert found.evidence == ("against: AdminNetworkPolicy a spec.ingress[0]",)
    assert {found.found.src, found.found.dst} == {"shop/web[Pod]", "shop/db[Pod]"}
    assert not asked(text + second.replace("priority: 1", "priority: 2"), "NP040")
    assert not asked(text + second.replace("Allow", "Deny"), "NP040")


_HOMES = {
    "conflicting": "NP040",
    "redundant": "NP031",
    "shadowed": "NP031",
    "host-network": "NP029",
    "service-port": "NP039",
}


@given(clusters())
@settings(max_examples=examples(40))
def test_each_fault_of_these_codes_is_found_by_exactly_one_check(documents: list[dict[str, Any]]) -> None:
    cluster = load_manifests(StringIO(yaml.safe_dump_all(documents)))
    found = asked(cluster, *sorted(set(_HOMES.values())))
    for fault in sanity(cluster):
        if fault.code in _HOMES:
            homes = {
                one.check
                for one in found
                if one.object == fault.policy.ref
                and one.message == fault.message
                and one.found.path[: len(fault.path)] == fault.path
            }
            assert homes == {_HOMES[fault.code]}
