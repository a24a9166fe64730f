"""From observations that were read to files that a store keeps: recorded, each row once, and counted."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis
import pyarrow.parquet as pq

from workbench.flows.aggregate import edge_totals
from workbench.flows.duckdb_sql import NUMBER, answered, loaded, parquet, viewed, written
from workbench.flows.importing.clocks import tell_out_of_order
from workbench.flows.importing.recording import ADDRESSES, DROPPED, each_of_its_own, places_table, recorded
from workbench.flows.importing.repeats import without_repeats
from workbench.flows.parts import ROWS
from workbench.flows.rules.names import READ_SCHEMA, spelled
from workbench.flows.schema import ROW_ID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import Logs
    from workbench.flows.store import Batch, FlowStore

__all__ = ["Counted", "Finished", "bounds_by_file", "counted_by_file", "finish_answers", "finish_rows"]

AT_ONCE: Final = 10_000_000
"""So many rows are looked through for equal ones at once; more would take memory."""


class Counted(NamedTuple):
    """What is known of the rows that are kept: fields of a `Batch`."""

    rows: int
    duplicates: int
    first: str
    last: str


class Finished(NamedTuple):
    """The files of rows and of their totals, the rows as a table, and what is known of those of each file."""

    rows: Path
    totals: Path
    table: ir.Table
    counted: Mapping[str, Counted]


def finish_rows(  # noqa: PLR0913  (what is kept, where, and beside what)
    backend: Backend,
    staged: ir.Table,
    store: FlowStore,
    logs: Logs,
    incoming: Path,
    *,
    is_log: bool = True,
    replaced: Collection[str] = (),
) -> Finished:
    """Write the rows that are kept, and count the others.

    Parameters
    ----------
    backend : Backend
    staged : Table
        Columns as in `schema.OBSERVATION_SCHEMA`.
    store : FlowStore
        Rows that it holds already are left out.
    logs : mapping of str to ImportLog
        By file; collect what is not a flow, and what cannot be right. All are of one format.
    incoming : Path
        Folder for the files.
    is_log : bool
        Whether each record is an event: then equal ones without time are several.
    replaced : collection of str
        The ids of batches that go when these rows are kept: what they hold, is not there already.
    """
    # Rows have their lines: to keep their order besides takes memory, and all threads but one.
    backend.con.execute("SET preserve_insertion_order = false")
    given = staged if hasattr(staged.op(), "name") else backend.create_view("observations", staged)
    observed = without_repeats(backend, given, logs)
    known = places_table(answered(backend, _addresses, observed)["text"].to_pylist())
    places = loaded(backend, "places", known)
    tell_out_of_order(backend, observed, logs)
    recorded_rows, totals = incoming / "rows.parquet", incoming / "totals.parquet"
    records = _recording_untimed if is_log and answered(backend, _untimed, observed).num_rows else _recording
    recording = viewed(backend, "recording", records, observed, places)
    written(backend, recording, recorded_rows)
    total = pq.read_metadata(recorded_rows).num_rows
    if total < answered(backend, _counted, observed)["rows"][0].as_py():
        for file, reason, count in _dropped(backend, observed, places):
            logs[file].skip(reason, count)
    names = {log.format_name for log in logs.values()}
    found = parquet(backend, "all_recorded", recorded_rows, recording.schema())
    once = _each_once(backend, recorded_rows, total, recording.schema())
    held = [batch for batch in store.batches() if batch.rows and batch.format in names and batch.id not in replaced]
    rows = _without_known(backend, once, store, held, recording.schema())
    table = parquet(backend, "kept", rows, recording.schema())
    written(backend, viewed(backend, "totals", edge_totals, table), totals)
    return Finished(rows, totals, table, _counted_by_file(backend, found, table, logs))


def _counted_by_file(backend: Backend, all_rows: ir.Table, kept: ir.Table, logs: Logs) -> dict[str, Counted]:
    """Return what is known of the rows of each file."""
    totals = {row["source_file"]: row["rows"] for row in answered(backend, counted_by_file, all_rows).to_pylist()}
    bounds = {row["source_file"]: row for row in answered(backend, bounds_by_file, kept).to_pylist()}
    counted = {}
    for file in logs:
        found = bounds.get(file, {"rows": 0, "first": None, "last": None})
        first, last = (moment.isoformat() if moment else "" for moment in (found["first"], found["last"]))
        counted[file] = Counted(found["rows"], totals.get(file, 0) - found["rows"], first, last)
    return counted


def finish_answers(
    backend: Backend, read: Path, incoming: Path, cluster: str = ""
) -> tuple[Path | None, dict[str, int]]:
    """Write the DNS answers, spelled in the usual way, each once, and count those of each file.

    Those that name no cluster are of `cluster`.
    """
    if not read.exists() or not pq.read_metadata(read).num_rows:
        return None, {}
    kept = incoming / "answers.parquet"
    answers = parquet(backend, "answers_read", read, ibis.Schema.from_pyarrow(READ_SCHEMA))
    if cluster:
        answers = backend.create_view("answers_named", answers.mutate(cluster=answers.cluster.fill_null(cluster)))
    places = loaded(
        backend, "answer_places", places_table(answered(backend, _answer_texts, answers)["text"].to_pylist())
    )
    spelling = viewed(backend, "answers_spelled", _spelled, answers, places)
    counts = {row["source_file"]: row["rows"] for row in answered(backend, counted_by_file, spelling).to_pylist()}
    written(backend, spelling, kept)
    return kept, counts


def _recording(observations: ir.Table, places: ir.Table) -> ir.Table:
    rows = recorded(observations, places)
    return rows.filter(rows[DROPPED].isnull()).drop(DROPPED)


def _recording_untimed(observations: ir.Table, places: ir.Table) -> ir.Table:
    return each_of_its_own(_recording(observations, places))


def _untimed(observations: ir.Table) -> ir.Table:
    return observations.filter(observations.time_start.isnull() & observations.time_end.isnull()).limit(1)


def _dropping(observations: ir.Table, places: ir.Table) -> ir.Table:
    rows = recorded(observations, places)
    dropped = rows.filter(rows[DROPPED].notnull())
    return dropped.group_by(["source_file", DROPPED]).aggregate(rows=dropped.count())


def counted_by_file(rows: ir.Table) -> ir.Table:
    """Return how many rows each file has."""
    return rows.group_by("source_file").aggregate(rows=rows.count())


def _counted(observations: ir.Table) -> ir.Table:
    return observations.aggregate(rows=observations.count())


def bounds_by_file(rows: ir.Table) -> ir.Table:
    """Return how many rows each file has, and their earliest and latest time."""
    last = ibis.greatest(rows.time_start.max(), rows.time_end.max())
    return rows.group_by("source_file").aggregate(rows=rows.count(), first=rows.time_start.min(), last=last)


def _addresses(observations: ir.Table) -> ir.Table:
    """Return every address in the observations, once."""
    return _texts(observations, ADDRESSES)


def _answer_texts(answers: ir.Table) -> ir.Table:
    """Return every address in DNS answers, once."""
    return _texts(answers, ("address", "client_address"))


def _texts(table: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    texts = ibis.union(*(table.select(text=table[name]) for name in columns), distinct=True)
    return texts.filter(texts.text.notnull())


def _spelled(answers: ir.Table, places: ir.Table) -> ir.Table:
    return spelled(answers, places).distinct().order_by(answers.columns)


def _dropped(backend: Backend, observations: ir.Table, places: ir.Table) -> Iterator[tuple[str, str, int]]:
    """Count the observations of each file that are not flows between peers; few columns are read for it."""
    counted = answered(backend, _dropping, observations, places).to_pylist()
    for row in sorted(counted, key=itemgetter("source_file", DROPPED)):
        yield row["source_file"], row[DROPPED], row["rows"]


def _each_once(backend: Backend, rows: Path, total: int, schema: ibis.Schema) -> Path:
    """Return a file in which no row is there twice; of equal rows that of the first line is kept."""
    table = parquet(backend, "recorded", rows, schema, numbered=True)
    if _different(backend, table, total) == total:
        return rows
    return _rewritten(backend, viewed(backend, "once", _firsts, table), rows)


def _without_known(backend: Backend, rows: Path, store: FlowStore, held: Sequence[Batch], schema: ibis.Schema) -> Path:
    """Leave out the rows that earlier imports of the same format hold, as overlapping exports do."""
    damage = store.damage(held)
    others = dict.fromkeys(store.file_of(batch) for batch in held if ROWS not in damage.get(batch.part.id, {}))
    if not others:
        return rows
    flows = parquet(backend, "flows", rows, schema)
    known = parquet(backend, "known", [*others], schema)
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
    row, name = ROW_ID.name, rows.op().name
    counted = f'SELECT count(DISTINCT "{row}") FROM "{name}" WHERE ("{row}" & ?) = ?'  # noqa: S608  (names of ours)
    found = (backend.con.execute(counted, [parts - 1, part]).fetchall() for part in range(parts))
    return sum(int(count) for ((count,),) in found)


def _firsts(rows: ir.Table) -> ir.Table:
    first = rows.group_by(ROW_ID.name).aggregate(first=rows[NUMBER].argmin(rows.source_line.fill_null(0)))
    return rows.semi_join(first, [(NUMBER, "first")]).drop(NUMBER)


def _known(rows: ir.Table, known: ir.Table) -> ir.Table:
    here = rows.semi_join(known, ROW_ID.name)
    return here.aggregate(rows=here.count())


def _unknown(rows: ir.Table, known: ir.Table) -> ir.Table:
    return rows.anti_join(known, ROW_ID.name)
