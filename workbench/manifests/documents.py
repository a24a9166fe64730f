"""Which documents a text holds, each with its place, its value and what is wrong with it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from workbench.manifests.kubernetes_json import read_json
from workbench.manifests.kubernetes_yaml import NOTHING, Flaw, Reading, Span, read_yaml
from workbench.manifests.problems import Problem
from workbench.manifests.source import Source

__all__ = ["Document", "holds_secret", "read_documents"]

_BOUNDARY = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_ONLY_COMMENTS = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z))*")
_JSON_START = re.compile(r"(?:---[ \t\r]*(?=\n))?\s*[{\[]")

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
        The document alone.
    line : int
        Line in the file of its first line, counted from 1.
    reading : Reading
        Value, flaws and places of a List's items.
    """

    text: str
    line: int
    reading: Reading

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
        for flaw in self.reading.flaws:
            yield self._problem(flaw, file)

    def _problem(self, flaw: Flaw, file: str) -> Problem:
        message = flaw.message
        if flaw.earlier is not None:
            message += f"; it is first given on line {self._line(flaw.earlier)}"
        return Problem(flaw.severity, flaw.code, message, flaw.remedy, file, self._line(flaw.offset))

    def _line(self, offset: int) -> int:
        return self.line + self.text.count("\n", 0, offset)

    def member_sources(self, file: str) -> Iterator[Source]:
        """Yield the source of each member of a List, with the text of that member alone."""
        line, counted = self.line, 0
        for start, end in self.reading.items:
            line += self.text.count("\n", counted, start)
            counted = start
            column = start - (self.text.rfind("\n", 0, start) + 1)
            # Indented as it stands, a member is a YAML document of its own; in one long line it already is.
            indent = " " * column if column < WIDEST_INDENT else ""
            yield Source(file, line, indent + self.text[start:end])


def read_documents(text: str) -> Iterator[Document]:
    """Yield the documents of `text`, YAML or JSON, lazily; empty ones are passed over.

    Documents are split at ``---`` and ``...`` before they are parsed, so a broken one leaves the others
    alone, and one that was read before is not parsed again.
    """
    for piece, line in _pieces(text.removeprefix("\ufeff")):
        readings = _cache.read(piece)
        for reading in readings:
            if reading.content is not None or reading.flaws:
                yield Document(piece, line, reading) if len(readings) == 1 else _part(piece, line, reading)


def _part(piece: str, line: int, reading: Reading) -> Document:
    """Return one of several documents of one piece, with its own text."""
    start = reading.start

    def shifted(flaw: Flaw) -> Flaw:
        earlier = None if flaw.earlier is None else flaw.earlier - start
        return flaw._replace(offset=max(flaw.offset - start, 0), earlier=earlier)

    alone = Reading(
        reading.content,
        tuple(map(shifted, reading.flaws)),
        tuple(Span(first - start, end - start) for first, end in reading.items),
    )
    return Document(piece[start : reading.end], line + piece.count("\n", 0, start), alone)


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield pieces of one document each, and the line on which each starts."""
    start, line = 0, 1
    for match in _BOUNDARY.finditer(text):
        cut = match.start()
        if match[0] == "...":
            end_of_line = text.find("\n", cut)
            cut = len(text) if end_of_line < 0 else end_of_line + 1
        piece = text[start:cut]
        if match[0] == "---" and _DIRECTIVE.search(piece) and _without_directives(piece):
            continue  # %YAML and %TAG belong to the document that follows
        if not _ONLY_COMMENTS.fullmatch(piece):
            yield piece, line
        line += piece.count("\n")
        start = cut
    piece = text[start:]
    if not _ONLY_COMMENTS.fullmatch(piece):
        yield piece, line


def _without_directives(piece: str) -> bool:
    return all(not row.strip() or row.startswith(("%", "#")) for row in piece.split("\n"))


def _read(piece: str) -> list[Reading]:
    if not _JSON_START.match(piece):
        return read_yaml(piece)
    start = piece.index("\n") if piece.startswith("---") else 0
    as_json = read_json(" " * start + piece[start:])
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


def _secret_or_unknown(reading: Reading) -> bool:
    return reading.content is NOTHING or holds_secret(reading.content)


class _Cache:
    """What was read of which text, the least recently used forgotten first; Secrets never enter."""

    def __init__(self) -> None:
        self.readings: OrderedDict[str, list[Reading]] = OrderedDict()
        self.size = 0
        self.lock = Lock()

    def read(self, piece: str) -> list[Reading]:
        with self.lock:
            if piece in self.readings:
                self.readings.move_to_end(piece)
                return self.readings[piece]
        readings = _read(piece)
        if len(piece) <= LARGEST_CACHED and not any(map(_secret_or_unknown, readings)):
            with self.lock:
                if piece not in self.readings:
                    self.readings[piece] = readings
                    self.size += len(piece)
                while self.size > CACHED_TEXT:
                    self.size -= len(self.readings.popitem(last=False)[0])
        return readings


_cache = _Cache()
