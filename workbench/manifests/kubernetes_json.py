"""What a JSON text says, where a List's items stand in it, and which keys are given twice."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from workbench.manifests.kubernetes_yaml import NOTHING, ParsedDocument, ParseIssue, Span
from workbench.manifests.locate import json_offsets
from workbench.manifests.quick_json import UNCERTAIN, read_quickly
from workbench.manifests.source import FieldPath, field_path

__all__ = ["read_json"]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)")
_HALF_LENGTH = 6
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(text: str) -> list[ParsedDocument]:
    """Return the JSON documents that stand one after another in `text`.

    Reading ends at broken syntax, which is a flaw of a document of its own (``json-syntax``). Half a
    UTF-16 pair becomes U+FFFD, as Go reads it.
    """
    if _SURROGATE.search(text):
        text = _ESCAPE.sub(_whole_characters, text)
    readings: list[ParsedDocument] = []
    start = _skip(text, 0)
    may_list = '"items"' in text
    while start < len(text):
        try:
            reading, end = _Document(text, start).read(may_list=may_list)
        except json.JSONDecodeError as error:
            flaw = ParseIssue(error.pos, "json-syntax", f"not valid JSON: {error.msg}", "fix the JSON")
            readings.append(ParsedDocument(NOTHING, (flaw,), start=start))
            break
        except RecursionError:
            flaw = ParseIssue(start, "too-deep", "nested too deeply to be read; the document is left out")
            readings.append(ParsedDocument(NOTHING, (flaw,), start=start))
            break
        except ValueError:  # a whole number of thousands of digits
            flaw = ParseIssue(start, "json-syntax", "not valid JSON: a number is too long", "fix the JSON")
            readings.append(ParsedDocument(NOTHING, (flaw,), start=start))
            break
        readings.append(reading)
        start = _skip(text, end)
    return readings


class _Document:
    """One JSON document within a text."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start
        self.repeated = False
        self.items: list[Span] = []
        self.decoder = json.JSONDecoder(object_pairs_hook=self._mapping, parse_constant=self._refuse)

    def read(self, *, may_list: bool) -> tuple[ParsedDocument, int]:
        """Return the document and the offset of its end; `may_list` tells whether it may have ``items``."""
        if may_list and self.text.startswith("{", self.start):
            content, end = self._root()
        elif (content := self._whole()) is not UNCERTAIN:
            end = len(self.text)
        else:
            content, end = self.decoder.raw_decode(self.text, self.start)
        flaws = tuple(_repeated_keys(self.text[self.start : end], self.start)) if self.repeated else ()
        return ParsedDocument(content, flaws, tuple(self.items), self.start, end), end

    def _whole(self) -> Any:
        """Return the value of the text if it is all of this document; `UNCERTAIN` if others were before it."""
        return UNCERTAIN if self.text[: self.start].strip() else read_quickly(self.text)

    def _mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(pairs)
        if len(mapping) < len(pairs):
            self.repeated = True
        return mapping

    def _refuse(self, constant: str) -> NoReturn:
        message = f"{constant} is not JSON"
        raise json.JSONDecodeError(message, self.text, self.text.find(constant, self.start))

    def _root(self) -> tuple[dict[str, Any], int]:
        """Read the root mapping key by key, to learn where each member of ``items`` stands."""
        pairs: list[tuple[str, Any]] = []
        at = _skip(self.text, self.start + 1)
        while not self.text.startswith("}", at):
            if pairs:
                at = _skip(self.text, self._expect(",", at))
            if not self.text.startswith('"', at):
                message = "Expecting property name enclosed in double quotes"
                raise json.JSONDecodeError(message, self.text, at)
            key, at = self.decoder.raw_decode(self.text, at)
            at = _skip(self.text, self._expect(":", _skip(self.text, at)))
            if key == "items" and self.text.startswith("[", at):
                value, at = self._members(at)
            else:
                value, at = self.decoder.raw_decode(self.text, at)
            pairs.append((key, value))
            at = _skip(self.text, at)
        return self._mapping(pairs), at + 1

    def _members(self, at: int) -> tuple[list[Any], int]:
        self.items = []
        members: list[Any] = []
        at = _skip(self.text, at + 1)
        closing = self.text[self.text.rfind("\n", 0, at) : at] + "}"
        while not self.text.startswith("]", at):
            if members:
                at = _skip(self.text, self._expect(",", at))
            member, end = self._member(at, closing)
            members.append(member)
            self.items.append(Span(at, end))
            at = _skip(self.text, end)
        return members, at + 1

    def _member(self, at: int, closing: str) -> tuple[Any, int]:
        """Read one member, which probably ends with a brace in the column in which the first began (`closing`)."""
        end = self.text.find(closing, at) + len(closing) if closing.strip("\n ") == "}" else 0
        member = read_quickly(self.text[at:end]) if end > at else UNCERTAIN
        return self.decoder.raw_decode(self.text, at) if member is UNCERTAIN else (member, end)

    def _expect(self, sign: str, at: int) -> int:
        if not self.text.startswith(sign, at):
            message = f"Expecting {sign!r} delimiter"
            raise json.JSONDecodeError(message, self.text, at)
        return at + 1


def _repeated_keys(text: str, start: int) -> list[ParseIssue]:
    first: dict[FieldPath, int] = {}
    flaws = []
    for path, offset in json_offsets(text):
        if path in first and isinstance(path[-1], str):
            message = f"key {path[-1]!r} is given twice ({field_path(path)}), and the last value wins"
            flaw = ParseIssue(
                start + offset, "duplicate-key", message, "keep one of the two", earlier=start + first[path]
            )
            flaws.append(flaw)
        first[path] = offset
    return flaws


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _whole_characters(escape: re.Match[str]) -> str:
    """Replace half a UTF-16 pair, in as many characters."""
    return r"\ufffd" if len(escape[0]) == _HALF_LENGTH else escape[0]
