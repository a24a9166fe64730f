"""What is dangerous together: from the internet to data, to credentials, and between tenants."""

from __future__ import annotations

import pytest

from workbench.checks import CheckFindings, DeclaredFacts, check
from workbench.inventory import load_manifests

WORKLOAD = """\
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}{labels}}}}}
spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: {port}}}]}}]}}
"""
BALANCER = """\
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""
INGRESS = """\
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
"""


def workload(name: str, port: int, namespace: str = "shop", labels: str = "") -> str:
    return WORKLOAD.format(name=name, port=port, namespace=namespace, labels=labels)


def policy(name: str, app: str, **spec: str) -> str:
    rules = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: shop}}\nspec:\n  podSelector: {{matchLabels: {{app: {app}}}}}\n{rules}"
    )


def only_from(*apps: str) -> str:
    peers = ", ".join(f"{{podSelector: {{matchLabels: {{app: {app}}}}}}}" for app in apps)
    return f"[{{from: [{peers}]}}]" if apps else "[]"


WEB, API, DB = workload("web", 8080), workload("api", 8080), workload("db", 5432)
GUARDED = policy("db", "db", ingress=only_from("api"))


def found(text: str, *ids: str, declared: DeclaredFacts | None = None) -> CheckFindings:
    return check(load_manifests(text), only=ids, declared=declared or DeclaredFacts())


@pytest.mark.parametrize("way_in", [BALANCER, INGRESS])
def test_an_exposed_workload_beside_an_open_data_store_is_found(way_in: str) -> None:
    (one,) = found(WEB + DB + way_in, "NP041")
    assert (one.object, one.severity.value) == ("Pod shop/web", "high")
    assert one.message == "is reached by the internet, and reaches shop/db[Pod] over 1 connection"
    assert (one.found.src, one.found.dst) == ("shop/web[Pod]", "shop/db[Pod]")
    assert "TCP 5432" in one.found.ports
    assert any("leads to TCP 8080" in line for line in one.evidence)


def test_over_two_connections_it_matters_less_and_the_way_is_shown() -> None:
    (one,) = found(WEB + API + DB + BALANCER + GUARDED, "NP041")
    assert one.severity.value == "medium"
    assert one.message.endswith("reaches shop/db[Pod] over 2 connections")
    steps = [line for line in one.evidence if " -> " in line]
    assert [line.partition(" : ")[0] for line in steps] == [
        "shop/web[Pod] -> shop/api[Pod]",
        "shop/api[Pod] -> shop/db[Pod]",
    ]


def test_over_three_connections_nothing_is_said() -> None:
    far = workload("far", 8080) + policy("api", "api", ingress=only_from("far")) + GUARDED
    assert not found(WEB + API + DB + BALANCER + far, "NP041").items


@pytest.mark.parametrize(
    "closed",
    [
        WEB + DB,  # nothing leads to it
        WEB + DB + BALANCER + policy("web", "web", ingress=only_from("api")),  # no client outside is let in
        WEB + DB + BALANCER + policy("db", "db", ingress=only_from()),  # nobody reaches the data
        WEB + DB + BALANCER + policy("db", "db", ingress="[{ports: [{port: 9100}]}]"),  # on another port only
        WEB + API + BALANCER,  # there is no data
    ],
)
def test_without_one_half_of_it_nothing_is_found(closed: str) -> None:
    assert not found(closed, "NP041").items


def test_a_data_store_that_the_internet_reaches_is_critical() -> None:
    (one,) = found(workload("web", 8080, labels=", component: database") + BALANCER, "NP041")
    assert (one.severity.value, one.message) == ("critical", "is a data store, and the internet reaches it")


def test_a_label_makes_a_data_store_of_any_port() -> None:
    store = workload("vault", 1234, labels=", app.kubernetes.io/component: storage")
    (one,) = found(WEB + store + BALANCER, "NP041")
    assert "shop/vault[Pod]" in one.message


def test_several_stores_are_counted_behind_the_nearest() -> None:
    (one,) = found(WEB + DB + workload("cache", 6379) + BALANCER, "NP041")
    assert one.message.endswith("over 1 connection, and 1 more data store")


METADATA = "[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]"


def test_an_exposed_workload_that_may_ask_the_metadata_service_is_critical() -> None:
    (one,) = found(WEB + BALANCER, "NP042")
    assert (one.severity.value, one.found.dst, one.found.ports) == ("critical", "169.254.169.254", "TCP 80")
    assert any("no policy restricts it" in line for line in one.evidence)


def test_an_exception_for_its_address_is_enough() -> None:
    spec = {"policyTypes": "[Egress]", "egress": METADATA}
    assert not found(WEB + BALANCER + policy("web", "web", **spec), "NP042").items
    open_ = METADATA.replace(", except: [169.254.169.254/32]", "")
    (one,) = found(WEB + BALANCER + policy("web", "web", **{**spec, "egress": open_}), "NP042")
    assert any("NetworkPolicy shop/web" in line for line in one.evidence)


def test_a_workload_that_is_not_exposed_is_no_matter_of_this_check() -> None:
    assert not found(WEB, "NP042").items


NODE = """\
---
apiVersion: v1
kind: Node
metadata: {name: one, labels: {node-role.kubernetes.io/control-plane: ""}}
status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
"""


def test_nodes_that_were_read_are_asked_about_kubelet_and_api_server() -> None:
    spec = {"policyTypes": "[Egress]", "egress": METADATA.replace("]}}]}]", ", 10.0.0.0/8]}}]}]")}
    assert not found(WEB + BALANCER + NODE + policy("web", "web", **spec), "NP042").items
    spec["egress"] = METADATA
    (one,) = found(WEB + BALANCER + NODE + policy("web", "web", **spec), "NP042")
    assert one.severity.value == "high"
    assert "the kubelet of one and the API server at one" in one.message


def namespaces(**tenants: str) -> str:
    return "".join(
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}\n"
        for name, label in tenants.items()
    )


TENANTS = DeclaredFacts(tenant_label="tenant")


def test_connections_between_tenants_are_counted_for_each_namespace() -> None:
    two = WEB + workload("till", 8080, "office") + namespaces(shop="tenant: a", office="tenant: b")
    first, second = found(two, "NP043", declared=TENANTS)
    assert (first.object, second.object) == ("Namespace office", "Namespace shop")
    assert first.message == "is of tenant b, and 1 connection from tenant a may enter it"
    assert first.evidence == ("shop/web[Pod] -> office/till[Pod] : All Connections",)


@pytest.mark.parametrize("labels", [{"shop": "tenant: a", "office": "tenant: a"}, {"shop": "tenant: a", "office": ""}])
def test_one_tenant_and_what_belongs_to_nobody_are_no_other_tenants(labels: dict[str, str]) -> None:
    two = WEB + workload("till", 8080, "office") + namespaces(**labels)
    assert not found(two, "NP043", declared=TENANTS).items


def test_without_a_label_of_tenants_it_is_not_asked() -> None:
    (one,) = found(WEB + "---\n", "NP043").not_asked
    assert one.reason == "nobody said which label of namespaces names their tenant"
