"""Which line a field stands on, and how its value is written: asked only when a problem needs it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import yaml

from workbench.manifests.source import FieldPath, Source

__all__ = ["field_line", "field_lines", "field_offsets", "json_offsets", "parse_events", "written_value"]

_SHORT: Final = 100_000
"""Letters of a text whose fields are kept for the next question."""
_SHALLOW: Final = 12
"""Steps of a path that are."""
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def field_line(source: Source, path: FieldPath) -> int | None:
    """Return the line in ``source.file`` of the field at `path`, counted from 1.

    The line of the deepest part of the path that exists, where the field itself is missing; of a key
    that is given twice, the line of the last, whose value counts. None for objects that were made in
    Python, and ``source.line`` where the text was not kept. Never raises.

    Parameters
    ----------
    source : Source
    path : FieldPath
    """
    if not source.file:
        return None
    wanted = source.prefix + path
    found = _offset_in(source.text, wanted)
    if found is None:  # JSON that is not valid YAML: escapes of UTF-16 pairs, for one
        found = _offset(json_offsets(source.text, len(wanted)), wanted)
    return source.line + source.text.count("\n", 0, found or 0)


def field_lines(source: Source) -> dict[FieldPath, int]:
    """Return the line of every field of a document, as `field_line` has it, in one pass; the root is ``()``.

    Parameters
    ----------
    source : Source
        Of a whole document: its `prefix` is not looked at.
    """
    found: dict[FieldPath, int] = {}
    line, counted = source.line, 0
    try:
        for path, offset in field_offsets(source.text):
            line += source.text.count("\n", counted, offset)
            counted = offset
            found[path] = line
    except (yaml.YAMLError, UnicodeEncodeError):
        return {(): source.line}
    return found


def written_value(source: Source, path: FieldPath) -> str | None:
    """Return the scalar at `path` as it is written, with its quotes; None for anything else. Never raises."""
    wanted = source.prefix + path
    walk = _Walk(len(wanted))
    found = None
    try:
        for event in parse_events(source.text):
            offset, end = event.start_mark.index, event.end_mark.index
            if isinstance(event, yaml.ScalarEvent):
                if walk.at_value() == wanted:
                    found = source.text[offset:end]
                list(walk.scalar(event.value, offset))
            elif isinstance(event, yaml.AliasEvent):
                list(walk.scalar(None, offset))
            elif isinstance(event, yaml.CollectionStartEvent):
                list(walk.open(isinstance(event, yaml.MappingStartEvent), offset))
            elif isinstance(event, yaml.CollectionEndEvent):
                walk.close()
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
    return found.rstrip() if found else None


def parse_events(text: str) -> Iterator[Any]:
    """Yield libyaml's events of a text, without a look at what its scalars mean."""
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while (event := parser.get_event()) is not None:
            yield event
    finally:
        parser.dispose()


def _offset_in(text: str, wanted: FieldPath) -> int | None:
    """Return the offset of a field; of a text that is asked about again at once, it is known."""
    if len(text) > _SHORT or len(wanted) > _SHALLOW:
        return _offset(field_offsets(text, len(wanted)), wanted)
    places = _places(text)
    return None if places is None else _offset(iter(places), wanted)


@lru_cache(maxsize=64)
def _places(text: str) -> tuple[tuple[FieldPath, int], ...] | None:
    """Return what `field_offsets` yields of fields that are not deep; None where that fails."""
    try:
        return tuple(field_offsets(text, _SHALLOW))
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _offset(places: Iterator[tuple[FieldPath, int]], wanted: FieldPath) -> int | None:
    """Return the offset of the last, longest beginning of `wanted`; None if reading `places` failed."""
    best, depth = 0, -1
    try:
        for path, offset in places:
            if depth <= len(path) <= len(wanted) and path == wanted[: len(path)]:
                best, depth = offset, len(path)
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
    return best


def field_offsets(text: str, deepest: int = sys.maxsize) -> Iterator[tuple[FieldPath, int]]:
    """Yield the path and the character offset of each field of a YAML document, in order.

    The offset is that of a mapping's key and of a list's member; the root comes first, as ``()``.
    Keys are given as written. Fields whose path has more than `deepest` steps are passed over: all paths
    of a document that is nested deeply would take the square of its length.

    Raises
    ------
    yaml.YAMLError, UnicodeEncodeError
        Where the text is not valid YAML.
    """
    walk = _Walk(deepest)
    for event in parse_events(text):
        offset = event.start_mark.index
        if isinstance(event, yaml.ScalarEvent):
            yield from walk.scalar(event.value, offset)
        elif isinstance(event, yaml.AliasEvent):
            yield from walk.scalar(None, offset)
        elif isinstance(event, yaml.CollectionStartEvent):
            yield from walk.open(isinstance(event, yaml.MappingStartEvent), offset)
        elif isinstance(event, yaml.CollectionEndEvent):
            walk.close()


def json_offsets(text: str, deepest: int = sys.maxsize) -> Iterator[tuple[FieldPath, int]]:
    """Yield what `field_offsets` yields, for a JSON text, as far as its brackets match."""
    walk = _Walk(deepest)
    for match in _JSON_TOKEN.finditer(text):
        part = match[0]
        if part in "{[":
            yield from walk.open(part == "{", match.start())
        elif part in "}]":
            walk.close()
        elif part not in ",:":
            yield from walk.scalar(part[1:-1] if part.startswith('"') else part, match.start())


class _Walk:
    """The path at which a stream of scalars, openings and closings has come; given where it has few enough steps."""

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.path: list[str | int | None] = []
        """A step for each open container: a list's next index, a mapping's key, None before a key."""
        self.in_key = 0
        """How many containers are open within a key that is itself a container."""

    def scalar(self, value: str | None, offset: int) -> Iterator[tuple[FieldPath, int]]:
        if self.in_key:
            return
        if not self.path:
            yield (), offset
        elif self.path[-1] is None:
            self.path[-1] = value if value is not None else ""
            yield from self._place(offset)
        else:
            if isinstance(self.path[-1], int):
                yield from self._place(offset)
            self._next()

    def open(self, mapping: bool, offset: int) -> Iterator[tuple[FieldPath, int]]:  # noqa: FBT001  (two kinds)
        if self.in_key or (self.path and self.path[-1] is None):
            self.in_key += 1
            return
        if not self.path or isinstance(self.path[-1], int):
            yield from self._place(offset)
        self.path.append(None if mapping else 0)

    def close(self) -> None:
        if self.in_key:
            self.in_key -= 1
            if not self.in_key:
                self.path[-1] = ""
        elif self.path:
            self.path.pop()
            self._next()

    def at_value(self) -> FieldPath | None:
        """Return the path of the scalar that comes next; None if it is a key, or part of one."""
        if self.in_key or len(self.path) > self.deepest or (self.path and self.path[-1] is None):
            return None
        return self._here()

    def _place(self, offset: int) -> Iterator[tuple[FieldPath, int]]:
        if len(self.path) <= self.deepest:
            yield self._here(), offset

    def _next(self) -> None:
        """Step on to the list's next member, or to the mapping's next key."""
        if self.path:
            step = self.path[-1]
            self.path[-1] = step + 1 if isinstance(step, int) else None

    def _here(self) -> FieldPath:
        return tuple(step for step in self.path if step is not None)
