"""What a line of Hubble becomes, and what becomes of lines that are none (flow-formats 1)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.flows.readers.imports import Found, import_lines, import_path, kept
from workbench.flows import FORMATS

TIME = "2026-11-02T08:00:00.123456789Z"
WEB = {"ID": 7, "identity": 4001, "namespace": "shop", "pod_name": "web-5d8f6c7b9-x2x4z", "labels": ["k8s:app=web"]}
DB = {"identity": 4002, "namespace": "shop", "pod_name": "db-0", "labels": ["k8s:app=db"]}
SYN, SYN_ACK, ACK = {"SYN": True}, {"SYN": True, "ACK": True}, {"ACK": True}
Line = dict[str, Any]

LINES: list[object] = []
"""All lines of this module; they are imported once, for speed."""


def said(line: object) -> int:
    """Add a line to the file that is imported; return its number."""
    LINES.append(line)
    return len(LINES)


def tcp(flags: Line | None = None, port: int = 5432) -> Line:
    """Return the layer 4 of a packet to a port."""
    return {"TCP": {"source_port": 40000 + len(LINES), "destination_port": port, **({"flags": flags} if flags else {})}}


def flow(**fields: Any) -> Line:  # noqa: ANN401  (whatever a line may hold)
    """Return a flow from the web to the database; a field that is None is left out."""
    given = {
        "time": TIME,
        "verdict": "FORWARDED",
        "IP": {"source": "10.0.0.7", "destination": "10.0.1.8"},
        "l4": tcp(ACK),
        "source": WEB,
        "destination": DB,
        "Type": "L3_L4",
        "node_name": "node-a",
        "event_type": {"type": 4},
        "traffic_direction": "EGRESS",
        "trace_observation_point": "TO_STACK",
        "is_reply": False,
        **fields,
    }
    return {name: value for name, value in given.items() if value is not None}


def wrapped(**fields: Any) -> Line:  # noqa: ANN401  (whatever a line may hold)
    """Return the flow as it is exported: in an answer, with the node and the time beside it."""
    return {"flow": flow(**fields), "node_name": "node-a", "time": TIME}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return import_lines(tmp_path_factory.mktemp("hubble"), *LINES, name="hubble.log")


@pytest.fixture(scope="module")
def row(imported: Found) -> Callable[[int], Line]:
    rows = {row["source_line"]: row for row in imported.rows}
    return rows.__getitem__


@pytest.fixture
def told(imported: Found) -> dict[int | None, str]:
    return {problem.line: problem.message for problem in imported.problems}


# The forms of a line


WRAPPED = said(wrapped())


def test_a_flow_is_read_with_its_ends_its_time_and_its_line(row: Callable[[int], Line]) -> None:
    found = row(WRAPPED)
    assert kept(found, "source_address", "source_k8s_namespace_name", "source_k8s_pod_name", "source_kind") == (
        "10.0.0.7",
        "shop",
        "web-5d8f6c7b9-x2x4z",
        "pod",
    )
    assert kept(found, "destination_address", "destination_port", "network_transport") == ("10.0.1.8", 5432, "tcp")
    assert found["time_start"] == datetime(2026, 11, 2, 8, 0, 0, 123456)  # noqa: DTZ001  (files hold UTC, naive)
    assert (found["source_format"], Path(found["source_file"]).name) == ("hubble", "hubble.log")


BARE = said(flow(l4=tcp(port=81)))


def test_the_bare_flow_of_older_versions_is_read_the_same(row: Callable[[int], Line]) -> None:
    assert kept(row(BARE), "source_k8s_pod_name", "destination_port", "verdict") == (WEB["pod_name"], 81, "allowed")


def test_the_format_is_known_by_a_flow_an_event_or_a_bare_flow() -> None:
    records: tuple[Line, ...] = (wrapped(), flow(), {"lost_events": {"num_events_lost": "1"}}, {"flow": {"IP": {}}})
    for record in records:
        assert FORMATS.detect("json-lines", [record]) is FORMATS.named("hubble")
    assert FORMATS.detect("json-lines", [{"flow": 1}, {"verdict": "DENY"}]) is not FORMATS.named("hubble")


MASKED = said({"flow": {"IP": {"source": "10.9.9.9"}, "verdict": "DROPPED"}, "time": TIME, "node_name": "node-a"})


def test_an_export_with_a_field_mask_may_lack_every_field(row: Callable[[int], Line]) -> None:
    found = row(MASKED)
    assert kept(found, "source_address", "destination_address", "network_transport", "verdict", "time_start") == (
        "10.9.9.9",
        None,
        "other",
        "dropped",
        row(WRAPPED)["time_start"],
    )


OFFSET = said(wrapped(time="2026-11-02T10:00:00+02:00"))
BEHIND = said(wrapped(time="2026-11-02T05:30:00.5-03:30"))


def test_times_with_an_offset_are_turned_to_utc(row: Callable[[int], Line]) -> None:
    """flow-rules N17."""
    assert row(OFFSET)["time_start"].isoformat() == "2026-11-02T08:00:00"
    assert row(BEHIND)["time_start"].isoformat() == "2026-11-02T09:00:00.500000"


# Direction


REPLY = said(wrapped(source=DB, destination=WEB, is_reply=True, trace_observation_point="TO_ENDPOINT"))


def test_a_reply_is_turned_and_initiates_nothing(row: Callable[[int], Line]) -> None:
    """flow-rules N1, N3. Its direction is the connection's: the client's side reported it."""
    names = ("source_k8s_pod_name", "destination_k8s_pod_name", "orientation", "connections")
    assert kept(row(REPLY), *names) == (WEB["pod_name"], "db-0", "flagged", 0)
    assert kept(row(REPLY), "network_io_direction", "reporter") == ("egress", "source")
    assert row(REPLY)["source_port"] == 5432, "the line named the client's port as its destination's"


OLD_REPLY = said(wrapped(source=DB, destination=WEB, is_reply=None, reply=True, traffic_direction="INGRESS"))
OLD_OTHER = said(wrapped(is_reply=None, reply=False, traffic_direction="INGRESS"))


def test_without_is_reply_only_a_reply_that_is_true_tells(row: Callable[[int], Line]) -> None:
    assert kept(row(OLD_REPLY), "orientation", "source_k8s_pod_name", "reporter") == (
        "flagged",
        WEB["pod_name"],
        "destination",
    )
    assert kept(row(OLD_OTHER), "orientation", "source_k8s_pod_name", "reporter") == (
        "unknown",
        WEB["pod_name"],
        "destination",
    )


HANDSHAKE = said(wrapped(source=DB, destination=WEB, is_reply=None, l4=tcp(SYN_ACK), traffic_direction="INGRESS"))


def test_syn_with_ack_comes_from_the_server(row: Callable[[int], Line]) -> None:
    names = ("orientation", "source_k8s_pod_name", "reporter", "connections")
    assert kept(row(HANDSHAKE), *names) == ("syn", WEB["pod_name"], "destination", 0)


FIRST, LATER, UNFLAGGED = said(wrapped(l4=tcp(SYN))), said(wrapped(l4=tcp(ACK))), said(wrapped(l4=tcp()))
DATAGRAM = said(wrapped(l4={"UDP": {"source_port": 40001, "destination_port": 53}}))
REDIRECTED = said(wrapped(verdict="REDIRECTED", l4=tcp(SYN), event_type={"type": 5}, trace_observation_point=None))


def test_a_connection_is_counted_by_its_first_packet(row: Callable[[int], Line]) -> None:
    """A packet that goes to the proxy is reported again behind it."""
    lines = (FIRST, LATER, UNFLAGGED, DATAGRAM, REDIRECTED)
    assert [row(line)["connections"] for line in lines] == [1, 0, None, None, None]


PING = said(wrapped(l4={"ICMPv4": {"type": 8}}))
PONG = said(wrapped(l4={"ICMPv6": {}}, is_reply=True))


def test_icmp_has_types_of_which_zero_is_left_out(row: Callable[[int], Line]) -> None:
    assert kept(row(PING), "network_transport", "icmp_type", "icmp_code", "destination_port") == ("icmp", 8, 0, None)
    assert kept(row(PONG), "network_transport", "icmp_type", "icmp_code") == ("icmpv6", 0, 0)


# What became of it


VERDICTS = {
    "allowed": said(wrapped(verdict="FORWARDED")),
    "denied": said(wrapped(verdict="DROPPED", drop_reason=133, drop_reason_desc="POLICY_DENIED")),
    "denied, by a deny rule": said(wrapped(verdict="DROPPED", drop_reason_desc="POLICY_DENY")),
    "denied, not authenticated": said(wrapped(verdict="DROPPED", drop_reason=189)),
    "dropped": said(wrapped(verdict="DROPPED", drop_reason=130, drop_reason_desc="INVALID_SOURCE_MAC")),
    "would_deny": said(wrapped(verdict="AUDIT")),
    "error": said(wrapped(verdict="ERROR")),
    "observed": said(wrapped(verdict="TRACED")),
    "observed, not yet judged": said(wrapped(trace_observation_point="FROM_ENDPOINT")),
    "unknown": said(wrapped(verdict=None)),
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_drops_by_policy_are_told_from_other_drops(row: Callable[[int], Line], verdict: str) -> None:
    assert row(VERDICTS[verdict])["verdict"] == verdict.partition(",")[0]


def test_the_reason_of_a_drop_is_kept(row: Callable[[int], Line]) -> None:
    assert row(VERDICTS["dropped"])["verdict_reason"] == "INVALID_SOURCE_MAC"
    assert row(VERDICTS["denied, not authenticated"])["verdict_reason"] == "189"
    assert row(VERDICTS["allowed"])["verdict_reason"] is None


DECIDED = said(
    wrapped(
        egress_allowed_by=[{"name": "to-db", "namespace": "shop", "kind": "NetworkPolicy", "revision": "3"}],
        ingress_denied_by=[{"name": "lock", "kind": "CiliumClusterwideNetworkPolicy"}],
    )
)


def test_the_policies_that_decided_are_kept_with_their_direction(row: Callable[[int], Line]) -> None:
    names = ("kind", "namespace", "name", "action", "direction")
    assert [kept(policy, *names) for policy in row(DECIDED)["policies"]] == [
        ("NetworkPolicy", "shop", "to-db", "allow", "egress"),
        ("CiliumClusterwideNetworkPolicy", None, "lock", "deny", "ingress"),
    ]
    assert row(WRAPPED)["policies"] is None


# Who the ends are


LABELLED = said(
    wrapped(
        source={
            **WEB,
            "labels": [
                "k8s:app=web",
                "k8s:on",
                "k8s:a/b=c=d",
                "k8s:io.kubernetes.pod.namespace=shop",
                "k8s:io.cilium.k8s.policy.serviceaccount=web",
                "k8s:io.cilium.k8s.namespace.labels.team=a",
                "container:x=y",
            ],
        }
    )
)


def test_only_labels_that_the_pod_bears_are_kept(row: Callable[[int], Line]) -> None:
    assert dict(row(LABELLED)["source_k8s_pod_labels"]) == {"app": "web", "on": "", "a/b": "c=d"}


RESERVED = {
    ("node", "host"): said(wrapped(destination={"identity": 1, "labels": ["reserved:host"]})),
    ("node", "remote-node"): said(wrapped(destination={"identity": 6, "labels": ["reserved:remote-node"]})),
    ("node", "kube-apiserver"): said(
        wrapped(destination={"identity": 7, "labels": ["reserved:remote-node", "reserved:kube-apiserver"]})
    ),
    ("node", "health"): said(wrapped(destination={"labels": ["reserved:health"]})),
    ("external", "world"): said(wrapped(destination={"labels": ["cidr:203.0.113.0/24", "reserved:world"]})),
    ("external", "world-ipv6"): said(wrapped(destination={"identity": 10})),
    ("unknown", "unmanaged"): said(wrapped(destination={"identity": 3})),
    ("unknown", None): said(wrapped(destination={"identity": 4711})),
}


@pytest.mark.parametrize("expected", RESERVED, ids=str)
def test_a_reserved_identity_says_what_an_end_is(row: Callable[[int], Line], expected: tuple[str, str | None]) -> None:
    assert kept(row(RESERVED[expected]), "destination_kind", "destination_network_label") == expected


LAGGING = said(wrapped(destination={**DB, "identity": 2, "labels": ["reserved:world"]}))


def test_a_pod_name_goes_before_a_reserved_identity(row: Callable[[int], Line]) -> None:
    names = ("destination_kind", "destination_k8s_pod_name", "destination_network_label")
    assert kept(row(LAGGING), *names) == ("pod", "db-0", None)


METADATA = said(
    wrapped(IP={"source": "10.0.0.7", "destination": "169.254.169.254"}, destination={"labels": ["reserved:world"]})
)


def test_the_world_does_not_hide_that_an_address_is_known(row: Callable[[int], Line]) -> None:
    """flow-rules N12."""
    names = ("destination_kind", "destination_network_label")
    assert kept(row(METADATA), *names) == ("external", "cloud metadata service")


WORKLOAD = said(wrapped(source={**WEB, "workloads": [{"name": "web", "kind": "Deployment"}]}))
SERVICE = said(wrapped(destination_service={"name": "db", "namespace": "shop"}, destination={"identity": 5000}))
NAMED = said(wrapped(destination_names=["API.Example.com.", "cdn.example.net"]))


def test_workloads_services_and_names_are_kept_where_they_are_told(row: Callable[[int], Line]) -> None:
    assert kept(row(WORKLOAD), "source_k8s_owner_kind", "source_k8s_owner_name") == ("Deployment", "web")
    assert kept(row(SERVICE), "destination_k8s_service_name", "destination_k8s_namespace_name") == ("db", "shop")
    assert row(NAMED)["destination_domain"] == ["api.example.com", "cdn.example.net"]


CLUSTERED = said(wrapped(node_name="west/node-b", destination={**DB, "cluster_name": "east"}))


def test_the_node_is_that_of_the_end_that_lives_on_it(row: Callable[[int], Line]) -> None:
    names = ("source_k8s_node_name", "destination_k8s_node_name", "cluster")
    assert kept(row(WRAPPED), *names) == ("node-a", None, None)
    assert kept(row(CLUSTERED), *names) == ("node-b", None, "west")


HIDDEN = said(wrapped(IP={"source": "10.0.0.7", "source_xlated": "192.0.2.1", "destination": "203.0.113.9"}))


def test_the_address_that_hides_the_source_is_kept(row: Callable[[int], Line]) -> None:
    assert kept(row(HIDDEN), "source_address", "nat_source_address") == ("10.0.0.7", "192.0.2.1")


# What is no flow


for none in (
    wrapped(Type="L7", event_type={"type": 129}, l7={"type": "REQUEST", "http": {"method": "GET"}}),
    wrapped(Type="L7", event_type={"type": 129}, l7={"type": "REQUEST", "dns": {"query": "db."}}),
    wrapped(Type="L7", is_reply=True, l7={"type": "RESPONSE", "dns": {"query": "db.", "ips": ["10.0.1.8"]}}),
    wrapped(trace_observation_point="TO_PROXY"),
    wrapped(trace_observation_point="TO_OVERLAY", traffic_direction=None, is_reply=None),
    wrapped(trace_observation_point="TO_NETWORK", traffic_direction=None, is_reply=None),
    wrapped(Type="SOCK", verdict="TRANSLATED", event_type={"type": 7}),
    {"lost_events": {"source": "PERF_EVENT_RING_BUFFER", "num_events_lost": "40"}, "time": TIME},
    {"lost_events": {"source": "HUBBLE_RING_BUFFER", "num_events_lost": 2}, "time": TIME},
    {"node_status": {"state_change": "NODE_CONNECTED"}, "time": TIME},
    {"agent_event": {"type": "AGENT_STARTED"}, "time": TIME},
    {"debug_event": {"type": "DBG_CT_VERDICT"}, "time": TIME},
):
    said(none)

NETWORK = said(wrapped(trace_observation_point="TO_NETWORK"))


def test_what_is_no_flow_or_the_same_flow_again_is_counted(imported: Found) -> None:
    """Of lost events their number counts, not the lines that tell of them."""
    assert dict(imported.batch.skipped) == {
        "DNS answers": 1,
        "agent events": 1,
        "debug events": 1,
        "layer 7 records": 2,
        "lost events": 42,
        "node status messages": 1,
        "packets between nodes": 2,
        "packets to the proxy": 2,
        "translations at sockets": 1,
    }


def test_a_packet_to_the_network_that_knows_its_direction_is_a_flow(row: Callable[[int], Line]) -> None:
    assert kept(row(NETWORK), "network_io_direction", "verdict") == ("egress", "allowed")


# What is broken


NO_JSON = said('{"flow": {"time": ')
BLANK = said("")
NO_RECORD, NO_OBJECT = said({"hello": "world"}), said("[1, 2]")
NO_TIME = said({"flow": {"verdict": "FORWARDED", "IP": {"source": "10.0.0.1"}}})
NO_END = said({"flow": {"verdict": "FORWARDED", "time": TIME}})
BAD_TIME = said(wrapped(time="yesterday"))
BAD_PORT = said(wrapped(l4={"TCP": {"source_port": 40000, "destination_port": 70000}}))
NESTED = said("[" * 100_000)
AFTER = said(wrapped(l4=tcp(port=9999)))


def test_broken_lines_are_told_by_number_and_the_others_are_kept(
    told: dict[int | None, str], row: Callable[[int], Line]
) -> None:
    assert set(told) == {NO_JSON, NO_RECORD, NO_OBJECT, NO_END, BAD_TIME, BAD_PORT, NESTED}
    assert told[NO_JSON].startswith("it is not valid JSON: ")
    assert told[NO_RECORD] == told[NO_OBJECT] == "it is not a record of Hubble"
    assert told[NO_END] == "it names no end of a flow"
    assert row(NO_TIME)["time_start"] is None
    assert told[BAD_TIME] == "time cannot be yesterday"
    assert told[BAD_PORT] == "destination_port cannot be 70000"
    assert row(AFTER)["destination_port"] == 9999, "neither a blank line nor a broken one shifts the numbers"


def test_every_line_is_kept_or_skipped_or_told(imported: Found) -> None:
    lines = sum(line != "" for line in LINES)
    lost, lines_of_lost = imported.batch.skipped["lost events"], 2
    skipped = sum(imported.batch.skipped.values()) - lost + lines_of_lost
    assert imported.batch.rows + imported.batch.duplicates + imported.batch.broken + skipped == lines


SKIPPED_AND_BROKEN = said(wrapped(time="never", trace_observation_point="TO_PROXY"))


def test_what_is_not_a_flow_is_not_reported_as_broken(told: dict[int | None, str]) -> None:
    assert SKIPPED_AND_BROKEN not in told


def test_a_file_with_broken_lines_alone_is_read_at_once(tmp_path: Path) -> None:
    """Here no line makes it necessary to read the file line by line; both ways tell the same."""
    path = tmp_path / "hubble.jsonl"
    good = json.dumps(wrapped())
    path.write_bytes(f'{good}\n{{"flow"\n'.encode() + b'{"flow": "\xff"}\n' + f"{good.replace('5432', '81')}".encode())
    found = import_path(tmp_path, path)
    assert [row["source_line"] for row in found.rows] == [1, 4]
    assert [(problem.line, problem.code) for problem in found.problems] == [(2, "broken-record"), (3, "broken-record")]
    assert "UTF-8" in found.problems[1].message


def test_a_last_line_that_was_cut_off_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "hubble.jsonl"
    path.write_text(f"{json.dumps(wrapped())}\n{json.dumps(wrapped())[:100]}", encoding="utf-8")
    found = import_path(tmp_path, path)
    assert (len(found.rows), found.batch.broken) == (1, 1)
    assert [(problem.line, problem.code) for problem in found.problems] == [(2, "truncated-record")]


def test_a_packed_file_is_read_whatever_its_name_is(tmp_path: Path) -> None:
    path = tmp_path / "events [1]*.log"
    path.write_bytes(gzip.compress(f"{json.dumps(wrapped())}\n".encode()))
    assert import_path(tmp_path, path).row["source_k8s_pod_name"] == WEB["pod_name"]


def test_of_a_packed_file_that_was_cut_off_the_beginning_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "hubble.jsonl.gz"
    lines = (
        json.dumps(wrapped(uuid=f"{number * 2654435761 % 2**64:x}", l4=tcp(port=number))) for number in range(1, 3000)
    )
    packed = gzip.compress("\n".join(lines).encode())
    path.write_bytes(packed[: len(packed) // 2])
    found = import_path(tmp_path, path)
    assert 100 < found.batch.rows < 2999
    assert found.problems[-1].code == "truncated-record"
    assert "unreadable" in found.problems[-1].message


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "hubble.jsonl"
    path.write_text(f"\ufeff{json.dumps(wrapped())}\n", encoding="utf-8")
    assert import_path(tmp_path, path).row["source_line"] == 1
