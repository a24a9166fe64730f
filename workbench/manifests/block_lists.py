"""What a YAML List says (``kubectl get -o yaml``): member by member, so that one odd member does not slow all down."""

from __future__ import annotations

import re
from typing import Any, Final

from workbench.manifests.block_yaml import Lines, read_block
from workbench.manifests.kubernetes_yaml import MAX_DEPTH, NOTHING, ParsedDocument, Span, read_yaml

__all__ = ["read_plain"]

_ITEMS: Final = re.compile(r"^items:[ ]*\r?\n", re.MULTILINE)
_FIRST: Final = re.compile(r"(?:[ ]*(?:#[^\r\n]*)?\r?\n)*+([ ]*)-[ ]")
_OUTER: Final = re.compile(r"^(?:[^ \-#\r\n]|-(?![ ]))", re.MULTILINE)
_OUTER_LEVELS: Final = 2


def read_plain(text: str, lines: Lines) -> ParsedDocument | None:
    """Return the one document in `text` if it is of the plain kind that `read_block` reads; None if not.

    Members of a List that are not are read by `read_yaml`, as long as it finds nothing wrong with them.
    """
    if "items:" in text and _ITEMS.search(text):
        return _read_list(text, lines)
    content = read_block(text, lines)
    if content is None or (isinstance(content, dict) and isinstance(content.get("items") or "", (dict, list))):
        return None  # where the members stand is not known
    return ParsedDocument(content, end=len(text))


def _read_list(text: str, lines: Lines) -> ParsedDocument | None:
    key, *more = _ITEMS.finditer(text)
    first = _FIRST.match(text, key.end())
    if more or not first:
        return None
    after = _OUTER.search(text, key.end())
    end = after.start() if after else len(text)
    outer = read_block(text[: key.start()] + "items:\n" + text[end:], lines)
    if not isinstance(outer, dict) or first.end() > end:
        return None
    dashes = re.compile(rf"^{first[1]}-[ ]+", re.MULTILINE)
    starts = [(match.start(), match.end()) for match in dashes.finditer(text, key.end(), end)]
    members: list[Any] = []
    spans: list[Span] = []
    for (dash, start), stop in zip(starts, [*(dash for dash, _ in starts[1:]), end], strict=True):
        # A comment or a line break where the member should begin moves its place.
        if text.startswith(("#", "\n", "\r"), start):
            return None
        member = _member(" " * (start - dash) + text[start:stop], lines)
        if member is NOTHING:
            return None
        members.append(member)
        if isinstance(member, (dict, list)):
            flow = text.startswith(("{", "["), start)
            if flow and "#" in text[start:stop]:
                return None
            next_token = stop if stop == end else stop + len(first[1])
            spans.append(Span(start, start + len(text[start:stop].rstrip()) if flow else next_token))
    return ParsedDocument({**outer, "items": members}, (), tuple(spans), 0, len(text))


def _member(text: str, lines: Lines) -> Any:
    """Return the value of one member; `NOTHING` where anything is wrong with it."""
    value = read_block(text, lines)
    if value is not None:
        return value
    readings = read_yaml(text, MAX_DEPTH - _OUTER_LEVELS)
    return NOTHING if len(readings) != 1 or readings[0].flaws else readings[0].content
