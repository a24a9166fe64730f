"""Kubescape's learned neighbours become flows (flow-formats 8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.observed import Observed, observed

GROUP = "spdx.softwarecomposition.kubescape.io/v1beta1"
HTTPS = {"name": "TCP-443", "protocol": "TCP", "port": 443}


def neighborhood(status: str | None = "completed", **containers: Any) -> dict[str, Any]:  # noqa: ANN401  (fields of any type)
    annotations = {
        "kubescape.io/status": status,
        "kubescape.io/wlid": "wlid://cluster-prod-1/namespace-shop/deployment-web",
    }
    return {
        "apiVersion": GROUP,
        "kind": "NetworkNeighborhood",
        "metadata": {
            "name": "replicaset-web-5d9",
            "namespace": "shop",
            "creationTimestamp": "2026-11-20T09:00:00Z",
            "annotations": {key: value for key, value in annotations.items() if value},
            "labels": {"kubescape.io/workload-kind": "Deployment", "kubescape.io/workload-name": "web"},
        },
        "spec": {"matchLabels": {"app": "web"}, **containers},
    }


def of_egress(folder: Path, **neighbour: Any) -> Observed:  # noqa: ANN401  (fields of any type)
    return observed(folder, yaml.safe_dump(neighborhood(containers=[{"name": "web", "egress": [neighbour]}])))


def of_ingress(folder: Path, **neighbour: Any) -> Observed:  # noqa: ANN401  (fields of any type)
    return observed(folder, yaml.safe_dump(neighborhood(containers=[{"name": "web", "ingress": [neighbour]}])))


def test_egress_goes_from_the_object_to_its_neighbour(tmp_path: Path) -> None:
    row = of_egress(tmp_path, ports=[HTTPS], podSelector={"matchLabels": {"app": "db"}}).row
    assert row["source_kind"] == "workload"
    assert (row["source_k8s_namespace_name"], row["source_k8s_owner_kind"], row["source_k8s_owner_name"]) == (
        "shop",
        "Deployment",
        "web",
    )
    assert row["source_k8s_pod_labels"] == [("app", "web")]
    assert row["destination_k8s_pod_labels"] == [("app", "db")]
    assert (row["network_transport"], row["destination_port"]) == ("tcp", 443)
    assert (row["network_io_direction"], row["reporter"]) == ("egress", "source")
    assert (row["verdict"], row["orientation"], row["cluster"]) == ("observed", "observed", "prod-1")
    assert str(row["time_start"]) == "2026-11-20 09:00:00"


def test_ingress_goes_from_the_neighbour_to_the_object(tmp_path: Path) -> None:
    row = of_ingress(tmp_path, ports=[HTTPS], podSelector={"matchLabels": {"app": "shopper"}}).row
    assert row["source_k8s_pod_labels"] == [("app", "shopper")]
    assert row["destination_k8s_owner_name"] == "web"
    assert (row["network_io_direction"], row["reporter"]) == ("ingress", "destination")
    assert row["destination_port"] == 443
    assert "source_port" not in row


def test_a_pod_selector_alone_is_of_the_own_namespace(tmp_path: Path) -> None:
    """flow-formats 8.3."""
    row = of_egress(tmp_path, ports=[HTTPS], podSelector={"matchLabels": {"app": "db"}}).row
    assert row["destination_k8s_namespace_name"] == "shop"


def test_a_namespace_selector_names_the_namespace(tmp_path: Path) -> None:
    row = of_egress(
        tmp_path,
        ports=[HTTPS],
        podSelector={"matchLabels": {"app": "db"}},
        namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": "data"}},
    ).row
    assert (row["destination_k8s_namespace_name"], row["destination_kind"]) == ("data", "workload")


def test_a_namespace_alone_is_no_workload(tmp_path: Path) -> None:
    row = of_ingress(
        tmp_path, ports=[HTTPS], namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}
    ).row
    assert (row["source_k8s_namespace_name"], row["source_kind"]) == ("ingress", "unknown")


def test_a_selector_that_says_more_than_labels_is_told_and_makes_no_workload(tmp_path: Path) -> None:
    seen = of_egress(tmp_path, ports=[HTTPS], podSelector={"matchExpressions": [{"key": "app", "operator": "Exists"}]})
    assert seen.row["destination_kind"] == "unknown"
    (problem,) = seen.imported.problems
    assert (problem.code, problem.object) == ("selector-not-kept", "NetworkNeighborhood shop/replicaset-web-5d9")


def test_an_expression_that_allows_one_value_is_a_label(tmp_path: Path) -> None:
    expression = {"key": "app", "operator": "In", "values": ["db"]}
    seen = of_egress(tmp_path, ports=[HTTPS], podSelector={"matchExpressions": [expression]})
    assert seen.row["destination_k8s_pod_labels"] == [("app", "db")]
    assert not seen.imported.problems


@pytest.mark.parametrize("kind", ["internal", "external"])
def test_the_type_of_a_neighbour_says_nothing_of_it(tmp_path: Path, kind: str) -> None:
    """flow-formats 8.5: a private address may be of either type."""
    row = of_egress(tmp_path, type=kind, ports=[HTTPS], ipAddress="10.0.4.5").row
    assert (row["destination_address"], row["destination_kind"]) == ("10.0.4.5", "unknown")


def test_an_address_of_the_internet_is_external_and_keeps_its_names(tmp_path: Path) -> None:
    row = of_egress(
        tmp_path, ports=[HTTPS], ipAddress="1.1.1.1", dns="One.Example.", dnsNames=["one.example.", "two.example."]
    ).row
    assert (row["destination_kind"], row["destination_address"]) == ("external", "1.1.1.1")
    assert row["destination_domain"] == ["one.example", "two.example"]


@pytest.mark.parametrize("field", ["ipAddresses", "ipAddress"])
@pytest.mark.parametrize("block", ["10.1.0.0/16", "2001:db8::/32", "*"])
def test_a_block_is_no_address_but_a_label(tmp_path: Path, field: str, block: str) -> None:
    """flow-formats 8.7: either field may hold one."""
    row = of_egress(tmp_path, ports=[HTTPS], **{field: [block] if field == "ipAddresses" else block}).row
    assert (row["destination_kind"], row["destination_network_label"]) == ("external", block)
    assert "destination_address" not in row


def test_each_address_and_each_port_is_a_row(tmp_path: Path) -> None:
    ports = [HTTPS, {"name": "UDP-53", "protocol": "UDP", "port": 53}]
    seen = of_egress(tmp_path, ports=ports, ipAddress="1.1.1.1", ipAddresses=["1.1.1.1", "8.8.8.8/32"])
    assert sorted(seen.column("destination_address", "network_transport", "destination_port")) == [
        ("1.1.1.1", "tcp", 443),
        ("1.1.1.1", "udp", 53),
        ("8.8.8.8", "tcp", 443),
        ("8.8.8.8", "udp", 53),
    ]


def test_a_neighbour_without_ports_is_one_row(tmp_path: Path) -> None:
    row = of_egress(tmp_path, ports=[], ipAddress="1.1.1.1").row
    assert "destination_port" not in row
    assert row["network_transport"] == "other"


def test_the_api_server_is_a_service(tmp_path: Path) -> None:
    """flow-formats 8.4: it is given by the labels of its Service, and by the Service's address."""
    row = of_egress(
        tmp_path,
        ports=[HTTPS],
        podSelector={"matchLabels": {"component": "apiserver", "provider": "kubernetes"}},
        namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": "default"}},
        ipAddress="10.96.0.1",
    ).row
    assert (row["destination_kind"], row["destination_k8s_service_name"]) == ("service", "kubernetes")
    assert row["destination_address"] == "10.96.0.1"


