"""NP017 and NP018: addresses of the cluster, and the metadata of clouds."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.checks.rules.test_isolation import admin
from workbench.checks import CheckSeverity, DeclaredFacts

SHOP = namespace("shop") + pod("shop/web")
DECLARED = DeclaredFacts(pod_cidrs=("10.244.0.0/16",), service_cidrs=("10.96.0.0/12", "fd00:10::/108"))
READ = """---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: main, image: i}]}
status: {phase: Running, podIP: 10.1.2.3, podIPs: [{ip: 10.1.2.3}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, clusterIP: 10.9.0.1, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Node
metadata: {name: one}
spec: {podCIDR: 10.50.0.0/24, podCIDRs: [10.50.0.0/24]}
"""


def out(rule: str) -> str:
    return policy("shop/out", f"  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - {rule}")


def to(cidr: str, without: str = "", ports: str = "") -> str:
    excepted = f", except: [{without}]" if without else ""
    return out(f"{{to: [{{ipBlock: {{cidr: '{cidr}'{excepted}}}}}]{ports}}}")


def test_a_block_that_holds_declared_addresses_of_pods() -> None:
    text = SHOP + to("10.0.0.0/8")
    one = only(asked(text, "NP017", declared=DECLARED))
    assert (one.object, one.field) == ("NetworkPolicy shop/out", "spec.egress[0].to[0].ipBlock.cidr")
    assert one.line == line_of(text, "ipBlock")
    assert one.severity is CheckSeverity.MEDIUM
    assert one.message == "names 10.0.0.0/8, which holds addresses of the cluster's own pods or Services"
    assert one.evidence == (
        "10.244.0.0/16 is of pods, as declared",
        "10.96.0.0/12 is of Services, as declared",
    )
    assert_patch_removes(text, one, declared=DECLARED)


def test_what_is_excepted_is_not_held() -> None:
    assert not asked(SHOP + to("10.0.0.0/8", "10.244.0.0/16, 10.96.0.0/12"), "NP017", declared=DECLARED)
    assert asked(SHOP + to("10.0.0.0/8", "10.244.0.0/17, 10.96.0.0/12"), "NP017", declared=DECLARED)


def test_without_facts_nothing_is_found() -> None:
    assert not asked(SHOP + to("10.0.0.0/8"), "NP017")


@pytest.mark.parametrize(
    "cidr, said",
    [
        ("10.1.0.0/16", "it holds addresses of shop/db[Pod]"),
        ("10.9.0.1/32", "it holds addresses of Service shop/db"),
        ("10.50.0.0/16", "10.50.0.0/24 is of pods of node one"),
    ],
)
def test_addresses_that_were_read(cidr: str, said: str) -> None:
    assert only(asked(SHOP + READ + to(cidr), "NP017")).evidence == (said,)


@pytest.mark.parametrize("cidr", ["10.1.2.4/32", "203.0.113.0/24", "10.51.0.0/24"])
def test_other_addresses_are_quiet(cidr: str) -> None:
    assert not asked(SHOP + READ + to(cidr), "NP017")


def test_a_block_within_those_of_the_cluster_has_no_patch() -> None:
    assert not only(asked(SHOP + to("10.244.7.0/24"), "NP017", declared=DECLARED)).patch


def test_of_everything_it_is_low() -> None:
    one = only(asked(SHOP + to("0.0.0.0/0"), "NP017", declared=DECLARED))
    assert one.severity is CheckSeverity.LOW


def test_cluster_wide_policies_hold_pods_on_purpose() -> None:
    rule = "  egress: [{{action: Deny, to: [{{networks: ['{}']}}]}}]"
    assert not asked(SHOP + admin(rule.format("0.0.0.0/0")), "NP017", declared=DECLARED)
    assert asked(SHOP + admin(rule.format("10.244.1.7/32")), "NP017", declared=DECLARED)


# NP018


def test_a_block_that_holds_the_metadata() -> None:
    text = SHOP + to("0.0.0.0/0", "10.0.0.0/8")
    one = only(asked(text, "NP018"))
    assert (one.object, one.field, one.severity) == (
        "NetworkPolicy shop/out",
        "spec.egress[0].to[0].ipBlock.cidr",
        CheckSeverity.HIGH,
    )
    assert one.message == "lets pods connect to the cloud's metadata at 169.254.169.254 on all ports"
    assert (one.found.src, one.found.dst, one.found.ports) == ("shop/web[Pod]", "169.254.169.254", "TCP 80")
    assert_patch_removes(text, one)
    assert "169.254.169.254/32" in one.patch.yaml


def test_of_ipv6_too() -> None:
    text = SHOP + to("fd00::/8")
    one = only(asked(text, "NP018"))
    assert one.found.dst == "fd00:ec2::254"
    assert_patch_removes(text, one)


def test_a_rule_for_everyone_holds_both() -> None:
    text = SHOP + out("{}")
    one = only(asked(text, "NP018"))
    assert (one.field, one.message.count("and")) == ("spec.egress[0]", 1)
    assert_patch_removes(text, one)


@pytest.mark.parametrize(
    "rule",
    [
        to("0.0.0.0/0", "169.254.0.0/16"),
        to("0.0.0.0/0", "169.254.169.254/32"),
        to("0.0.0.0/0", "", ", ports: [{port: 443}]"),
        to("10.0.0.0/8"),
        out("{to: [{namespaceSelector: {}}]}"),
        out("{ports: [{port: 53, protocol: UDP}, {port: 80, protocol: UDP}]}"),
    ],
)
def test_what_does_not_lead_there_is_quiet(rule: str) -> None:
    assert not asked(SHOP + rule, "NP018")


def test_a_cluster_wide_policy_may_keep_pods_from_it() -> None:
    guard = admin("  egress: [{action: Deny, to: [{networks: [169.254.169.254/32, 'fd00:ec2::254/128']}]}]")
    assert not asked(SHOP + out("{}") + guard, "NP018")
    assert not asked(SHOP + guard, "NP018")


def test_the_address_alone_is_on_purpose_and_has_no_patch() -> None:
    one = only(asked(SHOP + to("169.254.169.254/32"), "NP018"))
    assert one.severity is CheckSeverity.HIGH
    assert not one.patch


def test_of_workloads_without_egress_policies_there_is_one_for_the_namespace() -> None:
    text = SHOP + pod("shop/db")
    one = only(asked(text, "NP018"))
    assert (one.object, one.severity) == ("Namespace shop", CheckSeverity.MEDIUM)
    assert one.evidence[0] == "not isolated for egress: shop/db[Pod] and shop/web[Pod]"
    assert_patch_removes(text, one)
