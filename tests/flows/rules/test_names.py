"""The names by which clients knew what they called (flow-rules N13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.flows.rows import START, Row, arrow_of, destination, source
from workbench.flows.engine import connected
from workbench.flows.importing.recording import places_table
from workbench.flows.rules.names import ANSWER_SCHEMA, AnswerWriter, DnsAnswer, spelled, with_names, without_expansions

ENGINE = connected()
WEB = source(address="10.1.0.5", namespace="shop", pod="web-1", kind="pod")


def flow(**columns: Any) -> Row:  # noqa: ANN401  (columns of any type)
    return {**WEB, **destination(address="1.1.1.1", port=443, kind="external"), **columns}


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def answer(name: str = "one.example", after: int = -1, lifetime: int = 0, **columns: Any) -> Row:  # noqa: ANN401
    """Return an answer to the address of the only client, so many seconds after the flow."""
    told = {"client_address": "10.1.0.5", "name": name, "address": "1.1.1.1", "time": at(after)}
    return told | {"expires": at(after + lifetime), **columns}


def tables(flows: Iterable[Row], answers: Iterable[Row]) -> tuple[ibis.Table, ibis.Table, ibis.Table]:
    """Return rows, what their edges are (each row is one of its own), and answers."""
    found = arrow_of(*flows)
    for name in ("row_id", "edge_id"):
        found = found.append_column(name, pa.array(range(found.num_rows), pa.int64()))
    rows = ibis.memtable(found)
    return rows, rows, ibis.memtable(pa.Table.from_pylist(list(answers), schema=ANSWER_SCHEMA))


def named_ends(flows: Iterable[Row], *answers: Row) -> list[tuple[list[str] | None, list[str] | None]]:
    """Return the names of source and destination of each flow."""
    found = ENGINE.to_pyarrow(with_names(*tables(flows, answers)).order_by("row_id")).to_pylist()
    return [(row["source_domain"], row["destination_domain"]) for row in found]


def named(row: Row, *answers: Row) -> list[str]:
    ((source_names, names),) = named_ends([row], *answers)
    assert source_names is None
    return names or []


def test_a_name_whose_answer_held_the_address_is_kept() -> None:
    assert named(flow(), answer()) == ["one.example"]


def test_several_names_are_kept_sorted_and_each_once() -> None:
    assert named(flow(), answer("b.example"), answer("a.example"), answer("b.example", after=-5)) == [
        "a.example",
        "b.example",
    ]


@pytest.mark.parametrize("told", [{"address": "8.8.8.8"}, {"client_address": "10.1.0.9"}, {"client_address": None}])
def test_answers_on_another_address_or_to_another_client_do_not_count(told: Row) -> None:
    assert named(flow(), answer() | told) == []


TOLD_TO_POD: Row = {"client_k8s_namespace_name": "shop", "client_k8s_pod_name": "web-1"}


def test_a_client_is_known_by_its_pod_as_well() -> None:
    told = answer(client_address=None, **TOLD_TO_POD)
    assert named(flow(source_address=None), told) == ["one.example"]
    assert named(flow(source_k8s_namespace_name="other"), told) == []


def test_an_address_that_was_another_pods_a_moment_ago_is_another_client() -> None:
    assert named(flow(source_k8s_pod_name="web-2"), answer(**TOLD_TO_POD)) == []
    assert named(flow(source_k8s_pod_name=None), answer(**TOLD_TO_POD)) == ["one.example"]


@pytest.mark.parametrize("of, told, counts", [("east", "west", False), ("east", "east", True), (None, "east", True)])
def test_the_same_pod_of_another_cluster_is_another_client(of: str | None, told: str, *, counts: bool) -> None:
    found = named(flow(cluster=of), answer(cluster=told, **TOLD_TO_POD))
    assert found == (["one.example"] if counts else [])


@pytest.mark.parametrize(
    "after, lifetime, counts",
    [(1, 0, False), (0, 0, True), (-60, 0, True), (-61, 0, False), (-360, 300, True), (-361, 300, False)],
)
def test_an_answer_counts_from_when_it_is_told_to_a_minute_after_its_lifetime(
    after: int, lifetime: int, *, counts: bool
) -> None:
    assert named(flow(), answer(after=after, lifetime=lifetime)) == (["one.example"] if counts else [])


def test_a_later_answer_does_not_shorten_the_life_of_an_earlier_one() -> None:
    assert named(flow(), answer(after=-300, lifetime=600), answer(after=-200)) == ["one.example"]


def test_each_of_many_flows_has_the_names_that_held_then() -> None:
    flows = [flow(time_start=at(seconds)) for seconds in (0, 100, 200)]
    told = (answer(after=-1), answer("two.example", after=150), answer(after=199))
    assert [names for _, names in named_ends(flows, *told)] == [
        ["one.example"],
        None,
        ["one.example", "two.example"],
    ]


def test_an_answer_within_the_span_that_a_row_sums_up_counts() -> None:
    assert named(flow(time_end=at(15)), answer(after=10)) == ["one.example"]


def test_of_a_row_without_a_time_nobody_knows_which_answers_were_before() -> None:
    assert named(flow(time_start=None), answer()) == []


def test_where_nobody_knows_who_the_client_is_both_ends_may_have_called() -> None:
    turned = {**source(address="1.1.1.1", port=443), **destination(address="10.1.0.5", port=40000)}
    assert named_ends([{**turned, "orientation": "unknown"}, turned], answer()) == [
        (["one.example"], None),
        (None, None),
    ]


def test_names_fill_only_rows_that_have_none_and_every_row_stays() -> None:
    flows = [flow(), flow(destination_domain=["own.example"]), flow(destination_address="8.8.8.8")]
    assert [names for _, names in named_ends(flows, answer())] == [["one.example"], ["own.example"], None]


seconds = st.integers(-200, 200)
calls = st.builds(
    lambda begin, lasts, port: flow(time_start=at(begin), time_end=at(begin + lasts), destination_port=port),
    seconds,
    st.integers(0, 100),
    st.sampled_from([80, 443]),
)
answers_to_it = st.builds(answer, st.sampled_from(["a.example", "b.example"]), seconds, st.integers(0, 100))


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(calls, min_size=1, max_size=6), st.lists(answers_to_it, max_size=6))
def test_names_are_those_that_comparing_each_flow_with_each_answer_gives(flows: list[Row], told: list[Row]) -> None:
    expected = [
        sorted(
            {
                one["name"]
                for one in told
                if one["time"] <= row["time_end"] and row["time_start"] <= one["expires"] + timedelta(seconds=60)
            }
        )
        for row in flows
    ]
    assert [names or [] for _, names in named_ends(flows, *told)] == expected


@pytest.mark.parametrize(
    "kind, counts", [("external", False), ("unknown", False), ("pod", True), ("service", True), ("workload", True)]
)
def test_names_of_the_cluster_count_for_what_is_in_it(kind: str, *, counts: bool) -> None:
    """The domains that a client searches make such names of any other."""
    name = "api.shop.svc.cluster.local"
    rows = ibis.memtable(arrow_of(flow(destination_kind=kind, destination_domain=[name, "one.example"])))
    (found,) = ENGINE.to_pyarrow(without_expansions(rows)).to_pylist()
    assert found["destination_domain"] == ([name] if counts else []) + ["one.example"]


def test_without_any_other_name_there_is_none() -> None:
    rows = ibis.memtable(arrow_of(flow(destination_domain=["cluster.local"]), flow()))
    assert ENGINE.to_pyarrow(without_expansions(rows))["destination_domain"].to_pylist() == [None, None]


def test_answers_are_spelled_in_the_usual_way_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    told = [
        DnsAnswer(1, "WWW.One.Example.", "::ffff:1.1.1.1", "::ffff:10.1.0.5"),
        DnsAnswer(2, ".", "1.1.1.1", "10.1.0.5"),
        DnsAnswer(3, "two.example", "alias.example", "10.1.0.5"),
        DnsAnswer(4, "three.example", "2001:DB8:0::1", None, "shop", "web-1", lifetime=2),
    ]
    with AnswerWriter(tmp_path / "answers.parquet") as writer:
        for one in told:
            writer.add(one, "flows.jsonl")
    places = places_table({text for one in told for text in (one.address, one.client_address) if text})
    answers = spelled(ENGINE.read_parquet(tmp_path / "answers.parquet"), ibis.memtable(places))
    found = ENGINE.to_pyarrow(answers.order_by("time")).to_pylist()
    assert [_shown(one) for one in found] == [
        ("www.one.example", "1.1.1.1", "10.1.0.5", 0),
        ("three.example", "2001:db8::1", None, 2),
    ]


def _shown(row: Mapping[str, Any]) -> tuple[object, ...]:
    return row["name"], row["address"], row["client_address"], (row["expires"] - row["time"]).total_seconds()
