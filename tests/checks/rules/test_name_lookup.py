"""NP014 and NP015: whether names can be asked for, and of whom."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.checks.rules.test_isolation import admin, baseline
from workbench.checks import CheckSeverity

SHOP = namespace("shop") + pod("shop/web") + pod("shop/db")
KUBE_DNS = namespace("kube-system") + pod("kube-system/coredns", "k8s-app: kube-dns", "{containerPort: 53}")
OPENSHIFT_DNS = """---
apiVersion: v1
kind: Service
metadata: {name: dns-default, namespace: openshift-dns}
spec:
  selector: {dns: default}
  ports:
  - {name: dns, port: 53, protocol: UDP, targetPort: dns}
  - {name: dns-tcp, port: 53, protocol: TCP, targetPort: dns-tcp}
""" + pod(
    "openshift-dns/dns-default",
    "dns: default",
    "{name: dns, containerPort: 5353, protocol: UDP}, {name: dns-tcp, containerPort: 5353, protocol: TCP}",
)
TO_DB = "{to: [{podSelector: {matchLabels: {app: db}}}]}"
BOTH = "ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]"
IN_SYSTEM = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}"
HIGH, LOW = CheckSeverity.HIGH, CheckSeverity.LOW


def web(*rules: str) -> str:
    listed = "".join(f"\n  - {one}" for one in rules)
    return policy(
        "shop/web", f"  podSelector: {{matchLabels: {{app: web}}}}\n  policyTypes: [Egress]\n  egress:{listed}"
    )


def dns(peer: str, ports: str = BOTH) -> str:
    return f"{{to: [{{{peer}}}], {ports}}}"


@pytest.mark.parametrize("resolver", ["", KUBE_DNS])
def test_a_workload_that_may_call_and_not_ask_for_names(resolver: str) -> None:
    text = SHOP + resolver + web(TO_DB)
    one = only(asked(text, "NP014"))
    assert (one.object, one.workload, one.severity) == ("Pod shop/web", "shop/web[Pod]", HIGH)
    assert one.line == line_of(text, "name: web") - 2
    assert one.message.endswith("for names over UDP and TCP")
    assert one.evidence[0] == "isolated for egress by NetworkPolicy shop/web"
    assert (one.found.src, one.found.ports) == ("shop/web[Pod]", "TCP 53,UDP 53")
    assert_patch_removes(text, one)


@pytest.mark.parametrize("resolver", ["", KUBE_DNS])
@pytest.mark.parametrize(
    "rule",
    [
        dns(f"{IN_SYSTEM}, podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}"),
        dns(IN_SYSTEM),
        dns("namespaceSelector: {}"),
        f"{{{BOTH}}}",
        "{}",
        dns("ipBlock: {cidr: 169.254.20.10/32}"),
        dns("ipBlock: {cidr: 10.96.0.10/32}"),
    ],
)
def test_a_rule_for_the_name_server_is_enough(resolver: str, rule: str) -> None:
    assert not asked(SHOP + resolver + web(TO_DB, rule), "NP014")


def test_a_rule_of_another_policy_counts() -> None:
    everyone = policy("shop/dns", f"  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - {dns(IN_SYSTEM)}")
    assert not asked(SHOP + KUBE_DNS + web(TO_DB) + everyone, "NP014")


def test_the_internet_is_no_name_server_of_the_cluster() -> None:
    text = SHOP + KUBE_DNS + web(TO_DB, dns("ipBlock: {cidr: 0.0.0.0/0}"))
    assert only(asked(text, "NP014")).severity is HIGH


def test_other_pods_at_the_port_are_none_either() -> None:
    assert asked(SHOP + KUBE_DNS + web(TO_DB, dns("podSelector: {matchLabels: {app: db}}")), "NP014")


def test_where_none_was_read_pods_that_declare_the_port_are_one() -> None:
    rule = dns("podSelector: {matchLabels: {app: resolver}}")
    answering = pod("shop/resolver", ports="{containerPort: 53, protocol: UDP}")
    assert not asked(SHOP + answering + web(TO_DB, rule), "NP014")
    assert asked(SHOP + pod("shop/resolver") + web(TO_DB, rule), "NP014")
    assert asked(SHOP + answering + web(TO_DB), "NP014")
    assert asked(SHOP + KUBE_DNS + answering + web(TO_DB, rule), "NP014")


def test_over_udp_alone_it_is_low() -> None:
    text = SHOP + KUBE_DNS + web(TO_DB, dns(IN_SYSTEM, "ports: [{port: 53, protocol: UDP}]"))
    one = only(asked(text, "NP014"))
    assert (one.severity, one.found.ports) == (LOW, "TCP 53")
    assert_patch_removes(text, one)


def test_over_tcp_alone_it_is_high() -> None:
    assert only(asked(SHOP + KUBE_DNS + web(TO_DB, dns(IN_SYSTEM, "ports: [{port: 53}]")), "NP014")).severity is HIGH


def test_who_calls_addresses_alone_may_need_no_names() -> None:
    one = only(asked(SHOP + KUBE_DNS + web("{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}"), "NP014"))
    assert one.severity is LOW


def test_who_may_call_nothing_needs_no_names() -> None:
    deny = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Egress]")
    assert not asked(SHOP + KUBE_DNS + deny, "NP014")
    assert not asked(SHOP + KUBE_DNS, "NP014")


def test_pods_of_openshift_answer_at_another_port() -> None:
    to = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openshift-dns}}"
    assert asked(SHOP + OPENSHIFT_DNS + web(TO_DB, dns(to)), "NP014")
    at = "ports: [{port: 5353, protocol: UDP}, {port: 5353, protocol: TCP}]"
    assert not asked(SHOP + OPENSHIFT_DNS + web(TO_DB, dns(to, at)), "NP014")
    one = only(asked(SHOP + OPENSHIFT_DNS + web(TO_DB), "NP014"))
    assert "port: 5353" in one.patch.yaml
    assert_patch_removes(SHOP + OPENSHIFT_DNS + web(TO_DB), one)


def test_where_the_name_server_refuses_egress_is_not_at_fault() -> None:
    closed = policy("kube-system/closed", "  podSelector: {}\n  policyTypes: [Ingress]")
    one = only(asked(SHOP + KUBE_DNS + closed + web(TO_DB, dns(IN_SYSTEM)), "NP014"))
    assert one.evidence[2] == "egress leads there, and ingress of kube-system/coredns[Pod] denies it"
    assert not one.patch


def test_a_cluster_wide_policy_may_deny_it() -> None:
    guard = "  egress: [{action: Deny, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]"
    one = only(asked(SHOP + KUBE_DNS + web(TO_DB, "{}") + admin(guard), "NP014"))
    assert not one.patch


def test_the_baseline_may_deny_it() -> None:
    text = (
        SHOP
        + KUBE_DNS
        + baseline(
            "  egress:\n"
            "  - {action: Allow, to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}\n"
            "  - {action: Deny, to: [{namespaces: {}}]}"
        )
    )
    assert {one.workload for one in asked(text, "NP014")} == {"shop/web[Pod]", "shop/db[Pod]"}


# NP015


def test_names_may_be_asked_of_anyone() -> None:
    text = SHOP + web(f"{{{BOTH}}}")
    one = only(asked(text, "NP015"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/web", "spec.egress[0].to[0]", LOW)
    assert one.message == "allows questions for names to anyone on TCP 53,UDP 53"
    assert (one.found.src, one.found.dst, one.found.ports) == ("shop/web[Pod]", "outside", "TCP 53,UDP 53")
    assert_patch_removes(text, one)
    assert "k8s-app: kube-dns" in one.patch.yaml


def test_a_very_wide_block_is_anyone() -> None:
    text = SHOP + web(dns("ipBlock: {cidr: 0.0.0.0/0}"))
    one = only(asked(text, "NP015"))
    assert_patch_removes(text, one)


@pytest.mark.parametrize(
    "rule",
    [
        dns(IN_SYSTEM),
        dns("namespaceSelector: {}"),
        dns("ipBlock: {cidr: 10.96.0.10/32}"),
        "{}",
        "{ports: [{port: 53, protocol: UDP}, {port: 443}]}",
    ],
)
def test_the_own_name_server_and_other_ports_are_quiet(rule: str) -> None:
    assert not asked(SHOP + web(rule), "NP015")
