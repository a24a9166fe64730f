"""The sample shop: a town that hangs together, with the mistakes that its README lists and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench import Cluster, Connectivity, evaluate, load_manifests

WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "CronJob"}
DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")


def objects(shop: Path, *kinds: str) -> list[dict[str, Any]]:
    documents = (each for file in sorted(shop.rglob("*.yaml")) for each in yaml.safe_load_all(file.read_text()))
    return [each for each in documents if each["kind"] in kinds]


def namespace(thing: Mapping[str, Any]) -> str:
    found: str = thing["metadata"]["namespace"]
    return found


def template(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    found: Mapping[str, Any] = spec["template"]
    return found


@pytest.fixture(scope="module")
def cluster(shop: Path) -> Cluster:
    return load_manifests(shop)


@pytest.fixture(scope="module")
def conn(cluster: Cluster) -> Connectivity:
    return evaluate(cluster)


def test_all_workloads_and_namespaces_are_read_without_an_error(cluster: Cluster) -> None:
    assert len(cluster.workloads) == 17
    assert set(cluster.namespaces["name"]) >= {"storefront", "orders", "payments", "platform"}
    assert [str(problem) for problem in cluster.problems_found if problem.severity == "error"] == []


def test_every_object_lies_in_the_folder_of_its_namespace(shop: Path) -> None:
    for file in shop.rglob("*.yaml"):
        for thing in yaml.safe_load_all(file.read_text()):
            metadata = thing["metadata"]
            assert metadata.get("namespace", metadata["name"]) == file.parent.name


def test_every_service_finds_a_workload(shop: Path) -> None:
    labels = [(namespace(each), template(each)["metadata"]["labels"]) for each in objects(shop, *WORKLOADS)]
    for service in objects(shop, "Service"):
        wanted = service["spec"]["selector"].items()
        assert any(home == namespace(service) and wanted <= has.items() for home, has in labels), service["metadata"]


def test_every_address_of_a_service_in_the_settings_exists(shop: Path) -> None:
    services = {f"{each['metadata']['name']}.{namespace(each)}" for each in objects(shop, "Service")}
    text = "\n".join(file.read_text() for file in shop.rglob("*.yaml"))
    asked = set(re.findall(r"([a-z-]+\.(?:storefront|orders|payments|platform))\b(?=[.:])", text))
    assert asked
    assert asked <= services


def test_addresses_are_ones_that_belong_to_nobody(shop: Path) -> None:
    blocks = [ip_network(cidr) for cidr in _cidrs(objects(shop, "NetworkPolicy"))]
    whole_or_private = {ip_network("0.0.0.0/0"), ip_network("::/0")}
    for block in set(blocks) - whole_or_private:
        documented = block.version == 6 or any(
            block.subnet_of(ip_network(each))  # type: ignore[arg-type]  # both are IPv4 here
            for each in DOCUMENTATION
        )
        assert documented or block.is_private or block.is_link_local, block


def test_the_readme_names_every_policy_that_is_wrong_and_they_exist(shop: Path) -> None:
    policies = {f"{namespace(each)}/{each['metadata']['name']}" for each in objects(shop, "NetworkPolicy")}
    rows = [line for line in (shop / "README.md").read_text().splitlines() if line.startswith("| `")]
    named = {match for row in rows for match in re.findall(r"^\| `([a-z]+/[a-z-]+)`", row)}
    assert len(named) >= 5
    assert named <= policies


# --- the mistakes ---------------------------------------------------------------------------------------------


def test_the_gateway_reaches_the_payments_database_and_is_reached_from_everywhere(conn: Connectivity) -> None:
    assert conn.query("platform/gateway", "payments/db", port=5432).allowed
    assert conn.query("198.51.100.7", "platform/gateway", port=8443).allowed


def test_the_storefront_does_not_reach_the_payments_database(conn: Connectivity) -> None:
    assert not conn.query("storefront/web", "payments/db", port=5432).allowed


def test_platform_has_no_default_deny(shop: Path) -> None:
    open_namespaces = {"storefront", "orders", "payments", "platform"} - {
        namespace(each) for each in objects(shop, "NetworkPolicy") if each["spec"]["podSelector"] == {}
    }
    assert open_namespaces == {"platform"}


def test_the_orders_database_is_open_to_other_namespaces(conn: Connectivity) -> None:
    assert conn.query("platform/mailer", "orders/db", port=5432).allowed


def test_everyone_may_read_the_metrics(conn: Connectivity) -> None:
    assert conn.query("203.0.113.9", "platform/prometheus", port=9090).allowed


def test_exactly_one_policy_is_about_no_pod(shop: Path) -> None:
    labels = [(namespace(each), template(each)["metadata"]["labels"]) for each in objects(shop, *WORKLOADS)]
    idle = [
        f"{namespace(each)}/{each['metadata']['name']}"
        for each in objects(shop, "NetworkPolicy")
        if (wanted := each["spec"]["podSelector"].get("matchLabels"))
        and not any(home == namespace(each) and wanted.items() <= has.items() for home, has in labels)
    ]
    assert idle == ["storefront/search"]


def test_nobody_but_prometheus_reaches_search(conn: Connectivity) -> None:
    entering = [link.src.name for link in conn.connections() if link.dst.workload == "search"]
    assert entering == ["platform/prometheus[Deployment]"]


def test_checkout_alone_limits_egress_without_dns(shop: Path) -> None:
    policies = objects(shop, "NetworkPolicy")
    everyone_asks = {namespace(each) for each in policies if each["metadata"]["name"] == "allow-dns"}
    silent = [
        f"{namespace(each)}/{each['metadata']['name']}"
        for each in policies
        if each["spec"].get("egress") and namespace(each) not in everyone_asks and 53 not in _egress_ports(each)
    ]
    assert silent == ["orders/checkout"]


def test_cart_may_send_anywhere(conn: Connectivity) -> None:
    assert conn.query("orders/cart", "203.0.113.9", port=443).allowed


def test_catalog_cannot_ask_search(conn: Connectivity) -> None:
    assert not conn.query("storefront/catalog", "storefront/search", port=9200).allowed


def _egress_ports(policy: Mapping[str, Any]) -> set[object]:
    return {port.get("port") for rule in policy["spec"]["egress"] for port in rule.get("ports", [])}


def _cidrs(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "cidr":
                yield inner
            elif key == "except":
                yield from inner
            else:
                yield from _cidrs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _cidrs(inner)
