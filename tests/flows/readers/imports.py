"""Import small files that a test writes, and show what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows import FORMATS, Batch, FlowStore
from workbench.flows.importing.batches import import_file
from workbench.flows.log import ImportLog
from workbench.flows.schema import OBSERVATION_SCHEMA
from workbench.ground import Problem

__all__ = ["Found", "edges_of", "import_lines", "import_path", "kept", "observed"]


class Found(NamedTuple):
    """What an import kept, in the order of the lines, and the problems it reported."""

    rows: list[dict[str, Any]]
    batch: Batch
    problems: tuple[Problem, ...]

    @property
    def row(self) -> dict[str, Any]:
        """The only row."""
        (row,) = self.rows
        return row


def import_lines(folder: Path, *lines: object, name: str = "flows.log", format_name: str | None = None) -> Found:
    """Import a file of these lines; what is no text is written as JSON."""
    path = folder / name
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return import_path(folder, path, format_name)


def import_path(folder: Path, path: Path, format_name: str | None = None) -> Found:
    """Import a file into a store of its own."""
    store = FlowStore(folder / f"store of {path.name}")
    imported = import_file(store, path, format_name)
    rows = pq.read_table(store.files()[0]).to_pylist() if imported.batch.rows else []
    return Found(sorted(rows, key=lambda row: row["source_line"]), imported.batch, imported.problems)


def observed(format_name: str, record: object, log: ImportLog | None = None) -> list[dict[str, Any]]:
    """Return what the reader of a format makes of one record, in the types of the schema."""
    reads = FORMATS.named(format_name).reads_record
    assert reads is not None
    rows = list(reads(record, log or ImportLog("flows.log", format_name)))
    observations: list[dict[str, Any]] = pa.RecordBatch.from_pylist(rows, OBSERVATION_SCHEMA).to_pylist()
    return observations


def kept(row: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """Return some columns of a row."""
    return tuple(row[name] for name in names)


def edges_of(rows: Iterable[Mapping[str, Any]]) -> set[tuple[str, str, str, int | None]]:
    """Return client, server, protocol and server port of what was not dropped (flow-formats 1)."""
    return {
        (_name(row, "source"), _name(row, "destination"), row["network_transport"], row["destination_port"])
        for row in rows
        if row["verdict"] not in {"denied", "dropped", "error"}
    }


def _name(row: Mapping[str, Any], end: str) -> str:
    if row[f"{end}_k8s_pod_name"]:
        return f"{row[f'{end}_k8s_namespace_name']}/{row[f'{end}_k8s_pod_name']}"
    named = row[f"{end}_network_label"] or row[f"{end}_k8s_owner_name"] or row[f"{end}_k8s_node_name"]
    return str(named or row[f"{end}_address"])
