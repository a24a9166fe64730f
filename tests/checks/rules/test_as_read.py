"""Policies that the API server refuses, or reads otherwise than they look: NP020, NP023, NP026, NP028."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, only, pod, policy
from workbench.inventory import load_manifests

WEB = pod("shop/web")
NO_TYPE = policy(
    "shop/a",
    """
  podSelector: {}
  policyTypes: [Egress]
  ingress:
  - from: [{podSelector: {}}]
""",
)


def test_rules_of_a_direction_that_policy_types_leave_out() -> None:
    text = WEB + NO_TYPE
    found = only(asked(text, "NP020"))
    assert (found.object, found.field, found.severity) == ("NetworkPolicy shop/a", "spec.ingress", "high")
    assert found.line == line_of(text, "  ingress:")
    assert found.evidence == ("policyTypes: [Egress]", "1 ingress rule without effect")
    assert "policyTypes:\n  - Ingress\n  - Egress\n" in found.patch.yaml
    assert_patch_removes(text, found)


def test_an_empty_list_of_rules_that_denies_nothing() -> None:
    text = WEB + policy("shop/a", "  podSelector: {}\n  egress: []")
    found = only(asked(text, "NP020"))
    assert (found.field, found.line, found.severity) == ("spec.egress", line_of(text, "  egress:"), "medium")
    assert found.evidence == ("policyTypes: left out",)
    assert_patch_removes(text, found)


@pytest.mark.parametrize(
    "spec",
    [
        "  podSelector: {}\n  ingress: []",
        "  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  egress: []",
        "  podSelector: {}\n  policyTypes: [Ingress]",
        "  podSelector: {}\n  egress: [{}]",
        "  podSelector: {}\n  policyTypes: [Ingress]\n  egress:",
    ],
)
def test_directions_that_count_are_not_found(spec: str) -> None:
    assert not asked(WEB + policy("shop/a", spec), "NP020")


def test_a_policy_that_was_put_in_its_place_since_is_not_judged_by_what_was_written() -> None:
    before = load_manifests(WEB + NO_TYPE)
    added = load_manifests(policy("shop/a", "  podSelector: {}\n  policyTypes: [Egress]"))
    assert not asked(before.with_policies(added), "NP020")


def test_two_policies_of_one_name() -> None:
    text = policy("shop/a", "  podSelector: {}") + policy("shop/a", "  podSelector: {matchLabels: {app: web}}")
    found = only(asked(text, "NP023"))
    assert (found.object, found.severity) == ("NetworkPolicy shop/a", "high")
    assert found.line == line_of(text, "matchLabels") - 4
    assert "first in <text>:2" in found.message


def test_of_two_policies_of_one_name_the_one_that_is_refused() -> None:
    text = policy("shop/a", "  podSelector: {}\n  ingress: [{from: [{}]}]") + policy("shop/a", "  podSelector: {}")
    assert only(asked(text, "NP023")).line == 2


def test_the_same_policy_twice_or_the_same_name_elsewhere_is_no_duplicate() -> None:
    twice = policy("shop/a", "  podSelector: {}")
    assert not asked(twice + twice + policy("other/a", "  podSelector: {}"), "NP023")


def test_an_empty_peer() -> None:
    text = WEB + policy("shop/a", "  podSelector: {}\n  ingress:\n  - from:\n    - {}")
    found = only(asked(text, "NP026"))
    assert (found.field, found.severity) == ("spec.ingress[0].from[0]", "medium")
    assert found.line == line_of(text, "    - {}")
    assert found.evidence == ("the API server refuses the policy",)
    assert not asked(text, "NP028")


def test_a_null_rule_allows_everything() -> None:
    text = WEB + policy("shop/a", "  podSelector: {}\n  ingress:\n  -")
    found = only(asked(text, "NP026"))
    assert (found.field, found.severity) == ("spec.ingress[0]", "high")
    assert "allows everything" in found.message


ADMIN = """---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress:
  - action: Deny
    from: [PEER]
"""


def test_an_empty_peer_of_an_admin_policy() -> None:
    found = only(asked(WEB + ADMIN.replace("PEER", "{}"), "NP026"))
    assert (found.object, found.field) == ("AdminNetworkPolicy a", "spec.ingress[0].from[0]")


def test_a_peer_of_two_kinds_is_refused_and_not_empty() -> None:
    text = WEB + ADMIN.replace("PEER", "{namespaces: {}, pods: {namespaceSelector: {}, podSelector: {}}}")
    assert not asked(text, "NP026")
    assert only(asked(text, "NP028")).field == "spec.ingress[0].from[0]"


def test_selectors_of_everything_are_no_empty_peers() -> None:
    spec = "  podSelector: {}\n  ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}, {}]"
    assert not asked(WEB + policy("shop/a", spec), "NP026")


@pytest.mark.parametrize(
    "rule, field",
    [
        ("from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]", "from[0].ipBlock.except[0]"),
        ("from: [{ipBlock: {cidr: 10.0.0.0/33}}]", "from[0].ipBlock.cidr"),
        ("ports: [{port: 90, endPort: 80}]", "ports[0].endPort"),
        ("ports: [{port: http, endPort: 80}]", "ports[0].endPort"),
        ("form: []", "form"),
    ],
)
def test_values_that_the_api_server_refuses(rule: str, field: str) -> None:
    text = WEB + policy("shop/a", f"  podSelector: {{}}\n  ingress:\n  - {rule}")
    found = only(asked(text, "NP028"))
    assert (found.field, found.severity) == (f"spec.ingress[0].{field}", "medium")
    assert found.line == line_of(text, rule)
    assert found.evidence == ("answers leave the policy out",)


def test_a_block_that_is_read_otherwise_than_it_is_written() -> None:
    text = WEB + policy("shop/a", "  podSelector: {}\n  ingress:\n  - from: [{ipBlock: {cidr: 10.0.0.1/8}}]")
    found = only(asked(text, "NP028"))
    assert (found.severity, found.evidence) == ("low", ("written: 10.0.0.1/8",))


def test_what_is_stored_and_nothing_defines() -> None:
    peer = "{namespaces: {matchExpressions: [{key: a, operator: Into}]}}"
    found = only(asked(WEB + ADMIN.replace("PEER", peer), "NP028"))
    assert found.evidence == ("tier: admin", "answers leave the policy out")


def test_a_good_policy_is_neither() -> None:
    rule = "from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]\n    ports: [{port: 80, endPort: 90}]"
    good = policy("shop/a", f"  podSelector: {{}}\n  ingress:\n  - {rule}")
    assert not asked(WEB + good + ADMIN.replace("PEER", "{namespaces: {}}"), "NP020", "NP023", "NP026", "NP028")
