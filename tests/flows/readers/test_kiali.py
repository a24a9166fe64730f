"""Kiali's graph becomes flows (flow-formats 10)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.observed import Observed, observed

WEB = {"nodeType": "workload", "cluster": "east", "namespace": "shop", "workload": "web", "app": "web"}
DB = {"nodeType": "workload", "cluster": "east", "namespace": "data", "workload": "db"}


def graph(folder: Path, source: dict[str, Any], target: dict[str, Any], *hosts: str) -> Observed:
    traffic = {"protocol": "http", "responses": {"200": {"hosts": dict.fromkeys(hosts, "50.0")}}}
    nodes = [{"data": {"id": name, **node}} for name, node in (("a", source), ("b", target))]
    edges = [{"data": {"id": "e", "source": "a", "target": "b", "traffic": traffic}}]
    document = {"timestamp": 1763716600, "duration": 600, "graphType": "workload"}
    return observed(folder, json.dumps(document | {"elements": {"nodes": nodes, "edges": edges}}))


def test_an_edge_is_a_flow_between_workloads(tmp_path: Path) -> None:
    row = graph(tmp_path, WEB, DB, "db:5432").row
    assert (row["source_kind"], row["source_k8s_namespace_name"], row["source_k8s_owner_name"]) == (
        "workload",
        "shop",
        "web",
    )
    assert (row["destination_k8s_namespace_name"], row["destination_k8s_owner_name"]) == ("data", "db")
    assert (row["network_transport"], row["destination_port"], row["service_port"]) == ("tcp", 5432, 5432)
    assert (row["cluster"], row["verdict"], row["orientation"]) == ("east", "observed", "observed")


def test_the_graph_is_of_the_time_before_its_timestamp(tmp_path: Path) -> None:
    row = graph(tmp_path, WEB, DB).row
    assert (str(row["time_start"]), str(row["time_end"])) == ("2025-11-21 09:06:40", "2025-11-21 09:16:40")


def test_each_port_in_the_hosts_is_a_row(tmp_path: Path) -> None:
    seen = graph(tmp_path, WEB, DB, "db:5432", "db.data.svc.cluster.local:5432", "db:9187", "db")
    assert sorted(seen.column("destination_port")) == [(5432,), (9187,)]


@pytest.mark.parametrize("hosts", [(), ("unknown",)])
def test_without_a_port_in_the_hosts_the_edge_has_none(tmp_path: Path, hosts: tuple[str, ...]) -> None:
    assert "destination_port" not in graph(tmp_path, WEB, DB, *hosts).row


def test_what_the_mesh_does_not_know_stays_unknown(tmp_path: Path) -> None:
    unknown = {"nodeType": "unknown", "cluster": "unknown", "namespace": "unknown", "workload": "unknown"}
    row = graph(tmp_path, unknown, DB).row
    assert row["source_kind"] == "unknown"
    assert row["cluster"] == "east"
    assert not {"source_k8s_namespace_name", "source_k8s_owner_name"} & row.keys()


@pytest.mark.parametrize(
    "node, expected",
    [
        ({"namespace": "shop", "service": "web"}, {"kind": "service", "k8s_service_name": "web"}),
        ({"namespace": "unknown", "service": "Passthrough"}, {"kind": "unknown", "network_label": "Passthrough"}),
        (
            {"namespace": "shop", "service": "pay", "isServiceEntry": {"hosts": ["Pay.Example"]}},
            {"kind": "external", "domain": ["pay.example"]},
        ),
        ({"namespace": "shop", "app": "web"}, {"kind": "unknown", "k8s_pod_labels": [("app", "web")]}),
    ],
)
def test_an_end_that_is_no_workload(tmp_path: Path, node: dict[str, Any], expected: dict[str, Any]) -> None:
    row = graph(tmp_path, WEB, node).row
    assert {name: row[f"destination_{name}"] for name in expected} == expected


def test_an_edge_to_a_node_that_is_not_there_is_told(tmp_path: Path) -> None:
    elements = {"nodes": [], "edges": [{"data": {"source": "a", "target": "b"}}]}
    seen = observed(tmp_path, json.dumps({"timestamp": 1, "graphType": "app", "elements": elements}))
    assert seen.imported.batch.broken == 1


def ends(folder: Path, nodes: dict[str, dict[str, Any]], *edges: tuple[str, str, int | None]) -> list[tuple[Any, ...]]:
    """Return client, server, Service and port of each row of a graph."""
    listed = [
        {"data": {"source": one, "target": other, "traffic": {"responses": {"200": {"hosts": hosts_of(port)}}}}}
        for one, other, port in edges
    ]
    elements = {"nodes": [{"data": {"id": name, **node}} for name, node in nodes.items()], "edges": listed}
    seen = observed(folder, json.dumps({"timestamp": 1763716600, "graphType": "workload", "elements": elements}))
    names = ("source_k8s_owner_name", "destination_k8s_owner_name", "destination_k8s_service_name", "destination_port")
    return sorted(seen.column(*names), key=repr)


def hosts_of(port: int | None) -> dict[str, str]:
    return {f"x:{port}": "100.0"} if port else {}


SERVICE = {"nodeType": "service", "namespace": "shop", "service": "api", "app": "api"}
V1, V2 = ({"namespace": "shop", "workload": f"api-{version}"} for version in ("v1", "v2"))


def test_a_service_is_never_a_client_and_the_workloads_behind_it_are_those_of_the_graph(tmp_path: Path) -> None:
    nodes = {"a": WEB, "s": SERVICE, "v1": V1, "v2": V2}
    assert ends(tmp_path, nodes, ("a", "s", 80), ("s", "v1", 80)) == [("web", "api-v1", "api", 80)]
    (tmp_path / "more").mkdir()
    assert ends(tmp_path / "more", nodes, ("a", "s", None), ("s", "v1", 80), ("s", "v2", 80)) == [
        ("web", "api-v1", "api", 80),
        ("web", "api-v2", "api", 80),
    ]


def test_a_service_that_leads_nowhere_is_the_server_and_one_that_nobody_calls_has_an_unknown_client(
    tmp_path: Path,
) -> None:
    nodes = {"a": WEB, "s": SERVICE, "t": {**SERVICE, "service": "db"}, "v1": V1}
    assert ends(tmp_path, nodes, ("a", "s", 80), ("t", "v1", 81)) == [
        ("web", None, "api", 80),
        (None, "api-v1", None, 81),
    ]


def test_nodes_between_may_follow_each_other_and_run_in_circles(tmp_path: Path) -> None:
    nodes = {"a": WEB, "g": {"nodeType": "aggregate", "namespace": "shop", "aggregate": "get"}, "s": SERVICE, "v1": V1}
    assert ends(tmp_path, nodes, ("a", "g", 80), ("g", "s", 80), ("s", "g", 80), ("s", "v1", 80)) == [
        ("web", "api-v1", None, 80)
    ]
