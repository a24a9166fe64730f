"""What the records of NetObserv tell, from lines and from Loki (flow-formats 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.readers.imports import import_lines, import_path, kept, observed
from workbench.flows.log import ImportLog

RECORD: dict[str, Any] = {
    "SrcAddr": "10.128.0.7",
    "DstAddr": "10.129.0.9",
    "SrcPort": 48974,
    "DstPort": 8443,
    "Proto": 6,
    "Flags": 2,
    "Bytes": 132,
    "Packets": 2,
    "TimeFlowStartMs": 1708011866459,
    "TimeFlowEndMs": 1708011867121,
    "FlowDirection": 1,
    "SrcK8S_Type": "Pod",
    "SrcK8S_Name": "web-5d8f6c7b9-x2x4z",
    "SrcK8S_Namespace": "shop",
    "SrcK8S_OwnerType": "Deployment",
    "SrcK8S_OwnerName": "web",
    "SrcK8S_HostName": "node-a",
    "DstK8S_Type": "Pod",
    "DstK8S_Name": "tool",
    "DstK8S_Namespace": "shop",
    "DstK8S_OwnerType": "Pod",
    "DstK8S_OwnerName": "tool",
    "K8S_ClusterName": "west",
}


def netobserv(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever a record may hold)
    """Return the row of a record that differs from the one above."""
    (row,) = observed("netobserv", {**RECORD, **changed})
    return row


def test_a_record_tells_both_ends_their_owners_and_the_cluster() -> None:
    row = netobserv()
    assert kept(row, "source_kind", "source_k8s_pod_name", "source_k8s_owner_kind", "source_k8s_owner_name") == (
        *("pod", "web-5d8f6c7b9-x2x4z"),
        *("Deployment", "web"),
    )
    assert kept(row, "destination_k8s_pod_name", "destination_k8s_owner_kind") == ("tool", None), "a pod owns itself"
    assert kept(row, "source_k8s_node_name", "cluster", "bytes", "packets") == ("node-a", "west", 132, 2)
    assert row["time_start"].isoformat() == "2024-02-15T15:44:26.459000"


def test_services_and_nodes_are_told_by_type() -> None:
    service = netobserv(DstK8S_Type="Service", DstK8S_Name="cart", DstK8S_OwnerType="Service")
    node = netobserv(DstK8S_Type="Node", DstK8S_Name="node-b", DstK8S_Namespace="")
    names = (
        "destination_kind",
        "destination_k8s_service_name",
        "destination_k8s_node_name",
        "destination_k8s_pod_name",
    )
    assert kept(service, *names) == ("service", "cart", None, None)
    assert kept(node, *names) == ("node", None, "node-b", None)


@pytest.mark.parametrize(
    "flags, expected",
    [
        (2, (True, False)),
        (["SYN"], (True, False)),
        (256, (True, True)),
        (["ACK", "SYN_ACK"], (True, True)),
        (2 | 16, (None, None)),
        (16, (None, None)),
        (2 | 256, (None, None)),
    ],
    ids=str,
)
def test_syn_alone_comes_from_the_client(flags: object, expected: tuple[bool | None, ...]) -> None:
    """flow-rules N1. Flags are gathered over many packets; SYN beside ACK may be either end's."""
    assert kept(netobserv(Flags=flags), "tcp_syn", "tcp_ack") == expected


def test_the_record_of_the_server_is_turned(tmp_path: Path) -> None:
    answer = {**RECORD, "SrcAddr": "10.0.0.2", "DstAddr": "10.0.0.1", "SrcPort": 443, "DstPort": 40000, "Flags": 256}
    row = import_lines(tmp_path, answer).row
    names = ("source_address", "destination_address", "destination_port", "orientation", "bytes", "reply_bytes")
    assert kept(row, *names) == ("10.0.0.1", "10.0.0.2", 443, "syn", None, 132)
    assert row["reporter"] == "destination", "the node of the server saw it leave"


