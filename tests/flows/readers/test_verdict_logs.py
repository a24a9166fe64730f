"""What the verdict logs of GKE, EKS and OVN-Kubernetes tell (flow-formats 4, 6, 7)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.flows.readers.imports import import_lines, import_path, kept, observed
from workbench.flows import FORMATS
from workbench.flows.log import ImportLog

DIRECTION = ("network_io_direction", "reporter")

# GKE

ALLOWED: dict[str, Any] = {
    "connection": {
        "src_ip": "10.8.1.7",
        "dest_ip": "10.8.0.11",
        "src_port": 55644,
        "dest_port": 8080,
        "protocol": "tcp",
        "direction": "ingress",
    },
    "disposition": "allow",
    "policies": [{"kind": "NetworkPolicy", "name": "allow-web", "namespace": "shop"}],
    "src": {
        "pod_name": "web-7b78d7c957-zkn54",
        "pod_namespace": "shop",
        "workload_kind": "ReplicaSet",
        "workload_name": "web-7b78d7c957",
    },
    "dest": {"instance": "10.8.0.11"},
    "count": 3,
    "node_name": "node-a",
    "timestamp": "2026-06-13T21:29:31.445836587Z",
}
DENIED = {
    **ALLOWED,
    "disposition": "deny",
    "policies": None,
    "connection": {**ALLOWED["connection"], "direction": "egress"},
}


def test_gke_tells_ends_and_counts_connections() -> None:
    (row,) = observed("gke", ALLOWED)
    assert kept(row, "source_k8s_namespace_name", "source_k8s_pod_name") == ("shop", "web-7b78d7c957-zkn54")
    assert kept(row, "source_k8s_owner_kind", "source_k8s_owner_name") == ("ReplicaSet", "web-7b78d7c957")
    assert kept(row, "destination_address", "destination_k8s_pod_name", "destination_port") == ("10.8.0.11", None, 8080)
    assert kept(row, "connections", "verdict", "source_is_client") == (3, "allowed", True)
    assert row["time_start"] == datetime(2026, 6, 13, 21, 29, 31, 445836)  # noqa: DTZ001  (files hold UTC, naive)


def test_gke_tells_which_side_decided_and_by_which_policy() -> None:
    (allowed,), (denied,) = observed("gke", ALLOWED), observed("gke", DENIED)
    assert kept(allowed, *DIRECTION, "destination_k8s_node_name") == ("ingress", "destination", "node-a")
    assert kept(denied, *DIRECTION, "source_k8s_node_name", "verdict") == ("egress", "source", "node-a", "denied")
    assert kept(allowed["policies"][0], "kind", "namespace", "name", "action") == (
        *("NetworkPolicy", "shop", "allow-web"),
        "allow",
    )
    assert denied["policies"] is None


def test_an_entry_of_cloud_logging_wraps_the_line_and_names_the_cluster() -> None:
    entry = {"jsonPayload": ALLOWED, "resource": {"labels": {"cluster_name": "west"}}, "timestamp": "later"}
    (row,) = observed("gke", entry)
    assert kept(row, "cluster", "source_k8s_pod_name") == ("west", "web-7b78d7c957-zkn54")
    assert FORMATS.detect("json-lines", [entry]) is FORMATS.named("gke")


def test_a_list_of_entries_is_read_one_by_one_and_a_broken_one_is_told_alone(tmp_path: Path) -> None:
    document = [{"jsonPayload": ALLOWED}, {"jsonPayload": {"connection": {}}}, {"jsonPayload": DENIED}]
    path = tmp_path / "entries.json"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    found = import_path(tmp_path, path, "gke")
    assert [row["verdict"] for row in found.rows] == ["allowed", "denied"]
    assert found.batch.broken == 1


# EKS

JSON_LINE = (
    '{"level":"info","ts":"2026-11-15T09:12:44.101Z","msg":"Flow Info:  ","Src IP":"10.0.1.7","Src Port":39197,'
    '"Dest IP":"172.20.0.10","Dest Port":53,"Proto":"UDP","Verdict":"ACCEPT"}'
)
MESSAGE = (
    '{"level":"info","ts":"2026-05-31T21:57:47.020Z","msg":"Flow Info: Src IP: 10.0.0.9 Src Port: 42188 '
    'Dest IP: 10.0.0.5 Dest Port: 8080 Proto TCP Verdict DENY Direction ingress, Tier NETWORK_POLICY"}'
)
COLONS = MESSAGE.replace("10.0.0.", "2001:db8::").replace(
    "Proto TCP Verdict DENY Direction ingress, Tier", "Proto: TCP Verdict: DENY Direction: egress Tier:"
)
SHORT = MESSAGE.replace(" Direction ingress, Tier NETWORK_POLICY", "")
CLOUDWATCH = (
    "Node: node-a;SIP: 10.0.0.9;SPORT: 42188;DIP: 10.0.0.5;DPORT: 8080;PROTOCOL: TCP;PolicyVerdict: DENY;Tier: ADMIN"
)


@pytest.mark.parametrize(
    "line, expected",
    [
        (JSON_LINE, ("10.0.1.7", 39197, "172.20.0.10", 53, "udp", "allowed", None, "unknown", "unknown")),
        (MESSAGE, ("10.0.0.9", 42188, "10.0.0.5", 8080, "tcp", "denied", "NETWORK_POLICY", "ingress", "destination")),
        (COLONS, ("2001:db8::9", 42188, "2001:db8::5", 8080, "tcp", "denied", "NETWORK_POLICY", "egress", "source")),
        (SHORT, ("10.0.0.9", 42188, "10.0.0.5", 8080, "tcp", "denied", None, "unknown", "unknown")),
        (CLOUDWATCH, ("10.0.0.9", 42188, "10.0.0.5", 8080, "tcp", "denied", "ADMIN", "unknown", "unknown")),
    ],
    ids=["fields", "message", "message with colons", "message of older versions", "CloudWatch"],
)
def test_eks_has_written_a_packet_in_three_forms(line: str, expected: tuple[object, ...]) -> None:
    (row,) = observed("eks", line)
    assert FORMATS.detect("text-lines", [line]) is FORMATS.named("eks")
    names = ("source_address", "source_port", "destination_address", "destination_port", "network_transport")
    assert kept(row, *names, "verdict", "verdict_reason", *DIRECTION) == expected


@pytest.mark.parametrize(
    "before",
    ["2026-11-15T09:12:44.101Z", "2026-11-15T09:12:44.101Z\tINFO\tebpf-client\tFlow Info:  \t", "node-a agent"],
    ids=["the time of kubectl", "the console's form", "stern"],
)
def test_fields_of_eks_are_read_behind_what_else_is_in_their_line(tmp_path: Path, before: str) -> None:
    fields = json.dumps({**json.loads(JSON_LINE), "ts": None}) if "\t" in before else JSON_LINE
    row = import_lines(tmp_path, f"{before} {fields}").row
    assert kept(row, "source_address", "destination_address", "verdict") == ("10.0.1.7", "172.20.0.10", "allowed")
    assert row["time_start"].isoformat() == "2026-11-15T09:12:44.101000"


def test_a_message_of_eks_may_stand_behind_its_time(tmp_path: Path) -> None:
    text = json.loads(SHORT)["msg"]
    row = import_lines(tmp_path, f"2026-05-31T21:57:47.020Z {text}").row
    assert kept(row, "source_address", "destination_port", "verdict") == ("10.0.0.9", 8080, "denied")
    assert row["time_start"].isoformat() == "2026-05-31T21:57:47.020000"


def test_eks_does_not_tell_who_the_client_is() -> None:
    """After connections were forgotten the agent tells of replies as well."""
    (row,) = observed("eks", MESSAGE)
    assert kept(row, "source_is_client", "is_reply", "tcp_syn") == (None, None, None)


def test_what_cloudwatch_holds_has_the_time_of_its_event_or_none(tmp_path: Path) -> None:
    event = import_lines(tmp_path, {"timestamp": 1780264667020, "message": CLOUDWATCH}).row
    (bare,) = observed("eks", CLOUDWATCH)
    (tailed,) = observed("eks", f"2026-05-31T21:57:47.020000+00:00 node-a.log {CLOUDWATCH}")
    assert event["time_start"].isoformat() == "2026-05-31T21:57:47.020000"
    assert tailed["time_start"] == observed("eks", MESSAGE)[0]["time_start"]
    assert bare["time_start"] is None


def test_a_flow_without_time_is_kept(tmp_path: Path) -> None:
    found = import_lines(tmp_path, CLOUDWATCH)
    assert kept(found.row, "time_start", "verdict", "orientation") == (None, "denied", "unknown")


def test_other_lines_of_the_agent_are_counted() -> None:
    log = ImportLog("agent.log")
    assert observed("eks", '{"level":"info","msg":"Attached probes"}', log) == []
    assert observed("eks", MESSAGE.replace("DENY", "EXPIRED/DELETED"), log) == []
    assert log.skipped == {"other log lines": 1, "ends of connections": 1}


# OVN-Kubernetes


def acl(name: str, verdict: str, direction: str, packet: str) -> str:
    """Return a line of the audit log."""
    head = "2026-11-02T16:28:54.139Z|00004|acl_log(ovn_pinctrl0)|INFO|"
    return f'{head}name="{name}", verdict={verdict}, severity=alert, direction={direction}: {packet}'


TCP = (
    "tcp,vlan_tci=0x0000,dl_src=0a:58:0a:81:02:01,nw_src=10.131.0.39,nw_dst=10.129.2.35,nw_tos=0,tp_src=58496,tp_dst=80"
)


def test_ovn_tells_addresses_ports_and_the_side_that_decided() -> None:
    (row,) = observed("ovn", acl("NP:shop:Ingress", "drop", "to-lport", f"{TCP},tcp_flags=syn"))
    assert kept(row, "source_address", "source_port", "destination_address", "destination_port") == (
        *("10.131.0.39", 58496),
        *("10.129.2.35", 80),
    )
    assert kept(row, *DIRECTION, "verdict", "network_transport") == ("ingress", "destination", "denied", "tcp")
    assert row["time_start"] == datetime(2026, 11, 2, 16, 28, 54, 139000)  # noqa: DTZ001  (files hold UTC, naive)


@pytest.mark.parametrize(
    "name, policy",
    [
        ("NP:shop:allow-web:Ingress:0", ("NetworkPolicy", "shop", "allow-web", "0")),
        ("NP:shop:Egress", ("NetworkPolicy", "shop", None, None)),
        ("ANP:cluster-control:Egress:1", ("AdminNetworkPolicy", None, "cluster-control", "1")),
        ("BANP:default:Ingress:2", ("BaselineAdminNetworkPolicy", None, "default", "2")),
        ("EF:shop:3", ("EgressFirewall", "shop", None, "3")),
        ("mine", (None, None, "mine", None)),
    ],
)
def test_the_name_of_an_ovn_rule_names_the_policy(name: str, policy: tuple[str | None, ...]) -> None:
    (row,) = observed("ovn", acl(name, "allow", "from-lport", TCP))
    assert kept(row["policies"][0], "kind", "namespace", "name", "rule") == policy
    assert kept(row["policies"][0], "action", "direction") == ("allow", "egress")


@pytest.mark.parametrize(
    "verdict, expected", [("allow", "allowed"), ("drop", "denied"), ("reject", "denied"), ("pass", "observed")]
)
def test_what_an_ovn_rule_passes_on_is_not_decided(verdict: str, expected: str) -> None:
    assert observed("ovn", acl("NP:a:b:Ingress:0", verdict, "to-lport", TCP))[0]["verdict"] == expected


@pytest.mark.parametrize(
    "packet, expected",
    [
        (f"{TCP},tcp_flags=syn", ("tcp", True, False, 1, None)),
        (f"{TCP},tcp_flags=syn|ack", ("tcp", True, True, 0, None)),
        (f"{TCP},tcp_flags=ack", ("tcp", False, True, 0, None)),
        ("udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=5000,tp_dst=53", ("udp", None, None, None, None)),
        ("icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,icmp_code=0", ("icmp", None, None, None, 8)),
        ("icmp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,icmp_type=128", ("icmpv6", None, None, None, 128)),
        ("tcp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,tp_src=1,tp_dst=2", ("tcp", None, None, None, None)),
    ],
)
def test_ovn_tells_the_protocol_and_its_flags(packet: str, expected: tuple[object, ...]) -> None:
    (row,) = observed("ovn", acl("NP:a:b:Ingress:0", "allow", "to-lport", packet))
    assert kept(row, "network_transport", "tcp_syn", "tcp_ack", "connections", "icmp_type") == expected


def test_other_lines_of_ovn_are_counted_and_a_cut_one_is_told(tmp_path: Path) -> None:
    whole = acl("NP:shop:Ingress", "drop", "to-lport", f"{TCP},tcp_flags=syn")
    found = import_lines(tmp_path, whole, "2026-11-02T16:28:54.139Z|00005|binding|INFO|Claiming port", whole[:90])
    assert (found.batch.format, found.batch.rows, dict(found.batch.skipped)) == ("ovn", 1, {"other log lines": 1})
    assert [(problem.line, problem.code) for problem in found.problems] == [(3, "broken-record")]
    assert kept(found.row, "orientation", "connections") == ("syn", 1)
