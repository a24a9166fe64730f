"""One connection that is reported from both ends is one row (flow-rules N7, N8)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.rows import Row, after, applied, back, destination, lean_of, shown, source, table_of
from workbench.flows.rules.reporters import merge_reporters

ENDS = {
    **source(namespace="shop", owner_kind="Deployment", owner="web", kind="workload"),
    **destination(namespace="shop", owner_kind="StatefulSet", owner="db", kind="workload", port=5432),
}
AT_SOURCE = {**ENDS, "reporter": "source", "network_io_direction": "egress", "bytes": 10, "connections": 2}
AT_DESTINATION = {**ENDS, "reporter": "destination", "network_io_direction": "ingress", "bytes": 9, "connections": 2}


def policy(name: str) -> Row:
    return {"kind": "NetworkPolicy", "namespace": "shop", "name": name, "rule": None, "action": None, "direction": None}


def only(*rows: Row) -> Row:
    (row,) = back(applied(merge_reporters, table_of(*rows)))
    return row


def test_reports_of_both_ends_are_one_row_with_the_counters_of_the_source() -> None:
    row = only(AT_SOURCE, AT_DESTINATION)
    assert (row["reporter"], row["network_io_direction"]) == ("both", "unknown")
    assert (row["bytes"], row["connections"]) == (10, 2)


def test_what_the_source_did_not_count_is_taken_from_the_destination() -> None:
    row = only({**AT_SOURCE, "bytes": None, "connections": 0}, {**AT_DESTINATION, "reply_bytes": 5})
    assert (row["bytes"], row["connections"], row["reply_bytes"]) == (9, 2, 5)


def test_reports_of_one_end_are_summed() -> None:
    row = only(AT_SOURCE, {**AT_SOURCE, "bytes": 5, "time_start": after(9)})
    assert (row["bytes"], row["connections"], row["reporter"]) == (15, 4, "source")
    assert row["network_io_direction"] == "egress"


def test_a_node_between_and_a_second_source_of_flows_add_nothing() -> None:
    row = only(AT_SOURCE, {**AT_SOURCE, "reporter": "forwarder"}, {**AT_SOURCE, "source_format": "netobserv"})
    assert (row["bytes"], row["reporter"]) == (10, "source")


def test_the_verdict_is_the_worst_with_its_reason() -> None:
    denied = {**AT_DESTINATION, "verdict": "denied", "verdict_reason": "POLICY_DENIED"}
    row = only({**AT_SOURCE, "verdict_reason": "fine"}, denied)
    assert (row["verdict"], row["verdict_reason"]) == ("denied", "POLICY_DENIED")
    row = only({**AT_SOURCE, "verdict": "would_deny"}, {**AT_DESTINATION, "verdict": "dropped"})
    assert (row["verdict"], row["verdict_reason"]) == ("would_deny", None)


def test_policies_and_names_are_united_and_times_span_all() -> None:
    row = only(
        {**AT_SOURCE, "policies": [policy("a"), policy("b")], "destination_domain": ["db.shop"], "time_end": after(3)},
        {**AT_DESTINATION, "policies": [policy("b"), policy("c")], "time_start": after(-3), "marks": ["probe"]},
    )
    assert [one["name"] for one in row["policies"]] == ["a", "b", "c"]
    assert (row["destination_domain"], row["marks"]) == (["db.shop"], ["probe"])
    assert (row["time_start"], row["time_end"]) == (after(-3), after(3))


def test_the_surest_orientation_stays() -> None:
    row = only({**AT_SOURCE, "orientation": "port", "confidence": 0.7}, {**AT_DESTINATION, "orientation": "syn"})
    assert row["orientation"] == "syn"


def test_only_a_row_that_stands_alone_keeps_its_line() -> None:
    assert only({**AT_SOURCE, "source_line": 7})["source_line"] == 7
    assert only({**AT_SOURCE, "source_line": 7}, AT_DESTINATION)["source_line"] is None


def test_other_ends_ports_and_clusters_are_other_connections() -> None:
    others: list[Row] = [{"destination_port": 80}, {"cluster": "east"}, {"destination_k8s_owner_name": "x"}]
    outside = {"destination_kind": "external", "destination_k8s_owner_name": None, "destination_address": None}
    others += [{**outside, "destination_network_label": label} for label in ("pub", "pvt")]
    assert len(back(applied(merge_reporters, table_of(AT_SOURCE, *({**AT_DESTINATION, **one} for one in others))))) == 6


def test_further_columns_keep_rows_apart() -> None:
    rows = table_of(AT_SOURCE, AT_DESTINATION, {**AT_SOURCE, "time_start": after(3600)})
    assert len(back(merge_reporters(rows, by=("time_start",)))) == 2


_ROW = st.builds(
    lambda port, reporter, direction, verdict, count: {
        **ENDS,
        "destination_port": port,
        "reporter": reporter,
        "network_io_direction": direction,
        "verdict": verdict,
        "bytes": count,
    },
    st.sampled_from((None, 80)),
    st.sampled_from(("source", "destination", "both", "forwarder", "unknown")),
    st.sampled_from(("ingress", "egress", "unknown")),
    st.sampled_from(("allowed", "denied", "observed", "unknown")),
    st.none() | st.integers(0, 9),
)


@given(rows=st.lists(_ROW, min_size=2, max_size=20))
@settings(max_examples=5, deadline=None)
def test_merging_twice_is_as_once_and_order_does_not_matter(rows: list[Row]) -> None:
    once = applied(merge_reporters, lean_of(*rows))
    assert shown(once, *once.columns) == shown(applied(merge_reporters, once), *once.columns)
    assert shown(once, *once.columns) == shown(applied(merge_reporters, lean_of(*rows[::-1])), *once.columns)