@pytest.mark.parametrize(
    "direction, reporter", [(0, "destination"), ("1", "source"), (2, "both"), (None, "unknown")], ids=str
)
def test_the_reporter_is_the_node_that_saw_it(direction: object, reporter: str) -> None:
    changed = {**RECORD, "FlowDirection": direction}
    row = observed("netobserv", {name: value for name, value in changed.items() if value is not None})[0]
    assert kept(row, "reporter", "network_io_direction") == (reporter, None)


def test_conversations_are_oriented_and_counted_once() -> None:
    begun = netobserv(_RecordType="newConnection", Flags=16)
    ended = netobserv(_RecordType="endConnection", Bytes_AB=70, Bytes_BA=90, Packets_AB=7, Packets_BA=9)
    counters = ("connections", "bytes", "reply_bytes", "packets", "reply_packets")
    assert kept(begun, "source_is_client", *counters) == (True, 1, None, None, None, None)
    assert kept(ended, "source_is_client", *counters) == (True, 0, 70, 90, 7, 9)


REPEATED = pytest.mark.parametrize(
    "again, reason",
    [
        ({"Duplicate": True}, "duplicates of other interfaces"),
        ({"Duplicate": "true"}, "duplicates of other interfaces"),
        ({"_RecordType": "heartbeat"}, "heartbeats of conversations"),
    ],
    ids=str,
)
"""What counts packets again."""


@REPEATED
def test_what_counts_packets_again_is_left_out(tmp_path: Path, again: dict[str, object], reason: str) -> None:
    later = {**RECORD, **again, "TimeFlowEndMs": RECORD["TimeFlowEndMs"] + 1}
    found = import_lines(tmp_path, {**RECORD, **again}, RECORD, later)
    assert (found.row["bytes"], dict(found.batch.skipped)) == (RECORD["Bytes"], {reason: 2})


@REPEATED
def test_it_is_kept_where_nothing_else_tells_of_its_connection(
    tmp_path: Path, again: dict[str, object], reason: str
) -> None:
    other = {**RECORD, "SrcPort": 50999}
    later = {**RECORD, **again, "TimeFlowEndMs": RECORD["TimeFlowEndMs"] + 1}
    found = import_lines(tmp_path, other, {**RECORD, **again}, later)
    assert [kept(row, "source_port", "source_line") for row in found.rows] == [(50999, 1), (RECORD["SrcPort"], 3)]
    assert dict(found.batch.skipped) == {reason: 1}


def test_a_heartbeat_tells_who_the_client_is_but_counts_nothing() -> None:
    row = netobserv(_RecordType="heartbeat", Bytes_AB=70, Bytes_BA=90)
    assert kept(row, "source_is_client", "connections", "bytes", "reply_bytes") == (True, 0, None, None)


def test_what_names_no_end_is_skipped() -> None:
    log = ImportLog("flows.json")
    nothing: tuple[object, ...] = ({"app": "netobserv"}, {"SrcAddr": "", "DstAddr": None}, [])
    for record in nothing:
        assert observed("netobserv", record, log) == []
    assert log.skipped == {"records without addresses": 3}


@pytest.mark.parametrize(
    "left_out, expected",
    [
        (("Type",), ("Deployment", "web", "web-1")),
        (("Type", "OwnerType"), (None, "web", "web-1")),
        (("Type", "OwnerType", "OwnerName"), (None, "web-1", None)),
        (("Name", "Type"), ("Deployment", "web", None)),
        (("OwnerName", "OwnerType"), (None, None, "web-1")),
    ],
    ids=str,
)
def test_an_end_of_which_something_is_left_out_keeps_the_rest(
    left_out: tuple[str, ...], expected: tuple[str | None, ...]
) -> None:
    """A pipeline may be set up to drop fields."""
    told = {"Name": "web-1", "Namespace": "shop", "Type": "Pod", "OwnerName": "web", "OwnerType": "Deployment"}
    bare = {name: value for name, value in RECORD.items() if not name.startswith("SrcK8S_")}
    given = {f"SrcK8S_{name}": value for name, value in told.items() if name not in left_out}
    (row,) = observed("netobserv", {**bare, **given})
    names = ("source_k8s_owner_kind", "source_k8s_owner_name", "source_k8s_pod_name")
    assert (row["source_k8s_namespace_name"], *kept(row, *names)) == ("shop", *expected)