def test_all_containers_count_and_what_two_of_them_saw_is_one_row(tmp_path: Path) -> None:
    neighbour = {"ports": [HTTPS], "ipAddress": "1.1.1.1"}
    other = {"ports": [HTTPS], "ipAddress": "8.8.8.8"}
    document = neighborhood(
        containers=[{"name": "a", "egress": [neighbour]}],
        initContainers=[{"name": "b", "egress": [neighbour]}],
        ephemeralContainers=[{"name": "c", "egress": [other]}],
    )
    seen = observed(tmp_path, yaml.safe_dump(document))
    assert len(seen.rows) == 2
    assert seen.imported.batch.duplicates == 1


@pytest.mark.parametrize("kind", ["NetworkNeighbors", "ContainerProfile"])
def test_older_and_newer_objects_have_their_neighbours_inline(tmp_path: Path, kind: str) -> None:
    """flow-formats 8.1."""
    document = neighborhood(egress=[{"ports": [HTTPS], "ipAddress": "1.1.1.1"}]) | {"kind": kind}
    assert observed(tmp_path, yaml.safe_dump(document)).row["destination_address"] == "1.1.1.1"


@pytest.mark.parametrize("status", ["ready", "learning", "completed", "complete"])
def test_an_object_of_a_usable_status_is_read(tmp_path: Path, status: str) -> None:
    """flow-formats 8.6."""
    document = neighborhood(status, egress=[{"ports": [HTTPS], "ipAddress": "1.1.1.1"}])
    assert len(observed(tmp_path, yaml.safe_dump(document)).rows) == 1


@pytest.mark.parametrize(
    "status, reason",
    [
        ("too-large", "objects of status too-large"),
        ("failed", "objects of status failed"),
        (None, "objects without status"),
    ],
)
def test_an_object_of_another_status_is_skipped_with_the_reason(
    tmp_path: Path, status: str | None, reason: str
) -> None:
    """flow-formats 8.6."""
    document = neighborhood(status, egress=[{"ports": [HTTPS], "ipAddress": "1.1.1.1"}])
    seen = observed(tmp_path, yaml.safe_dump(document))
    assert not seen.rows
    assert seen.skipped == {reason: 1}


def test_an_object_that_a_user_manages_needs_no_status(tmp_path: Path) -> None:
    document = neighborhood(None, egress=[{"ports": [HTTPS], "ipAddress": "1.1.1.1"}])
    document["metadata"]["annotations"]["kubescape.io/managed-by"] = "User"
    assert len(observed(tmp_path, yaml.safe_dump(document)).rows) == 1


def test_lists_in_json_are_read_and_other_objects_and_empty_ones_are_counted(tmp_path: Path) -> None:
    full = neighborhood(containers=[{"name": "web", "egress": [{"ports": [HTTPS], "ipAddress": "1.1.1.1"}]}])
    bare = {**neighborhood(), "spec": None}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {}}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [full, neighborhood(), bare, pod]}, indent=1)
    seen = observed(tmp_path, text)
    assert len(seen.rows) == 1
    assert seen.skipped == {
        "objects without neighbours": 1,
        "objects without spec, as lists of them are": 1,
        "Pod objects": 1,
    }


def test_a_neighbour_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    neighbours = [{"ports": [HTTPS], "ipAddress": "nowhere"}, "text", {"ports": [HTTPS], "ipAddress": "1.1.1.1"}]
    seen = observed(tmp_path, yaml.safe_dump(neighborhood(containers=[{"egress": neighbours}])))
    assert len(seen.rows) == 1
    assert seen.imported.batch.broken == 2
    assert "NetworkNeighborhood shop/replicaset-web-5d9: a neighbour of egress" in seen.messages[0]
