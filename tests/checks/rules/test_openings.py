"""NP005, NP006 and NP009: rules that open pods to anyone."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.checks.rules.test_isolation import admin
from workbench.checks import CheckSeverity, DeclaredFacts

DB = namespace("shop") + pod("shop/db", ports="{containerPort: 5432}")
OTHER = pod("team/other")
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {type: TYPE, selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}
"""
HIGH, MEDIUM, LOW = CheckSeverity.HIGH, CheckSeverity.MEDIUM, CheckSeverity.LOW
ALL_PODS = "{namespaceSelector: {}}"


def ingress(rule: str, pods: str = "") -> str:
    return policy("shop/in", f"  podSelector: {{{pods}}}\n  policyTypes: [Ingress]\n  ingress:\n  - {rule}")


def egress(rule: str, pods: str = "") -> str:
    return policy("shop/out", f"  podSelector: {{{pods}}}\n  policyTypes: [Egress]\n  egress:\n  - {rule}")


def test_a_rule_for_anyone() -> None:
    text = DB + ingress("{}")
    one = only(asked(text, "NP005"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/in", "spec.ingress[0]", HIGH)
    assert one.line == line_of(text, "- {}")
    assert one.message == "allows traffic from anyone on all ports"
    assert one.evidence == ("opens shop/db[Pod]",)
    assert (one.found.src, one.found.dst, one.found.ports) == ("outside", "shop/db[Pod]", "All Connections")


def test_ports_do_not_make_it_narrow() -> None:
    one = only(asked(DB + ingress("ports: [{port: 5432}]"), "NP005"))
    assert (one.severity, one.message) == (HIGH, "allows traffic from anyone on TCP 5432")


def test_anyone_may_be_written_as_all_pods_and_all_addresses() -> None:
    assert only(asked(DB + ingress(f"from: [{ALL_PODS}, {{ipBlock: {{cidr: 0.0.0.0/0}}}}]"), "NP005")).severity is HIGH


@pytest.mark.parametrize("rule", ["from: [{podSelector: {}}]", "from: [{ipBlock: {cidr: 10.0.0.0/8}}]"])
def test_a_rule_for_some_is_quiet(rule: str) -> None:
    assert not asked(DB + ingress(rule), "NP005", "NP009")


def test_a_policy_that_selects_nothing_opens_nothing() -> None:
    assert not asked(DB + ingress("{}", "matchLabels: {app: none}"), "NP005")


@pytest.mark.parametrize("rule, severity", [("", MEDIUM), (", ports: [{port: 5432}]", LOW)])
def test_all_pods_of_the_cluster_are_not_anyone(rule: str, severity: CheckSeverity) -> None:
    text = DB + OTHER + ingress(f"{{from: [{ALL_PODS}]{rule}}}")
    one = only(asked(text, "NP005"))
    assert (one.severity, one.field) == (severity, "spec.ingress[0].from[0]")
    assert (one.found.src, one.found.dst) == ("team/other[Pod]", "shop/db[Pod]")


def test_workloads_that_are_offered_outside_are_meant() -> None:
    for kind in ("LoadBalancer", "NodePort"):
        assert not asked(DB + SERVICE.replace("TYPE", kind) + ingress("ports: [{port: 5432}]"), "NP005")
    assert asked(DB + SERVICE.replace("TYPE", "ClusterIP") + ingress("ports: [{port: 5432}]"), "NP005")


def test_other_ports_than_those_that_are_offered_are_not() -> None:
    text = DB + SERVICE.replace("TYPE", "LoadBalancer") + ingress("{}")
    one = only(asked(text, "NP005"))
    assert one.severity is MEDIUM
    assert one.message.endswith("and its pods are offered to clients outside on TCP 5432 only")
    assert one.found.ports == "SCTP 1-65535,TCP 1-5431,5433-65535,UDP 1-65535"
    assert_patch_removes(text, one)


def test_a_label_opts_in() -> None:
    text = namespace("shop") + pod("shop/db", "app: db, networking/allow-all-connections: 'true'") + ingress("{}")
    assert not asked(text, "NP005")
    assert asked(text, "NP005", declared=DeclaredFacts(opt_in_labels=("exposed=yes",)))
    assert not asked(
        text.replace("networking/allow-all-connections: 'true'", "exposed: 'yes'"),
        "NP005",
        declared=DeclaredFacts(opt_in_labels=("exposed=yes",)),
    )


def test_one_that_is_not_opted_in_is_named() -> None:
    text = DB + pod("shop/web", "networking/allow-all-connections: ''") + ingress("{}")
    assert only(asked(text, "NP005")).evidence == ("opens shop/db[Pod]",)


def test_what_a_cluster_wide_policy_denies_before_is_not_open() -> None:
    deny = admin('  egress: [{action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]')
    assert asked(DB + egress("{}"), "NP006")
    assert not asked(DB + egress("{}") + deny, "NP006")


def test_what_a_cluster_wide_policy_opens_no_other_can_close() -> None:
    allow = admin("  ingress: [{action: Allow, from: [{namespaces: {}}]}]")
    one = only(asked(DB + OTHER + allow, "NP005"))
    assert (one.object, one.severity) == ("AdminNetworkPolicy guard", HIGH)
    assert one.message.endswith("which no NetworkPolicy can close")
    assert not asked(DB + OTHER + allow.replace("Allow", "Deny"), "NP005")


def test_in_namespaces_of_the_platform_it_is_low() -> None:
    text = pod("kube-system/dns") + policy("kube-system/in", "  podSelector: {}\n  ingress: [{}]")
    assert only(asked(text, "NP005")).severity is LOW


# NP006


def test_egress_to_anyone() -> None:
    one = only(asked(DB + egress("{}"), "NP006"))
    assert (one.field, one.severity, one.message) == ("spec.egress[0]", HIGH, "allows traffic to anyone on all ports")
    assert (one.found.src, one.found.dst) == ("shop/db[Pod]", "outside")


def test_being_offered_outside_does_not_open_egress() -> None:
    assert asked(DB + SERVICE.replace("TYPE", "LoadBalancer") + egress("{}"), "NP006")


def test_dns_to_anyone_is_another_matter() -> None:
    rule = "ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]"
    assert not asked(DB + egress(rule), "NP006", "NP009")
    assert asked(DB + egress("ports: [{port: 53, protocol: UDP}, {port: 443}]"), "NP006")


# NP009


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3"])
def test_a_wide_block(cidr: str) -> None:
    text = DB + egress(f"{{to: [{{podSelector: {{}}}}, {{ipBlock: {{cidr: '{cidr}'}}}}], ports: [{{port: 443}}]}}")
    one = only(asked(text, "NP009"))
    assert (one.severity, one.field) == (MEDIUM, "spec.egress[0].to[1].ipBlock.cidr")
    assert one.line == line_of(text, "ipBlock")
    assert one.message == f"allows traffic to {cidr} on TCP 443"


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "203.0.113.0/24", "fc00::/7", "2001:db8::/32"])
def test_narrower_blocks_are_quiet(cidr: str) -> None:
    assert not asked(DB + egress(f"to: [{{ipBlock: {{cidr: '{cidr}'}}}}]"), "NP009")


