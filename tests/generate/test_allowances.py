"""What platforms need, got right on small manifests (generate 8)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.connectivity.manifests import namespace, pod
from workbench.generate import Context, Drafts, Need, WhyLeftOut, read_allowances
from workbench.ground import ArgumentError, PortSet
from workbench.inventory import load_manifests, peer_text, port_match_text

NOW = datetime(2026, 11, 30, tzinfo=UTC)
WEB = pod("web", "shop", "app: web", "{name: http, containerPort: 8080}")
PROMETHEUS = pod("prometheus", "metrics", "app.kubernetes.io/name: prometheus")
NODES = """
{apiVersion: v1, kind: Node, metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ""}},
 status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: two}, status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}}
---"""
API = """
{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: default},
 spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, targetPort: 6443}]}}
---"""
API_ENDPOINTS = """
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
 metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}},
 endpoints: [{addresses: [172.18.0.2]}, {addresses: [172.18.0.3]}], ports: [{name: https, port: 6443, protocol: TCP}]}
---"""


def service(name: str, namespace: str = "shop", ports: str = "{port: 80, targetPort: http}", more: str = "") -> str:
    return f"""
{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {namespace}, {more}}},
 spec: {{selector: {{app: web}}, ports: [{ports}]}}}}
---"""


def drafts(*documents: str, allow: tuple[str, ...], needs: tuple[tuple[str, str], ...] = ()) -> Drafts:
    cluster = load_manifests("\n".join(["", namespace("shop"), *documents, ""]))
    context = Context(cluster, NOW)
    return context.admitting([Need(*one, PortSet.of("TCP", 443)) for one in needs], allowing=allow)


def rules(found: Drafts, name: str = "web-pod") -> list[str]:
    """Return the rules of a workload that are there for what platforms need, a line each."""
    (draft,) = (one for one in found.drafts if one.policy.name == name)
    return [
        f"{rule.direction.value} {', '.join(map(peer_text, rule.peers))} : {port_match_text(rule.ports)}"
        for rule in draft.policy.rules
        if any(need.basis.value == "allowance" for need in draft.reasons[rule.direction, rule.index])
    ]


def details(found: Drafts, why: WhyLeftOut = WhyLeftOut.UNRESOLVED) -> list[str]:
    return [f"{one.subject}: {one.detail}" for one in found.left_out if one.why is why and one.need is None]


def said(found: Drafts, name: str = "web-pod") -> set[str]:
    (draft,) = (one for one in found.drafts if one.policy.name == name)
    return {need.said_by for needs in draft.reasons.values() for need in needs if need.said_by}


# --- DNS -------------------------------------------------------------------------------------------

CALL = (("shop/web[Pod]", "203.0.113.7"),)


def test_dns_of_openshift_is_asked_at_the_port_after_translation() -> None:
    dns = pod("dns", "openshift-dns", "dns.operator.openshift.io/daemonset-dns: default",
              "{name: dns, containerPort: 5353, protocol: UDP}, {name: dns-tcp, containerPort: 5353}")  # fmt: skip
    default = """
{apiVersion: v1, kind: Service, metadata: {name: dns-default, namespace: openshift-dns},
 spec: {selector: {dns.operator.openshift.io/daemonset-dns: default},
        ports: [{name: dns, port: 53, protocol: UDP, targetPort: dns}, {name: tcp, port: 53, targetPort: dns-tcp}]}}
---"""
    whole = rules(drafts(WEB, dns, default, allow=("dns",), needs=CALL))
    assert len(whole) == 1
    assert whole[0].endswith("namespace openshift-dns pods: dns.operator.openshift.io/daemonset-dns=default"
                             " : TCP 5353,UDP 5353")  # fmt: skip
    # Without its Service, and with no more than a sign that this is OpenShift.
    assert rules(drafts(WEB, ROUTE, allow=("dns",), needs=CALL)) == whole
    assert "5353" not in rules(drafts(WEB, allow=("dns",), needs=CALL))[0]


# --- the API server --------------------------------------------------------------------------------

BINDING = """
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: reader, namespace: shop},
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader},
 subjects: [{kind: ServiceAccount, name: web}]}
