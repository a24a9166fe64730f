"""Which documents a text holds, each with its place, its value and what is wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from workbench.ground import Problem
from workbench.manifests.block_lists import read_plain
from workbench.manifests.block_yaml import Lines
from workbench.manifests.kubernetes_json import read_json
from workbench.manifests.kubernetes_yaml import NOTHING, ParsedDocument, ParseIssue, Span, read_yaml
from workbench.manifests.source import Source
from workbench.manifests.store import ParsedTexts, PlacedDocument

__all__ = ["Document", "document_cuts", "forget", "holds_secret", "read_documents"]

_BOUNDARY = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_END_ALONE = re.compile(r"\.\.\.[ \t]*+\r?\n?")
_LINE_BREAK = re.compile(r"\n")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_LEADING = re.compile(
    r"(?:---[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\r|\Z))?(?:[ \t]*+(?:#[^\r\n]*)?(?:\r?\n|\r))*+(?:[ \t]*+\Z)?"
)
"""What stands before a document's first field: its own ``---`` line, blank lines and comments."""
_JSON_START = re.compile(r"\s*[{\[]")

CACHED_TEXT: Final = 16_000_000
"""Characters of documents whose values are kept for the next time they are read."""
LARGEST_CACHED: Final = 64_000
WIDEST_INDENT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a text.

    Attributes
    ----------
    text : str
        The document alone, from its first field on.
    line : int
        Line in the file of its first line, counted from 1.
    reading : ParsedDocument
        Value, flaws and places of a List's items.
    """

    text: str
    line: int
    reading: ParsedDocument

    @property
    def content(self) -> Any:
        """The JSON value, shared with every document of the same text; `NOTHING` if unreadable."""
        return self.reading.content

    @property
    def readable(self) -> bool:
        """Whether there is a value at all."""
        return self.content is not NOTHING

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield what is wrong with the document's text."""
        if not self.reading.flaws:
            return
        breaks = [match.start() for match in _LINE_BREAK.finditer(self.text)]
        for flaw in self.reading.flaws:
            message = flaw.message
            if flaw.earlier is not None:
                message += f"; it is first given on line {self.line + bisect_left(breaks, flaw.earlier)}"
            line = self.line + bisect_left(breaks, flaw.offset)
            yield Problem(flaw.severity, flaw.code, message, flaw.remedy, file, line)

    def member_sources(self, file: str) -> Iterator[Source]:
        """Yield the source of each member of a List, with the text of that member alone."""
        line, counted = self.line, 0
        for start, end in self.reading.items:
            line += self.text.count("\n", counted, start)
            counted = start
            # Indented as it stands, a member is a YAML document of its own; in one long line it already is. The
            # line's beginning is looked for nearby only: all members of a long line together would take for ever.
            nearby = max(start - WIDEST_INDENT, 0)
            begin = self.text.rfind("\n", nearby, start)
            indent = " " * (start - begin - 1) if begin >= 0 or nearby == 0 else ""
            yield Source(file, line, indent + self.text[start:end])


def read_documents(text: str, store: ParsedTexts | None = None) -> Iterator[Document]:
    """Yield the documents of `text`, YAML or JSON, lazily; empty ones are passed over.

    Documents are split at ``---`` and ``...`` before they are parsed, so a broken one leaves the others
    alone, and one that was read before is not parsed again: within this process, and with `store` in any.
    """
    text = text.removeprefix("\ufeff")
    lines = Lines()
    if _JSON_START.match(text):
        store = None  # JSON is read as quickly as what would be kept of it
    kept = store.get(text) if store else None
    remembered = len(text) <= CACHED_TEXT
    parsed: list[PlacedDocument] = []
    for found in _placed_documents(text) if kept is None else kept:
        piece = text[found.begin : found.end]
        readings = found.readings
        if readings is None:
            readings = _cache.read(piece, lines) if remembered else _read(piece, lines)
        if store and kept is None:
            parsed.append(found._replace(readings=readings))
        if len(readings) == 1:
            if readings[0].content is not None or readings[0].flaws:
                yield Document(piece, found.line, readings[0])
        else:
            yield from _parts(piece, found.line, readings)
    if store and kept is None:
        store.put(text, parsed)