def test_workloads_are_enough_without_addresses(tmp_path: Path) -> None:
    ends = {f"{end}K8S_{name}": f"{end}-{name}" for end in ("Src", "Dst") for name in ("Namespace", "OwnerName")}
    bare = {name: value for name, value in RECORD.items() if not name.startswith(("Src", "Dst"))}
    row = import_lines(tmp_path, {**bare, **ends, "DstPort": 80}).row
    assert kept(row, "source_k8s_owner_name", "destination_k8s_owner_name") == ("Src-OwnerName", "Dst-OwnerName")


def test_a_service_is_translated_to_the_address_behind_it() -> None:
    """flow-rules N9."""
    row = netobserv(DstK8S_Type="Service", DstK8S_Name="cart", XlatDstAddr="10.129.0.3", XlatDstPort=7070)
    names = (
        "destination_address",
        "destination_port",
        "service_address",
        "service_port",
        "destination_k8s_service_name",
    )
    assert kept(row, *names) == ("10.129.0.3", 7070, "10.129.0.9", 8443, "cart")
    assert row["destination_kind"] == "unknown"
    assert netobserv(XlatSrcAddr="10.128.0.1")["nat_source_address"] == "10.128.0.1"


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({}, ("observed", None)),
        ({"NetworkEvents": [{"Name": "web", "Action": "allow-related", "Direction": "Ingress"}]}, ("allowed", None)),
        ({"NetworkEvents": [{"Action": "allow"}, {"Action": "drop"}]}, ("denied", None)),
        ({"NetworkEvents": ["told as text"]}, ("observed", None)),
        ({"PktDropPackets": 2, "PktDropLatestDropCause": "NO_SOCKET"}, ("dropped", "NO_SOCKET")),
        ({"PktDropPackets": 1, "PktDropLatestDropCause": "NO_SOCKET"}, ("observed", None)),
    ],
    ids=["nothing", "allowed", "denied", "text", "all dropped", "one dropped"],
)
def test_a_verdict_needs_events_of_policies_or_the_loss_of_all_packets(
    changed: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    assert kept(netobserv(**changed), "verdict", "verdict_reason") == expected


def test_only_protocols_with_ports_have_ports() -> None:
    row = netobserv(Proto=1, IcmpType=8, IcmpCode=0)
    assert kept(row, "network_transport", "destination_port", "icmp_type", "tcp_syn") == ("icmp", None, 8, None)


def test_the_labels_of_a_stream_of_loki_belong_to_its_records(tmp_path: Path) -> None:
    inner = {name: value for name, value in RECORD.items() if name not in {"K8S_ClusterName", "FlowDirection"}}
    values = [
        ["1708011867120999936", json.dumps(inner)],
        ["1708011867120999936", "a line of something else"],
        [],
        ["1", json.dumps({**inner, "Bytes": 1})],
    ]
    stream = {"stream": {"K8S_ClusterName": "east", "FlowDirection": "0"}, "values": values}
    document = {"status": "success", "data": {"resultType": "streams", "result": [stream]}}
    path = tmp_path / "loki.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = import_path(tmp_path, path)
    assert [kept(row, "cluster", "reporter") for row in found.rows] == [("east", "destination")] * 2
    assert (found.batch.format, dict(found.batch.skipped)) == (
        "netobserv",
        {"other log lines": 1, "records without addresses": 1},
    )


def test_a_line_of_logcli_is_a_record_with_its_labels(tmp_path: Path) -> None:
    record = {name: value for name, value in RECORD.items() if name != "K8S_ClusterName"}
    line = {"labels": {"K8S_ClusterName": "east"}, "line": json.dumps(record), "timestamp": "2024-02-15T15:44:27Z"}
    found = import_lines(tmp_path, line)
    assert kept(found.row, "source_address", "cluster") == ("10.128.0.7", "east")
