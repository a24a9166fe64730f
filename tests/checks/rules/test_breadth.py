"""NP007 and NP008: rules without ports, and for all pods of the namespace."""

from __future__ import annotations

import pytest
import yaml

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.checks.rules.test_isolation import admin
from workbench.checks import CheckSeverity

WEB = pod("shop/web", ports="{containerPort: 8080}")
DB = pod("shop/db", ports="{name: sql, containerPort: 5432}")
SHOP = namespace("shop") + WEB + DB
FROM_WEB = "from: [{podSelector: {matchLabels: {app: web}}}]"


def to_db(rule: str) -> str:
    return policy("shop/db", f"  podSelector: {{matchLabels: {{app: db}}}}\n  ingress:\n  - {{{rule}}}")


def test_a_rule_without_ports() -> None:
    text = SHOP + to_db(FROM_WEB)
    one = only(asked(text, "NP007"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/db", "spec.ingress[0]", CheckSeverity.LOW)
    assert one.line == line_of(text, f"- {{{FROM_WEB}")
    assert one.message == "allows all ports"
    assert one.evidence == ("containers at the receiving end declare TCP 5432",)
    assert_patch_removes(text, one)
    ((rule,),) = [each["spec"]["ingress"] for each in yaml.safe_load_all(one.patch.yaml)]
    assert rule["ports"] == [{"protocol": "TCP", "port": 5432}]


@pytest.mark.parametrize("ports", ["protocol: TCP", "port: 1, endPort: 65535"])
def test_all_ports_of_a_protocol_are_found_too(ports: str) -> None:
    text = SHOP + to_db(f"{FROM_WEB}, ports: [{{{ports}}}]")
    one = only(asked(text, "NP007"))
    assert one.message == "allows all TCP ports"
    assert_patch_removes(text, one)


@pytest.mark.parametrize("ports", ["port: 5432", "port: sql", "port: 1, endPort: 65534"])
def test_a_rule_with_ports_is_quiet(ports: str) -> None:
    assert not asked(SHOP + to_db(f"{FROM_WEB}, ports: [{{{ports}}}]"), "NP007")


def test_of_egress_the_ports_are_those_of_the_other_end() -> None:
    out = policy(
        "shop/web",
        "  podSelector: {matchLabels: {app: web}}\n  policyTypes: [Egress]\n  egress:\n"
        "  - to: [{podSelector: {matchLabels: {app: db}}}]",
    )
    one = only(asked(SHOP + out, "NP007"))
    assert one.evidence == ("containers at the receiving end declare TCP 5432",)
    assert_patch_removes(SHOP + out, one)


def test_there_is_no_patch_where_some_declare_nothing() -> None:
    text = namespace("shop") + WEB + pod("shop/db") + to_db(FROM_WEB)
    assert not only(asked(text, "NP007")).patch


def test_a_rule_that_denies_all_ports_is_quiet() -> None:
    assert not asked(SHOP + admin("  ingress: [{action: Deny, from: [{namespaces: {}}]}]"), "NP007")


# NP008


@pytest.mark.parametrize(
    "peer",
    ["{podSelector: {}}", "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}"],
)
def test_all_pods_of_the_namespace(peer: str) -> None:
    text = SHOP + policy("shop/same", f"  podSelector: {{}}\n  ingress:\n  - from:\n    - {peer}")
    one = only(asked(text, "NP008"))
    assert (one.field, one.severity) == ("spec.ingress[0].from[0]", CheckSeverity.MEDIUM)
    assert one.line == line_of(text, f"- {peer}")
    assert one.message == "allows traffic from all pods of its namespace on all ports"
    assert {one.found.src, one.found.dst} == {"shop/web[Pod]", "shop/db[Pod]"}


@pytest.mark.parametrize(
    "peer",
    [
        "podSelector: {matchLabels: {app: web}}",
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: team}}",
        "namespaceSelector: {}",
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}, podSelector: {matchLabels: {app: a}}",
    ],
)
def test_other_peers_are_quiet(peer: str) -> None:
    assert not asked(SHOP + to_db(f"from: [{{{peer}}}]"), "NP008")


def test_with_ports_or_with_one_workload_it_is_low() -> None:
    with_ports = to_db("from: [{podSelector: {}}], ports: [{port: 5432}]")
    assert only(asked(SHOP + with_ports, "NP008")).severity is CheckSeverity.LOW
    assert (
        only(asked(namespace("shop") + DB + to_db("from: [{podSelector: {}}]"), "NP008")).severity is CheckSeverity.LOW
    )
