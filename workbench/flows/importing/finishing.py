"""From observations that were read to files that a store keeps: recorded, each row once, and counted."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis
import pyarrow.parquet as pq

from workbench.flows.aggregate import edge_totals
from workbench.flows.embedded import answered, viewed, written
from workbench.flows.importing.clocks import tell_out_of_order
from workbench.flows.importing.recording import ADDRESSES, DROPPED, places_table, recorded
from workbench.flows.rules.names import spelled
from workbench.flows.schema import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import ImportLog
    from workbench.flows.store import FlowStore

__all__ = ["Counted", "Finished", "finish_answers", "finish_rows"]

AT_ONCE: Final = 10_000_000
"""So many rows are looked through for equal ones at once; more would take memory."""
_NUMBER: Final = "file_row_number"
"""What DuckDB calls the place of a row in its file."""


class Counted(NamedTuple):
    """What is known of the rows that are kept: fields of a `Batch`."""

    rows: int
    duplicates: int
    first: str
    last: str


class Finished(NamedTuple):
    """The files of rows and of their totals, the rows as a table, and what is known of them."""

    rows: Path
    totals: Path
    table: ir.Table
    counted: Counted


def finish_rows(backend: Backend, staged: ir.Table, store: FlowStore, log: ImportLog, incoming: Path) -> Finished:
    """Write the rows that are kept, and count the others.

    Parameters
    ----------
    backend : Backend
    staged : Table
        Columns as in `schema.OBSERVATION_SCHEMA`.
    store : FlowStore
        Rows that it holds already are left out.
    log : ImportLog
        Is told what is no flow, and what cannot be right.
    incoming : Path
        Folder for the files.
    """
    # Rows have their lines: to keep their order besides takes memory, and all threads but one.
    backend.raw_sql("SET preserve_insertion_order = false")
    observed = backend.create_view("observations", staged)
    known = places_table(answered(backend, _addresses, observed)["text"].to_pylist())
    places = backend.create_table("places", known)
    tell_out_of_order(backend, observed, log)
    recorded_rows, totals = incoming / "rows.parquet", incoming / "totals.parquet"
    written(backend, viewed(backend, "recording", _recording, observed, places), recorded_rows)
    total = pq.read_metadata(recorded_rows).num_rows
    if total < answered(backend, _counted, observed)["rows"][0].as_py():
        for reason, count in _dropped(backend, observed, places):
            log.skip(reason, count)
    rows = _without_known(backend, _each_once(backend, recorded_rows, total), store, log.format_name)
    table = backend.read_parquet(rows, table_name="kept")
    written(backend, viewed(backend, "totals", edge_totals, table), totals)
    ((count, first, last),) = (row.values() for row in answered(backend, _bounds, table).to_pylist())
    begin, end = (moment.isoformat() if moment else "" for moment in (first, last))
    return Finished(rows, totals, table, Counted(count, total - count, begin, end))


def finish_answers(backend: Backend, read: Path, incoming: Path) -> tuple[Path | None, int]:
    """Write the DNS answers, spelled in the usual way, each once, and count them."""
    if not read.exists() or not pq.read_metadata(read).num_rows:
        return None, 0
    kept = incoming / "answers.parquet"
    told = backend.read_parquet(read, table_name="told")
    places = backend.create_table("answer_places", places_table(answered(backend, _told, told)["text"].to_pylist()))
    written(backend, viewed(backend, "answers_kept", _spelled, told, places), kept)
    return kept, pq.read_metadata(kept).num_rows


def _recording(observations: ir.Table, places: ir.Table) -> ir.Table:
    rows = recorded(observations, places)
    return rows.filter(rows[DROPPED].isnull()).drop(DROPPED)


def _dropping(observations: ir.Table, places: ir.Table) -> ir.Table:
    counted = recorded(observations, places)[DROPPED].value_counts()
    return counted.filter(counted[DROPPED].notnull())


def _counted(observations: ir.Table) -> ir.Table:
    return observations.aggregate(rows=observations.count())


def _bounds(rows: ir.Table) -> ir.Table:
    last = ibis.greatest(rows.time_start.max(), rows.time_end.max())
    return rows.aggregate(rows=rows.count(), first=rows.time_start.min(), last=last)


def _addresses(observations: ir.Table) -> ir.Table:
    """Return every address in the observations, once."""
    return _texts(observations, ADDRESSES)


def _told(answers: ir.Table) -> ir.Table:
    """Return every address in DNS answers, once."""
    return _texts(answers, ("address", "client_address"))


def _texts(table: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    texts = ibis.union(*(table.select(text=table[name]) for name in columns), distinct=True)
    return texts.filter(texts.text.notnull())


def _spelled(answers: ir.Table, places: ir.Table) -> ir.Table:
    return spelled(answers, places).distinct().order_by(answers.columns)


def _dropped(backend: Backend, observations: ir.Table, places: ir.Table) -> Iterator[tuple[str, int]]:
    """Count the observations that are no flows between peers; few columns are read for it."""
    counted = answered(backend, _dropping, observations, places).to_pylist()
    for row in sorted(counted, key=itemgetter(DROPPED)):
        reason, count = row.values()
        yield reason, count


def _each_once(backend: Backend, rows: Path, total: int) -> Path:
    """Return a file in which no row is there twice; of equal rows that of the first line is kept."""
    table = backend.read_parquet(rows, table_name="recorded", file_row_number=True)
    if _different(backend, table, total) == total:
        return rows
    return _rewritten(backend, viewed(backend, "once", _firsts, table), rows)


def _without_known(backend: Backend, rows: Path, store: FlowStore, format_name: str) -> Path:
    """Leave out the rows that an earlier import of the same format holds, as overlapping exports do."""
    others = [str(store.file_of(batch)) for batch in store.batches() if batch.rows and batch.format == format_name]
    if not others:
        return rows
    flows = backend.read_parquet(rows, table_name="flows")
    known = backend.read_parquet(others, table_name="known")
    if not answered(backend, _known, flows, known)["rows"][0].as_py():
        return rows
    return _rewritten(backend, viewed(backend, "unknown", _unknown, flows, known), rows)


def _rewritten(backend: Backend, flows: ir.Table, rows: Path) -> Path:
    made = rows.with_name(f"{flows.op().name}.parquet")
    written(backend, flows, made)
    return made


def _different(backend: Backend, rows: ir.Table, total: int) -> int:
    """Return how many different rows there are: by the last bits of their hashes, some at once."""
    parts = 1 << (total // AT_ONCE).bit_length()
    last_bits = rows[ROW_ID.name] & (parts - 1)
    counted = (rows.filter(last_bits == part)[ROW_ID.name].nunique() for part in range(parts))
    return sum(backend.to_pyarrow(count).as_py() for count in counted)


def _firsts(rows: ir.Table) -> ir.Table:
    first = rows.group_by(ROW_ID.name).aggregate(first=rows[_NUMBER].argmin(rows.source_line.fill_null(0)))
    return rows.semi_join(first, [(_NUMBER, "first")]).drop(_NUMBER)


def _known(rows: ir.Table, known: ir.Table) -> ir.Table:
    here = rows.semi_join(known, ROW_ID.name)
    return here.aggregate(rows=here.count())


def _unknown(rows: ir.Table, known: ir.Table) -> ir.Table:
    return rows.anti_join(known, ROW_ID.name)
