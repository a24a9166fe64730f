"""From a file to its records: cut into lines, values or documents, taken out of what wraps them, decoded, numbered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.flows.records.layout import layout_of
from workbench.flows.records.streams import opened
from workbench.flows.records.values import Broken, json_values, values_in
from workbench.flows.records.wrapping import Line, Payload, begins_json, is_event_field, joined, unprefixed, unwrapped
from workbench.ground import parsed_json
from workbench.manifests import ManifestFile, read_documents, read_objects

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import RecordKind
    from workbench.flows.records.layout import Layout
    from workbench.ground import Plain

__all__ = ["LARGEST_DOCUMENT", "TOLD_EVERY", "Record", "records_in", "records_of"]

LONGEST_LINE: Final = 16 << 20
TOLD_EVERY: Final = 10_000
LARGEST_DOCUMENT: Final = 512 << 20
LARGEST_YAML: Final = 64 << 20
OTHER_LINES: Final = "other log lines"


class Record(NamedTuple):
    """A decoded record, and the line on which it begins (of a record within a document: its number), from 1.

    `may_be_cut` tells of a text that it is the end of a file that does not end on a line break. (JSON that
    was cut off is not decoded at all.) `time` is the time in microseconds that its wrapper states.
    """

    value: Any
    line: int
    may_be_cut: bool = False
    time: int | None = None


def records_of(
    path: str | Path, kind: RecordKind, log: ImportLog, report: Callable[[int], None] = lambda _: None
) -> Iterator[Record]:
    """Yield the records of a file, one after another; those that cannot be decoded are reported in `log`.

    Parameters
    ----------
    report : callable
        Called now and then with the number of bytes of the file that have been read.
    """
    with opened(path) as stream:
        yield from records_in(stream, kind, layout_of(stream), log, report)


def records_in(
    stream: Plain, kind: RecordKind, layout: Layout, log: ImportLog, report: Callable[[int], None] = lambda _: None
) -> Iterator[Record]:
    """Yield the records of a stream in which they lie in a certain way; see `records_of`."""
    if kind == "yaml-documents":
        yield from _kubernetes_objects(stream, log)
    elif kind == "text-lines":
        yield from _of_texts(stream, layout, log, report)
    else:
        yield from _of_json(stream, layout, log, report, wrapped=kind == "json-lines")
    if stream.fault:
        log.broken_record(None, f"the file ends here, unreadable: {stream.fault}", last=True)


def _of_texts(stream: Plain, layout: Layout, log: ImportLog, report: Callable[[int], None]) -> Iterator[Record]:
    if layout != "values":
        for line in joined(_lines(stream, log, report)):
            yield from _texts(line)
        return
    for record in _values(stream, log, report, wrapped=False):
        for payload in unwrapped(record.value):
            text = payload.value if isinstance(payload.value, str) else json.dumps(payload.value)
            yield Record(text, record.line, time=payload.time)


def _of_json(
    stream: Plain, layout: Layout, log: ImportLog, report: Callable[[int], None], *, wrapped: bool
) -> Iterator[Record]:
    if layout == "values":
        yield from _values(stream, log, report, wrapped=wrapped)
    elif layout == "yaml" and wrapped:
        yield from _yaml_values(stream, log)
    else:
        for line in joined(_lines(stream, log, report)):
            yield from _decoded(line, log, wrapped=wrapped)


def _lines(stream: Plain, log: ImportLog, report: Callable[[int], None]) -> Iterator[tuple[str, int, bool]]:
    """Yield the lines that are not empty, their numbers, and whether each is whole."""
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if number % TOLD_EVERY == 0:
            report(stream.consumed())
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            log.broken_record(number, f"the line is longer than {LONGEST_LINE >> 20} MiB")
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            continue
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            log.broken_record(number, f"it is not UTF-8 text: {error.reason} at byte {error.start + 1}")
            continue
        if text:
            yield text, number, raw.endswith(b"\n")


def _texts(line: Line) -> Iterator[Record]:
    """Yield what a line holds as texts: the line itself, or what an envelope of JSON holds."""
    payload = Payload(line.text) if begins_json(line.text) else unprefixed(line.text)
    text, time = payload.value, payload.time or line.time
    begin = 0 if begins_json(text) else text.find("{")
    if begin >= 0 and (value := parsed_json(text[begin:])) is not None:
        inner = list(unwrapped(value, time))
        if any(found.value is not value for found in inner):
            for found in inner:
                content = found.value if isinstance(found.value, str) else json.dumps(found.value)
                yield Record(content, line.number, time=found.time)
            return
    if text:
        yield Record(text, line.number, not line.is_whole, time)


def _decoded(line: Line, log: ImportLog, *, wrapped: bool) -> Iterator[Record]:
    """Yield the records of a line of JSON, whatever stands before it."""
    text, time = line.text, line.time
    if not begins_json(text):
        rest, stated = unprefixed(text)
        if rest is text and is_event_field(text):
            log.skip("lines of the event stream")
            return
        has_prefix = line.is_log or rest is not text
        # Whatever stands before an object, such as a pod's name or a time, is a prefix.
        begin = rest.find("{")
        if begin < 0 and has_prefix:
            log.skip(OTHER_LINES)
            return
        text, time = rest[begin:] if begin > 0 and parsed_json(rest[begin:]) is not None else rest, stated or time
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError) as error:
        several = values_in(text)
        if several is None:
            log.broken_record(line.number, f"it is not valid JSON: {error}", last=not line.is_whole)
            return
        values = several
    for value in values:
        if wrapped:
            yield from _out_of(value, line.number, log, time)
        else:
            yield Record(value, line.number, time=time)


def _out_of(value: Any, line: int, log: ImportLog, time: int | None = None) -> Iterator[Record]:  # noqa: ANN401  (JSON)
    """Yield the records in a value; where it is a document that holds several, with their numbers."""
    if type(value) is dict:
        payloads = list(unwrapped(value, time))
        is_document = len(payloads) > 1
    else:
        payloads, is_document = list(unwrapped(value, time)), False
    for number, payload in enumerate(payloads, 1):
        if not isinstance(payload.value, str):
            yield Record(payload.value, number if is_document else line, time=payload.time)
        elif payload.value is value or begins_json(payload.value):
            log.broken_record(number if is_document else line, "it is not valid JSON of an object")
        else:
            log.skip(OTHER_LINES)


def _values(stream: Plain, log: ImportLog, report: Callable[[int], None], *, wrapped: bool) -> Iterator[Record]:
    for found in json_values(stream, LARGEST_DOCUMENT, report):
        if isinstance(found, Broken):
            log.broken_record(found.line, found.message, last=found.is_cut)
        elif wrapped:
            yield from _out_of(found.value, found.line, log)
        else:
            yield Record(found.value, found.line)


def _yaml_values(stream: Plain, log: ImportLog) -> Iterator[Record]:
    """Yield the records of documents of YAML, one after another."""
    for text, begin in _yaml_texts(stream, log):
        for document in read_documents(text):
            line = begin + document.line - 1
            if not document.readable:
                message = next((problem.message for problem in document.problems(log.file)), "it cannot be read")
                log.broken_record(line, f"it is not valid YAML: {message}")
            else:
                yield from _out_of(document.content, line, log)


def _yaml_texts(stream: Plain, log: ImportLog) -> Iterator[tuple[str, int]]:
    """Yield the documents of a stream of YAML as text, and the lines on which they begin."""
    parts: list[str] = []
    begin, size = 1, 0
    for number, raw in enumerate(stream, 1):
        line = raw.decode("utf-8-sig", "replace")
        if line.startswith("---") and parts:
            yield "".join(parts), begin
            parts, begin, size = [], number, 0
        size += len(line)
        if size > LARGEST_YAML:
            log.broken_record(begin, f"the document is larger than {LARGEST_YAML >> 20} MiB: the rest is not read")
            return
        parts.append(line)
    yield "".join(parts), begin


def _kubernetes_objects(stream: Plain, log: ImportLog) -> Iterator[Record]:
    file = ManifestFile(log.file, stream.read(LARGEST_DOCUMENT).decode("utf-8-sig", "replace"))
    for manifest in read_objects(file, log.problems):
        yield Record(manifest.content, manifest.source.line)
