"""The names by which clients knew what they called (flows.md C-N13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa
import pytest

from workbench.flows.engine import connected
from workbench.flows.names import ANSWER_SCHEMA, known_names, names_of

NOON = 1_763_726_400_000_000
SECOND = 1_000_000
FLOW_SCHEMA = pa.schema(
    [
        ("row_id", pa.int64()),
        ("source_address", pa.string()),
        ("source_k8s_namespace_name", pa.string()),
        ("source_k8s_pod_name", pa.string()),
        ("destination_address", pa.string()),
        ("destination_kind", pa.string()),
        ("destination_domain", pa.list_(pa.string())),
        ("time_start", pa.timestamp("us")),
        ("time_end", pa.timestamp("us")),
    ]
)
WEB = {"source_address": "10.1.0.5", "source_k8s_namespace_name": "shop", "source_k8s_pod_name": "web-1"}


def flow(**columns: Any) -> dict[str, Any]:  # noqa: ANN401  (columns of any type)
    return {
        "row_id": 1,
        **WEB,
        "destination_address": "1.1.1.1",
        "destination_kind": "external",
        "time_start": NOON,
        **columns,
    }


def answer(name: str = "one.example", after: int = -1, lifetime: int = 0, **columns: Any) -> dict[str, Any]:  # noqa: ANN401
    time = NOON + after * SECOND
    told = {"client_address": "10.1.0.5", "name": name, "address": "1.1.1.1", "time": time}
    return told | {"expires": time + lifetime * SECOND, **columns}


def tables(flows: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]]) -> tuple[ibis.Table, ibis.Table]:
    return (
        ibis.memtable(pa.Table.from_pylist(list(flows), schema=FLOW_SCHEMA)),
        ibis.memtable(pa.Table.from_pylist(list(answers), schema=ANSWER_SCHEMA)),
    )


def named(flows: dict[str, Any], *answers: dict[str, Any]) -> list[str]:
    """Return the names of the only flow."""
    found = connected().to_pyarrow(names_of(*tables([flows], answers))).to_pylist()
    return [name for row in found for name in row["destination_domain"]]


def test_a_name_whose_answer_held_the_address_is_kept() -> None:
    assert named(flow(), answer()) == ["one.example"]


def test_several_names_are_kept_sorted_and_each_once() -> None:
    assert named(flow(), answer("b.example"), answer("a.example"), answer("b.example", after=-5)) == [
        "a.example",
        "b.example",
    ]


@pytest.mark.parametrize("told", [{"address": "8.8.8.8"}, {"client_address": "10.1.0.9"}, {"client_address": None}])
def test_answers_on_another_address_or_to_another_client_do_not_count(told: dict[str, Any]) -> None:
    assert named(flow(), answer() | told) == []


def test_a_client_is_known_by_its_pod_as_well() -> None:
    told = answer() | {"client_address": None, "client_k8s_namespace_name": "shop", "client_k8s_pod_name": "web-1"}
    assert named(flow(source_address=None), told) == ["one.example"]
    assert named(flow(source_k8s_namespace_name="other"), told) == []


@pytest.mark.parametrize(
    "after, lifetime, counts",
    [(1, 0, False), (0, 0, True), (-60, 0, True), (-61, 0, False), (-360, 300, True), (-361, 300, False)],
)
def test_an_answer_counts_from_when_it_is_told_to_a_minute_after_its_lifetime(
    after: int, lifetime: int, *, counts: bool
) -> None:
    assert named(flow(), answer(after=after, lifetime=lifetime)) == (["one.example"] if counts else [])


def test_an_answer_within_the_span_that_a_row_sums_up_counts() -> None:
    assert named(flow(time_end=NOON + 15 * SECOND), answer(after=10)) == ["one.example"]


@pytest.mark.parametrize("kind, counts", [("external", False), ("unknown", False), ("pod", True), ("service", True)])
def test_names_of_the_cluster_count_for_what_is_in_it(kind: str, *, counts: bool) -> None:
    name = "api.shop.svc.cluster.local"
    assert named(flow(destination_kind=kind), answer(name)) == ([name] if counts else [])


def test_names_fill_only_rows_that_have_none_and_every_row_stays() -> None:
    flows = [flow(), flow(row_id=2, destination_domain=["own.example"]), flow(row_id=3, destination_address="8.8.8.8")]
    found = connected().to_pyarrow(known_names(*tables(flows, [answer()]))).sort_by("row_id").to_pylist()
    assert [row["destination_domain"] for row in found] == [["one.example"], ["own.example"], None]
    assert list(found[0]) == FLOW_SCHEMA.names
