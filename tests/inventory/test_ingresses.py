"""Which Services Ingresses and routes lead to (semantics 18)."""

from __future__ import annotations

import pytest

from workbench.inventory import Backend, Cluster, load_manifests

HEADS = {
    "Ingress": "networking.k8s.io/v1",
    "Route": "route.openshift.io/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "GRPCRoute": "gateway.networking.k8s.io/v1",
    "ReferenceGrant": "gateway.networking.k8s.io/v1beta1",
}
WEB = "{service: {name: web, port: {number: 80}}}"


def load(kind: str, spec: str, *more: tuple[str, str, str], version: str = "") -> Cluster:
    """Load one object in namespace shop, and others as (kind, namespace, spec)."""
    objects = [(kind, "shop", spec), *more]
    return load_manifests(
        "---\n".join(
            f"apiVersion: {version or HEADS[kind]}\nkind: {kind}\n"
            f"metadata: {{name: one, namespace: {namespace}}}\nspec: {text}\n"
            for kind, namespace, text in objects
        )
    )


def backends(cluster: Cluster) -> list[tuple[str, str, int | str | None]]:
    """Return namespace, Service and port of each backend."""
    assert [problem for problem in cluster.problems_found if problem.severity != "info"] == []
    (ingress,) = cluster.objects.ingresses
    return [(backend.namespace, backend.service, backend.port) for backend in ingress.backends]


def codes(cluster: Cluster) -> list[str]:
    return [problem.code for problem in cluster.problems_found]


def test_each_path_of_an_ingress_has_a_backend_with_a_port_by_number_or_name() -> None:
    rules = (
        "[{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}, {backend: " + WEB + "}]}}]"
    )
    assert backends(load("Ingress", f"{{rules: {rules}}}")) == [("shop", "web", "http"), ("shop", "web", 80)]


def test_the_default_backend_counts() -> None:
    cluster = load("Ingress", f"{{defaultBackend: {WEB}}}")
    assert cluster.objects.ingresses[0].backends == (Backend("shop", "web", 80, ("spec", "defaultBackend")),)


def test_a_rule_without_http_leads_to_the_default_backend_only() -> None:
    rules = "[{host: a.example}, {host: b.example, http: null}, {http: {paths: [{backend: " + WEB + "}]}}]"
    assert backends(load("Ingress", f"{{rules: {rules}}}")) == [("shop", "web", 80)]


def test_an_ingress_without_rules_leads_nowhere() -> None:
    assert backends(load("Ingress", "{}")) == []


def test_an_older_ingress_names_its_backend_otherwise() -> None:
    rules = "[{http: {paths: [{backend: {serviceName: b, servicePort: x}}]}}]"
    spec = f"{{backend: {{serviceName: web, servicePort: 80}}, rules: {rules}}}"
    cluster = load("Ingress", spec, version="networking.k8s.io/v1beta1")
    assert codes(cluster) == ["api-version"]
    assert [backend.service for backend in cluster.objects.ingresses[0].backends] == ["web", "b"]


def test_a_backend_that_is_no_service_is_told_and_passed_over() -> None:
    cluster = load("Ingress", "{defaultBackend: {resource: {apiGroup: k, kind: Bucket, name: files}}}")
    (problem,) = cluster.problems_found
    assert (problem.code, problem.field, problem.line) == ("backend-not-followed", "spec.defaultBackend", 4)
    assert "Bucket files" in problem.message


@pytest.mark.parametrize(
    "kind,spec",
    [
        ("Ingress", "{defaultBackend: {service: {name: web}}}"),
        ("Ingress", "{defaultBackend: {service: {name: web, port: {}}}}"),
        ("HTTPRoute", "{rules: [{backendRefs: [{name: web}]}]}"),
    ],
)
def test_a_backend_needs_a_port(kind: str, spec: str) -> None:
    cluster = load(kind, spec)
    assert codes(cluster) == ["backend-without-port"]
    assert cluster.objects.ingresses[0].backends == ()


def test_a_route_leads_to_its_target_and_the_alternate_ones() -> None:
    spec = "{to: {kind: Service, name: a, weight: 10}, alternateBackends: [{name: b}], port: {targetPort: http}}"
    assert backends(load("Route", spec)) == [("shop", "a", "http"), ("shop", "b", "http")]


@pytest.mark.parametrize("port", ["", ", port: {}", ", port: null", ", port: {targetPort: 0}"])
def test_a_route_without_a_port_means_all_ports(port: str) -> None:
    assert backends(load("Route", f"{{to: {{name: a}}{port}}}")) == [("shop", "a", None)]


def test_a_target_of_weight_0_gets_nothing() -> None:
    cluster = load("Route", "{to: {name: blue, weight: 0}, alternateBackends: [{name: green, weight: 100}]}")
    assert backends(cluster) == [("shop", "green", None)]
    assert codes(cluster) == ["backend-without-weight"]