def _parts(piece: str, line: int, readings: list[ParsedDocument]) -> Iterator[Document]:
    """Yield the several documents of one piece, each with its own text."""
    counted = 0
    for reading in readings:
        start = reading.start
        line += piece.count("\n", counted, start)
        counted = start
        if reading.content is not None or reading.flaws:
            yield Document(piece[start : reading.end], line, _alone(reading))


def _alone(reading: ParsedDocument) -> ParsedDocument:
    """Return what was read of one document among others, with offsets in its own text."""
    start = reading.start

    def shifted(flaw: ParseIssue) -> ParseIssue:
        earlier = None if flaw.earlier is None else flaw.earlier - start
        return flaw._replace(offset=max(flaw.offset - start, 0), earlier=earlier)

    return ParsedDocument(
        reading.content,
        tuple(map(shifted, reading.flaws)),
        tuple(Span(first - start, end - start) for first, end in reading.items),
    )


def _placed_documents(text: str) -> Iterator[PlacedDocument]:
    """Yield the place of each document, from its first field on, and the line on which it starts."""
    line = 1
    for start, end in document_cuts(text):
        lead = _LEADING.match(text, start, end)
        begin = lead.end() if lead else start
        if begin < end and not _END_ALONE.fullmatch(text, begin, end):
            yield PlacedDocument(begin, end, line + text.count("\n", start, begin))
        line += text.count("\n", start, end)


def document_cuts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the documents of `text` begin and end, with what stands between them."""
    start = 0
    directives = "%" in text and _DIRECTIVE.search(text) is not None
    for match in _BOUNDARY.finditer(text) if "---" in text or "..." in text else ():
        cut = match.start()
        if match[0] == "...":
            end_of_line = text.find("\n", cut)
            cut = len(text) if end_of_line < 0 else end_of_line + 1
        elif directives and _only_directives(text[start:cut]):
            continue  # %YAML and %TAG belong to the document that follows
        yield start, cut
        start = cut
    yield start, len(text)


def _only_directives(piece: str) -> bool:
    return bool(_DIRECTIVE.search(piece)) and all(
        not row.strip() or row.startswith(("%", "#")) for row in piece.split("\n")
    )


def _read(piece: str, lines: Lines) -> list[ParsedDocument]:
    if not _JSON_START.match(piece):
        plain = read_plain(piece, lines)
        return read_yaml(piece) if plain is None else [plain]
    as_json = read_json(piece)
    if as_json and as_json[-1].content is not NOTHING:
        return as_json
    as_yaml = read_yaml(piece)
    if as_yaml and as_yaml[-1].content is not NOTHING:
        return as_yaml
    unquoted = "property name" in as_json[-1].flaws[-1].message if as_json else True
    return as_yaml if unquoted else as_json


def holds_secret(content: Any) -> bool:
    """Tell whether `content` is a Secret, or a List with one in it."""
    waiting, seen = [content], set()
    while waiting:
        value = waiting.pop()
        if not isinstance(value, dict) or id(value) in seen:
            continue
        seen.add(id(value))
        kind = value.get("kind")
        if isinstance(kind, str) and kind.casefold() in {"secret", "secretlist"}:
            return True
        for field in ("items", "objects"):
            members = value.get(field)
            if isinstance(members, list):
                waiting.extend(members)
    return False


def _secret_or_unknown(reading: ParsedDocument) -> bool:
    return reading.content is NOTHING or holds_secret(reading.content)


class _Cache:
    """What was read of which text, the least recently used forgotten first; Secrets never enter."""

    def __init__(self) -> None:
        self.readings: OrderedDict[str, list[ParsedDocument]] = OrderedDict()
        self.size = 0
        self.lock = Lock()

    def read(self, piece: str, lines: Lines) -> list[ParsedDocument]:
        with self.lock:
            if piece in self.readings:
                self.readings.move_to_end(piece)
                return self.readings[piece]
        readings = _read(piece, lines)
        if len(piece) <= LARGEST_CACHED and not any(map(_secret_or_unknown, readings)):
            with self.lock:
                if piece not in self.readings:
                    self.readings[piece] = readings
                    self.size += len(piece)
                while self.size > CACHED_TEXT:
                    self.size -= len(self.readings.popitem(last=False)[0])
        return readings

    def clear(self) -> None:
        with self.lock:
            self.readings.clear()
            self.size = 0


_cache = _Cache()


def forget() -> None:
    """Forget what was parsed within this process, so that the next reading can be measured."""
    _cache.clear()
