"""The network graph of RHACS becomes flows (flow-formats 11)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.observed import Observed, observed

POSTGRES = {"port": 5432, "protocol": "L4_PROTOCOL_TCP", "lastActiveTimestamp": "2026-11-21T09:00:00.123Z"}
INTERNET = {"type": "INTERNET", "id": "afa1"}


def deployment(name: str, namespace: str = "shop") -> dict[str, Any]:
    return {
        "type": "DEPLOYMENT",
        "id": f"id-{name}",
        "deployment": {"name": name, "namespace": namespace, "cluster": "prod", "listenPorts": []},
    }


def external(**source: Any) -> dict[str, Any]:  # noqa: ANN401  (fields of any type)
    return {"type": "EXTERNAL_SOURCE", "id": "x", "externalSource": source}


def graph(
    folder: Path,
    source: dict[str, Any],
    destination: dict[str, Any],
    *seen: dict[str, Any],
    **more: Any,  # noqa: ANN401  (fields of any type)
) -> Observed:
    nodes = [{"entity": source, "outEdges": {"1": {"properties": list(seen)}}}, {"entity": destination, "outEdges": {}}]
    return observed(folder, json.dumps({"nodes": nodes, **more}))


def test_an_edge_goes_from_its_node_to_the_node_of_its_index(tmp_path: Path) -> None:
    row = graph(tmp_path, deployment("web"), deployment("db", "data"), POSTGRES).row
    assert (row["source_k8s_namespace_name"], row["source_k8s_owner_name"], row["source_kind"]) == (
        "shop",
        "web",
        "workload",
    )
    assert (row["destination_k8s_namespace_name"], row["destination_k8s_owner_name"]) == ("data", "db")
    assert (row["destination_port"], row["network_transport"]) == (5432, "tcp")
    assert (row["cluster"], row["verdict"], row["orientation"]) == ("prod", "observed", "observed")
    assert str(row["time_end"]) == "2026-11-21 09:00:00.123000"


def test_each_property_is_a_row(tmp_path: Path) -> None:
    dns = {"port": 53, "protocol": "L4_PROTOCOL_UDP", "lastActiveTimestamp": None}
    seen = graph(tmp_path, deployment("web"), deployment("db"), POSTGRES, dns)
    assert sorted(seen.column("network_transport", "destination_port")) == [("tcp", 5432), ("udp", 53)]


@pytest.mark.parametrize(
    "source, label, address",
    [
        ({"name": "Oracle/phx", "cidr": "129.146.0.0/21"}, "129.146.0.0/21 (Oracle/phx)", None),
        ({"cidr": "129.146.0.0/21"}, "129.146.0.0/21", None),
        ({"name": "1.1.1.1", "cidr": "1.1.1.1/32", "discovered": True}, None, "1.1.1.1"),
        ({"name": "resolver", "cidr": "1.1.1.1/32"}, "resolver", "1.1.1.1"),
        ({"name": "partners"}, "partners", None),
    ],
)
def test_an_external_source_keeps_its_block_and_its_name(
    tmp_path: Path, source: dict[str, Any], label: str | None, address: str | None
) -> None:
    row = graph(tmp_path, deployment("web"), external(**source), POSTGRES).row
    assert row["destination_kind"] == "external"
    assert (row.get("destination_network_label"), row.get("destination_address")) == (label, address)


def test_the_internet_is_external(tmp_path: Path) -> None:
    row = graph(tmp_path, INTERNET, deployment("web"), POSTGRES).row
    assert (row["source_kind"], row["source_network_label"]) == ("external", "internet")


def test_masked_deployments_are_kept(tmp_path: Path) -> None:
    row = graph(tmp_path, deployment("masked deployment #1", "masked namespace #1"), deployment("web"), POSTGRES).row
    assert row["source_k8s_owner_name"] == "masked deployment #1"


def test_snake_case_is_understood(tmp_path: Path) -> None:
    nodes = [
        {
            "entity": deployment("web"),
            "out_edges": {"1": {"properties": [{"port": 443, "last_active_timestamp": "2026-11-21T09:00:00Z"}]}},
        },
        {"entity": {"type": "EXTERNAL_SOURCE", "external_source": {"cidr": "129.146.0.0/21"}}},
    ]
    row = observed(tmp_path, json.dumps({"nodes": nodes})).row
    assert (row["destination_network_label"], row["destination_port"]) == ("129.146.0.0/21", 443)
    assert "time_start" in row


def test_a_graph_of_what_policies_allow_was_not_seen(tmp_path: Path) -> None:
    seen = graph(tmp_path, deployment("web"), deployment("db"), POSTGRES, epoch=7)
    assert not seen.rows
    assert seen.skipped == {"edges of a graph of what policies allow": 1}


@pytest.mark.parametrize("index", ["9", "-1", "x"])
def test_an_edge_to_nowhere_costs_only_itself(tmp_path: Path, index: str) -> None:
    edges = {index: {"properties": [POSTGRES]}, "1": {"properties": [POSTGRES]}}
    nodes = [{"entity": deployment("web"), "outEdges": edges}, {"entity": deployment("db")}]
    seen = observed(tmp_path, json.dumps({"nodes": nodes}))
    assert len(seen.rows) == 1
    assert seen.imported.batch.broken == 1
