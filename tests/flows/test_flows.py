"""Questions to flows: the answers are frames with documented columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from tests.ground.text.parsers import html_texts
from workbench.flows import Flows, FlowStore, LoadedFlows, TableMapping, import_table, load_flows, open_flows
from workbench.flows.frames import EDGES
from workbench.flows.schema import COLUMNS, PANDAS_DTYPES
from workbench.ground import ArgumentError

Load = Callable[..., Flows]


def line(src: str, dst: str, port: int, minute: int = 0, **more: Any) -> str:  # noqa: ANN401
    """Return a line of GKE's policy log: `src` and `dst` are pods of the namespace shop, or addresses."""

    def end(name: str) -> dict[str, str]:
        return {"instance": name} if name[0].isdigit() else {"pod_name": name, "pod_namespace": "shop"}

    connection = {
        "src_ip": src if src[0].isdigit() else "10.0.0.1",
        "dest_ip": dst if dst[0].isdigit() else "10.0.0.2",
        "src_port": 40000 + minute,
        "dest_port": port,
        "protocol": "tcp",
        "direction": more.pop("direction", "ingress"),
    }
    record = {
        "connection": connection,
        "disposition": "allow",
        "src": end(src),
        "dest": end(dst),
        "timestamp": f"2026-11-21T09:{minute:02}:00Z",
        **more,
    }
    return json.dumps(record) + "\n"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(*lines: str, **more: Any) -> Flows:  # noqa: ANN401
        path = tmp_path / "policy.log"
        path.write_text("".join(lines))
        return load_flows(path, **more)

    return loaded


def test_an_edge_is_a_client_a_server_a_protocol_and_a_port(load: Load) -> None:
    flows = load(line("web", "db", 5432), line("web", "db", 5432, 1), line("web", "db", 80), line("8.8.8.8", "web", 80))
    edges = flows.edges()
    assert edges[["src", "dst", "protocol", "port", "flows"]].to_numpy().tolist() == [
        ["8.8.8.8", "shop/web[Pod]", "TCP", 80, 1],
        ["shop/web[Pod]", "shop/db[Pod]", "TCP", 80, 1],
        ["shop/web[Pod]", "shop/db[Pod]", "TCP", 5432, 2],
    ]
    EDGES.checked(edges)


def test_what_is_denied_or_has_an_end_that_is_unknown_makes_no_rule_and_is_shown_with_the_reason(load: Load) -> None:
    edges = load(line("web", "db", 80), line("web", "db", 81, disposition="deny"), line("10.0.0.9", "db", 82)).edges()
    assert edges.set_index("port")["excluded"].to_dict() == {80: (), 81: ("denied",), 82: ("unresolved",)}


def test_edges_of_everything_are_counted_when_flows_are_imported_and_no_row_is_looked_at(
    load: Load, tmp_path: Path
) -> None:
    store = FlowStore(tmp_path / "store")
    flows = load(line("web", "db", 80), line("web", "db", 80, 1), store=store)
    expected = flows.where(source_format="gke").edges()
    for file in store.files():
        file.unlink()
    for whole in (flows, flows.between(), flows.where()):
        pd.testing.assert_frame_equal(whole.edges(), expected)
    with pytest.raises(duckdb.Error):
        flows.where(destination_port=80).edges()


def test_networks_that_sources_name_are_listed(tmp_path: Path) -> None:
    """flow-rules N14."""
    addresses = [f"203.0.113.{n}" for n in range(3)]
    table = pd.DataFrame({"destination_address": [*addresses, *addresses, "198.51.100.1", "198.51.100.2", "10.9.9.9"]})
    table["destination_network_label"] = ["a provider"] * 5 + ["another", None, "world", "Internal Entities"]
    given = {"time_start": "2026-11-21T09:00:00Z", "source_address": "10.0.0.1", "network_transport": "tcp"}
    store = FlowStore(tmp_path / "store")
    import_table(store, table, TableMapping(constants={**given, "verdict": "allowed"}, source_is_client=True))
    flows = open_flows(store)
    expected = [(one, "a provider") for one in addresses] + [(addresses[2], "another")]
    assert list(flows.networks().itertuples(index=False, name=None)) == expected
    assert flows.where(destination_address=addresses[0]).networks()["network"].tolist() == ["a provider"]


