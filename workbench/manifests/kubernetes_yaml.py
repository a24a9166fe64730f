"""What a YAML text says to Kubernetes, and where it says it badly.

Built on libyaml's events rather than on its nodes: a third faster, no recursion that a deeply nested
document could drive into the ground, and a place in the text for whatever is wrong.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple

import yaml

from workbench.ground import Severity
from workbench.manifests.scalars import AMBIGUOUS, SPECIAL_FIRST, Scalar, float_key, plain_scalar

__all__ = ["MAX_DEPTH", "NOTHING", "ParseIssue", "ParsedDocument", "Span", "read_yaml"]

MAX_DEPTH: Final = 250
"""Deepest nesting that is read; the API server's own schemas stay below 100."""
TOO_DEEP: Final = f"nested more than {MAX_DEPTH} levels deep; the document is left out"
MAX_EXPANSION: Final = 1_000_000
"""Values that a document may hold after its aliases are expanded, unless it is that large without them."""

_TAB: Final = re.compile(r"[ ]*\t")

EventParser: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG_PREFIX = "tag:yaml.org,2002:"


class ParseIssue(NamedTuple):
    """Something wrong in a text, at a character offset within it; `earlier` is what it collides with."""

    offset: int
    code: str
    message: str
    remedy: str = ""
    severity: Severity = Severity.ERROR
    earlier: int | None = None


class Span(NamedTuple):
    """Where a member of a List stands in its document's text."""

    start: int
    end: int


class _Nothing:
    """Marks a document that could not be read at all, as null is a value."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One document of a text.

    Attributes
    ----------
    content : Any
        Its JSON value; `NOTHING` if it is unreadable.
    flaws : tuple of ParseIssue
        With offsets in the text.
    items : tuple of Span
        Where the members of a List's ``items`` stand in the text, in order.
    start : int
    end : int or None
        Where the document itself stands in the text; None is the text's end.
    """

    content: Any
    flaws: tuple[ParseIssue, ...] = ()
    items: tuple[Span, ...] = ()
    start: int = 0
    end: int | None = None


def read_yaml(text: str, deepest: int = MAX_DEPTH) -> list[ParsedDocument]:
    """Return the documents of `text`, as Kubernetes reads them, unless they are nested deeper than `deepest`.

    Duplicate keys, keys and values that JSON cannot hold and broken syntax are flaws of the document
    that they stand in; of a duplicate key the last value wins. Reading ends at broken syntax.
    """
    readings: list[ParsedDocument] = []
    flaws: list[ParseIssue] = []
    start = 0
    try:
        parser = EventParser(text)
        while (event := parser.get_event()) is not None:
            if type(event) is yaml.DocumentStartEvent:
                builder = _Builder(deepest)
                flaws = builder.flaws
                end = builder.build(parser.get_event)
                readings.append(ParsedDocument(builder.content, tuple(flaws), tuple(builder.items), start, end))
                start, flaws = end, []
    except _TooMuchError as error:
        readings.append(ParsedDocument(NOTHING, (*flaws, error.flaw), start=start))
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        readings.append(ParsedDocument(NOTHING, (*flaws, _syntax_flaw(text, error)), start=start))
    return readings


class _TooMuchError(Exception):
    """A document that is nested or multiplied beyond reason."""

    def __init__(self, flaw: ParseIssue) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


