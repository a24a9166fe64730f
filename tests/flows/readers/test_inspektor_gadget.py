"""Inspektor Gadget's events become flows (flow-formats 9)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.observed import json_lines, observed

WEB = {"kind": "pod", "name": "web-1", "namespace": "shop", "labels": "app=web,tier=front"}
POD = {
    "namespace": "shop",
    "podName": "web-1",
    "node": "n1",
    "podLabels": "app=web",
    "hostnetwork": False,
    "owner": {"kind": "Deployment", "name": "web"},
}


def tcp(kind: str = "connect", **changes: Any) -> dict[str, Any]:  # noqa: ANN401  (fields of any type)
    return {
        "timestamp": "2026-11-21T09:00:00.123456789Z",
        "type": kind,
        "k8s": POD,
        "src": {"addr": "10.1.0.5", "port": 41000, "proto": "TCP", "version": 4, "k8s": WEB},
        "dst": {"addr": "1.1.1.1", "port": 443, "proto": "TCP", "version": 4, "k8s": {"kind": "raw"}},
        "error": "",
        **changes,
    }


def dns(qr: str = "R", pkt_type: str = "HOST", **changes: Any) -> dict[str, Any]:  # noqa: ANN401  (fields of any type)
    client = {"addr": "10.1.0.5", "port": 41000, "proto": "UDP", "k8s": WEB}
    server = {
        "addr": "10.96.0.10",
        "port": 53,
        "proto": "UDP",
        "k8s": {"kind": "svc", "name": "dns", "namespace": "kube-system"},
    }
    return {
        "timestamp": "2026-11-21T09:00:00Z",
        "id": "1",
        "qr": qr,
        "qtype": "A",
        "name": "One.Example.",
        "rcode": "Success",
        "addresses": "1.1.1.1,2606:4700::1111" if qr == "R" else "",
        "nameserver": {"addr": "10.96.0.10"},
        "pkt_type": pkt_type,
        "k8s": POD,
        "src": client if qr == "Q" else server,
        "dst": server if qr == "Q" else client,
        **changes,
    }


def test_connect_goes_from_the_pod_to_its_peer(tmp_path: Path) -> None:
    row = observed(tmp_path, json_lines(tcp())).row
    assert (row["source_kind"], row["source_k8s_pod_name"], row["source_port"]) == ("pod", "web-1", 41000)
    assert (row["source_k8s_owner_kind"], row["source_k8s_owner_name"], row["source_k8s_node_name"]) == (
        "Deployment",
        "web",
        "n1",
    )
    assert (row["destination_kind"], row["destination_address"], row["destination_port"]) == (
        "external",
        "1.1.1.1",
        443,
    )
    assert (row["network_io_direction"], row["reporter"], row["orientation"]) == ("egress", "source", "observed")
    assert (row["connections"], row["verdict"]) == (1, "observed")
    assert str(row["time_start"]) == "2026-11-21 09:00:00.123456"


def test_accept_is_turned_because_the_local_socket_is_the_server(tmp_path: Path) -> None:
    peer = {"addr": "10.1.0.9", "port": 50123, "k8s": {"kind": "pod", "name": "api-1", "namespace": "shop"}}
    local = {"addr": "10.1.0.5", "port": 8080, "k8s": WEB}
    row = observed(tmp_path, json_lines(tcp("accept", src=local, dst=peer))).row
    assert (row["source_k8s_pod_name"], row["source_port"]) == ("api-1", 50123)
    assert (row["destination_k8s_pod_name"], row["destination_port"]) == ("web-1", 8080)
    assert row["destination_k8s_owner_name"] == "web"
    assert (row["network_io_direction"], row["reporter"], row["connections"]) == ("ingress", "destination", 1)


def test_a_service_is_kept_as_it_was_called(tmp_path: Path) -> None:
    peer = {"addr": "10.96.1.1", "port": 80, "k8s": {"kind": "svc", "name": "api", "namespace": "shop"}}
    row = observed(tmp_path, json_lines(tcp(dst=peer))).row
    assert (row["destination_kind"], row["destination_k8s_service_name"]) == ("service", "api")
    assert "destination_k8s_pod_name" not in row


def test_a_failed_attempt_is_an_error(tmp_path: Path) -> None:
    row = observed(tmp_path, json_lines(tcp(error="ECONNREFUSED"))).row
    assert (row["verdict"], row["verdict_reason"]) == ("error", "ECONNREFUSED")


def test_a_wrapped_address_is_unwrapped(tmp_path: Path) -> None:
    peer = {"addr": "::ffff:1.1.1.1", "port": 443, "version": 6, "k8s": {"kind": "raw"}}
    row = observed(tmp_path, json_lines(tcp(dst=peer))).row
    assert (row["destination_address"], row["network_type"]) == ("1.1.1.1", "ipv4")


def test_ends_host_network_and_loopback_are_counted_and_left_out(tmp_path: Path) -> None:
    local = {"addr": "127.0.0.1", "port": 80, "k8s": {"kind": "raw"}}
    events = [tcp("close"), tcp(k8s=POD | {"hostnetwork": True}), tcp(dst=local)]
    seen = observed(tmp_path, json_lines(*events))
    assert not seen.rows
    assert seen.skipped == {
        "ends of connections": 1,
        "sockets of host-network pods": 1,
        "loopback addresses": 1,
    }


@pytest.mark.parametrize("indent", [None, 1])
def test_arrays_of_events_are_read(tmp_path: Path, indent: int | None) -> None:
    events = [tcp(), tcp("close"), {"type": "connect"}, tcp(timestamp="2026-11-21T10:00:00Z")]
    seen = observed(tmp_path, json.dumps(events, indent=indent))
    assert len(seen.rows) == 2
    assert seen.imported.batch.broken == 1


def test_an_event_without_time_is_one_of_unknown_time(tmp_path: Path) -> None:
    untimed = {key: value for key, value in tcp().items() if key != "timestamp"}
    seen = observed(tmp_path, json_lines(tcp(), untimed))
    assert ["time_start" in row for row in seen.rows] == [True, False]


def test_an_answer_tells_the_client_addresses_of_a_name(tmp_path: Path) -> None:
    seen = observed(tmp_path, json_lines(dns()))
    assert [(told["name"], told["address"]) for told in seen.answers] == [
        ("one.example", "1.1.1.1"),
        ("one.example", "2606:4700::1111"),
    ]
    told = seen.answers[0]
    assert (told["client_address"], told["client_k8s_namespace_name"], told["client_k8s_pod_name"]) == (
        "10.1.0.5",
        "shop",
        "web-1",
    )
    assert seen.imported.batch.answers == 2


def test_question_and_answer_are_flows_to_the_server(tmp_path: Path) -> None:
    seen = observed(tmp_path, json_lines(dns("Q", "OUTGOING"), dns("R", "HOST")))
    for row in seen.rows:
        assert (row["source_k8s_pod_name"], row["destination_address"], row["destination_port"]) == (
            "web-1",
            "10.96.0.10",
            53,
        )
        assert (row["network_transport"], row["verdict"], row["orientation"]) == ("udp", "observed", "flagged")
        assert (row["network_io_direction"], row["reporter"]) == ("egress", "source")
    assert [row.get("connections") for row in seen.rows] == [None, 0]


def test_without_the_ends_of_the_packet_the_pod_asked_the_named_server(tmp_path: Path) -> None:
    seen = observed(tmp_path, json_lines(dns(src=None, dst=None)))
    assert (seen.row["source_k8s_pod_name"], seen.row["destination_address"]) == ("web-1", "10.96.0.10")
    assert {told["client_k8s_pod_name"] for told in seen.answers} == {"web-1"}


@pytest.mark.parametrize("rcode", ["NameError", "NXDomain", "ServerFailure"])
def test_a_name_that_does_not_exist_tells_nothing(tmp_path: Path, rcode: str) -> None:
    """flow-rules N13: expansions by search domains end so."""
    assert not observed(tmp_path, json_lines(dns(rcode=rcode))).answers


def test_the_same_answer_told_twice_is_one(tmp_path: Path) -> None:
    assert len(observed(tmp_path, json_lines(dns(), dns(id="2"))).answers) == 2