def test_labels_of_pods_are_mappings(tmp_path: Path) -> None:
    table = pd.DataFrame({"source_k8s_pod_labels": ["app=web,tier=front", None], "source_port": [1, 2]})
    given = {"time_start": "2026-11-21T09:00:00Z", "destination_address": "10.0.0.2", "network_transport": "tcp"}
    store = FlowStore(tmp_path / "store")
    import_table(store, table, TableMapping(constants=given))
    found = open_flows(store).to_pandas().sort_values("source_port")
    assert found["source_k8s_pod_labels"].tolist() == [{"app": "web", "tier": "front"}, None]


def test_an_edge_knows_when_it_was_first_and_last_seen(load: Load) -> None:
    edges = load(line("web", "db", 80, 5), line("web", "db", 80, 2), line("web", "db", 80, 9)).edges()
    assert edges["first_seen"].astype("str").tolist() == ["2026-11-21 09:02:00+00:00"]
    assert edges["last_seen"].astype("str").tolist() == ["2026-11-21 09:09:00+00:00"]


def test_what_one_side_let_go_and_the_other_denied_is_denied(load: Load) -> None:
    """Allowed at egress is not yet allowed at ingress (flow-rules N8)."""
    (edge,) = (
        load(line("web", "db", 80, direction="egress"), line("web", "db", 80, disposition="deny")).edges().itertuples()
    )
    assert (edge.flows, edge.flows_denied, str(edge.verdicts)) == (1, 1, "('denied',)")


def test_both_reporters_of_a_connection_count_once(load: Load) -> None:
    """The client's side is counted, not the sum (flow-rules N7)."""
    (edge,) = load(line("web", "db", 80, direction="egress"), line("web", "db", 80)).edges().itertuples()
    assert (edge.flows, edge.flows_denied, str(edge.verdicts)) == (1, 0, "('allowed',)")


def test_flows_are_kept_by_column_values_and_conditions(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 443, 1), line("web", "db", 22, 2))
    assert len(flows.where(destination_port=80)) == 1
    assert len(flows.where(destination_port=[80, 443], network_transport="tcp")) == 2
    assert len(flows.where(lambda flow: flow.destination_port > 100)) == 1
    with pytest.raises(ValueError, match="there is no column 'src_port'; there are protocol, port, "):
        flows.where(src_port=80)


def test_questions_take_the_names_that_edges_show(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "8.8.8.8", 443, 1))
    assert len(flows.where(port=443)) == 1
    assert len(flows.where(protocol=["TCP", "UDP"], src_namespace="shop")) == 2
    assert len(flows.where(dst_namespace="")) == 1
    found = flows.timeline("1d", ["dst_namespace", "protocol", "port"])
    assert found.drop(columns="time").iloc[:, :4].to_numpy().tolist() == [["", "TCP", 443, 1], ["shop", "TCP", 80, 1]]


def test_numbers_may_be_text_and_identifiers_in_any_case(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 22, 1, disposition="deny"))
    assert len(flows.where(port="80")) == len(flows.where(port=["80", 81])) == 1
    assert len(flows.where(protocol="tcp")) == 2
    assert len(flows.where(verdict="Denied")) == 1
    assert len(flows.where(port=[])) == 0
    for value in ("http", True, "8 0"):
        with pytest.raises(ArgumentError, match=r"port=.* is not a number"):
            flows.where(port=value)
    with pytest.raises(ArgumentError, match="verdict='refused' is not known: write one of 'denied', "):
        flows.where(verdict="refused")


def test_flows_are_kept_by_time_the_end_not_included(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 80, 1), line("web", "db", 80, 2))
    assert len(flows.between("2026-11-21 09:01", "2026-11-21 09:02")) == 1
    assert len(flows.between("2026-11-21T10:01+01:00")) == 2
    assert len(flows.between(end="2026-11-21 09:00")) == 0


def test_denied_flows_alone(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 22, disposition="deny"))
    assert flows.denied().edges()["port"].tolist() == [22]