class _Key:
    """Marks what the next scalar of a mapping is."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning


_EXPECTED: Final = _Key("a key comes next")
_MEMBER: Final = _Key("the container is a list: no keys")
_MERGE: Final = _Key("the value of << comes next")
_UNUSABLE: Final = _Key("the value belongs to a key that cannot be used")


@dataclass(slots=True, eq=False)
class _Frame:
    """A list or mapping that is being filled.

    Attributes
    ----------
    container : list or dict
    key : str or _Key
        The key whose value comes next, or what else does.
    places : dict of str to int
        Offset of each key that was written (not merged) so far.
    start : int
        Offset of the container.
    before : int
        Values that had been counted when it began.
    merge : int
        Offset of the last ``<<``.
    """

    container: Any
    key: str | _Key
    places: dict[str, int]
    anchor: str | None
    start: int
    before: int
    merge: int = 0


_STARTS: Final = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
_ENDS: Final = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))


class _Builder:
    """Builds one document's JSON value from events."""

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.flaws: list[ParseIssue] = []
        self.items: list[Span] = []
        self.content: Any = None
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.ambiguous = False
        self.values = 0
        """Members of the lists and mappings closed so far, with what aliases stand for."""

    def build(self, next_event: Any) -> int:
        """Consume the events of one document, and return the offset of its end."""
        scalar_event, special = yaml.ScalarEvent, SPECIAL_FIRST
        frame: _Frame | None = None
        while True:
            event = next_event()
            kind = type(event)
            if kind is scalar_event:
                value: Any = event.value
                if event.tag is not None or event.anchor is not None:
                    value = self._decorated(event)
                elif event.implicit[0] and (not value or value[0] in special):
                    value = self._plain(event)
                if frame is None:
                    self.content = value
                elif frame.key is _EXPECTED:
                    self._key(frame, value, event)
                else:
                    self._value(frame, value)
            elif kind in _STARTS:
                frame = self._open(event)
            elif kind in _ENDS:
                frame = self._close(event)
            elif kind is yaml.AliasEvent:
                self._place(frame, self._alias(event), event.start_mark.index)
            else:
                return int(event.end_mark.index)

    def _open(self, event: Any) -> _Frame:
        if len(self.stack) >= self.deepest:
            raise _TooMuchError(ParseIssue(event.start_mark.index, "too-deep", TOO_DEEP))
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        mapping = type(event) is yaml.MappingStartEvent
        frame = _Frame(
            container={} if mapping else [],
            key=_EXPECTED if mapping else _MEMBER,
            places={},
            anchor=event.anchor,
            start=event.start_mark.index,
            before=self.values,
        )
        self.stack.append(frame)
        return frame

    def _close(self, event: Any) -> _Frame | None:
        closed = self.stack.pop()
        self.values += len(closed.container) + 1
        if closed.anchor is not None:
            self.open_anchors.discard(closed.anchor)
            self.anchors[closed.anchor] = (closed.container, self.values - closed.before)
        if not self.stack:
            self.content = closed.container
            return None
        if len(self.stack) == 2 and self.stack[0].key == "items":  # noqa: PLR2004  (root, then its list)
            self.items.append(Span(closed.start, event.end_mark.index))
        self._place(self.stack[-1], closed.container, closed.start)
        return self.stack[-1]

    def _place(self, frame: _Frame | None, value: Any, offset: int) -> None:
        """Put a container or an alias's value where the document now stands."""
        if frame is None:
            self.content = value
        elif frame.key is not _EXPECTED:
            self._value(frame, value)
        elif isinstance(value, (dict, list)):
            remedy = "write the key as text; text that begins with { or [ needs quotes"
            self.flaws.append(ParseIssue(offset, "bad-key", "a mapping or list cannot be a key", remedy))
            frame.key = _UNUSABLE
        else:
            self._named(frame, value, offset)

    def _key(self, frame: _Frame, value: Any, event: Any) -> None:
        if value == "<<" and (event.implicit[0] or event.tag == TAG_PREFIX + "merge"):
            frame.key = _MERGE
            frame.merge = event.start_mark.index
        else:
            self._named(frame, value, event.start_mark.index)

    def _named(self, frame: _Frame, value: Any, offset: int) -> None:
        if type(value) is not str:
            if value is None:
                self.flaws.append(ParseIssue(offset, "bad-key", "null cannot be a key", "name the key, or quote it"))
                frame.key = _UNUSABLE
                return
            value = _key_text(value)
        if value in frame.places:
            message = f"key {value!r} is given twice, and the last value wins"
            flaw = ParseIssue(offset, "duplicate-key", message, "keep one of the two", earlier=frame.places[value])
            self.flaws.append(flaw)
        frame.places[value] = offset
        frame.key = value

    def _value(self, frame: _Frame, value: Any) -> None:
        key = frame.key
        if key is _MEMBER:
            frame.container.append(value)
            return
        if type(key) is str:
            frame.container[key] = value
        elif key is _MERGE:
            self._merge(frame, value)
        frame.key = _EXPECTED

    def _merge(self, frame: _Frame, value: Any) -> None:
        """Merge as go-yaml v2 does: at the place of ``<<``, earlier mappings of a list win over later ones."""
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            message = "<< needs a mapping or a list of mappings"
            self.flaws.append(ParseIssue(frame.merge, "bad-value", message))
            return
        for source in reversed(sources):
            frame.container.update(source)

    def _alias(self, event: Any) -> Any:
        name = event.anchor
        offset = event.start_mark.index
        if name in self.open_anchors:
            self.flaws.append(ParseIssue(offset, "bad-alias", f"anchor {name!r} contains itself"))
            return None
        if name not in self.anchors:
            self.flaws.append(ParseIssue(offset, "bad-alias", f"alias {name!r} names no anchor of this document"))
            return None
        value, size = self.anchors[name]
        self.values += size
        if self.values > MAX_EXPANSION and self.values > 10 * offset:
            # No text writes ten values with one character: it is the aliases.
            message = "aliases multiply this document beyond reason; it is left out, as Kubernetes does"
            raise _TooMuchError(ParseIssue(offset, "excessive-aliasing", message))
        return value

    def _plain(self, event: Any) -> Scalar:
        value = plain_scalar(event.value)
        if value in AMBIGUOUS and not self.ambiguous:
            self.ambiguous = True  # said once a document is enough
            message = f"{value} without quotes is a boolean to Kubernetes; read as the text that is likely meant"
            flaw = ParseIssue(
                event.start_mark.index, "ambiguous-boolean", message, "put it in quotes", Severity.WARNING
            )
            self.flaws.append(flaw)
        if type(value) is float and not isfinite(value):
            message = f"{event.value} cannot be written as JSON, so Kubernetes refuses it; read as text"
            self.flaws.append(
                ParseIssue(event.start_mark.index, "bad-value", message, "quote it if it is meant as text")
            )
            return str(event.value)
        return value

    def _decorated(self, event: Any) -> Scalar:
        """Return the value of a scalar that has a tag or an anchor, or both."""
        if event.tag is not None:
            value = self._tagged(event)
        else:
            value = self._plain(event) if event.implicit[0] else event.value
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1)
        return value

    def _tagged(self, event: Any) -> Scalar:
        """Return the value of a scalar with an explicit tag; tags that Kubernetes does not know are dropped."""
        tag, text = event.tag.removeprefix(TAG_PREFIX), event.value
        if tag == "binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                return self._bad_tag(event, tag)
        wanted = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(tag)
        if wanted is None:
            return str(text)
        value = plain_scalar(text)
        if wanted is float and type(value) is int:
            return float(value)
        if type(value) is wanted and (type(value) is not float or isfinite(value)):
            return value
        return self._bad_tag(event, tag)

    def _bad_tag(self, event: Any, tag: str) -> str:
        # The value may be a secret and is not repeated.
        self.flaws.append(ParseIssue(event.start_mark.index, "bad-value", f"the value cannot be read as !!{tag}"))
        return str(event.value)


