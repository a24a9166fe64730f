"""Services as their callers name them (semantics 19)."""

from __future__ import annotations

import pytest

from workbench.ground import PortSet
from workbench.inventory import ServiceDirectory, load_manifests

MANIFESTS = """
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  selector: {app: db}
  clusterIP: 10.0.0.7
  externalIPs: ["2001:DB8::0001"]
  ports: [{port: 80, targetPort: http, nodePort: 30080}, {port: 5432}]
---
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: shop}
spec: {selector: {app: db}, clusterIP: None, ports: [{port: 1}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.168.1.5}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  containers: [{name: db, ports: [{name: http, containerPort: 8080}, {name: http, containerPort: 81, protocol: UDP}]}]
"""
OBJECTS = load_manifests(MANIFESTS).objects
DIRECTORY = ServiceDirectory.of(OBJECTS)
SHAPE = OBJECTS.workloads[0].shapes[0]


@pytest.mark.parametrize(
    "text",
    [
        "db.shop",
        "db.shop.svc",
        "db.shop.svc.cluster.local.",
        "shop/db[Service]",
        "10.0.0.7",
        "2001:db8::1",
        "::ffff:10.0.0.7",
    ],
)
def test_a_service_is_found_by_its_names_and_addresses(text: str) -> None:
    found = DIRECTORY.find(text)
    assert found is not None
    assert found.ref == "Service shop/db"
    assert [port.port for port in found.ports] == [80, 5432]


@pytest.mark.parametrize(
    "text", ["db", "shop/db", "shop.db", "10.0.0.8", "8.8.8.8", "db.shop.example", "192.168.1.5", ""]
)
def test_other_names_and_addresses_mean_none(text: str) -> None:
    assert DIRECTORY.find(text) is None


def test_a_named_target_port_leads_to_the_first_container_that_declares_it_and_to_sidecars_last() -> None:
    # Kubernetes, endpoints of a Service: FindPort looks at containers, then at restartable init containers
    spec = """
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  initContainers:
  - {name: s, restartPolicy: Always, ports: [{name: http, containerPort: 1}, {name: side, containerPort: 2}]}
  containers:
  - {name: a, ports: [{name: other, containerPort: 3}]}
  - {name: b, ports: [{name: http, containerPort: 4, protocol: UDP}, {name: http, containerPort: 5}]}
  - {name: c, ports: [{name: http, containerPort: 6}]}
"""
    shape = load_manifests(spec).objects.workloads[0].shapes[0]
    assert [shape.port_named(name, "TCP") for name in ("http", "side", "no")] == [5, 2, None]
    called = DIRECTORY.find("db.shop", 80)
    assert called is not None
    assert called.pod_ports(shape) == PortSet.of("TCP", 5)


def test_a_nodes_address_leads_to_the_service_of_the_node_port() -> None:
    found = DIRECTORY.find("192.168.1.5", 30080)
    assert found is not None
    assert [port.port for port in found.ports] == [80]
    assert DIRECTORY.find("192.168.1.5", 30081) is None
    assert DIRECTORY.find("192.168.1.5", 30080, "UDP") is None


def test_a_call_arrives_at_the_target_port() -> None:
    called = DIRECTORY.find("db.shop", 80)
    assert called is not None
    assert called.selects("shop", SHAPE)
    assert not called.selects("other", SHAPE)
    assert called.pod_ports(SHAPE) == PortSet.of("TCP", 8080)


def test_a_target_that_is_a_number_needs_no_declaration() -> None:
    called = DIRECTORY.find("db.shop", 5432)
    assert called is not None
    assert called.pod_ports(SHAPE) == PortSet.of("TCP", 5432)


def test_a_port_that_the_service_does_not_have_is_not_called() -> None:
    called = DIRECTORY.find("db.shop", 81)
    assert called is not None
    assert called.ports == ()


def test_a_headless_service_changes_no_port() -> None:
    called = DIRECTORY.find("peers.shop", 9999, "UDP")
    assert called is not None
    assert called.pod_ports(SHAPE) == PortSet.of("UDP", 9999)


def sharing(*ports: str) -> ServiceDirectory:
    """Return Services s0, s1 … that share one external address, each with its ports."""
    return ServiceDirectory.of(
        load_manifests(
            "\n---\n".join(
                f"apiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: shop}}\n"
                f"spec: {{selector: {{app: db}}, externalIPs: [203.0.113.5], ports: [{listed}]}}"
                for number, listed in enumerate(ports)
            )
        ).objects
    )


def test_of_services_that_share_an_address_the_port_tells_which_is_called() -> None:
    directory = sharing("{port: 81}", "{port: 82}, {port: 81, protocol: UDP}")
    calls = [directory.find("203.0.113.5", *call) for call in ((81, "TCP"), (82, "TCP"), (81, "UDP"))]
    assert [called and called.service.name for called in calls] == ["s0", "s1", "s1"]


@pytest.mark.parametrize(
    "port, message",
    [
        (81, r"may mean 2 Services: shop/s0\[Service\], shop/s1\[Service\]; name one of them"),
        (None, "may mean 3 Services"),
        (83, "none of the Services with the address 203.0.113.5 offers port 83 for TCP"),
    ],
)
def test_where_the_port_does_not_tell_none_of_them_is_taken(port: int | None, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        sharing("{port: 81}", "{port: 81}", "{port: 82}").find("203.0.113.5", port)