---"""
CLUSTER_BINDING = (
    BINDING.replace("RoleBinding", "ClusterRoleBinding", 1)
    .replace(", namespace: shop}", "}")
    .replace("name: web}", "name: web, namespace: shop}")
)
ACCOUNT = pod("web", "shop", "app: web", spec="serviceAccountName: web")
ENDPOINTS = "egress 172.18.0.2/32, 172.18.0.3/32 : TCP 6443"


@pytest.mark.parametrize("binding", [BINDING, CLUSTER_BINDING])
def test_workloads_whose_account_is_bound_may_call_the_api_at_its_endpoints(binding: str) -> None:
    found = drafts(ACCOUNT, API, API_ENDPOINTS, binding, allow=("api-server",))
    assert rules(found) == [ENDPOINTS]
    assert next(iter(said(found))).endswith("reader names its service account)")
    # Another account, and no binding.
    assert rules(drafts(WEB, API, API_ENDPOINTS, binding, allow=("api-server",))) == []
    assert rules(drafts(ACCOUNT, API, API_ENDPOINTS, allow=("api-server",))) == []


@pytest.mark.parametrize("address", ["172.18.0.2", "10.96.0.1"])
def test_so_may_workloads_that_were_seen_to_call_it(address: str) -> None:
    needs = (("shop/web[Pod]", address),)
    found = drafts(WEB, API, API_ENDPOINTS, allow=("api-server",), needs=needs)
    assert any("172.18.0.3/32" in one and one.endswith("TCP 6443") for one in rules(found))


def test_where_no_endpoints_were_read_it_is_on_the_nodes_of_the_control_plane() -> None:
    assert rules(drafts(ACCOUNT, API, NODES, BINDING, allow=("api-server",))) == ["egress 10.0.0.1/32 : TCP 6443"]
    lost = drafts(ACCOUNT, API, BINDING, allow=("api-server",))
    assert (rules(lost), len(details(lost))) == ([], 1)
    assert "default/kubernetes" in details(lost)[0]


# --- webhooks --------------------------------------------------------------------------------------


def hook(kind: str = "ValidatingWebhookConfiguration", name: str = "hook", port: str = "") -> str:
    return f"""
{{apiVersion: admissionregistration.k8s.io/v1, kind: {kind}, metadata: {{name: h}},
 webhooks: [{{name: a.b.c, clientConfig: {{service: {{name: {name}, namespace: shop{port}}}}}}}]}}
---"""


CONVERSION = """
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: as.b.c},
 spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: hook, namespace: shop}}}}}}
---"""
AGGREGATED = """
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.b.c},
 spec: {service: {name: hook, namespace: shop}}}
