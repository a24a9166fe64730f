"""Ports that rules name and pods do not listen on: NP027, NP039."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from workbench.connectivity import sanity
from workbench.inventory import load_manifests

HTTP = "{name: http, containerPort: 8080}"
DNS = "{name: dns, containerPort: 53, protocol: UDP}"


def inward(port: str, selector: str = "{}") -> str:
    return policy(
        "shop/a", f"  podSelector: {selector}\n  ingress:\n  - from: [{{podSelector: {{}}}}]\n    ports: [{port}]"
    )


def outward(port: str, peer: str) -> str:
    return policy(
        "shop/a",
        f"  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - to: [{peer}]\n    ports: [{port}]",
    )


def test_a_name_that_no_selected_pod_declares() -> None:
    text = pod("shop/web", ports=HTTP) + inward("{port: web}")
    found = only(asked(text, "NP027"))
    assert (found.field, found.severity) == ("spec.ingress[0].ports", "medium")
    assert found.line == line_of(text, "    ports: [{port: web}]")
    assert found.evidence == ("selected: shop/web[Pod]", "declared at the destination: TCP 8080 (http)")
    assert "allows nothing" in found.message


def test_a_name_that_is_declared_for_another_protocol() -> None:
    text = pod("shop/dns", ports=DNS) + inward("{port: dns}")
    found = only(asked(text, "NP027"))
    assert "which these pods declare for UDP" in found.message
    assert_patch_removes(text, found)


@pytest.mark.parametrize(
    "text",
    [
        pod("shop/web", ports=HTTP) + inward("{port: http}"),
        pod("shop/web", ports=HTTP) + pod("shop/db") + inward("{port: http}"),
        pod("shop/dns", ports=DNS) + inward("{port: dns, protocol: UDP}"),
        pod("shop/web", ports=HTTP) + inward("{port: 80}"),
        pod("shop/web", ports=HTTP) + inward("{port: web}", "{matchLabels: {app: none}}"),
        pod("shop/web") + outward("{port: web}", "{ipBlock: {cidr: 10.0.0.0/8}}"),
        pod("shop/web") + outward("{port: web}", "{namespaceSelector: {matchLabels: {team: far}}}"),
    ],
)
def test_names_that_resolve_and_those_of_which_nothing_is_known(text: str) -> None:
    assert not asked(text, "NP027")


def test_egress_asks_the_pods_that_it_leads_to_and_not_those_selected() -> None:
    both = pod("shop/web", ports=HTTP) + namespace("data", "team: data") + pod("data/db", ports="{containerPort: 5432}")
    text = both + outward("{port: http}", "{namespaceSelector: {matchLabels: {team: data}}}")
    assert only(asked(text, "NP027")).field == "spec.egress[0].ports"
    assert not asked(both + outward("{port: http}", "{podSelector: {}}"), "NP027")


def test_an_admin_policy_takes_the_protocol_of_the_container() -> None:
    text = (
        pod("shop/dns", ports=DNS)
        + """---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress:
  - {action: Deny, from: [{namespaces: {}}], ports: [{namedPort: NAME}]}
"""
    )
    assert not asked(text.replace("NAME", "dns"), "NP027")
    assert only(asked(text.replace("NAME", "web"), "NP027")).object == "AdminNetworkPolicy a"


def test_what_sanity_calls_empty_for_its_ports_is_found_here() -> None:
    text = pod("shop/web", ports=HTTP) + inward("{port: web}")
    (fault,) = [one for one in sanity(load_manifests(text)) if one.rule is not None]
    assert (fault.code, fault.message) == ("empty", "names no port that the pods it leads to declare")
    assert only(asked(text, "NP027")).found.path[:3] == fault.path


SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


def test_the_port_of_a_service_in_place_of_that_of_its_pods() -> None:
    text = pod("shop/web", ports=HTTP) + SERVICE + inward("{port: 80}")
    found = only(asked(text, "NP039"))
    assert (found.field, found.severity) == ("spec.ingress[0].ports", "high")
    assert "80, the port of Service shop/web, whose pods listen on 8080" in found.message
    assert found.evidence == ("TCP 80 is what the rule names",)
    assert not asked(pod("shop/web", ports=HTTP) + SERVICE + inward("{port: 8080}"), "NP039")