def test_a_timeline_counts_spans_of_time(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 80, 3), line("web", "db", 22, 12, disposition="deny"))
    found = flows.timeline("10min")
    assert [(str(row.time), row.verdict, row.flows) for row in found.itertuples()] == [
        ("2026-11-21 09:00:00+00:00", "allowed", 2),
        ("2026-11-21 09:00:00+00:00", "denied", 0),
        ("2026-11-21 09:10:00+00:00", "allowed", 0),
        ("2026-11-21 09:10:00+00:00", "denied", 1),
    ]
    with pytest.raises(ValueError, match="shorter than a second"):
        flows.timeline("1ms")


def test_a_timeline_has_the_spans_in_which_nothing_was_seen(load: Load) -> None:
    found = load(line("web", "db", 80), line("web", "db", 80, 1), line("web", "db", 80, 25)).timeline("10min")
    assert found["flows"].tolist() == [2, 0, 1]
    assert found["connections"].tolist()[1] == 0
    assert found["time"].diff().dropna().unique().tolist() == [pd.Timedelta("10min")]


def test_a_timeline_of_nothing_has_no_spans(load: Load) -> None:
    assert load(line("web", "db", 80)).where(port=1).timeline().empty


def test_a_timeline_that_is_too_long_says_what_to_ask_for(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 80, 10))
    monkeypatch.setattr("workbench.flows.spans.MOST_SPANS", 11)
    assert len(flows.timeline("1min")) == 11
    with pytest.raises(ArgumentError, match=r"601 spans of time .* ask for longer spans"):
        flows.timeline("1s")


def test_flows_say_how_many_they_are_of_which_time_and_source(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 22, 12, disposition="deny"))
    assert repr(flows) == "LoadedFlows(2 rows, 2026-11-21 09:00 to 2026-11-21 09:12 UTC, from gke, 0 problems)"
    assert repr(flows.denied()).startswith("Flows(1 row, 2026-11-21 09:12 ")
    assert repr(flows.where(port=1)) == "Flows(0 rows)"
    texts = html_texts(flows._repr_html_())
    assert {"LoadedFlows", "2 rows", "0 problems", "source_format", "denied"} <= set(texts)
    assert isinstance(flows, LoadedFlows)
    assert flows.problems.empty


def test_what_a_summary_returns_is_the_askers_own(load: Load) -> None:
    flows = load(line("web", "db", 80))
    found = flows.summary()
    found["flows"] = 7
    assert flows.summary()["flows"].tolist() == [1]


def test_period_is_from_the_first_flow_to_the_last_one_whose_time_is_known(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 22, 12))
    first, last = flows.period
    assert [f"{moment:%H:%M %Z}" for moment in (first, last) if moment] == ["09:00 UTC", "09:12 UTC"]
    assert flows.where(port=1).period == (None, None)


def test_new_edges_are_those_that_nobody_knew(load: Load) -> None:
    known = load(line("web", "db", 80), line("web", "db", 443)).edges()
    flows = load(line("web", "db", 80, 7), line("web", "db", 22, 7))
    assert flows.new_edges(known)["port"].tolist() == [22]
    assert flows.new_edges(known.iloc[:0])["port"].tolist() == [22, 80]


def test_what_is_known_may_come_from_a_csv_file(load: Load, tmp_path: Path) -> None:
    """There, empty text is read as missing."""
    load(line("web", "db", 80)).edges().to_csv(tmp_path / "known.csv")
    known = pd.read_csv(tmp_path / "known.csv")
    assert known["cluster"].isna().all()
    assert load(line("web", "db", 80, 7), line("web", "db", 22, 7)).new_edges(known)["port"].tolist() == [22]


def test_rows_leave_with_the_dtypes_of_the_schema(load: Load) -> None:
    frame = load(line("web", "db", 80, 1), line("web", "db", 80)).to_pandas()
    assert list(frame) == [column.name for column in COLUMNS]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == PANDAS_DTYPES
    assert frame["time_start"].is_monotonic_increasing
    assert len(load(line("web", "db", 80, 1), line("web", "db", 80)).to_pandas(limit=1)) == 1


def test_connections_are_rows_with_all_rules_applied(load: Load) -> None:
    found = load(line("web", "db", 80, direction="egress"), line("web", "db", 80, disposition="deny")).connections()
    assert found[["verdict", "reporter"]].to_numpy().tolist() == [["denied", "both"]]


