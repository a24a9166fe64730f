"""Endpoints and EndpointSlices: where Services without selector send to."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from workbench.inventory import Cluster, load_manifests

SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {ports: [{name: sql, port: 5432}, {name: admin, port: 80}]}
"""
ENDPOINTS = """---
apiVersion: v1
kind: Endpoints
metadata: {name: db, namespace: shop}
subsets:
- addresses: [{ip: 10.9.0.1}, {ip: 10.1.0.2, targetRef: {kind: Pod, name: db-0, namespace: shop}}]
  notReadyAddresses: [{ip: 10.9.0.3}]
  ports: [{name: sql, port: 15432}, {name: admin, port: 8080, protocol: TCP}]
"""


def endpoint_slice(endpoints: str, ports: str = "[{name: sql, port: 15432}]", name: str = "db", more: str = "") -> str:
    labels = f", labels: {{kubernetes.io/service-name: {name}}}" if name else ""
    return (
        f"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:"
        f" {{name: db-x, namespace: shop{labels}}}\n"
        f"addressType: IPv4\nendpoints: [{endpoints}]\nports: {ports}\n{more}"
    )


class Seen(NamedTuple):
    address: str
    ports: list[tuple[str, str, int]]
    pod: str


def endpoints(cluster: Cluster) -> list[Seen]:
    (service,) = cluster.objects.services
    return [
        Seen(one.address, [(port.name, port.protocol, port.port) for port in one.ports], one.pod)
        for one in service.endpoints
    ]


def test_endpoints_that_are_ready_belong_to_the_service_of_their_name() -> None:
    cluster = load_manifests(SERVICE + ENDPOINTS)
    ports = [("sql", "TCP", 15432), ("admin", "TCP", 8080)]
    assert endpoints(cluster) == [Seen("10.9.0.1", ports, ""), Seen("10.1.0.2", ports, "shop/db-0")]
    assert not cluster.problems_found


def test_a_slice_belongs_to_the_service_of_its_label() -> None:
    found = endpoints(load_manifests(SERVICE + endpoint_slice("{addresses: [10.9.0.1, 10.9.0.2]}")))
    assert [one.address for one in found] == ["10.9.0.1", "10.9.0.2"]
    assert found[0].ports == [("sql", "TCP", 15432)]


@pytest.mark.parametrize("ready, count", [("true", 1), ("false", 0), ("null", 1)])
def test_an_endpoint_of_a_slice_that_does_not_say_is_ready(ready: str, count: int) -> None:
    text = endpoint_slice(f"{{addresses: [10.9.0.1], conditions: {{ready: {ready}}}}}")
    assert len(endpoints(load_manifests(SERVICE + text))) == count


def test_what_both_list_is_there_once() -> None:
    ports = "[{name: sql, port: 15432}, {name: admin, port: 8080}]"
    text = SERVICE + ENDPOINTS + endpoint_slice("{addresses: [10.9.0.1]}", ports)
    assert [one.address for one in endpoints(load_manifests(text))] == ["10.9.0.1", "10.1.0.2"]


def test_a_service_with_a_selector_has_its_pods_for_endpoints() -> None:
    text = SERVICE.replace("spec: {", "spec: {selector: {app: db}, ") + ENDPOINTS
    assert endpoints(load_manifests(text)) == []


def test_a_slice_without_the_label_belongs_to_none() -> None:
    cluster = load_manifests(SERVICE + endpoint_slice("{addresses: [10.9.0.1]}", name=""))
    assert endpoints(cluster) == []
    assert [(p.severity, p.code) for p in cluster.problems_found] == [("info", "endpoints-without-service")]


def test_host_names_and_what_is_no_address_are_left_out_and_told() -> None:
    by_name = endpoint_slice("{addresses: [db.example.org]}").replace("IPv4", "FQDN")
    cluster = load_manifests(SERVICE + by_name)
    assert (endpoints(cluster), [p.code for p in cluster.problems_found]) == ([], ["endpoints-by-name"])
    cluster = load_manifests(SERVICE + endpoint_slice("{addresses: [nowhere, 10.9.0.1]}"))
    assert [one.address for one in endpoints(cluster)] == ["10.9.0.1"]
    assert [(p.code, p.field) for p in cluster.problems_found] == [("invalid-address", "endpoints[0].addresses[0]")]
