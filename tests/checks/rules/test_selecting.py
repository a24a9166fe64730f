"""NP010 to NP013: what selects nothing, and what selects by labels that anyone may set."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from workbench.checks import CheckSeverity

SHOP = namespace("shop", "team: a") + pod("shop/web") + pod("shop/db")
OPS = namespace("ops", "team: b") + pod("ops/prometheus")
MEDIUM, LOW, INFO = CheckSeverity.MEDIUM, CheckSeverity.LOW, CheckSeverity.INFO


def ingress(*peers: str, name: str = "in") -> str:
    listed = "\n".join(f"    - {{{one}}}" for one in peers)
    return policy(f"shop/{name}", f"  podSelector: {{matchLabels: {{app: db}}}}\n  ingress:\n  - from:\n{listed}")


BY_NAME = "namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {}}}}}"
WEB = "podSelector: {matchLabels: {app: web}}"


def test_a_policy_that_selects_nothing() -> None:
    text = SHOP + policy("shop/typo", "  podSelector: {matchLabels: {app: bd}}")
    one = only(asked(text, "NP010"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/typo", "spec.podSelector", MEDIUM)
    assert one.line == line_of(text, "podSelector")
    assert one.evidence == ("pods in namespace shop have app=db and web",)
    assert_patch_removes(text, one)


def test_one_for_pods_that_were_not_read_is_an_info() -> None:
    one = only(asked(SHOP + policy("other/in", "  podSelector: {matchLabels: {app: bd}}"), "NP010"))
    assert (one.severity, one.evidence) == (INFO, ("no pods of namespace other were read",))


def test_default_deny_and_a_policy_that_selects_are_quiet() -> None:
    assert not asked(SHOP + policy("shop/deny", "  podSelector: {}") + ingress(WEB), "NP010", "NP011", "NP012", "NP013")


# NP011


def test_a_peer_of_the_own_namespace_that_selects_nothing() -> None:
    text = SHOP + ingress(WEB, "podSelector: {matchLabels: {app: typo}}")
    one = only(asked(text, "NP011"))
    assert (one.field, one.severity) == ("spec.ingress[0].from[1].podSelector", MEDIUM)
    assert one.line == line_of(text, "app: typo")
    assert one.message == "selects no pods: none has app=typo in namespace shop"
    assert one.evidence == ("pods in namespace shop have app=db and web",)
    assert_patch_removes(text, one)


def test_a_peer_with_a_namespace_selector_that_selects_nothing() -> None:
    peer = (
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}, podSelector: {matchLabels: {app: typo}}"
    )
    text = SHOP + OPS + ingress(peer)
    one = only(asked(text, "NP011"))
    assert one.field == "spec.ingress[0].from[0].podSelector"
    assert one.evidence == ("pods in namespaces with kubernetes.io/metadata.name=ops have app=prometheus",)
    assert_patch_removes(text, one)


def test_of_several_each_is_found() -> None:
    peers = [f"podSelector: {{matchLabels: {{app: typo-{number}}}}}" for number in range(2)]
    assert [one.field for one in asked(SHOP + ingress(*peers), "NP011")] == [
        "spec.ingress[0].from[0].podSelector",
        "spec.ingress[0].from[1].podSelector",
    ]


def test_what_leads_out_of_the_manifests_is_quiet() -> None:
    dns = f"{BY_NAME.format('kube-system')}, podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}"
    assert not asked(SHOP + ingress(dns), "NP011", "NP012")


# NP012


def test_a_label_that_no_namespace_carries() -> None:
    text = SHOP + OPS + ingress("namespaceSelector: {matchLabels: {purpose: prod}}")
    one = only(asked(text, "NP012"))
    assert (one.field, one.severity) == ("spec.ingress[0].from[0].namespaceSelector", MEDIUM)
    assert one.line == line_of(text, "purpose: prod")
    assert one.message == "matches no namespace: none has purpose=prod"
    assert one.evidence == ("no namespace carries the label purpose",)


def test_a_value_that_no_namespace_carries() -> None:
    one = only(asked(SHOP + OPS + ingress("namespaceSelector: {matchLabels: {team: c}}"), "NP012"))
    assert one.evidence == ("namespaces carry team=a and b",)


def test_where_labels_are_not_known_it_is_an_info() -> None:
    text = pod("shop/db") + pod("ops/prometheus") + ingress("namespaceSelector: {matchLabels: {purpose: prod}}")
    assert only(asked(text, "NP012")).severity is INFO


def test_a_name_that_is_nearly_one() -> None:
    text = SHOP + namespace("monitoring") + pod("monitoring/prometheus")
    near = ingress("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitorng}}")
    one = only(asked(text + near, "NP012"))
    assert one.message == "matches no namespace: there is no namespace monitorng"
    assert one.evidence == ("there is namespace monitoring",)


def test_a_name_that_is_in_no_manifest_may_be_elsewhere_unless_all_was_read() -> None:
    text = SHOP + ingress("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}")
    assert not asked(text, "NP012")
    assert only(asked(text + namespace("kube-system"), "NP012")).severity is MEDIUM


def test_the_lack_of_a_label_that_none_carries_selects_all() -> None:
    peer = "namespaceSelector: {matchExpressions: [{key: quarantine, operator: DoesNotExist}]}"
    one = only(asked(SHOP + OPS + ingress(peer), "NP012"))
    assert one.severity is LOW
    assert one.message.endswith("a label that no namespace carries, and selects all")
    of_known = "namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [c]}]}"
    assert not asked(SHOP + OPS + ingress(of_known), "NP012")


@pytest.mark.parametrize("peer", ["namespaceSelector: {}", "namespaceSelector: {matchLabels: {team: b}}", WEB])
def test_selectors_that_match_are_quiet(peer: str) -> None:
    assert not asked(SHOP + OPS + ingress(peer), "NP012")


# NP013


def test_one_namespace_by_a_label_of_its_own() -> None:
    text = SHOP + OPS + ingress("namespaceSelector: {matchLabels: {team: b}}")
    one = only(asked(text, "NP013"))
    assert (one.severity, one.field) == (INFO, "spec.ingress[0].from[0].namespaceSelector")
    assert one.message.startswith("selects namespace ops by team=b")
    assert "kubernetes.io/metadata.name: ops" in one.patch.yaml
    assert_patch_removes(text, one)


@pytest.mark.parametrize(
    "peer",
    [
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}",
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops, team: b}}",
        "namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}",
        "namespaceSelector: {}",
    ],
)
def test_a_name_or_a_group_is_quiet(peer: str) -> None:
    assert not asked(SHOP + OPS + ingress(peer), "NP013")


def test_where_another_namespace_may_carry_the_label_it_is_quiet() -> None:
    assert not asked(SHOP + OPS + pod("unknown/x") + ingress("namespaceSelector: {matchLabels: {team: b}}"), "NP013")
