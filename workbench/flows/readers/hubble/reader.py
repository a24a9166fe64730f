"""Hubble: the flows of Cilium, of GKE Dataplane V2, of Azure's ACNS and of Retina, one JSON object a line.

The files are large, so DuckDB reads them. What repeats from line to line (labels, names, policies) is read
as text, and decoded once for every different text (flows.md B1).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
import ibis
import pyarrow.parquet as pq

from workbench.flows.embedded import answered, viewed, written
from workbench.flows.readers.hubble.answers import line_answers
from workbench.flows.readers.hubble.lines import COLUMNS, EVENTS, line_columns
from workbench.flows.readers.hubble.texts import observed_lines
from workbench.flows.readers.registry import ReadTables, flow_table_format
from workbench.flows.records import UNREADABLE, is_gzip, opened, records_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import ImportLog

__all__ = ["hubble"]

_NO_RECORD: Final = "it is no record of Hubble"
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


@flow_table_format("hubble", title="Hubble (Cilium, Retina, ACNS)", records="json-lines", detects=_is_hubble)
def hubble(backend: Backend, path: str, log: ImportLog, folder: Path) -> ReadTables:
    """Return the flows and the DNS answers of a file of Hubble lines.

    Lines that DuckDB cannot read are read again one by one, and told. Where its count of lines differs from
    the file's, or it failed at a line that is none the less sound, the whole file is read again that way.
    """
    raw = _quickly(backend, path, log, folder)
    if raw is None:
        raw = _thoroughly(backend, path, log, folder)
    for row in answered(backend, _skipped, raw).to_pylist():
        log.skip(row["skipped"], int(row["count"] or 0))
    for row in answered(backend, _broken, raw).to_pylist():
        log.broken_record(row["source_line"], row["broken"])
    flows = observed_lines(backend, viewed(backend, "flows", _flows, raw), log)
    return ReadTables(flows, viewed(backend, "answers", line_answers, raw))


def _skipped(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.skipped.notnull()).group_by("skipped").aggregate(count=raw.counted.sum())


def _broken(raw: ir.Table) -> ir.Table:
    told = raw.filter(raw.broken.notnull() & raw.skipped.isnull())
    return told.select("source_line", "broken").order_by("source_line")


def _flows(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.skipped.isnull() & raw.broken.isnull() & ~raw.is_unread)


def _quickly(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table | None:
    """Read a file by DuckDB alone, but for broken lines; None where that does not do."""
    try:
        with ThreadPoolExecutor(1) as beside:
            counting = beside.submit(_counted_lines, path)
            raw = _staged(backend, path, folder, "gzip" if is_gzip(path) else "uncompressed")
            lines = counting.result()
    except (duckdb.Error, *UNREADABLE):
        return None
    if pq.read_metadata(folder / _STAGED).num_rows != lines:
        return None
    unread = answered(backend, _unread, raw)["source_line"].to_pylist()
    found = _unread_lines(path, {int(line) for line in unread})
    if found is None:
        return None
    for line in found:
        log.broken_record(line.number, line.message, last=line.is_cut_off)
    return raw


def _unread(raw: ir.Table) -> ir.Table:
    return raw.filter(raw.is_unread).select("source_line")


def _counted_lines(path: str) -> int:
    """Return the number of lines of a file, up to the last that is not empty."""
    count, ended, begun = 0, 0, False
    with opened(path) as stream:
        while block := stream.read(_BLOCK):
            tail = block[-_TAIL:]
            # To strip all of a block copies it; its end will do, unless that is empty.
            size = len(block) - len(tail) + len(tail.rstrip()) if tail.strip() else len(block.rstrip())
            if size:
                count, ended, begun = count + ended + block.count(b"\n", 0, size), 0, True
            ended += block.count(b"\n", size)
    return count + begun


class _UnreadLine(NamedTuple):
    number: int
    message: str
    is_cut_off: bool


def _unread_lines(path: str, numbers: set[int]) -> list[_UnreadLine] | None:
    """Return what is wrong with lines that DuckDB could not read; None if it was wrong about one of them."""
    found: list[_UnreadLine] = []
    if not numbers:
        return found
    with opened(path) as stream:
        for number, raw in enumerate(stream, 1):
            if number not in numbers:
                continue
            message = _fault(raw)
            if message is None:
                return None
            found.append(_UnreadLine(number, message, not raw.endswith(b"\n")))
    return found


def _fault(raw: bytes) -> str | None:
    """Return what is wrong with a line; None if nothing is."""
    try:
        value = json.loads(raw)
    except UnicodeDecodeError as error:
        return f"it is no UTF-8 text: {error.reason} at byte {error.start + 1}"
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {error}"
    return None if _is_hubble(value) else _NO_RECORD


def _thoroughly(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table:
    """Read a file line by line, and have DuckDB read what is sound in it."""
    sound = folder / "hubble.jsonl"
    with sound.open("w", encoding="ascii") as stream:
        for record in records_of(path, "json-lines", log):
            value = {"flow": record.value} if _is_bare(record.value) else record.value
            if not _is_wrapped(value):
                log.broken_record(record.line, _NO_RECORD)
                continue
            try:
                stream.write(f"{json.dumps({**value, 'line': record.line}, allow_nan=False)}\n")
            except (ValueError, RecursionError) as error:
                log.broken_record(record.line, f"it is no JSON: {error}")
    raw = _staged(backend, str(sound), folder, "uncompressed")
    for _ in answered(backend, _unread, raw)["source_line"]:
        log.broken_record(None, _NO_RECORD)
    return raw


def _staged(backend: Backend, path: str, folder: Path, compression: str) -> ir.Table:
    """Write down what DuckDB reads from a file, in its order, and return it with the numbers of the lines."""
    lines = backend.read_json(
        path,
        table_name="lines",
        format="newline_delimited",
        columns=COLUMNS,
        ignore_errors=True,
        compression=compression,
    )
    staged = folder / _STAGED
    written(backend, viewed(backend, "columns", line_columns, lines), staged)
    # Numbers in the order of a file that is written are free; those of one that is read take all threads but one.
    return viewed(backend, "raw", _numbered, backend.read_parquet(staged, table_name="staged", file_row_number=True))


def _numbered(staged: ir.Table) -> ir.Table:
    line = ibis.coalesce(staged.line, staged.file_row_number + 1)
    return staged.mutate(source_line=line.cast("uint64")).drop("file_row_number")
