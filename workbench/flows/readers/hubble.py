"""Hubble: the flows of Cilium, of GKE Dataplane V2, of Azure's ACNS and of Retina, one JSON object a line.

The files are large, so DuckDB reads them. What repeats from line to line (labels, names, policies) is read
as text, and decoded once for every different text (flows.md B1).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
import ibis

from workbench.flows.hubble_answers import line_answers
from workbench.flows.hubble_lines import COLUMNS, EVENTS, line_columns
from workbench.flows.hubble_texts import line_observations
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
    for row in _execute(backend, raw.filter(raw.skipped.notnull()).group_by("skipped").aggregate(n=raw.counted.sum())):
        log.skip(row["skipped"], int(row["n"] or 0))
    broken = (
        raw.filter(raw.broken.notnull() & raw.skipped.isnull()).select("source_line", "broken").order_by("source_line")
    )
    for row in _execute(backend, broken):
        log.broken_record(row["source_line"], row["broken"])
    flows = raw.filter(raw.skipped.isnull() & raw.broken.isnull() & ~raw.is_unread)
    return ReadTables(line_observations(backend, flows, log), line_answers(raw))


def _quickly(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table | None:
    """Read a file by DuckDB alone, but for broken lines; None where that does not do."""
    try:
        lines = _counted_lines(path)
        raw = _staged(backend, path, folder, "gzip" if is_gzip(path) else "uncompressed")
    except (duckdb.Error, *UNREADABLE):
        return None
    if backend.to_pyarrow(raw.count()).as_py() != lines:
        return None
    unread = raw.filter(raw.is_unread)
    found = _unread_lines(path, {int(row["source_line"]) for row in _execute(backend, unread.select("source_line"))})
    if found is None:
        return None
    for line in found:
        log.broken_record(line.number, line.message, last=line.is_cut_off)
    return raw


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
    with sound.open("w", encoding="ascii") as written:
        for record in records_of(path, "json-lines", log):
            value = {"flow": record.value} if _is_bare(record.value) else record.value
            if not _is_wrapped(value):
                log.broken_record(record.line, _NO_RECORD)
                continue
            try:
                written.write(f"{json.dumps({**value, 'line': record.line}, allow_nan=False)}\n")
            except (ValueError, RecursionError) as error:
                log.broken_record(record.line, f"it is no JSON: {error}")
    raw = _staged(backend, str(sound), folder, "uncompressed")
    for _ in range(backend.to_pyarrow(raw.is_unread.sum()).as_py() or 0):
        log.broken_record(None, _NO_RECORD)
    return raw


def _staged(backend: Backend, path: str, folder: Path, compression: str) -> ir.Table:
    """Write down what DuckDB reads from a file, in its order, and return it with the numbers of the lines."""
    lines = backend.read_json(
        path, format="newline_delimited", columns=COLUMNS, ignore_errors=True, compression=compression
    )
    staged = folder / "hubble.parquet"
    backend.to_parquet(line_columns(lines), staged)
    # Numbers in the order of a file that is written are free; those of one that is read take all threads but one.
    raw = backend.read_parquet(staged, file_row_number=True)
    return raw.mutate(source_line=ibis.coalesce(raw.line, raw.file_row_number + 1).cast("uint64")).drop(
        "file_row_number"
    )


def _execute(backend: Backend, table: ir.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = backend.to_pyarrow(table).to_pylist()
    return rows
