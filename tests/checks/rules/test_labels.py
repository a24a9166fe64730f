"""Labels that open, disable, or lack: NP032, NP035, NP037, NP038."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, only, pod, policy
from tests.generate import town
from workbench.checks import DeclaredFacts

ALL = "networking/allow-all-connections"
OPEN = policy("shop/open", f'  podSelector: {{matchLabels: {{{ALL}: "true"}}}}\n  ingress: [{{}}]')


def test_a_workload_that_is_opted_in_by_its_label() -> None:
    text = pod("shop/web", f'app: web, {ALL}: "true"') + OPEN
    found = only(asked(text, "NP032"))
    assert (found.object, found.severity) == ("Pod shop/web", "medium")
    assert found.line == line_of(text, "apiVersion")
    assert found.evidence == ("selected by: NetworkPolicy shop/open",)


def test_a_label_by_which_no_policy_selects_opens_nothing() -> None:
    found = only(asked(pod("shop/web", f'{ALL}: "true"') + policy("shop/all", "  podSelector: {}"), "NP032"))
    assert (found.severity, found.evidence) == ("info", ("no policy selects it by this label",))


@pytest.mark.parametrize(
    "labels",
    ["app: web", f'{ALL}: "false"', f'{ALL}-later: "true"'],
)
def test_other_labels_are_not_found(labels: str) -> None:
    assert not asked(pod("shop/web", labels) + OPEN, "NP032")


def test_which_labels_opt_in_is_declared() -> None:
    text = pod("shop/web", "access: open") + pod("shop/db", "access: closed")
    text += policy("shop/a", "  podSelector: {matchLabels: {access: open}}")
    found = only(asked(text, "NP032", declared=DeclaredFacts(opt_in_labels=("access=open",))))
    assert (found.object, found.severity) == ("Pod shop/web", "medium")


OFF = "  podSelector: {matchLabels: {app: web, network-policies.stackrox.io/disable: nomatch}}"


def test_a_policy_that_is_switched_off() -> None:
    text = pod("shop/web") + policy("shop/a", OFF)
    found = only(asked(text, "NP035"))
    assert (found.field, found.line) == ("spec.podSelector", line_of(text, "  podSelector"))
    assert found.evidence == ("without the label it selects 1 workload: shop/web[Pod]",)
    assert found.patch.delete == ("NetworkPolicy shop/a",)
    assert_patch_removes(text, found)


def test_a_policy_whose_pods_carry_the_label_is_on() -> None:
    text = pod("shop/web", "app: web, network-policies.stackrox.io/disable: nomatch") + policy("shop/a", OFF)
    assert not asked(text, "NP035")
    without = policy(
        "shop/a",
        "  podSelector: {matchExpressions: [{key: network-policies.stackrox.io/disable, operator: DoesNotExist}]}",
    )
    assert not asked(without, "NP035")


GENERATED = 'network-policy-generator.stackrox.io/generated: "true"'
ANYONE = "  podSelector: {matchLabels: {app: web}}\n  ingress:\n  - ports: [{port: 80, protocol: TCP}]"


def test_a_generated_rule_without_peers() -> None:
    text = pod("shop/web") + policy("shop/a", ANYONE, GENERATED)
    found = only(asked(text, "NP037"))
    assert (found.field, found.severity) == ("spec.ingress[0]", "medium")
    assert found.line == line_of(text, "  - ports:")
    assert "no flows were given" in found.evidence
    assert_patch_removes(text, found)


@pytest.mark.parametrize(
    "text",
    [
        policy("shop/a", ANYONE),
        policy("shop/a", ANYONE.replace("- ports", "- from: [{podSelector: {}}]\n    ports"), GENERATED),
        policy("shop/a", ANYONE.replace("app: web", "app: none"), GENERATED),
    ],
)
def test_rules_with_peers_and_those_that_people_wrote_are_not_found(text: str) -> None:
    assert not asked(pod("shop/web") + text, "NP037")


@pytest.mark.parametrize("target, count", [(80, 0), (8080, 1)])
def test_a_way_in_on_the_port_explains_it(target: int, count: int) -> None:
    way = f"""---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: NodePort, selector: {{app: web}}, ports: [{{port: 80, targetPort: {target}}}]}}
"""
    assert len(asked(pod("shop/web") + way + policy("shop/a", ANYONE, GENERATED), "NP037")) == count


def test_flows_tell_whether_clients_outside_were_seen(tmp_path: Path) -> None:
    labels = {"network-policy-generator.stackrox.io/generated": "true"}
    rule = {"ports": [{"port": 80, "protocol": "TCP"}]}
    cluster = town.cluster_of(
        town.namespace("shop"),
        town.workload("shop/web", "10.0.0.1"),
        town.workload("shop/db", "10.0.0.2"),
        town.policy("shop/a", {"app": "web"}, labels=labels, ingress=[rule]),
    )
    inside = town.flows_of(tmp_path, cluster, town.Seen("shop/db", "shop/web", 80))
    assert only(asked(cluster, "NP037", flows=inside)).severity == "high"
    outside = town.flows_of(tmp_path, cluster, town.Seen("203.0.113.9", "shop/web", 80))
    assert not asked(cluster, "NP037", flows=outside)
    other = town.flows_of(tmp_path, cluster, town.Seen("203.0.113.9", "shop/web", 81))
    assert only(asked(cluster, "NP037", flows=other)).severity == "high"


def test_a_workload_without_labels() -> None:
    text = pod("shop/web").replace("{app: web}", "{}")
    found = only(asked(text, "NP038"))
    assert (found.object, found.severity, found.evidence) == ("Pod shop/web", "medium", ("no labels",))
    assert found.line == line_of(text, "apiVersion")


def test_labels_that_do_not_last() -> None:
    found = only(asked(pod("shop/web", "pod-template-hash: abc, helm.sh/chart: web-1"), "NP038"))
    assert found.evidence == ("labels: helm.sh/chart and pod-template-hash, none of which lasts",)


def test_a_lasting_label_is_enough_and_pods_of_the_host_network_need_none() -> None:
    assert not asked(pod("shop/web", "helm.sh/chart: web-1, app: web"), "NP038")
    assert not asked(pod("shop/web", "a: b", more="hostNetwork: true").replace("{a: b}", "{}"), "NP038")
