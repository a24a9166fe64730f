"""Ways in from outside that policies close, and what is open without one: NP030."""

from __future__ import annotations

import pytest

from tests.checks.asking import asked, line_of, namespace, only, pod, policy

WEB = pod("shop/web", ports="{name: http, containerPort: 8080}")
DENY = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress]")


def service(kind: str = "ClusterIP", more: str = "") -> str:
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: {kind}, selector: {{app: web}}, ports: [{{port: 80, targetPort: http}}]{more}}}
"""


INGRESS = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def allow(peer: str, port: int = 8080) -> str:
    rule = f"{{from: [{peer}], ports: [{{port: {port}, protocol: TCP}}]}}"
    return policy("shop/web", f"  podSelector: {{matchLabels: {{app: web}}}}\n  ingress: [{rule}]")


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_for_clients_outside_that_policies_close(kind: str) -> None:
    text = WEB + service(kind) + DENY
    found = only(asked(text, "NP030"))
    assert (found.object, found.field, found.severity) == ("Service shop/web", "spec", "medium")
    assert found.line == line_of(text, f"spec: {{type: {kind}")
    assert found.evidence == ("closed: shop/web[Pod]", "isolated by: NetworkPolicy shop/deny")


def test_external_addresses_are_a_way_in() -> None:
    assert asked(WEB + service(more=", externalIPs: [192.0.2.1]") + DENY, "NP030")


@pytest.mark.parametrize(
    "text",
    [
        WEB + service() + DENY,
        WEB + service("NodePort"),
        WEB + service("NodePort") + DENY + allow("{ipBlock: {cidr: 10.0.0.0/8}}"),
        WEB + service("NodePort") + policy("shop/out", "  podSelector: {}\n  policyTypes: [Egress]"),
        pod("shop/web", ports="{name: http, containerPort: 8080}", more="hostNetwork: true")
        + service("NodePort")
        + DENY,
    ],
)
def test_ways_in_that_are_open_and_services_for_the_cluster_alone_are_not_found(text: str) -> None:
    assert not asked(text, "NP030")


def test_the_port_must_be_the_one_that_the_service_leads_to() -> None:
    text = WEB + service("NodePort") + allow("{ipBlock: {cidr: 10.0.0.0/8}}", 80)
    assert only(asked(text, "NP030")).object == "Service shop/web"


def test_an_ingress_that_no_policy_lets_in() -> None:
    text = WEB + service() + INGRESS + DENY
    found = only(asked(text, "NP030"))
    assert (found.object, found.severity) == ("Ingress shop/web", "medium")
    assert found.field.startswith("spec.rules[0].http.paths[0].backend")
    assert found.line == line_of(text, "      - {path: /")


def test_a_controller_that_is_let_in_where_it_usually_runs_is_not_found() -> None:
    usual = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}"
    assert not asked(WEB + service() + INGRESS + allow(usual), "NP030")
    unusual = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}"
    assert only(asked(WEB + service() + INGRESS + allow(unusual), "NP030")).severity == "info"


def test_addresses_of_the_internet_that_may_connect_though_nothing_leads_there() -> None:
    text = WEB + allow("{ipBlock: {cidr: 203.0.113.0/24}}")
    found = only(asked(text, "NP030"))
    assert (found.object, found.severity) == ("Pod shop/web", "info")
    assert (found.found.src, found.found.dst, found.found.ports) == ("203.0.113.0/24", "shop/web[Pod]", "TCP 8080")
    assert "NetworkPolicy shop/web spec.ingress[0] allows TCP 8080" in found.evidence


@pytest.mark.parametrize(
    "text",
    [
        WEB + allow("{ipBlock: {cidr: 203.0.113.0/24}}") + service("LoadBalancer"),
        WEB + allow("{namespaceSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}") + service() + INGRESS,
        WEB + allow("{ipBlock: {cidr: 10.0.0.0/8}}"),
        WEB + allow("{namespaceSelector: {}}"),
        WEB,
    ],
)
def test_openings_with_a_way_in_and_those_for_near_addresses_are_not_found(text: str) -> None:
    assert not asked(text, "NP030")


def test_in_namespaces_of_the_platform_it_is_an_info() -> None:
    text = (namespace("kube-system") + WEB + service("NodePort") + DENY).replace(
        "namespace: shop", "namespace: kube-system"
    )
    assert only(asked(text, "NP030")).severity == "info"
