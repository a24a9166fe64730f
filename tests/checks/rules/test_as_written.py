"""Policies that leave out what they mean, or hardly say it: NP021, NP022, NP025."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, patched, pod, policy
from workbench.connectivity import equivalent
from workbench.inventory import load_manifests

WEB, PROMETHEUS, OTHER = pod("shop/web"), pod("mon/prom"), pod("mon/other")


def test_ports_without_a_protocol_are_one_finding_of_a_policy() -> None:
    ports = "    - {port: 80}\n    - {port: 443, protocol: TCP}\n    - {port: 90}"
    spec = f"  podSelector: {{}}\n  ingress:\n  - ports:\n{ports}"
    text = WEB + policy("shop/a", spec)
    found = only(asked(text, "NP021"))
    assert (found.field, found.severity) == ("spec.ingress[0].ports[0]", "low")
    assert found.line == line_of(text, "{port: 80}")
    assert found.evidence == ("2 ports: spec.ingress[0].ports[0] is TCP 80 and spec.ingress[0].ports[2] is TCP 90",)
    assert_patch_removes(text, found)
    assert equivalent(load_manifests(text), load_manifests(patched(text, found)))


@pytest.mark.parametrize(
    "ports, severity",
    [
        ("[{port: 53}]", "medium"),
        ("[{port: 53}, {port: 53, protocol: UDP}]", "low"),
        ("[{port: 53, protocol: UDP}, {port: 80}]", "low"),
    ],
)
def test_dns_without_udp_matters_more(ports: str, severity: str) -> None:
    spec = f"  podSelector: {{}}\n  policyTypes: [Egress]\n  egress: [{{ports: {ports}}}]"
    assert only(asked(WEB + policy("shop/a", spec), "NP021")).severity == severity


@pytest.mark.parametrize("ports", ["[{port: 80, protocol: TCP}]", "[{protocol: UDP}]", "[]", ""])
def test_ports_with_a_protocol_and_rules_without_ports_are_not_found(ports: str) -> None:
    assert not asked(WEB + policy("shop/a", f"  podSelector: {{}}\n  ingress: [{{ports: {ports}}}]"), "NP021")


UNPLACED = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a}
spec: {podSelector: {}}
"""


def test_a_policy_without_a_namespace_beside_workloads_with_one() -> None:
    text = WEB + UNPLACED
    found = only(asked(text, "NP022"))
    assert (found.object, found.field, found.severity) == ("NetworkPolicy default/a", "metadata", "medium")
    assert found.line == line_of(text, "metadata: {name: a}")
    assert found.evidence == ("read in namespace default", "selects 0 workloads there")
    assert_patch_removes(text, found)


def test_manifests_that_all_leave_the_namespace_to_whoever_applies_them_matter_less() -> None:
    found = only(asked(WEB.replace(", namespace: shop", "") + UNPLACED, "NP022"))
    assert found.severity == "low"
    assert found.evidence[1] == "selects 1 workload there: default/web[Pod]"


def test_a_namespace_that_is_said_when_manifests_are_read_is_named() -> None:
    assert not asked(load_manifests(WEB + UNPLACED, namespace="shop"), "NP022")


def test_policies_with_a_namespace_and_cluster_wide_ones_are_not_found() -> None:
    wide = """---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec: {priority: 1, subject: {namespaces: {}}}
"""
    assert not asked(WEB + wide + policy("shop/a", "  podSelector: {}"), "NP022")


def alternatives(first: str, second: str, direction: str = "ingress") -> str:
    side = "from" if direction == "ingress" else "to"
    types = direction.capitalize()
    return policy(
        "shop/a",
        f"""
  podSelector: {{matchLabels: {{app: web}}}}
  policyTypes: [{types}]
  {direction}:
  - {side}:
    - {first}
    - {second}
""",
    )


SPACES, PODS = "namespaceSelector: {matchLabels: {team: mon}}", "podSelector: {matchLabels: {app: prom}}"
TOWN = namespace("shop") + namespace("mon", "team: mon") + WEB + PROMETHEUS + OTHER


@pytest.mark.parametrize("pair", [(SPACES, PODS), (PODS, SPACES)])
def test_labels_that_only_pods_of_the_namespaces_have_are_meant_together_with_them(pair: tuple[str, str]) -> None:
    text = TOWN + alternatives(*pair)
    found = only(asked(text, "NP025"))
    assert (found.field, found.severity) == ("spec.ingress[0].from[0]", "medium")
    assert found.line == line_of(text, f"- {pair[0]}")
    assert found.evidence == (
        "as two items: 2 workloads",
        "as one item: 1 workload, mon/prom[Pod]",
        "with app=prom in shop: none",
    )
    assert (found.found.src, found.found.dst) == ("mon/other[Pod]", "shop/web[Pod]")
    assert_patch_removes(text, found)


def test_the_patch_closes_what_the_witness_shows_and_nothing_else() -> None:
    text = TOWN + alternatives(SPACES, PODS)
    found = only(asked(text, "NP025"))
    before, after = load_manifests(text), load_manifests(patched(text, found))
    (witness,) = equivalent(before, after).witnesses
    assert (witness.src, witness.dst) == (found.found.src, found.found.dst)


def test_egress_is_told_by_its_own_side() -> None:
    found = only(asked(TOWN + alternatives(SPACES, PODS, "egress"), "NP025"))
    assert found.field == "spec.egress[0].to[0]"
    assert (found.found.src, found.found.dst) == ("shop/web[Pod]", "mon/other[Pod]")


def test_labels_that_pods_of_both_have_matter_less() -> None:
    text = TOWN + pod("shop/prom") + alternatives(SPACES, PODS)
    assert only(asked(text, "NP025")).severity == "low"


def test_all_namespaces_beside_pods_are_found_always() -> None:
    text = TOWN + alternatives("namespaceSelector: {}", "podSelector: {matchLabels: {app: web}}")
    assert "adds nothing" in only(asked(text, "NP025")).message


def test_namespaces_of_which_nothing_is_known_and_labels_that_nobody_has_here() -> None:
    text = WEB + alternatives("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}", PODS)
    assert only(asked(text, "NP025")).severity == "medium"


@pytest.mark.parametrize(
    "first, second",
    [
        (SPACES, "podSelector: {matchLabels: {app: web}}"),
        (SPACES, "podSelector: {}"),
        (SPACES, "ipBlock: {cidr: 10.0.0.0/8}"),
        (SPACES, "namespaceSelector: {matchLabels: {team: shop}}"),
        (f"{SPACES}\n      {PODS}", "podSelector: {matchLabels: {app: web}}"),
        (f"{SPACES}\n      {PODS}", PODS),
    ],
)
def test_alternatives_that_are_meant_as_such(first: str, second: str) -> None:
    assert not asked(TOWN + alternatives(first, second), "NP025")
