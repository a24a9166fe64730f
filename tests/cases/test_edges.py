"""Public reports of flows: which end called which, and what the ends are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.cases.suite import case
from workbench import load_manifests
from workbench.flows import Flows, load_flows


def flows_of(name: str, *, with_manifests: bool = False) -> Flows:
    folder = case(f"flows/{name}")
    files = [file for file in sorted(folder.iterdir()) if file.stem in {"input", "agent"}]
    cluster = load_manifests(folder / "manifests.yaml") if with_manifests else None
    return load_flows(files, cluster=cluster)


def rows_of(edges: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    found = edges[["src", "dst", "protocol", "port", *names]].astype("object")
    return list(found.where(found.notna(), None).itertuples(index=False, name=None))


def test_lines_of_packets_that_tell_no_client() -> None:
    flows = flows_of("16-eks-issues")
    assert rows_of(flows.edges(), "flows", "flows_denied") == [
        ("10.1.206.228", "172.20.0.10", "UDP", 53, 1, 0),
        ("172.20.100.147", "172.20.121.22", "TCP", 5673, 1, 0),
        ("172.20.121.22", "10.100.0.1", "TCP", 443, 1, 1),
        ("172.27.32.157", "172.27.38.227", "TCP", 5003, 2, 1),
    ]
    assert rows_of(flows.denied().edges()) == [
        ("172.20.121.22", "10.100.0.1", "TCP", 443),
        ("172.27.32.157", "172.27.38.227", "TCP", 5003),
    ]


def test_two_records_with_exchanged_sockets_are_one_connection() -> None:
    edges = flows_of("30-netobserv-readme").edges()
    assert rows_of(edges, "bytes", "reply_bytes") == [
        ("10.0.0.1", "10.0.0.2", "TCP", 80, 100, 200),
        ("10.0.0.1", "10.0.0.2", "UDP", 80, 300, None),
    ]
    assert [str(edges[name].iloc[0]) for name in ("first_seen", "last_seen")] == [
        "2022-08-25 12:21:40+00:00",
        "2022-08-25 12:23:20+00:00",
    ]


@pytest.mark.parametrize(
    "with_manifests, kinds",
    [
        (False, dict.fromkeys(("db", "queue", "fluentd"), "unknown")),
        (True, {"db": "StatefulSet", "queue": "StatefulSet", "fluentd": "DaemonSet"}),
    ],
)
def test_workloads_whose_kind_is_not_told_keep_their_names(*, with_manifests: bool, kinds: dict[str, str]) -> None:
    edges = flows_of("40-calico-aggregated-no-kind", with_manifests=with_manifests).edges()
    db, queue = (f"shop/{name}[{kinds[name]}]" for name in ("db", "queue"))
    dns = "kube-system/coredns[Deployment]"
    assert rows_of(edges, "flows_denied", "connections", "bytes", "reply_bytes") == [
        (f"logging/fluentd[{kinds['fluentd']}]", db, "TCP", 5432, 1, 7, 100, 0),
        (db, dns, "UDP", 53, 0, 2, 20, 10),
        (queue, dns, "UDP", 53, 0, 3, 200, 100),
        ("shop/web[Deployment]", queue, "TCP", 5672, 0, 1, 100, 0),
    ]


@pytest.mark.parametrize("with_manifests, kind", [(False, "unknown"), (True, "Deployment")])
def test_a_service_of_a_graph_is_never_a_client(*, with_manifests: bool, kind: str) -> None:
    edges = flows_of("41-kiali-service-nodes", with_manifests=with_manifests).edges()
    assert rows_of(edges) == [(f"bookinfo/productpage-v1[{kind}]", f"bookinfo/details-v1[{kind}]", "TCP", 9080)]


def test_a_port_of_a_service_is_translated_by_the_manifests() -> None:
    flows = flows_of("50-kubescape-service-port", with_manifests=True)
    assert rows_of(flows.edges()) == [("shop/client[Deployment]", "shop/api[Deployment]", "TCP", 8080)]
    assert flows.connections()["service_port"].tolist() == [80]


def test_the_last_packets_of_a_server_open_nothing() -> None:
    flows = flows_of("60-hubble-late-fin-not-reply")
    assert rows_of(flows.edges(), "connections", "orientation") == [
        ("shop/web[Pod]", "shop/api[Pod]", "TCP", 8080, 1, "flagged")
    ]


def test_an_icmp_error_of_a_router_is_no_client() -> None:
    assert rows_of(flows_of("66-hubble-icmp").edges()) == [("shop/web[Pod]", "10.9.9.9", "ICMP", None)]


def test_a_connection_whose_begin_was_seen_counts() -> None:
    edges = flows_of("70-netobserv-duplicate-dns").edges()
    assert ("shop/web[Deployment]", "shop/db[StatefulSet]", "TCP", 5432, 1, 1000, 5000) in rows_of(
        edges, "connections", "bytes", "reply_bytes"
    )
