"""Hubble: the flows of Cilium, of GKE Dataplane V2, of Azure's ACNS and of Retina, one JSON object a line.

The files are large, so DuckDB reads them. What repeats from line to line (labels, names, policies) is read
as text, and decoded once for every different text (flow-formats 1).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.duckdb_sql import answered, described, literal_path, loaded, parquet, viewed, written
from workbench.flows.log import ImportLog
from workbench.flows.readers.hubble.answers import line_answers
from workbench.flows.readers.hubble.lines import COLUMNS, EVENTS, FORMAT, LAYER7, line_columns
from workbench.flows.readers.hubble.texts import observed_lines
from workbench.flows.readers.registry import ReadTables, TableSource, register_flow_format
from workbench.flows.records import (
    Record,
    is_direct,
    layout_of,
    opened,
    records_in,
    records_of,
)
from workbench.ground import Plain, Problem, Severity, is_gzip

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["hubble"]

_NO_RECORD: Final = "it is not a record of Hubble"
_LONGEST: Final = 16 << 20
_BLOCK: Final = 4 << 20
_TAIL: Final = 4 << 10
_STAGED: Final = "hubble.parquet"


def _is_hubble(record: Any) -> bool:  # noqa: ANN401  (JSON)
    return _is_wrapped(record) or _is_bare(record)


def _is_wrapped(record: Any) -> bool:  # noqa: ANN401  (JSON)
    """Tell whether a record is an answer of Hubble: a flow, or an event that is none."""
    return isinstance(record, dict) and (
        isinstance(record.get("flow"), dict) or any(isinstance(record.get(name), dict) for name in EVENTS)
    )


def _is_bare(record: Any) -> bool:  # noqa: ANN401  (JSON)
    """Tell whether a record is a flow by itself, as older versions print it."""
    return isinstance(record, dict) and "verdict" in record and any(name in record for name in ("IP", "l4", "Type"))


@register_flow_format(
    FORMAT,
    title="Hubble (Cilium, Retina, ACNS)",
    records="json-lines",
    detects=_is_hubble,
    whole_files=True,
    blind_spots=(
        "Events that were lost on the way are missing; where Hubble counts them, so does this report.",
        "Fields with a default value are left out: a direction that is missing is not known.",
    ),
)
def hubble(backend: Backend, sources: Sequence[TableSource], folder: Path) -> ReadTables:
    """Return the flows and the DNS answers of files of Hubble lines.

    Lines that DuckDB cannot read are read again one by one, and reported. Where its count of lines differs from
    the file's, or it failed at a line that is none the less sound, the whole file is read again that way; so are
    several files at once, and one whose records are not one a line as they stand.
    """
    raw = _quickly(backend, sources[0], folder) if len(sources) == 1 else None
    if raw is None:
        raw = _thoroughly(backend, sources, folder)
    raw = _with_layer7(backend, raw, sources)
    for row in answered(backend, _skipped, raw).to_pylist():
        sources[row["file"]].log.skip(row["skipped"], int(row["count"] or 0))
    for row in answered(backend, _broken, raw).to_pylist():
        sources[row["file"]].log.broken_record(row["source_line"], row["broken"])
    files = pa.table({"file": range(len(sources)), "source_file": [source.log.file for source in sources]})
    named = viewed(backend, "named", _named, raw, loaded(backend, "files", files))
    flows = observed_lines(backend, viewed(backend, "flows", _flows, named))
    return ReadTables(flows, viewed(backend, "answers", line_answers, named))


def _with_layer7(backend: Backend, raw: ir.Table, sources: Sequence[TableSource]) -> ir.Table:
    """Take what a proxy saw for flows in files that hold nothing else, and say so."""
    alone = [int(file) for file in answered(backend, _of_layer7_alone, raw)["file"].to_pylist()]
    if not alone:
        return raw
    for file in alone:
        message = "only layer 7 is recorded in it: connections that no proxy of Cilium looked into are missing"
        remedy = "record flows of layers 3 and 4 too (hubble observe without --protocol and -t l7)"
        log = sources[file].log
        log.problems.add(Problem(Severity.WARNING, "only-layer-7", message, remedy, file=log.file))
    files = loaded(backend, "layer7_files", pa.table({"layer7_file": pa.array(alone, pa.int64())}))
    return viewed(backend, "raw_of_layer7", _unskipped, raw, files)


def _of_layer7_alone(raw: ir.Table) -> ir.Table:
    is_flow = raw.skipped.isnull() & ~raw.is_unread & ~raw.is_layer7
    counted = raw.group_by("file").aggregate(flows=is_flow.sum(), layer7=(raw.skipped == LAYER7).sum())
    return counted.filter((counted.flows == 0) & (counted.layer7 > 0))


def _unskipped(raw: ir.Table, files: ir.Table) -> ir.Table:
    found = raw.left_join(files, raw.file == files.layer7_file)
    is_flow = found.layer7_file.notnull() & (found.skipped == LAYER7)
    return found.mutate(skipped=is_flow.ifelse(ibis.null("string"), found.skipped)).drop("layer7_file")


def _skipped(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.skipped.notnull()).group_by(["file", "skipped"]).aggregate(count=raw.counted.sum())


def _broken(raw: ir.Table) -> ir.Table:
    broken_lines = raw.filter(raw.broken.notnull() & raw.skipped.isnull())
    return broken_lines.select("file", "source_line", "broken").order_by(["file", "source_line"])


def _named(raw: ir.Table, files: ir.Table) -> ir.Table:
    return raw.join(files, "file")


def _flows(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.skipped.isnull() & raw.broken.isnull() & ~raw.is_unread)


def _quickly(backend: Backend, source: TableSource, folder: Path) -> ir.Table | None:
    """Read a file by DuckDB alone, but for broken lines; None where that does not do."""
    path = source.path
    if not is_direct(path) or not _begins_with_a_record(path):
        return None
    try:
        with ThreadPoolExecutor(1) as beside:
            counting = beside.submit(_counted_lines, path)
            raw = _staged(backend, path, folder, "gzip" if is_gzip(path) else "uncompressed")
            lines = counting.result()
    except (duckdb.Error, OSError):
        return None
    if pq.read_metadata(folder / _STAGED).num_rows != lines:
        return None
    unread = answered(backend, _unread, raw)["source_line"].to_pylist()
    found = _unread_lines(path, {int(line) for line in unread})
    if found is None:
        return None
    for line in found:
        source.log.broken_record(line.number, line.message, last=line.is_cut_off)
    return raw


def _begins_with_a_record(path: Path) -> bool:
    """Tell whether the first line of a file is a record as it stands, in no wrapper."""
    with opened(path) as stream:
        return layout_of(stream) == "lines" and _fault(stream.readline(_LONGEST)) is None


def _unread(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.is_unread).select("file", "source_line")


def _counted_lines(path: Path) -> int:
    """Return the number of lines of a file, up to the last that is not empty; -1 of one that is damaged."""
    count, ended, begun = 0, 0, False
    with opened(path) as stream:
        while block := stream.read(_BLOCK):
            tail = block[-_TAIL:]
            # To strip all of a block copies it; its end will do, unless that is empty.
            size = len(block) - len(tail) + len(tail.rstrip()) if tail.strip() else len(block.rstrip())
            if size:
                count, ended, begun = count + ended + block.count(b"\n", 0, size), 0, True
            ended += block.count(b"\n", size)
        return -1 if stream.fault else count + begun


class _UnreadLine(NamedTuple):
    number: int
    message: str
    is_cut_off: bool


def _unread_lines(path: Path, numbers: set[int]) -> list[_UnreadLine] | None:
    """Return what is wrong with lines that DuckDB could not read; None if it was wrong about one of them."""
    found: list[_UnreadLine] = []
    if not numbers:
        return found
    with opened(path) as stream:
        for number, raw in enumerate(stream, 1):
            if number not in numbers:
                continue
            message = _fault(raw)
            if message is None or _is_in_wrapper(raw):
                return None
            found.append(_UnreadLine(number, message, not raw.endswith(b"\n")))
    return found


def _fault(raw: bytes) -> str | None:
    """Return what is wrong with a line as it stands; None if nothing is."""
    try:
        value = json.loads(raw)
    except UnicodeDecodeError as error:
        return f"it is not UTF-8 text: {error.reason} at byte {error.start + 1}"
    except (ValueError, RecursionError) as error:
        return _NO_RECORD if raw[:1] not in b"{[" else f"it is not valid JSON: {error}"
    return None if _is_hubble(value) else _NO_RECORD


def _is_in_wrapper(raw: bytes) -> bool:
    """Tell whether a line holds a record of Hubble behind a prefix, or in an envelope."""
    records = records_in(Plain.of(raw), "json-lines", "lines", ImportLog(""))
    return any(_is_hubble(record.value) for record in records)


def _thoroughly(backend: Backend, sources: Sequence[TableSource], folder: Path) -> ir.Table:
    """Read files record by record, and have DuckDB read what is sound in them."""
    sound = folder / "hubble.jsonl"
    with sound.open("w", encoding="ascii") as stream:
        for number, source in enumerate(sources):
            for record in records_of(source.path, "json-lines", source.log):
                stream.write(_sound_line(record, number, source.log))
    raw = _staged(backend, sound, folder, "uncompressed")
    for row in answered(backend, _unread, raw).to_pylist():
        sources[row["file"] or 0].log.broken_record(None, _NO_RECORD)
    return raw


def _sound_line(record: Record, file: int, log: ImportLog) -> str:
    """Return the line of a record, with its place; empty if it is none, which is reported."""
    value = {"flow": record.value} if _is_bare(record.value) else record.value
    if not _is_wrapped(value):
        log.broken_record(record.line, _NO_RECORD)
        return ""
    placed = {**value, "file": file, "line": record.line}
    if record.time is not None:
        # A log's own time stands in where the record has none.
        placed.setdefault("time", datetime.fromtimestamp(record.time / 1e6, UTC).isoformat())
    try:
        return f"{json.dumps(placed, allow_nan=False)}\n"
    except (ValueError, RecursionError) as error:
        log.broken_record(record.line, f"it is not valid JSON: {error}")
        return ""


def _staged(backend: Backend, path: Path, folder: Path, compression: str) -> ir.Table:
    """Write down what DuckDB reads from a file, in its order, and return it with the numbers of the lines."""
    place = literal_path(path).replace("'", "''")
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    backend.con.execute(
        f"""CREATE OR REPLACE TEMP VIEW "lines" AS FROM read_json('{place}', format = 'newline_delimited',
        columns = {{{columns}}}, ignore_errors = true, compression = '{compression}')"""
    )
    lines = described(backend, "lines")
    staged = folder / _STAGED
    columns = viewed(backend, "columns", line_columns, lines)
    written(backend, columns, staged)
    # Numbers in the order of a file that is written are free; those of one that is read take all threads but one.
    return viewed(backend, "raw", _numbered, parquet(backend, "staged", staged, columns.schema(), numbered=True))


def _numbered(staged: ir.Table) -> ir.Table:
    line = ibis.coalesce(staged.line, staged.file_row_number + 1)
    return staged.mutate(file=staged.file.fill_null(0), source_line=line.cast("uint64")).drop("file_row_number")
