"""What is odd in a file is reported with its line, and takes nothing along: cut lines, mixed formats, clocks."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.flows.examples import EXAMPLES
from tests.flows.observed import rows_in
from workbench.flows import FlowStore, Imported, TableMapping
from workbench.flows.importing.batches import import_file
from workbench.flows.tables import import_table

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EKS = (
    '{"level":"info","ts":"2026-05-31T21:57:47.020Z","msg":"Flow Info: Src IP: 10.0.0.9 Src Port: 42188 '
    'Dest IP: 10.0.0.5 Dest Port: 8080 Proto TCP Verdict DENY"}'
)
OVN = (
    '2026-11-02T16:28:54.139Z|00004|acl_log(ovn_pinctrl0)|INFO|name="NP:shop:Ingress", verdict=drop, severity=alert, '
    "direction=to-lport: tcp,nw_src=10.131.0.39,nw_dst=10.129.2.35,tp_src=58496,tp_dst=80"
)

LINES = {
    "hubble": '{"flow":{"time":"2026-11-21T09:00:00Z","verdict":"FORWARDED","IP":{"source":"10.0.0.1","destination":'
    '"10.0.0.2"},"l4":{"TCP":{"source_port":40000,"destination_port":80,"flags":{"SYN":true}}}}}\n',
    "netobserv": '{"SrcAddr":"10.0.0.1","DstAddr":"10.0.0.2","Proto":17,"TimeFlowStartMs":1795251600000}\n',
    "calico": '{"start_time":1795251600,"end_time":1795251900,"source_type":"wep","source_name_aggr":"web-*",'
    '"dest_type":"wep","dest_name_aggr":"db-*","proto":"tcp","action":"allow","reporter":"src"}\n',
    "gke": '{"connection":{"src_ip":"10.0.0.1","dest_ip":"10.0.0.2","dest_port":80,"protocol":"tcp",'
    '"direction":"egress"},"disposition":"allow","timestamp":"2026-11-21T09:00:00Z"}\n',
    "inspektor-gadget": f"{json.dumps(EXAMPLES['inspektor-gadget'])}\n",
    "antrea": f"{EXAMPLES['antrea']}\n",
}
PAIRS = [pair for pair in permutations(LINES, 2) if "antrea" not in pair]
"""Formats of JSON lines; a file of text has no such lines."""


def imported(folder: Path, text: str | bytes, format_name: str | None = None) -> Imported:
    path = folder / "flows"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_file(FlowStore(folder / "store"), path, format_name, now=lambda: NOW)


def told(found: Imported) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in found.problems]


# Lines that are cut off


@pytest.mark.parametrize("line, cut", [(EKS, 20), (EKS, 100), (EKS, 3), (OVN, 40), (OVN, 90)])
def test_a_text_that_is_cut_off_at_the_end_of_a_file_may_still_be_written(tmp_path: Path, line: str, cut: int) -> None:
    found = imported(tmp_path, f"{line}\n{line[:-cut]}")
    assert (told(found), found.batch.rows, found.batch.broken) == ([("truncated-record", 2)], 1, 1)


@pytest.mark.parametrize("line", [EKS, OVN], ids=["eks", "ovn"])
def test_a_text_that_is_cut_off_elsewhere_is_broken(tmp_path: Path, line: str) -> None:
    found = imported(tmp_path, f"{line[:-60]}\n{line}", "eks" if line == EKS else "ovn")
    assert (told(found), found.batch.rows) == ([("broken-record", 1)], 1)


def test_an_antrea_line_that_is_cut_off_at_the_end_may_still_be_written(tmp_path: Path) -> None:
    line = LINES["antrea"]
    found = imported(tmp_path, line + line[:60])
    assert (told(found), found.batch.rows) == ([("truncated-record", 2)], 1)


# Several formats in one file


def test_records_of_another_format_are_told_with_their_lines(tmp_path: Path) -> None:
    found = imported(tmp_path, LINES["netobserv"] * 3 + LINES["calico"] + LINES["netobserv"], "netobserv")
    (problem,) = found.problems
    assert (problem.code, problem.line) == ("other-format", 4)
    assert "looks like Calico flow log" in problem.message
    assert found.batch.skipped == {"records without addresses": 1}


@pytest.mark.parametrize("chosen, other", PAIRS)
def test_whatever_is_mixed_every_other_record_has_its_problem(tmp_path: Path, chosen: str, other: str) -> None:
    text = LINES[chosen] + LINES[other] * 2
    found = imported(tmp_path, text, chosen)
    assert found.batch.rows == 1
    assert [line for code, line in told(found) if line is not None] == [2, 3]
    assert found.batch.broken + sum(found.batch.skipped.values()) == 2


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("chosen", ["hubble", "netobserv", "gke"])
def test_a_file_that_is_mostly_in_another_format_says_in_which(tmp_path: Path, chosen: str, *, packed: bool) -> None:
    content = (LINES[chosen] * 2 + LINES["calico"] * 3).encode()
    found = imported(tmp_path, gzip.compress(content) if packed else content, chosen)
    (problem,) = [problem for problem in found.problems if problem.line is None]
    assert problem.code == "other-format"
    assert "of the first 5 records 3 are no" in problem.message
    assert "3 look like Calico flow log" in problem.message
    assert "import the file also as calico" in problem.remedy


def test_the_other_half_is_had_by_importing_the_file_in_its_format(tmp_path: Path) -> None:
    text = LINES["netobserv"] * 2 + LINES["calico"]
    assert [imported(tmp_path, text, name).batch.rows for name in ("netobserv", "calico")] == [1, 1]
    assert {row["source_format"] for row in rows_in(FlowStore(tmp_path / "store"))} == {"netobserv", "calico"}


def test_half_of_a_file_is_not_most_of_it(tmp_path: Path) -> None:
    found = imported(tmp_path, LINES["netobserv"] * 3 + LINES["calico"] * 3, "netobserv")
    assert told(found) == [("other-format", line) for line in (4, 5, 6)]


def test_log_lines_in_no_format_at_all_are_counted_and_no_other_format_is_told(tmp_path: Path) -> None:
    found = imported(tmp_path, f"{EKS}\n" + "Attached probes\n" * 5, "eks")
    assert (told(found), dict(found.batch.skipped)) == ([], {"other log lines": 5})


def test_of_very_many_records_of_another_format_the_number_is_told(tmp_path: Path) -> None:
    found = imported(tmp_path, LINES["netobserv"] * 300 + LINES["calico"] * 250, "netobserv")
    assert len(found.problems) == 201
    assert found.problems[-1].message == "50 more records are in another format"


# Clocks


def flow(start: datetime, end: datetime | None = None, source: str = "10.0.0.1") -> dict[str, Any]:
    record = {
        "SrcAddr": source,
        "DstAddr": "10.0.0.2",
        "Proto": 17,
        "SrcPort": 40000,
        "DstPort": 53,
        "TimeFlowStartMs": int(start.timestamp() * 1000),
    }
    return record if end is None else {**record, "TimeFlowEndMs": int(end.timestamp() * 1000)}


def lines(flows: Sequence[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in flows)


@pytest.mark.parametrize(
    "moment",
    [NOW + timedelta(days=1, seconds=1), NOW + timedelta(days=20_000), datetime(1999, 12, 31, 23, tzinfo=UTC)],
    ids=["future", "far future", "before 2000"],
)
def test_a_flow_at_an_unlikely_time_is_kept_and_told_once(tmp_path: Path, moment: datetime) -> None:
    flows = [flow(NOW), flow(moment), flow(moment, source="10.0.0.3")]
    found = imported(tmp_path, lines(flows))
    (problem,) = found.problems
    assert (problem.code, problem.line, problem.severity.value) == ("time-out-of-range", 2, "warning")
    assert problem.message.startswith("2 flows begin")
    assert (found.batch.rows, found.batch.broken) == (3, 0)


@pytest.mark.parametrize("moment", [NOW + timedelta(hours=23), datetime(2000, 1, 1, tzinfo=UTC)])
def test_clocks_may_differ_by_a_day(tmp_path: Path, moment: datetime) -> None:
    assert told(imported(tmp_path, lines([flow(moment)]))) == []


def test_a_flow_of_hubble_in_the_future_is_told_as_well(tmp_path: Path) -> None:
    found = imported(tmp_path, LINES["hubble"] + LINES["hubble"].replace("2026-", "2027-"))
    assert (told(found), found.batch.rows) == ([("time-out-of-range", 2)], 2)


def test_times_of_a_flow_that_ends_before_it_begins_are_exchanged_and_told_once(tmp_path: Path) -> None:
    early = NOW - timedelta(seconds=5)
    found = imported(tmp_path, lines([flow(early, NOW), flow(NOW, early, "10.0.0.3"), flow(NOW, early, "10.0.0.4")]))
    (problem,) = found.problems
    assert (problem.code, problem.line) == ("time-order", 2)
    assert problem.message.startswith("2 flows end before they begin")
    rows = rows_in(FlowStore(tmp_path / "store"))
    assert {(str(row["time_start"]), str(row["time_end"])) for row in rows} == {
        ("2026-11-21 11:59:55", "2026-11-21 12:00:00")
    }


def test_a_flow_that_ends_when_it_begins_or_at_no_known_time_is_in_order(tmp_path: Path) -> None:
    found = imported(tmp_path, lines([flow(NOW, NOW), flow(NOW, None)]))
    assert told(found) == []


def test_times_of_a_table_are_looked_at_as_well(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("source_address,time_start,time_end\n10.0.0.1,1763716,\n10.0.0.2,1763716000,1763715000\n")
    found = import_table(FlowStore(tmp_path / "store"), path, TableMapping(times="seconds"), now=lambda: NOW)
    assert sorted(told(found)) == [("time-order", 3), ("time-out-of-range", 2)]