def _key_text(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else float_key(value)


def _syntax_flaw(text: str, error: Exception) -> ParseIssue:
    """Return the flaw that a parser's `error` reports, without repeating the text itself."""
    remedy = "fix the YAML; the other documents of the file are read"
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if "nesting depth" in (error.problem or ""):  # libyaml, which has a limit of its own since 0.2.6
            return ParseIssue(mark.index if mark else 0, "too-deep", TOO_DEEP)
        if mark and (tab := _indenting_tab(text, mark.index)) is not None:
            message = "not valid YAML: a line is indented with a tab character, which YAML does not allow"
            return ParseIssue(
                tab, "yaml-syntax", message, "indent with spaces; the other documents of the file are read"
            )
        message = ", ".join(part for part in (error.context, error.problem) if part)
        return ParseIssue(mark.index if mark else 0, "yaml-syntax", f"not valid YAML: {message}", remedy)
    if isinstance(error, yaml.reader.ReaderError):
        start = text.encode("utf-8", "replace")[: error.position].decode("utf-8", "replace")
        return ParseIssue(len(start), "yaml-syntax", f"not valid YAML: {error.reason}", remedy)
    if isinstance(error, UnicodeEncodeError):
        return ParseIssue(error.start, "yaml-syntax", "not valid YAML: half a UTF-16 pair is not a character", remedy)
    return ParseIssue(0, "yaml-syntax", "not valid YAML", remedy)


def _indenting_tab(text: str, offset: int) -> int | None:
    """Return the offset of a tab that indents the line at `offset` or the one before; None if there is none."""
    line = text.rfind("\n", 0, offset) + 1
    before = text.rfind("\n", 0, max(line - 1, 0)) + 1
    found = _TAB.match(text, line) or _TAB.match(text, before)
    return None if found is None else found.end() - 1