def test_what_is_excepted_does_not_count() -> None:
    most = "to: [{ipBlock: {cidr: 0.0.0.0/0, except: [0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/3, 224.0.0.0/4]}}]"
    all_but_eight = most.replace("224.0.0.0/4", "224.0.0.0/4, 240.0.0.0/5, 248.0.0.0/6, 252.0.0.0/7, 254.0.0.0/8")
    assert asked(DB + egress(most), "NP009")
    assert not asked(DB + egress(all_but_eight), "NP009")
    one = only(asked(DB + egress("to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]"), "NP009"))
    assert one.evidence[0] == "4,278,190,080 addresses, without 10.0.0.0/8"


def test_wide_blocks_at_ports_that_are_offered_are_meant() -> None:
    rule = "{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 5432}]}"
    assert asked(DB + ingress(rule), "NP009")
    assert not asked(DB + SERVICE.replace("TYPE", "LoadBalancer") + ingress(rule), "NP009")


def test_a_rule_that_denies_a_wide_block_is_quiet() -> None:
    assert not asked(DB + admin('  egress: [{action: Deny, to: [{networks: ["0.0.0.0/0"]}]}]'), "NP009")
    assert asked(DB + admin('  egress: [{action: Allow, to: [{networks: ["0.0.0.0/0"]}]}]'), "NP009")
