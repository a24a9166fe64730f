"""Small texts, imported into a store of their own, and the rows that came of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from workbench.flows import FlowStore, Imported
from workbench.flows.importing.batches import import_file
from workbench.flows.rules.names import ANSWER_SCHEMA

__all__ = ["Observed", "json_lines", "observed", "rows_in"]


class Observed(NamedTuple):
    """What became of a text: its rows without what is missing, its DNS answers, and the import."""

    rows: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    imported: Imported

    @property
    def row(self) -> dict[str, Any]:
        """The only row."""
        (row,) = self.rows
        return row

    @property
    def skipped(self) -> dict[str, int]:
        return dict(self.imported.batch.skipped)

    @property
    def messages(self) -> list[str]:
        return [problem.message for problem in self.imported.problems]

    def column(self, *names: str) -> list[tuple[Any, ...]]:
        """Return some columns, in the order of the lines."""
        return [tuple(row.get(name) for name in names) for row in self.rows]


def json_lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def observed(folder: Path, text: str | bytes, format_name: str | None = None) -> Observed:
    """Import a text; its format is found by what it holds, unless it is named."""
    path = folder / "flows.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    store = FlowStore(folder / "store")
    imported = import_file(store, path, format_name)
    answers = store.answers_of(imported.batch)
    told = pq.read_table(answers, columns=ANSWER_SCHEMA.names).to_pylist() if imported.batch.answers else []
    rows = rows_in(store)
    return Observed(sorted(rows, key=lambda row: (row["source_line"], row["row_id"])), told, imported)


def rows_in(store: FlowStore, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Return the rows of a store, without what is missing."""
    rows = (row for file in store.files() for row in pq.read_table(file, columns=names).to_pylist())
    return [{name: value for name, value in row.items() if value is not None} for row in rows]