def test_a_route_to_something_else_than_a_service_is_told() -> None:
    assert codes(load("Route", "{to: {kind: Deployment, name: a}}")) == ["backend-not-followed"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_a_gateway_route_leads_to_the_backends_of_all_its_rules(kind: str) -> None:
    rules = (
        "[{backendRefs: [{name: a, port: 80}, {name: b, port: 81, weight: 0}]}, {backendRefs: [{name: c, port: 82}]}]"
    )
    spec = f"{{parentRefs: [{{name: gw}}], rules: {rules}}}"
    assert backends(load(kind, spec)) == [("shop", "a", 80), ("shop", "c", 82)]


def test_mirrored_requests_count_too() -> None:
    mirror = "filters: [{type: RequestMirror, requestMirror: {backendRef: {name: copy, port: 90}}}]"
    spec = f"{{rules: [{{{mirror}, backendRefs: [{{name: a, port: 80, {mirror.replace('copy', 'other')}}}]}}]}}"
    assert backends(load("HTTPRoute", spec)) == [("shop", "copy", 90), ("shop", "a", 80), ("shop", "other", 90)]


def test_a_route_of_a_service_mesh_leads_nothing_in() -> None:
    cluster = load(
        "HTTPRoute",
        "{parentRefs: [{group: '', kind: Service, name: a}], rules: [{backendRefs: [{name: a, port: 80}]}]}",
    )
    assert cluster.objects.ingresses == ()
    assert codes(cluster) == ["mesh-route"]


ABROAD = "{rules: [{backendRefs: [{name: api, namespace: back, port: 80}]}]}"


def test_another_namespace_must_grant_the_reference() -> None:
    cluster = load("HTTPRoute", ABROAD)
    (problem,) = cluster.problems_found
    assert (problem.severity, problem.code) == ("warning", "reference-not-granted")
    assert "ReferenceGrant" in problem.message
    assert cluster.objects.ingresses[0].backends == ()


@pytest.mark.parametrize("name", ["", ", name: api"])
def test_a_reference_grant_permits_it(name: str) -> None:
    origin = "{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}"
    grant = f"{{from: [{origin}], to: [{{group: '', kind: Service{name}}}]}}"
    assert backends(load("HTTPRoute", ABROAD, ("ReferenceGrant", "back", grant))) == [("back", "api", 80)]


@pytest.mark.parametrize(
    "namespace,kind,origin,target",
    [
        ("shop", "HTTPRoute", "shop", "kind: Service"),
        ("back", "GRPCRoute", "shop", "kind: Service"),
        ("back", "HTTPRoute", "other", "kind: Service"),
        ("back", "HTTPRoute", "shop", "kind: Service, name: other"),
        ("back", "HTTPRoute", "shop", "kind: Secret"),
    ],
)
def test_a_grant_for_something_else_does_not(namespace: str, kind: str, origin: str, target: str) -> None:
    grant = f"{{from: [{{kind: {kind}, namespace: {origin}}}], to: [{{{target}}}]}}"
    assert codes(load("HTTPRoute", ABROAD, ("ReferenceGrant", namespace, grant))) == ["reference-not-granted"]


@pytest.mark.parametrize(
    "kind,spec,field",
    [
        ("Ingress", "{rules: {}}", "spec.rules"),
        ("Ingress", "{rules: [{http: {paths: [{backend: 1}]}}]}", "spec.rules[0].http.paths[0].backend"),
        ("Route", "{port: {targetPort: 80}}", "spec.to"),
        ("Route", "{to: {name: a}, port: {targetPort: [80]}}", "spec.port.targetPort"),
        ("HTTPRoute", "{rules: [{backendRefs: [{name: a, port: http}]}]}", "spec.rules[0].backendRefs[0].port"),
    ],
)
def test_what_the_api_server_would_refuse_is_a_problem_that_names_the_field(kind: str, spec: str, field: str) -> None:
    cluster = load(kind, spec)
    assert [(problem.code, problem.field) for problem in cluster.problems_found] == [("invalid-object", field)]
    assert cluster.objects.ingresses == ()


def test_the_same_kind_of_another_group_is_none_of_ours() -> None:
    cluster = load("Route", "{traffic: []}", version="serving.knative.dev/v1")
    assert cluster.objects.ingresses == ()
    assert cluster.problems_found == ()


def test_the_table_has_a_row_for_each_backend() -> None:
    frame = load("Route", "{to: {name: a}, alternateBackends: [{name: b}]}").ingresses
    assert frame.drop(columns=["file"]).to_dict("list") == {
        "kind": ["Route", "Route"],
        "namespace": ["shop", "shop"],
        "name": ["one", "one"],
        "service_namespace": ["shop", "shop"],
        "service": ["a", "b"],
        "service_port": ["", ""],
        "line": [1, 1],
    }
