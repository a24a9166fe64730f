"""Answers count with their requests (flow-rules N3)."""

from __future__ import annotations

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.rows import Row, after, applied, back, destination, lean_of, shown, source, table_of
from workbench.flows.rules.replies import fold_replies

ENDS = {**source(address="10.0.0.1", port=40000), **destination(address="10.0.0.2", port=80)}
REQUEST = {**ENDS, "connections": 1, "packets": 2, "bytes": 100, "reporter": "source"}
REPLY = {**ENDS, "connections": 0, "reply_packets": 3, "reply_bytes": 900, "reporter": "source"}

COUNTED = ("connections", "packets", "bytes", "reply_packets", "reply_bytes")


def test_replies_are_counted_with_the_request_that_they_answer() -> None:
    later = {**REPLY, "time_start": after(5), "time_end": after(7), "reply_bytes": 50, "reply_packets": None}
    (row,) = back(applied(fold_replies, table_of(REQUEST, REPLY, later)))
    assert [row[name] for name in COUNTED] == [1, 2, 100, 3, 950]
    assert row["time_end"] == after(7)


def test_a_reply_without_a_request_stays() -> None:
    other = {**REPLY, "source_port": 40001}
    assert shown(applied(fold_replies, table_of(REQUEST, other)), *COUNTED) == [
        (0, None, None, 3, 900),
        (1, 2, 100, None, None),
    ]


def test_another_cluster_or_transport_is_another_connection() -> None:
    for change in ({"cluster": "east"}, {"network_transport": "udp"}):
        assert len(back(applied(fold_replies, table_of(REQUEST, {**REPLY, **change})))) == 2


def test_of_several_requests_the_first_that_got_through_is_answered() -> None:
    denied = {**REQUEST, "verdict": "denied", "time_start": after(-9), "bytes": 7}
    later = {**REQUEST, "time_start": after(9), "bytes": 8}
    found = shown(applied(fold_replies, table_of(denied, REQUEST, later, REPLY)), "bytes", "reply_bytes")
    assert found == [(100, 900), (7, None), (8, None)]


def test_a_reply_goes_to_the_request_of_its_own_reporter_if_there_is_one() -> None:
    seen_there = {**REQUEST, "reporter": "destination"}
    replies = (REPLY, {**REPLY, "reporter": "destination", "reply_bytes": 901}, {**REPLY, "reporter": "forwarder"})
    found = shown(applied(fold_replies, table_of(seen_there, *replies)), "reporter", "reply_bytes")
    assert found == [("destination", 2701)]
    both = shown(applied(fold_replies, table_of(REQUEST, seen_there, *replies[:2])), "reporter", "reply_bytes")
    assert both == [("destination", 901), ("source", 900)]


def test_a_reply_that_did_not_get_through_is_told_by_itself() -> None:
    assert len(back(applied(fold_replies, table_of(REQUEST, {**REPLY, "verdict": "dropped"})))) == 2


def test_rows_whose_ends_are_not_known_at_all_are_not_one_connection() -> None:
    nameless = dict.fromkeys(ENDS)
    assert len(back(applied(fold_replies, table_of({**REQUEST, **nameless}, {**REPLY, **nameless})))) == 2


_COUNT = st.none() | st.integers(0, 9)
_ROW = st.builds(
    lambda port, connections, sent, answered, verdict, reporter: {
        **ENDS,
        "source_port": port,
        "connections": connections,
        "bytes": sent,
        "reply_bytes": answered,
        "verdict": verdict,
        "reporter": reporter,
    },
    st.sampled_from((1, 2, None)),
    st.sampled_from((0, 0, 1, None)),
    _COUNT,
    _COUNT,
    st.sampled_from(("allowed", "denied", "observed")),
    st.sampled_from(("source", "destination")),
)


@given(rows=st.lists(_ROW, min_size=5, max_size=30))
@settings(max_examples=5, deadline=None)
def test_folding_loses_no_bytes_and_twice_is_as_once(rows: list[Row]) -> None:
    def total(table: ibis.Table) -> tuple[int, ...]:
        found = back(table)
        return tuple(sum(row.get(name) or 0 for row in found) for name in COUNTED)

    before = lean_of(*rows)
    once = applied(fold_replies, before)
    assert total(once) == total(before)
    names = [name for name in before.columns if name != "source_line"]
    assert shown(applied(fold_replies, once), *names) == shown(once, *names)
