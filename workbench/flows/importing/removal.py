"""How the rows of one file are taken out of the files that it was imported into together with others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.flows.aggregate import edge_totals
from workbench.flows.duckdb_sql import literal_path, written
from workbench.flows.engine import connected
from workbench.flows.parts import ANSWERS, ROWS, TOTALS

if TYPE_CHECKING:
    from workbench.flows.store import Batch, FlowStore

__all__ = ["without_file"]


def without_file(store: FlowStore, batch: Batch, folder: Path) -> dict[str, Path]:
    """Return files without the rows and DNS answers of a batch, by what they are; within ``store.writing`` only.

    Rows that a file shared with this one were kept once, and go with it.
    """
    backend = connected(folder=folder, store=store.folder)
    made = {kind: folder / f"{kind}.parquet" for kind in batch.part.files}
    try:
        for kind, path in ((ROWS, store.file_of(batch)), (ANSWERS, store.answers_of(batch))):
            if kind not in made:
                continue
            held = backend.read_parquet(literal_path(path), table_name=f"all_{kind}")
            kept = backend.create_view(f"kept_{kind}", held.filter(held.source_file != batch.file))
            written(backend, kept, made[kind])
            if kind == ROWS:
                written(backend, backend.create_view("kept_totals", edge_totals(kept)), made[TOTALS])
    finally:
        backend.disconnect()
    return made