---"""
HOOK_443 = service("hook", ports="{port: 443, targetPort: http}")


@pytest.mark.parametrize("caller", [hook(), hook("MutatingWebhookConfiguration"), CONVERSION, AGGREGATED])
def test_the_api_server_may_call_webhooks_at_the_port_after_translation(caller: str) -> None:
    found = drafts(WEB, HOOK_443, caller, API, API_ENDPOINTS, allow=("webhooks",))
    assert rules(found) == ["ingress 172.18.0.2/32, 172.18.0.3/32 : TCP 8080"]


def test_a_port_that_is_given_is_that_of_the_service() -> None:
    other = service("hook", ports="{port: 443, targetPort: 1}, {port: 9443, targetPort: 8443}")
    found = drafts(WEB, other, hook(port=", port: 9443"), API, API_ENDPOINTS, allow=("webhooks",))
    assert rules(found) == ["ingress 172.18.0.2/32, 172.18.0.3/32 : TCP 8443"]


@pytest.mark.parametrize(
    "documents,detail",
    [
        ((hook(),), "names Service shop/hook, which is not there"),
        ((hook(port=", port: 1"), HOOK_443), "names port 1, which Service shop/hook does not have"),
        ((hook(), service("hook", ports="{port: 443, targetPort: https}")), "which has no port of the name"),
        ((hook(), HOOK_443.replace("app: web", "app: none")), "which selects no pods"),
    ],
)
def test_what_leads_nowhere_is_said(documents: tuple[str, ...], detail: str) -> None:
    found = drafts(WEB, *documents, API, API_ENDPOINTS, allow=("webhooks",))
    assert rules(found) == []
    assert detail in details(found)[0]


# --- metrics ---------------------------------------------------------------------------------------

FROM_PROMETHEUS = "ingress namespace metrics pods: app.kubernetes.io/name=prometheus"


def annotated(annotations: str, ports: str = "{name: http, containerPort: 8080}") -> str:
    return WEB.replace("labels: {app: web}", f"labels: {{app: web}}, annotations: {{{annotations}}}").replace(
        "{name: http, containerPort: 8080}", ports
    )


@pytest.mark.parametrize(
    "annotations,ports",
    [
        ("prometheus.io/scrape: 'true', prometheus.io/port: '9102'", "TCP 9102"),
        ("prometheus.io/scrape: 'true'", "TCP 8080"),
    ],
)
def test_annotated_pods_may_be_scraped(annotations: str, ports: str) -> None:
    assert rules(drafts(annotated(annotations), PROMETHEUS, allow=("metrics",))) == [f"{FROM_PROMETHEUS} : {ports}"]


def test_pods_that_do_not_ask_for_it_may_not() -> None:
    assert rules(drafts(annotated("prometheus.io/scrape: 'false'"), PROMETHEUS, allow=("metrics",))) == []
    silent = drafts(annotated("prometheus.io/scrape: 'true'", ""), PROMETHEUS, allow=("metrics",))
    assert rules(silent) == []
    assert "says no port" in details(silent)[0]


def monitor(kind: str, spec: str) -> str:
    return f"""
{{apiVersion: monitoring.coreos.com/v1, kind: {kind}, metadata: {{name: m, namespace: metrics}}, spec: {{{spec}}}}}
---"""


@pytest.mark.parametrize(
    "document,ports",
    [
        (monitor("ServiceMonitor", "selector: {matchLabels: {app: web}}, namespaceSelector: {any: true},"
                 " endpoints: [{port: web}]"), "TCP 8080"),
        (monitor("ServiceMonitor", "selector: {}, namespaceSelector: {matchNames: [shop]},"
                 " endpoints: [{targetPort: 9100}]"), "TCP 9100"),
        (monitor("PodMonitor", "selector: {matchLabels: {app: web}}, namespaceSelector: {matchNames: [shop]},"
                 " podMetricsEndpoints: [{port: http}]"), "TCP 8080"),
        (monitor("PodMonitor", "selector: {}, namespaceSelector: {matchNames: [shop]},"
                 " podMetricsEndpoints: [{portNumber: 9101}]"), "TCP 9101"),
    ],
)  # fmt: skip
def test_monitors_say_what_is_scraped(document: str, ports: str) -> None:
    web = service("web", ports="{name: web, port: 80, targetPort: http}", more="labels: {app: web}")
    found = drafts(WEB, web, PROMETHEUS, document, allow=("metrics",))
    assert rules(found) == [f"{FROM_PROMETHEUS} : {ports}"]


def test_a_monitor_that_finds_nothing_is_said() -> None:
    own = monitor("ServiceMonitor", "selector: {}, endpoints: [{port: web}]")
    assert "selects no Service" in details(drafts(WEB, service("web"), PROMETHEUS, own, allow=("metrics",)))[0]


def test_where_no_prometheus_was_read_it_is_assumed_and_said() -> None:
    found = drafts(annotated("prometheus.io/scrape: 'true'"), allow=("metrics",))
    assert rules(found) == ["ingress namespace monitoring pods: app.kubernetes.io/name=prometheus : TCP 8080"]
    assert next(iter(said(found))).endswith("assumed: nothing of it was read")


# --- ingress controllers ---------------------------------------------------------------------------

INGRESS = """
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop},
 spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}
