"""From a file to its records: decompressed, cut into lines or documents, decoded, with line numbers."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple, cast

from workbench.manifests.files import ManifestFile
from workbench.manifests.objects import read_objects
from workbench.manifests.problems import ProblemLog

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import RecordKind

__all__ = ["LARGEST_DOCUMENT", "UNREADABLE", "Record", "is_gzip", "opened", "records_of", "unpacked"]

GZIP_MAGIC: Final = b"\x1f\x8b"
LONGEST_LINE: Final = 16 << 20
TOLD_EVERY: Final = 10_000
LARGEST_DOCUMENT: Final = 512 << 20
UNREADABLE: Final = (OSError, EOFError, zlib.error)
"""What reading a file, or a compressed one, may end with."""


class Record(NamedTuple):
    """A decoded record, and the line on which it begins (of a document: its number), from 1.

    `may_be_cut` tells of a text that it is the end of a file that does not end on a line break. (JSON that
    was cut off is not decoded at all.)
    """

    value: Any
    line: int
    may_be_cut: bool = False


def is_gzip(path: str | Path) -> bool:
    """Tell whether a file is compressed by gzip, whatever its name is."""
    with Path(path).open("rb") as stream:
        return stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed."""
    with Path(path).open("rb") as stream, unpacked(stream) as plain:
        yield plain


@contextmanager
def unpacked(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Read a stream decompressed, if it is compressed by gzip."""
    begin = stream.read(len(GZIP_MAGIC))
    stream.seek(0)
    if begin != GZIP_MAGIC:
        yield stream
        return
    with gzip.open(stream) as plain:
        yield cast("BinaryIO", plain)


def records_of(
    path: str | Path, kind: RecordKind, log: ImportLog, told: Callable[[int], None] = lambda _: None
) -> Iterator[Record]:
    """Yield the records of a file, one after another; those that cannot be decoded are told in `log`.

    Parameters
    ----------
    told : callable
        Called now and then with the number of bytes of the file that have been read.
    """
    match kind:
        case "json-lines":
            yield from _json_lines(path, log, told)
        case "text-lines":
            yield from (Record(line, number, not whole) for line, number, whole in _lines(path, log, told))
        case "json-document":
            yield from _json_document(path, log)
        case "yaml-documents":
            yield from _yaml(path, log.problems)


def _lines(path: str | Path, log: ImportLog, told: Callable[[int], None]) -> Iterator[tuple[str, int, bool]]:
    """Yield the lines that are not empty, their numbers, and whether each is whole."""
    with Path(path).open("rb") as compressed, unpacked(compressed) as stream:
        number = 0
        while True:
            number += 1
            if number % TOLD_EVERY == 0:
                told(compressed.tell())
            try:
                raw = stream.readline(LONGEST_LINE)
            except UNREADABLE as error:
                log.broken_record(number, f"the file ends here, unreadable: {error}", last=True)
                return
            if not raw:
                return
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                log.broken_record(number, f"the line is longer than {LONGEST_LINE >> 20} MiB")
                while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    pass
                continue
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                log.broken_record(number, f"it is no UTF-8 text: {error.reason} at byte {error.start + 1}")
                continue
            if text:
                yield text, number, raw.endswith(b"\n")


def _json_lines(path: str | Path, log: ImportLog, told: Callable[[int], None]) -> Iterator[Record]:
    for text, number, whole in _lines(path, log, told):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            log.broken_record(number, f"it is no JSON: {error}", last=not whole)
            continue
        yield Record(value, number)


def _json_document(path: str | Path, log: ImportLog) -> Iterator[Record]:
    with opened(path) as stream:
        try:
            raw = stream.read(LARGEST_DOCUMENT + 1)
        except UNREADABLE as error:
            log.broken_record(None, f"the file is unreadable: {error}", last=True)
            return
    if len(raw) > LARGEST_DOCUMENT:
        log.broken_record(None, f"the document is larger than {LARGEST_DOCUMENT >> 20} MiB")
        return
    try:
        yield Record(json.loads(raw.decode("utf-8-sig")), 1)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        log.broken_record(line, f"it is no JSON: {error}")


def _yaml(path: str | Path, log: ProblemLog) -> Iterator[Record]:
    with opened(path) as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="replace") as text:
        file = ManifestFile(str(path), text.read(LARGEST_DOCUMENT))
    for manifest in read_objects(file, log):
        yield Record(manifest.content, manifest.source.line)
