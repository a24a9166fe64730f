"""Records become columns: what does not fit takes its own record with it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from workbench.flows.importing import observations
from workbench.flows.importing.observations import observation_batches
from workbench.flows.log import ImportLog
from workbench.flows.readers import FlowFormat
from workbench.flows.records import Record
from workbench.flows.schema import OBSERVATION_SCHEMA


def as_it_is(value: Any, _: ImportLog) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (what a test gives)
    yield value


PLAIN = FlowFormat("plain", "plain", "json-lines", detects=lambda _: True, reads_record=as_it_is)


def read(*values: dict[str, Any]) -> tuple[list[dict[str, Any]], ImportLog]:
    """Return the rows of these records without what is missing, and what was reported."""
    log = ImportLog("file", "plain")
    records = (Record(value, line) for line, value in enumerate(values, 1))
    batches = list(observation_batches(records, PLAIN, log, print))
    assert all(batch.schema == OBSERVATION_SCHEMA for batch in batches)
    rows = [row for batch in batches for row in batch.to_pylist()]
    origin = {"source_format", "source_file"}
    return [{key: value for key, value in row.items() if value is not None and key not in origin} for row in rows], log


def test_rows_may_have_different_columns() -> None:
    rows, _ = read({"source_port": 1}, {"cluster": "west"})
    assert rows == [{"source_port": 1, "source_line": 1}, {"cluster": "west", "source_line": 2}]


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"source_prot": 1}, "the reader of plain gave source_prot, which are not columns"),
        ({"source_port": 70_000}, "source_port cannot be 70000"),
        ({"source_k8s_pod_labels": 3}, "source_k8s_pod_labels cannot be 3"),
    ],
)
def test_a_row_that_does_not_fit_is_told_and_the_others_are_kept(wrong: dict[str, Any], said: str) -> None:
    rows, log = read({"source_port": 1}, wrong, {"source_port": 3})
    assert [row["source_line"] for row in rows] == [1, 3]
    assert [(problem.line, problem.message) for problem in log.problems] == [(2, said)]
    assert log.broken == 1


def test_labels_that_are_the_same_object_and_labels_that_are_equal_are_read_alike() -> None:
    labels = {"app": "web", "tier": "front"}
    rows, _ = read(*({"source_k8s_pod_labels": given} for given in (labels, None, dict(labels), labels, {"app": "db"})))
    pairs = [("app", "web"), ("tier", "front")]
    assert [row.get("source_k8s_pod_labels") for row in rows] == [pairs, None, pairs, pairs, [("app", "db")]]


def test_a_reader_may_give_its_own_line() -> None:
    assert read({"source_line": 7})[0] == [{"source_line": 7}]


def test_batches_are_joined_up_to_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations, "_HELD", 2)
    monkeypatch.setattr(observations, "ROWS", 4)
    records = (Record({"source_port": number}, number) for number in range(1, 12))
    batches = list(observation_batches(records, PLAIN, ImportLog("file"), print))
    assert [batch.num_rows for batch in batches] == [4, 4, 3]
    assert pa.Table.from_batches(batches)["source_line"].to_pylist() == list(range(1, 12))


@pytest.mark.parametrize("written", [-1, "-1", -1.0, "-", ""], ids=repr)
def test_a_counter_that_says_that_nothing_was_counted_is_missing(written: object) -> None:
    rows, log = read({"bytes": written, "connections": 1})
    assert (rows, log.broken) == ([{"connections": 1, "source_line": 1}], 0)


def test_no_other_number_below_zero_fits() -> None:
    rows, log = read({"bytes": -2}, {"source_port": -1})
    assert (rows, log.broken) == ([], 2)


def counted(value: Any, _: ImportLog) -> Iterator[dict[str, Any]]:  # noqa: ANN401  (what a test gives)
    yield {"connections": int(value.get("count", 1)), "cluster": value.get("where", {}).get("name")}


def test_a_null_in_the_way_of_a_reader_is_as_if_the_field_were_missing() -> None:
    log = ImportLog("file", "counted")
    found = FlowFormat("counted", "counted", "json-lines", detects=lambda _: True, reads_record=counted)
    values = ({"count": None}, {"where": None, "count": 2}, {"where": {"name": None}, "count": 3}, {"count": "many"})
    records = [Record(value, line) for line, value in enumerate(values, 1)]
    (batch,) = observation_batches(records, found, log, print)
    assert batch.column("connections").to_pylist() == [1, 2, 3]
    assert [problem.line for problem in log.problems] == [4]