---"""
HTTP_ROUTE = """
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web, namespace: shop},
 spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}}
---"""
ROUTE = """
{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: web, namespace: shop},
 spec: {to: {kind: Service, name: web}}}
---"""
LABELS = "app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller"
CONTROLLER = pod("controller", "edge", LABELS)
ON_HOST = pod("controller", "edge", LABELS, spec="hostNetwork: true")


@pytest.mark.parametrize("route", [INGRESS, HTTP_ROUTE, ROUTE])
def test_controllers_may_call_what_is_routed_to(route: str) -> None:
    (found,) = rules(drafts(WEB, service("web"), route, CONTROLLER, allow=("ingress-controllers",)))
    assert found.startswith("ingress namespace edge pods: ")
    assert found.endswith(" : TCP 8080")


def test_a_controller_in_the_network_of_its_nodes_is_named_by_their_addresses() -> None:
    known = drafts(WEB, service("web"), INGRESS, ON_HOST, NODES, allow=("ingress-controllers",))
    assert rules(known) == ["ingress 10.0.0.1/32, 10.0.0.2/32 : TCP 8080"]
    placed = ON_HOST.replace("hostNetwork: true", "hostNetwork: true\nstatus: {hostIP: 10.0.0.2}")
    there = drafts(WEB, service("web"), INGRESS, placed, NODES, allow=("ingress-controllers",))
    assert rules(there) == ["ingress 10.0.0.2/32 : TCP 8080"]
    unknown = drafts(WEB, service("web"), INGRESS, ON_HOST, allow=("ingress-controllers",))
    assert rules(unknown) == []
    assert "addresses of the nodes are not known" in details(unknown, WhyLeftOut.HOST_NETWORK)[-1]


def test_where_no_controller_was_read_one_is_assumed_and_said() -> None:
    found = drafts(WEB, service("web"), INGRESS, allow=("ingress-controllers",))
    assert rules(found)[0].startswith("ingress namespace ingress-nginx pods: ")
    assert next(iter(said(found))).endswith("assumed: nothing of it was read")
    of_openshift = drafts(WEB, service("web"), ROUTE, allow=("ingress-controllers",))
    assert rules(of_openshift)[0].startswith("ingress namespace openshift-ingress pods: ")


def test_an_ingress_that_leads_nowhere_is_said() -> None:
    found = drafts(WEB, INGRESS, CONTROLLER, allow=("ingress-controllers",))
    assert "which is not there" in details(found)[0]


# --- entries of one's own --------------------------------------------------------------------------


def test_an_entry_of_ones_own_names_whom_it_is_for_as_the_shipped_ones_do(tmp_path: Path) -> None:
    file = tmp_path / "allowances.yaml"
    file.write_text(
        "- {name: metrics, meaning: Mimir reads, direction: ingress, for: scraped, pods: [{labels: {app: mimir}}]}\n"
    )
    found = {one.name: one for one in read_allowances(file)}
    mimir = pod("mimir", "metrics", "app: mimir")
    cluster = load_manifests("\n".join(["", namespace("shop"), annotated("prometheus.io/scrape: 'true'"), mimir, ""]))
    made = Context(cluster, NOW).admitting([], allowing=[found["metrics"]])
    assert rules(made) == ["ingress namespace metrics pods: app=mimir : TCP 8080"]
    file.write_text("- {name: x, meaning: y, direction: ingress, for: some}\n")
    with pytest.raises(ArgumentError, match="entry"):
        read_allowances(file)
