"""Services: every field of the model, and what the API server would refuse."""

from __future__ import annotations

from workbench.inventory import Service, ServicePort, load_manifests


def service(spec: str, rest: str = "") -> Service:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: shop}}\nspec: {spec}\n{rest}"
    cluster = load_manifests(text)
    assert cluster.problems_found == ()
    return cluster.objects.services[0]


def test_a_plain_service() -> None:
    found = service("{selector: {app: x}, ports: [{port: 80}]}")
    assert (found.namespace, found.name, found.type) == ("shop", "s", "ClusterIP")
    assert found.selector == {"app": "x"}
    assert found.ports == (ServicePort(80),)


def test_ports_with_numbers_names_and_node_ports() -> None:
    spec = (
        "{ports: [{name: a, port: 80, targetPort: web, nodePort: 30080},"
        " {port: 53.0, protocol: UDP, targetPort: 5353.0}]}"
    )
    assert service(spec).ports == (
        ServicePort(80, "TCP", "a", "web", 30080),
        ServicePort(53, "UDP", "", 5353),
    )


def test_without_a_selector_there_is_none() -> None:
    assert service("{ports: [{port: 80}]}").selector is None
    assert service("{selector: {}, ports: [{port: 80}]}").selector is None


def test_addresses_of_all_kinds() -> None:
    found = service(
        "{type: LoadBalancer, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::1'], externalIPs: [1.2.3.4]}",
        "status: {loadBalancer: {ingress: [{ip: 5.6.7.8}, {hostname: lb.example}]}}\n",
    )
    assert found.cluster_ips == ("10.0.0.1", "fd00::1")
    assert found.external_ips == ("1.2.3.4", "5.6.7.8")


def test_a_headless_service_says_none() -> None:
    assert service("{clusterIP: None}").cluster_ips == ("None",)


def test_an_external_name() -> None:
    found = service("{type: ExternalName, externalName: db.example.org}")
    assert (found.type, found.external_name) == ("ExternalName", "db.example.org")


def test_a_target_port_of_the_wrong_type_is_named() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n  - port: 80\n    targetPort: [1]\n"
    cluster = load_manifests(text)
    (problem,) = cluster.problems_found
    assert (problem.field, problem.line) == ("spec.ports[0].targetPort", 7)
    assert cluster.objects.services == ()
