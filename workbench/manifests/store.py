"""What was parsed before, by the hash of its text, kept as JSON in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from pydantic_core import PydanticSerializationError, to_json

from workbench.ground import make_private, read_private, user_cache, write_private
from workbench.manifests.kubernetes_yaml import ParsedDocument, Span
from workbench.manifests.quick_json import decoded

__all__ = ["ParsedTexts", "PlacedDocument", "user_store"]

SMALLEST: Final = 100_000
"""Characters of a text that is worth a file; smaller ones are parsed as quickly as they are looked up."""
LARGEST_FILE: Final = 128_000_000
LARGEST_FOLDER: Final = 512_000_000
"""Bytes that all files may take; those that were not used for longest go first."""

_FORMAT: Final = b"netpol-workbench 1 "
_ALIAS: Final = re.compile(r"(?:^|[\s\[{,])\*[^\s,\[\]{}'\"*]", re.MULTILINE)
_UNREADABLE: Final = (OSError, ValueError, TypeError, RecursionError, PydanticSerializationError)


class PlacedDocument(NamedTuple):
    """A document's place in a text, and what it says; `readings` is None where it has to be parsed."""

    begin: int
    end: int
    line: int
    readings: list[ParsedDocument] | None = None


class ParsedTexts:
    """The files of a folder, one a text. A file that is damaged, or not ours, is as good as none.

    No Secret and no kubeconfig is ever kept, nor a document with flaws or with aliases, which multiply when they
    are written out: these are parsed each time. What is read back is JSON, bears a checksum, and can do nothing.

    Parameters
    ----------
    folder : Path
        Made when it is first needed, for the user alone.
    """

    def __init__(self, folder: Path, largest: int = LARGEST_FOLDER) -> None:
        self.folder = folder
        self.largest = largest

    def get(self, text: str) -> list[PlacedDocument] | None:
        """Return the documents of `text`, if they were kept."""
        if len(text) < SMALLEST:
            return None
        try:
            path = self._path(text)
            payload = _read(path)
            documents = [_placed(entry, len(text)) for entry in decoded(payload)]
            os.utime(path)
        except _UNREADABLE:
            return None
        return documents

    def put(self, text: str, documents: Iterable[PlacedDocument]) -> None:
        """Keep what `text` says, unless it is small, or the folder cannot be written."""
        if len(text) < SMALLEST:
            return
        try:
            content = [_entry(document, text) for document in documents]
            payload = to_json(content)
            if len(payload) <= min(LARGEST_FILE, self.largest):
                self._write(self._path(text), payload)
        except _UNREADABLE:
            return

    def _path(self, text: str) -> Path:
        digest = hashlib.blake2b(_reader(), digest_size=32)
        digest.update(text.encode("utf-8", "surrogatepass"))
        return self.folder / f"{digest.hexdigest()}.json"

    def _write(self, path: Path, payload: bytes) -> None:
        """Put a whole file in place, and make room for it first."""
        make_private(self.folder)
        self._make_room(len(payload))
        write_private(path, _FORMAT + hashlib.blake2b(payload).hexdigest().encode() + b"\n" + payload)

    def _make_room(self, wanted: int) -> None:
        files = [(file, file.lstat()) for file in self.folder.iterdir() if file.suffix == ".json"]
        files.sort(key=lambda entry: entry[1].st_mtime)
        taken = sum(status.st_size for _, status in files) + wanted
        for file, status in files:
            if taken <= self.largest:
                break
            with suppress(OSError):
                file.unlink()
                taken -= status.st_size


def user_store() -> ParsedTexts | None:
    """Return what is kept for the user who runs this; None where there is no cache."""
    folder = user_cache("parsed")
    return None if folder is None else ParsedTexts(folder)


@cache
def _reader() -> bytes:
    """Return a digest of what the meaning of a text depends on beside the text: this room's code, and PyYAML's."""
    digest = hashlib.blake2b(f"{_FORMAT!r} {yaml.__version__}".encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.digest()


def _read(path: Path) -> bytes:
    """Return the payload of a file that is ours and whole.

    Raises
    ------
    OSError, ValueError
        If there is none, or if it is not so.
    """
    head, _, payload = read_private(path, LARGEST_FILE + 1000).partition(b"\n")
    if head != _FORMAT + hashlib.blake2b(payload).hexdigest().encode():
        message = "damaged"
        raise ValueError(message)
    return payload


def _entry(document: PlacedDocument, text: str) -> list[Any]:
    """Return a document as JSON."""
    readings = document.readings or []
    kept = all(not reading.flaws and _may_be_kept(reading.content) for reading in readings)
    place = [document.begin, document.end, document.line]
    aliases = text.find("*", document.begin, document.end) >= 0 and _ALIAS.search(text, document.begin, document.end)
    if not readings or not kept or aliases:
        return [*place, None]
    return [*place, [[one.content, one.items, one.start, one.end] for one in readings]]


def _placed(entry: Any, length: int) -> PlacedDocument:
    begin, end, line, kept = entry
    if not 0 <= begin <= end <= length or line < 1:
        message = "a place that is not in the text"
        raise ValueError(message)
    if kept is None:
        return PlacedDocument(begin, end, line)
    readings = [
        ParsedDocument(content, (), tuple(Span(int(first), int(last)) for first, last in items), int(start), last_one)
        for content, items, start, last_one in kept
    ]
    return PlacedDocument(begin, end, line, readings)


def _may_be_kept(content: Any) -> bool:
    """Tell whether `content` is a Kubernetes object, or a List of such, without Secrets and credentials."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if not isinstance(value, Mapping):
            return False
        kind = value.get("kind")
        if not isinstance(kind, str) or kind == "Config" or "secret" in kind.casefold():
            return False
        for field in ("items", "objects"):
            members = value.get(field)
            if isinstance(members, list):
                # Members of a typed list may name no kind: theirs is the list's.
                waiting.extend({"kind": kind, **one} if isinstance(one, Mapping) else one for one in members)
    return True
