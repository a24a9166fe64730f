"""The rows of flows as they are stored, some at a time: handed out as a file, or to be recorded anew."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.engine import streamed
from workbench.flows.schema import COLUMNS, HINTS, OBSERVATION_SCHEMA, REPEATS, FlowColumn

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

__all__ = ["AT_ONCE", "STORED", "stored_batches", "with_hints", "write_batches", "write_rows"]

AT_ONCE: Final = 50_000
"""So many rows are in memory at once."""
STORED: Final = pa.schema([pa.field(one.name, one.stored) for one in COLUMNS])
"""The columns of the flow table, with their types in files."""
_GIVEN: Final = pa.schema([one for one in OBSERVATION_SCHEMA if one.name != REPEATS])
"""What a table of flows has, for whoever reads it."""
_KEYS, _VALUES = "{} keys", "{} values"


def stored_batches(rows: ir.Table, backend: ibis.BaseBackend) -> Iterator[pa.RecordBatch]:
    """Yield rows as they are, some at a time; columns as in `schema.COLUMNS`, with their types in files.

    Parameters
    ----------
    rows : ibis Table
    backend : ibis backend
    """
    maps = [one.name for one in COLUMNS if pa.types.is_map(one.stored)]
    parts = {_KEYS.format(name): rows[name].keys() for name in maps}
    parts |= {_VALUES.format(name): rows[name].values() for name in maps}
    plain = [one.name for one in COLUMNS if one.name not in maps]
    for batch in streamed(backend, rows.select(*plain, **parts), AT_ONCE):
        arrays = [
            _map_of(batch, one) if one.name in maps else _as(batch.column(one.name), one.stored) for one in COLUMNS
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=STORED)


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == kind else column.cast(kind)


def _map_of(batch: pa.RecordBatch, column: FlowColumn) -> pa.Array:
    """Return a column of maps, which engines hand out differently, of its keys and its values."""
    keys, values = (batch.column(form.format(column.name)) for form in (_KEYS, _VALUES))
    return _made_map(keys, keys.flatten(), values.flatten())


def _made_map(lists: pa.Array, keys: pa.Array, items: pa.Array) -> pa.Array:
    lengths = lists.value_lengths().fill_null(0)
    ends = pa.compute.cumulative_sum(lengths.cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    made = pa.MapArray.from_arrays(offsets, _as(keys, pa.string()), _as(items, pa.string()))
    nothing = pa.scalar(None, made.type)
    return pa.compute.if_else(lists.is_valid(), made, nothing) if lists.null_count else made


def with_hints(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with what a reader would have said, so that recording them gives the same client, as sure as before.

    Parameters
    ----------
    batch : pyarrow RecordBatch
        Columns as in `schema.COLUMNS`.
    """
    how, confidence = batch.column("orientation"), batch.column("confidence")
    equal, when = pa.compute.equal, pa.compute.if_else
    yes, no, unknown = (pa.scalar(value, pa.bool_()) for value in (True, False, None))
    flagged, syn, observed = (equal(how, name) for name in ("flagged", "syn", "observed"))
    surely = pa.compute.and_(flagged, equal(confidence, pa.scalar(1.0, pa.float32())))
    begun = pa.compute.or_(syn, surely)
    hints = {
        "is_reply": when(flagged, no, unknown),
        "tcp_syn": when(begun, yes, unknown),
        "tcp_ack": when(begun, no, unknown),
        "source_is_client": when(observed, yes, unknown),
    }
    arrays = [hints.get(name, pa.nulls(len(batch), HINTS.field(name).type)) for name in HINTS.names]
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=OBSERVATION_SCHEMA)


def write_batches(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    """Write rows to a Parquet file.

    Parameters
    ----------
    path : Path
    schema : pyarrow Schema
    batches : iterator of pyarrow RecordBatch
    """
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def write_rows(rows: ir.Table, backend: ibis.BaseBackend, path: Path) -> None:
    """Write rows to a Parquet file that can be imported: until it is complete, an older one is as it was.

    Parameters
    ----------
    rows : ibis Table
        Columns as in `schema.COLUMNS`.
    backend : ibis backend
    path : Path

    Raises
    ------
    OSError
        If it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        found = (with_hints(batch).select(_GIVEN.names) for batch in stored_batches(rows, backend))
        write_batches(temporary, _GIVEN, found)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
