"""How rows are taken out of what was imported: those of one file among others, and those that are old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import ibis

from workbench.flows.aggregate import edge_totals
from workbench.flows.duckdb_sql import literal_path, written
from workbench.flows.engine import connected
from workbench.flows.importing.finishing import bounds_by_file, counted_by_file
from workbench.flows.parts import ANSWERS, ROWS, TOTALS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.store import Batch, FlowStore

__all__ = ["without_file", "without_older"]


def without_file(store: FlowStore, batch: Batch, folder: Path) -> dict[str, Path]:
    """Return files without the rows and DNS answers of a batch, by what they are; within ``store.writing`` only.

    Rows that a file shared with this one were kept once, and go with it.
    """
    backend = connected(folder=folder, store=store.folder)
    try:
        return _rewritten(backend, store, batch, folder, lambda held: held.source_file != batch.file)
    finally:
        backend.disconnect()


def without_older(
    store: FlowStore, batches: Sequence[Batch], moment: datetime, folder: Path
) -> tuple[dict[str, Path], list[Batch]] | None:
    """Return files without what is older than a moment, and batches that say what is left; in ``store.writing`` only.

    Flows are as old as their beginning. DNS answers are as old as the end of their lifetime: until then they name what
    flows go to.

    Parameters
    ----------
    store : FlowStore
    batches : sequence of Batch
        All of one part.
    moment : datetime
        In UTC, without a zone.
    folder : Path
        Gets the files.

    Returns
    -------
    files : dict of str to Path
    batches : list of Batch
        None in place of both where nothing began before.
    """
    backend = connected(folder=folder, store=store.folder)
    kinds = {kind: place(batches[0]) for kind, place in _places(store) if kind in batches[0].part.files}
    try:
        limit = ibis.literal(moment)
        if not any(_has_older(backend, path, limit) for path in kinds.values()):
            return None
        made = _rewritten(
            backend, store, batches[0], folder, lambda held: _time(held).isnull() | (_time(held) >= limit)
        )
        left = {kind: _left(backend, made[kind], _COUNTED[kind]) for kind in kinds}
    finally:
        backend.disconnect()
    nothing = {"rows": 0, "first": None, "last": None}
    kept = []
    for batch in batches:
        found = left.get(ROWS, {}).get(batch.file, nothing)
        first, last = (moment.isoformat() if moment else "" for moment in (found["first"], found["last"]))
        answers = left.get(ANSWERS, {}).get(batch.file, nothing)["rows"]
        kept.append(replace(batch, rows=found["rows"], first=first, last=last, answers=answers))
    return made, kept


def _places(store: FlowStore) -> tuple[tuple[str, Callable[[Batch], Path]], ...]:
    return (ROWS, store.file_of), (ANSWERS, store.answers_of)


def _rewritten(
    backend: Backend, store: FlowStore, batch: Batch, folder: Path, kept: Callable[[ir.Table], ir.BooleanValue]
) -> dict[str, Path]:
    """Return the files of a part, by what they are, with what is to be kept of it."""
    made = {kind: folder / f"{batch.part.id}.{kind}.parquet" for kind in batch.part.files}
    for kind, place in _places(store):
        if kind not in made:
            continue
        held = backend.read_parquet(literal_path(place(batch)), table_name=f"all_{kind}")
        rows = backend.create_view(f"kept_{kind}", held.filter(kept(held)))
        written(backend, rows, made[kind])
        if kind == ROWS:
            written(backend, backend.create_view("kept_totals", edge_totals(rows)), made[TOTALS])
    return made


def _time(held: ir.Table) -> ir.TimestampValue:
    """Return how old a flow or a DNS answer is; missing where it does not say."""
    if "expires" in held.columns:
        return ibis.coalesce(held.expires, held.time)
    return cast("ir.TimestampValue", held.time_start)


def _has_older(backend: Backend, path: Path, limit: ir.TimestampScalar) -> bool:
    held = backend.read_parquet(literal_path(path))
    return bool(backend.to_pyarrow((_time(held) < limit).any()).as_py())


def _left(backend: Backend, path: Path, counted: Callable[[ir.Table], ir.Table]) -> dict[str, dict[str, Any]]:
    """Return what a file has of each recording."""
    found = backend.to_pyarrow(counted(backend.read_parquet(literal_path(path))))
    return {row["source_file"]: row for row in found.to_pylist()}


_COUNTED: Final = {ROWS: bounds_by_file, ANSWERS: counted_by_file}
