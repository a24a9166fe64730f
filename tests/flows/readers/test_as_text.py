"""Collectors make texts of numbers and of true and false: the same rows are read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from workbench.flows import FORMATS
from workbench.flows.importing.detection import detect_format
from workbench.flows.importing.observations import observation_batches
from workbench.flows.log import ImportLog
from workbench.flows.readers import FlowFormat
from workbench.flows.records import Record, Recording, records_of

FILES = (
    "calico-flows.log",
    "whisker.json",
    "gke-policy-action.log",
    "netobserv.jsonl",
    "trace-tcp.jsonl",
    "trace-dns.jsonl",
    "rhacs-network-graph.json",
    "kiali-graph.json",
)
SAMPLED = 40


def as_text(value: Any) -> Any:  # noqa: ANN401  (JSON)
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def rows(values: Iterable[Any], found: FlowFormat) -> list[dict[str, Any]]:
    log = ImportLog("flows", found.name)
    records = [Record(value, 1) for value in values]
    batches = list(observation_batches(records, found, log, lambda _: None))
    assert list(log.problems) == []
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize("name", FILES)
def test_what_became_text_is_read_the_same(project: Path, name: str) -> None:
    path = project / "data" / "samples" / "flows" / name
    found = detect_format(Recording(name, path))
    values = [record.value for record in records_of(path, found.records, ImportLog(name))][:SAMPLED]
    expected = rows(values, found)
    assert expected
    assert rows(map(as_text, values), found) == expected


def test_every_format_of_json_is_among_them(project: Path) -> None:
    read = {detect_format(Recording(name, project / "data" / "samples" / "flows" / name)).name for name in FILES}
    formats = map(FORMATS.named, FORMATS.names())
    kinds = ("json-lines", "json-document")
    of_json = {found.name for found in formats if found.records in kinds and found.reads_record}
    assert of_json == read, "each needs a recording in data/samples/flows that is named in FILES"
