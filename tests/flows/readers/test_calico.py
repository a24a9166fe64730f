"""What the flow logs of Calico and the answers of Whisker tell (flow-formats 2)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.flows.readers.imports import import_lines, import_path, kept, observed

AGGREGATED: dict[str, Any] = {
    "start_time": 1699375161,
    "end_time": 1699375483,
    "source_ip": None,
    "source_name": "-",
    "source_name_aggr": "web-755cdc7957-*",
    "source_namespace": "shop",
    "source_port": None,
    "source_type": "wep",
    "source_labels": {"labels": ["app=web", "pod-template-hash=755cdc7957"]},
    "dest_ip": None,
    "dest_name": "-",
    "dest_name_aggr": "cart-7d4899b484-*",
    "dest_namespace": "shop",
    "dest_port": 7070,
    "dest_type": "wep",
    "dest_labels": None,
    "dest_service_namespace": "shop",
    "dest_service_name": "cart",
    "dest_service_port_num": 80,
    "dest_domains": ["API.example.com."],
    "proto": "tcp",
    "action": "allow",
    "reporter": "src",
    "policies": {
        "all_policies": ["0|default|shop/knp.default.old|deny|0"],
        "enforced_policies": [
            "0|security|security.everyone|pass|0",
            "1|default|shop/default.cart|allow|-2",
            "2|default|shop/knp.default.web|allow|-1",
            "3|__PROFILE__|__PROFILE__.kns.shop|allow|0",
        ],
    },
    "bytes_in": 100,
    "bytes_out": 20,
    "packets_in": 10,
    "packets_out": 2,
    "num_flows": 5,
    "num_flows_started": 3,
    "host": "node-a",
}


def calico(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever a line may hold)
    """Return the row of a line that differs from the one above."""
    (row,) = observed("calico", {**AGGREGATED, **changed})
    return row


def test_the_source_is_always_the_client_and_the_started_connections_count() -> None:
    row = calico()
    assert kept(row, "source_is_client", "connections", "network_transport", "destination_port") == (
        True,
        3,
        "tcp",
        7070,
    )
    assert calico(num_flows_started=None)["connections"] == 5


def test_times_are_seconds() -> None:
    """flow-rules N17."""
    assert calico()["time_end"] == datetime(2023, 11, 7, 16, 44, 43)  # noqa: DTZ001  (files hold UTC, naive)


@pytest.mark.parametrize(
    "reporter, expected",
    [
        ("src", ("source", "egress", 20, 100, 2, 10)),
        ("dst", ("destination", "ingress", 100, 20, 10, 2)),
        ("fwd", ("forwarder", "unknown", 100, 20, 10, 2)),
    ],
)
def test_in_and_out_are_those_of_the_end_that_reported(reporter: str, expected: tuple[object, ...]) -> None:
    row = calico(reporter=reporter)
    counters = ("bytes", "reply_bytes", "packets", "reply_packets")
    assert kept(row, "reporter", "network_io_direction", *counters) == expected


@pytest.mark.parametrize(
    "aggregate, labels, name, expected",
    [
        ("web-755cdc7957-*", ["pod-template-hash=755cdc7957"], "-", ("workload", None, "ReplicaSet", "web-755cdc7957")),
        ("web-755cdc7957-*", [], "-", ("workload", None, "ReplicaSet", "web-755cdc7957")),
        (
            "web-755cdc7957-*",
            [],
            "web-755cdc7957-abcde",
            ("pod", "web-755cdc7957-abcde", "ReplicaSet", "web-755cdc7957"),
        ),
        ("web-x-*", ["pod-template-hash=x"], "-", ("workload", None, "ReplicaSet", "web-x")),
        ("agent-*", [], "-", ("workload", None, None, "agent")),
        ("tool", [], "tool", ("pod", "tool", None, None)),
    ],
)
def test_an_aggregated_name_is_that_of_the_pods_owner(
    aggregate: str, labels: list[str], name: str, expected: tuple[str | None, ...]
) -> None:
    row = calico(source_name_aggr=aggregate, source_labels={"labels": labels}, source_name=name)
    names = ("source_kind", "source_k8s_pod_name", "source_k8s_owner_kind", "source_k8s_owner_name")
    assert kept(row, *names) == expected


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({"dest_type": "net", "dest_name_aggr": "pub"}, ("external", "public network", None)),
        ({"dest_type": "net", "dest_name_aggr": "pvt"}, ("unknown", "Internal Entities", None)),
        ({"dest_type": "net", "dest_name_aggr": "pub", "dest_ip": "203.0.113.9"}, ("external", None, None)),
        ({"dest_type": "ns", "dest_name_aggr": "partners"}, ("network_set", "partners", None)),
        ({"dest_type": "hep", "dest_name_aggr": "node-b"}, ("node", None, "node-b")),
    ],
    ids=["public", "private", "address", "network set", "host"],
)
def test_what_is_no_pod_is_told_by_its_type(changed: dict[str, str], expected: tuple[str | None, ...]) -> None:
    row = calico(dest_namespace="-", **changed)
    names = ("destination_kind", "destination_network_label", "destination_k8s_node_name")
    assert kept(row, *names) == expected
    assert row["destination_k8s_namespace_name"] is None, "a dash says that there is none"


def test_labels_services_names_and_the_node_are_kept() -> None:
    row = calico()
    assert dict(row["source_k8s_pod_labels"]) == {"app": "web", "pod-template-hash": "755cdc7957"}
    assert kept(row, "destination_k8s_service_name", "service_port", "destination_domain") == (
        *("cart", 80),
        ["api.example.com"],
    )
    assert kept(row, "source_k8s_node_name", "destination_k8s_node_name") == ("node-a", None)


@pytest.mark.parametrize(
    "written",
    [
        {"labels": ["app=web", "tier=front"]},
        {"labels": "app=web | tier=front"},
        ["app=web", "tier=front"],
        "app=web|tier=front",
        {"app": "web", "tier": "front"},
    ],
    ids=str,
)
def test_labels_are_read_however_they_were_written(written: object) -> None:
    expected = [("app", "web"), ("tier", "front")]
    assert calico(source_labels=written)["source_k8s_pod_labels"] == expected
    assert whisker(source_labels=written)["source_k8s_pod_labels"] == expected


@pytest.mark.parametrize("time", [None, "", " "], ids=repr)
def test_a_time_that_was_not_written_is_not_known(time: str | None) -> None:
    row = calico(start_time=1699375161, end_time=time)
    assert kept(row, "time_start", "time_end") == (datetime(2023, 11, 7, 16, 39, 21), None)  # noqa: DTZ001  (UTC)


def test_enforced_policies_are_named_and_profiles_are_none() -> None:
    names = ("kind", "namespace", "name", "action", "rule", "direction")
    assert [kept(policy, *names) for policy in calico()["policies"]] == [
        ("GlobalNetworkPolicy", None, "security.everyone", "pass", "0", "egress"),
        ("CalicoNetworkPolicy", "shop", "default.cart", "allow", None, "egress"),
        ("NetworkPolicy", "shop", "web", "allow", "-1", "egress"),
    ]


@pytest.mark.parametrize(
    "written,kind,namespace,name",
    [
        ("knp:shop/web", "NetworkPolicy", "shop", "web"),
        ("np:shop/tier1.web", "CalicoNetworkPolicy", "shop", "tier1.web"),
        ("gnp:everyone.with.dots", "GlobalNetworkPolicy", None, "everyone.with.dots"),
        ("kcnp:deny-all", "ClusterNetworkPolicy", None, "deny-all"),
        ("kanp:deny-all", "AdminNetworkPolicy", None, "deny-all"),
        ("kbanp:default", "BaselineAdminNetworkPolicy", None, "default"),
    ],
)
def test_newer_versions_name_the_kind_of_a_policy(written: str, kind: str, namespace: str | None, name: str) -> None:
    row = calico(policies={"enforced_policies": [f"0|default|{written}|allow|2", "1|__PROFILE__|pro:kns.shop|allow|0"]})
    assert [kept(policy, "kind", "namespace", "name", "rule") for policy in row["policies"]] == [
        (kind, namespace, name, "2")
    ]


@pytest.mark.parametrize(
    "staged",
    [
        "snp:shop/web",
        "sgnp:web",
        "sknp:shop/web",
        "shop/default.staged:web",
        "shop/staged:knp.default.web",
        "staged:web",
    ],
)
def test_policies_that_are_only_staged_are_not_named(staged: str) -> None:
    listed = [f"0|default|{staged}|deny|0", "1|default|shop/knp.default.db|allow|0"]
    assert [policy["name"] for policy in calico(policies={"all_policies": listed})["policies"]] == ["db"]
    assert calico(policies={"all_policies": listed[:1]})["policies"] is None


def test_a_denied_line_of_older_versions_lists_all_policies() -> None:
    row = calico(action="deny", policies={"all_policies": ["0|default|shop/knp.default.old|deny|0"]}, dest_port=0)
    assert kept(row, "verdict", "destination_port") == ("denied", None)
    assert row["policies"][0]["name"] == "old"


def test_what_elasticsearch_answers_is_read_hit_by_hit(tmp_path: Path) -> None:
    hits = [{"_source": AGGREGATED}, {"_source": {"source_type": "wep"}}, {"_source": {**AGGREGATED, "dest_port": 9}}]
    path = tmp_path / "hits.json"
    path.write_text(json.dumps({"hits": {"hits": hits}}, indent=1), encoding="utf-8")
    found = import_path(tmp_path, path)
    assert [row["source_line"] for row in found.rows] == [1, 3]
    assert (found.batch.format, found.batch.broken) == ("calico", 1)


# Whisker

ITEM: dict[str, Any] = {
    "start_time": "2026-08-20T10:00:00Z",
    "end_time": "2026-08-20T10:00:15Z",
    "action": "Allow",
    "source_name": "web-6fd7c9b8c9-*",
    "source_namespace": "shop",
    "source_labels": "app=web | tier=front",
    "dest_name": "cart-0",
    "dest_namespace": "shop",
    "dest_labels": "",
    "protocol": "tcp",
    "dest_port": 7070,
    "reporter": "Src",
    "policies": {
        "enforced": [
            {"kind": "CalicoNetworkPolicy", "name": "web", "namespace": "shop", "action": "Pass", "rule_index": 2},
            {
                "kind": "EndOfTier",
                "action": "Deny",
                "rule_index": -1,
                "trigger": {"kind": "NetworkPolicy", "name": "lock", "namespace": "shop"},
            },
            {"kind": "Profile", "name": "kns.shop", "action": "Allow", "rule_index": 0, "trigger": None},
        ],
        "pending": [],
    },
    "packets_in": 10,
    "packets_out": 12,
    "bytes_in": 900,
    "bytes_out": 1200,
}


def whisker(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever an item may hold)
    """Return the row of an item that differs from the one above."""
    (row,) = observed("whisker", {**ITEM, **changed})
    return row


def test_whisker_tells_both_ends_without_addresses() -> None:
    row = whisker()
    assert kept(row, "source_kind", "source_k8s_owner_name", "destination_kind", "destination_k8s_pod_name") == (
        *("workload", "web-6fd7c9b8c9"),
        *("pod", "cart-0"),
    )
    assert dict(row["source_k8s_pod_labels"]) == {"app": "web", "tier": "front"}
    assert kept(row, "reporter", "bytes", "reply_bytes", "verdict") == ("source", 1200, 900, "allowed")
    assert kept(row, "source_address", "connections", "source_is_client") == (None, None, True)


def test_an_end_of_whisker_without_namespace_is_no_pod() -> None:
    names = ("destination_kind", "destination_network_label")
    assert kept(whisker(dest_name="pub", dest_namespace="-"), *names) == ("external", "public network")
    assert kept(whisker(dest_name="PRIVATE NETWORK", dest_namespace=""), *names) == ("unknown", "Internal Entities")
    assert kept(whisker(dest_name="partners", dest_namespace="-"), *names) == ("unknown", "partners")
    assert kept(whisker(dest_name="node-a", dest_namespace="-", dest_type="HostEndpoint"), *names) == ("node", None)


def test_at_the_end_of_a_tier_it_is_the_policy_that_brought_it_there() -> None:
    names = ("kind", "name", "action", "rule")
    assert [kept(policy, *names) for policy in whisker()["policies"]] == [
        ("CalicoNetworkPolicy", "web", "pass", "2"),
        ("NetworkPolicy", "lock", "deny", "-1"),
    ]


def test_a_stream_of_events_is_read_line_by_line(tmp_path: Path) -> None:
    event = f"data: {json.dumps(ITEM)}"
    found = import_lines(tmp_path, event, "", ": keep-alive", 'data: {"start_time": 1')
    assert (found.batch.format, found.batch.rows) == ("whisker", 1)
    assert dict(found.batch.skipped) == {"lines of the event stream": 1}
    assert [problem.line for problem in found.problems] == [4]


def test_a_page_may_be_written_over_many_lines(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"items": [ITEM]}, indent=2), encoding="utf-8")
    found = import_path(tmp_path, path)
    assert (found.batch.format, found.row["orientation"]) == ("whisker", "observed")
