"""The recordings that public reports were rebuilt as: each is read, and says what its answer says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cases.suite import case
from workbench.flows import LoadedFlows, load_flows

COLUMNS = ("src", "dst", "protocol", "port")
HTTP = "default/dep-http[Deployment]"


def given(name: str) -> Path:
    """Return the one recording of a case."""
    (path,) = (path for path in case(f"flows/{name}").iterdir() if path.suffix in {".jsonl", ".log", ".gz"})
    return path


def edges(flows: LoadedFlows, *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of the edges."""
    found = flows.edges()[[*COLUMNS, *columns]].astype("object")
    return list(found.where(found.notna(), None).itertuples(index=False, name=None))


def test_hubble_lines_without_time_are_read() -> None:
    flows = load_flows(given("03-hubble-fieldmask-no-time"))
    assert edges(flows, "first_seen", "connections") == [("default/toolbox-pod[Pod]", HTTP, "TCP", 80, None, 1)]
    assert flows.problems_found == ()


def test_a_container_log_is_read_without_its_prefix() -> None:
    flows = load_flows(given("04-hubble-cri-log"))
    assert edges(flows, "verdicts") == [("a/p1[Pod]", "b/p2[Pod]", "TCP", 443, ("denied",))]


def test_older_ovn_lines_name_no_direction() -> None:
    flows = load_flows(given("10-ovn-ocp48-no-direction"))
    assert edges(flows, "verdicts") == [
        ("10.128.2.57", "10.128.2.55", "ICMP", None, ("denied",)),
        ("10.128.2.59", "10.128.2.58", "ICMP", None, ("allowed",)),
    ]
    rows = flows.to_pandas()
    assert [policies[0]["name"] for policies in rows.policies] == [
        "verify-audit-logging_deny-all",
        "verify-audit-logging_allow-from-same-namespace_0",
    ]
    assert set(rows.network_io_direction) == {"unknown"}


def test_an_audit_line_is_taken_out_of_its_envelope() -> None:
    flows = load_flows(given("13-ovn-viaq-json"))
    assert edges(flows, "verdicts") == [("10.131.0.39", "10.129.2.35", "TCP", 8080, ("denied",))]


def test_a_node_is_named() -> None:
    node = "gke-demo-default-pool-e8df3298-412p[Node]"
    assert edges(load_flows(given("17-gke-node-and-instance")), "verdicts", "connections") == [
        ("default/client-allow[Deployment]", "169.254.169.254", "UDP", 53, ("allowed",), 1),
        ("default/client-allow[Deployment]", node, "TCP", 22, ("allowed",), 1),
        ("default/client-deny[Deployment]", node, "TCP", 22, ("denied",), 3),
    ]


@pytest.mark.parametrize("name", ["pretty.json", "out.yaml"])
def test_what_inspektor_gadget_prints_over_several_lines_is_read(name: str) -> None:
    flows = load_flows(case("flows/21-ig-jsonpretty-yaml") / name)
    assert edges(flows) == [("172.17.0.3", "1.1.1.1", "TCP", 80), ("default/mypod2[Pod]", "1.1.1.1", "TCP", 80)]
    assert flows.problems_found == ()


def test_events_of_the_old_inspektor_gadget_are_read() -> None:
    asked = load_flows(given("22-ig-trace-dns-legacy"))
    assert edges(asked) == [("shop/web-1[Pod]", "10.96.0.10", "UDP", 53)]
    assert asked.dns()[["name", "address"]].to_numpy().tolist() == [["fake.test.com", "203.0.113.5"]]
    traced = load_flows(given("23-ig-trace-tcp-legacy"))
    assert edges(traced) == [("default/bb[Pod]", "188.114.96.3", "TCP", 443)]
    assert str(traced.edges().first_seen[0]) == "2023-07-22 04:26:40+00:00"


def test_times_and_counters_of_calico_may_be_rewritten() -> None:
    flows = load_flows(given("26-calico-iso-times"))
    assert flows.problems_found == ()
    rows = flows.to_pandas()
    assert [str(time) for time in rows.time_start] == ["2026-05-09 12:34:56+00:00"] * 2
    assert set(rows.verdict) == {"denied", "allowed"}
    assert rows.reply_bytes.isna().all()


def test_conversations_of_netobserv_have_their_times() -> None:
    row = load_flows(given("31-netobserv-conntrack")).edges().query("protocol == 'TCP'").iloc[0]
    assert (str(row.first_seen), str(row.last_seen)) == ("2022-08-25 12:21:40+00:00", "2022-08-25 12:23:20+00:00")
    assert (row.connections, row.bytes, row.reply_bytes) == (1, 100, 200)


def test_layer_7_alone_gives_edges_and_says_so() -> None:
    flows = load_flows(given("65-hubble-l7-only"))
    assert edges(flows, "verdicts") == [("shop/web[Pod]", "shop/api[Pod]", "TCP", 8080, ("denied", "allowed"))]
    assert [problem.code for problem in flows.problems_found] == ["only-layer-7"]


def test_what_a_router_says_of_a_packet_is_no_connection() -> None:
    flows = load_flows(given("66-hubble-icmp"))
    assert edges(flows) == [("shop/web[Pod]", "10.9.9.9", "ICMP", None)]
    assert dict(flows.imported[0].batch.skipped) == {"ICMP errors of other flows": 1}


def test_both_ways_of_a_connection_within_a_node_are_one() -> None:
    found = edges(load_flows(given("70-netobserv-duplicate-dns")), "connections", "reply_bytes")
    assert ("shop/web[Deployment]", "shop/db[StatefulSet]", "TCP", 5432, 1, 5000) in found


def test_a_time_of_no_year_is_told_and_the_others_are_read() -> None:
    flows = load_flows(given("90-hubble-year-0"))
    assert len(flows) == 1
    assert [(problem.code, problem.line) for problem in flows.problems_found] == [("broken-record", 2)]


def test_an_offset_without_a_colon_counts() -> None:
    assert str(load_flows(given("91-hubble-offset-without-colon")).edges().first_seen[0]) == "2026-09-15 08:00:00+00:00"


def test_a_compressed_archive_is_read_member_by_member() -> None:
    flows = load_flows(given("92-tar-gz-of-jsonl"))
    assert (len(flows), flows.problems_found) == (2, ())
    assert flows.imported[0].batch.file.endswith("bundle.tar.gz!hubble.jsonl")


def test_of_a_file_that_was_cut_off_what_there_is_is_read() -> None:
    flows = load_flows(given("93-truncated-small-gz"))
    assert len(flows) == 114
    assert {problem.code for problem in flows.problems_found} == {"truncated-record"}


@pytest.mark.parametrize("name", ["array.json", "pretty.json", "twoarrays.json"])
def test_records_may_be_in_arrays_and_over_several_lines(name: str) -> None:
    flows = load_flows(case("flows/95-json-arrays") / name)
    assert [port for *_, port in edges(flows)] == [8080, 8081]
    assert flows.problems_found == ()
