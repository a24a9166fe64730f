"""All pairs as a frame and as a graph."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity.frames import CONNECTIONS

WEB = pod("web", "shop", "app: web")
DB = pod("db", "shop", "app: db")
IN = policy(
    "podSelector: {matchLabels: {app: db}},"
    "ingress: [{from: [{podSelector: {}}], ports: [{port: 80}, {port: 443, endPort: 445}, {port: 53, protocol: UDP}]}]",
    namespace="shop",
)


def test_the_frame_has_the_documented_columns_and_dtypes() -> None:
    frame = compute(WEB, DB, IN).to_frame()
    CONNECTIONS.checked(frame)


def test_an_empty_frame_has_the_documented_columns_and_dtypes() -> None:
    frame = compute().to_frame()
    assert len(frame) == 0
    CONNECTIONS.checked(frame)


def test_a_row_is_a_source_a_destination_and_a_protocol() -> None:
    frame = compute(WEB, DB, IN).to_frame(src="web", dst="db")
    assert frame.to_dict("records") == [
        {
            "src": "shop/web[Pod]",
            "dst": "shop/db[Pod]",
            "src_kind": "Pod",
            "dst_kind": "Pod",
            "src_namespace": "shop",
            "dst_namespace": "shop",
            "src_name": "web",
            "dst_name": "db",
            "protocol": protocol,
            "ports": ports,
            "intervals": intervals,
            "src_shape": "",
            "dst_shape": "",
        }
        for protocol, ports, intervals in (
            ("TCP", "80,443-445", (("TCP", 80, 80), ("TCP", 443, 445))),
            ("UDP", "53", (("UDP", 53, 53),)),
        )
    ]


def test_external_ranges_have_a_kind_and_no_namespace() -> None:
    frame = compute(WEB).to_frame()
    outgoing = frame[frame["src"] == "shop/web[Pod]"]
    assert set(outgoing["dst_kind"]) == {"External"}
    assert set(outgoing["dst_namespace"]) == {""}
    assert list(outgoing["protocol"]) == ["SCTP", "TCP", "UDP"]


def test_the_frame_says_what_the_connections_say() -> None:
    found = compute(WEB, DB, IN)
    rows = {(c.src.name, c.dst.name, protocol) for c in found.connections() for protocol in c.ports.by_protocol()}
    frame = found.to_frame()
    assert set(zip(frame["src"], frame["dst"], frame["protocol"], strict=True)) == rows


def test_an_unknown_name_to_keep_to_is_an_error() -> None:
    with pytest.raises(LookupError, match="no workload"):
        compute(WEB).to_frame(src="nobody")
    with pytest.raises(LookupError, match="is not a workload"):
        compute(WEB).to_frame(dst="10.0.0.1")


def test_the_frame_groups_like_any_other() -> None:
    frame = compute(WEB, DB, IN).to_frame()
    counted = frame.groupby("dst", observed=True)["src"].nunique()
    assert isinstance(counted, pd.Series)
    assert counted["shop/db[Pod]"] == 1


def test_the_graph_has_every_workload_and_every_connection() -> None:
    lonely = policy("podSelector: {matchLabels: {app: lonely}}, policyTypes: [Ingress, Egress]", "lonely", "shop")
    found = compute(WEB, DB, IN, pod("lonely", "shop", "app: lonely"), lonely)
    graph = found.to_networkx()
    assert graph.nodes["shop/lonely[Pod]"] == {"kind": "Pod", "namespace": "shop", "name": "lonely"}
    assert graph.degree("shop/lonely[Pod]") == 0
    assert graph.edges["shop/web[Pod]", "shop/db[Pod]"]["label"] == "TCP 80,443-445,UDP 53"
    assert set(graph.edges) == {(c.src.name, c.dst.name) for c in found.connections()}


def test_count_is_the_number_of_pairs_of_workloads() -> None:
    twins = [pod(f"twin-{number}", "shop", "app: twin") for number in range(3)]
    found = compute(WEB, DB, IN, *twins)
    pairs = [c for c in found.connections() if "External" not in {c.src.kind, c.dst.kind}]
    assert found.count() == len(pairs) == 20