def test_a_graph_has_an_edge_for_each_port(load: Load) -> None:
    graph = load(line("web", "db", 80), line("web", "db", 443), line("8.8.8.8", "web", 80)).to_networkx()
    assert sorted(graph.nodes) == ["8.8.8.8", "shop/db[Pod]", "shop/web[Pod]"]
    assert graph.nodes["8.8.8.8"]["kind"] == "External"
    assert sorted(edge["port"] for edge in graph["shop/web[Pod]"]["shop/db[Pod]"].values()) == [80, 443]


def test_questions_of_ones_own_are_expressions(load: Load) -> None:
    flows = load(line("web", "db", 80), line("web", "db", 443))
    assert flows.execute(flows.table.destination_port.max()) == 443


def test_a_memory_limit_holds_for_the_import_and_for_questions(load: Load, tmp_path: Path) -> None:
    """What is larger goes to the disk; a limit that is too small for that is an error of the engine."""
    lines = [line("web", "db", port) for port in range(3000)]
    assert len(load(*lines, memory_limit="200MB").edges()) == 3000
    with pytest.raises(duckdb.OutOfMemoryException):
        load(*lines, memory_limit="1MB", store=tmp_path / "other")


def test_a_summary_counts_by_format_and_verdict(load: Load) -> None:
    (row,) = load(line("web", "db", 80), line("web", "db", 80, 4)).summary().itertuples()
    assert (row.source_format, row.verdict, row.flows, row.unknown_orientation) == ("gke", "allowed", 2, 0)
    assert isinstance(row.last_seen, pd.Timestamp)


def test_edges_are_kept_by_their_ends(load: Load) -> None:
    flows = load(line("web", "db", 80), line("8.8.8.8", "web", 443))
    assert flows.edges(dst="db")["port"].tolist() == [80]
    assert flows.edges(src="8.8.0.0/16")["port"].tolist() == flows.edges(external=True)["port"].tolist() == [443]
    assert flows.edges(in_namespace="shop", src="nobody").empty


def test_an_edge_was_first_seen_when_it_was_whatever_time_is_asked_about(load: Load) -> None:
    flows = load(line("web", "db", 80, 5), line("web", "db", 80, 9), line("web", "db", 22, 9))
    late = flows.between("2026-11-21 09:08").edges()
    assert late["first_seen"].dt.minute.tolist() == [9, 5]
    assert late["flows"].tolist() == [1, 1]
    assert late["last_seen"].dt.minute.tolist() == [9, 9]
    assert flows.edges(new_since="2026-11-21 09:08")["port"].tolist() == [22]
    assert flows.between("2026-11-21 09:08").edges(new_since="2026-11-21 09:06")["port"].tolist() == [22]
    assert flows.edges(new_since="2026-11-21 09:05")["port"].tolist() == [22, 80]


def test_times_may_be_said_and_their_ends_must_be_in_order(load: Load) -> None:
    flows = load(line("web", "db", 80, 5), line("web", "db", 22, 50))

    def noon() -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert len(flows.between("yesterday 09:30", "today", now=noon)) == 1
    assert flows.edges(new_since="yesterday 09:30", now=noon)["port"].tolist() == [22]
    with pytest.raises(ValueError, match=r"the start \(2026-11-22 00:00:00\) is not before the end \(2026-11-21 "):
        flows.between("today", "yesterday", now=noon)
    with pytest.raises(ValueError, match="is not before the end"):
        flows.between("today", "today", now=noon)


def test_threads_may_ask_the_same_flows(load: Load) -> None:
    flows = load(*(line("web", "db", port, port % 50) for port in range(1, 60)))
    questions: list[Callable[[Flows], object]] = [
        lambda found: len(found.edges()),
        len,
        lambda found: len(found.to_pandas()),
        lambda found: len(found.timeline("1m")),
        lambda found: len(found.connections()),
    ]
    expected = [question(flows) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            asked = [pool.submit(question, flows.where(network_transport="tcp")) for question in questions * 2]
            assert [one.result() for one in asked] == expected * 2
