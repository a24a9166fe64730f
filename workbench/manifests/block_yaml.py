"""What the plain YAML says that programs and most people write, read line by line without a YAML parser.

Mappings and lists in block style, scalars on one line, literal blocks, and small ``{…}`` and ``[…]``: one regular
expression takes a line apart, once for all lines of a file that are alike. Whatever else a document holds (anchors,
tags, escapes, folded text, a key given twice, a number that JSON cannot hold, anything malformed) makes `read_block`
give up, and the document goes to `read_yaml`, which is exact about it and several times slower. So there is one
meaning of YAML, and no flaw is ever reported from here.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, Final, TypeAlias

from workbench.manifests.scalars import AMBIGUOUS, SPECIAL_FIRST, plain_scalar

__all__ = ["Lines", "read_block"]

_BEYOND_ASCII: Final = "\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
"""What YAML takes for printable beyond ASCII, but for its line breaks."""
_DEEPEST: Final = 100
"""Nesting that is read here; `read_yaml` knows the real limit."""
_LONGEST_KEY: Final = 800
"""A key must end within 1,024 characters to YAML."""
_REMEMBERED: Final = 100_000


def _row(beyond: str) -> re.Pattern[str]:
    """Return what a line may look like: indentation, dash, key and value; `beyond` are characters beyond ASCII."""
    double = rf'"[ !#-\[\]-~{beyond}]*+"'
    single = rf"'[ -&(-~{beyond}]*+'"
    flow = r"[{\[][ -~]*[}\]]"
    key = rf"[A-Za-z0-9_./{beyond}][!-9;-~{beyond}]*+(?::[!-9;-~{beyond}]++)*+|{double}|{single}"
    plain = (
        rf"(?:[A-Za-z0-9_./~+()$;<=\\^{beyond}]|[-:?](?=[!-~{beyond}]))"
        rf"(?:[!-9;-~{beyond}]++|:(?=[!-~{beyond}])|[ ]++(?![#\r]|\Z))*+"
    )
    return re.compile(
        rf"([ ]*+)((?:-[ ]++)?)(?:({key}):(?=[ \r]|\Z))?[ ]*+({double}|{plain}|{single}|{flow}|\0[0-9]+)?"
        rf"[ ]*+(?:(?<![!-~{beyond}])\#[ -~{beyond}]*+)?\r?"
    )


_ROW: Final = _row("")
_ROW_BEYOND_ASCII: Final = _row(_BEYOND_ASCII)
_LITERAL: Final = re.compile(
    r"^([ ]*)(-[ ])?([^ \n#][^\n]*:[ ]+)\|(-?)[ ]*\n"
    rf"((?>(?:(?(2)\1[ ]{{3}}|\1[ ])[\t -~{_BEYOND_ASCII}]*+|[ ]*+)(?:\n|\Z))*+)",
    re.MULTILINE,
)
_FLOW_TOKEN: Final = re.compile(
    r"[ ]*(?:([{}\[\],])|(\"[ !#-\[\]-~]*\"|'[ -&(-~]*'|[A-Za-z0-9_./][A-Za-z0-9_./-]*)(:(?=[ ]))?)"
)


class _UnfitError(Exception):
    """Something that only `read_yaml` reads."""


Row: TypeAlias = tuple[int, int, str | None, Any, bool]
"""A line's indentation, the width of its dash (or 0), its key, its value, and whether it has one."""


class Lines(dict[str, Row]):
    """What each line says by its text, remembered for as long as one file is read.

    The values are shared, as those of aliases are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys_seen: dict[str, str] = {}
        self.literals: list[str] = []

    def __missing__(self, line: str) -> Row:
        found = (_ROW if line.isascii() else _ROW_BEYOND_ASCII).fullmatch(line)
        if found is None:
            raise _UnfitError
        indent, dash, key, value = found.groups()
        name = None if key is None else self.keys_seen.get(key) or self.keys_seen.setdefault(key, _key(key))
        if value is not None and value[0] == "\0":
            return len(indent), len(dash), name, self.literals[int(value[1:])], True
        row = (len(indent), len(dash), name, None if value is None else _meaning(value), value is not None)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[line] = row
        return row


def read_block(text: str, lines: Lines) -> Any:
    """Return the JSON value of the one document in `text`; None where it is not of the plain kind.

    `lines` may be shared by the documents of one file, and by no others, as it keeps their values.
    """
    if "\0" in text:
        return None
    try:
        if "|" in text:
            lines.literals = []
            text = _LITERAL.sub(lambda found: _placeholder(found, lines.literals), text)
        return _value(text.split("\n"), lines)
    except _UnfitError:
        return None


def _value(texts: list[str], lines: Lines) -> Any:  # noqa: C901, PLR0912, PLR0915
    """Return the value that the lines `texts` make up.

    One loop over all lines, without calls: it is where large inputs spend their time. `outer` are the
    containers around `inner`, each with its column, and `waiting` says that a key, or the document, still
    has no value.
    """
    root: Any = None
    outer: list[tuple[int, Any, bool]] = []
    inner: Any = None
    column = -1
    mapping = False
    key = ""
    waiting = True
    for text in texts:
        at, dash, name, value, filled = lines[text]
        if dash:
            if waiting and (mapping or inner is None) and at >= column:
                made: Any = []
                if inner is not None:
                    inner[key] = made
                elif root is None:
                    root = made
                else:
                    raise _UnfitError
                outer.append((column, inner, mapping))
                inner, column, mapping = made, at, False
            else:
                while column > at:
                    column, inner, mapping = outer.pop()
                if column != at or mapping:
                    raise _UnfitError
            if name is None:
                if not filled:
                    raise _UnfitError
                inner.append(value)
                waiting = False
                continue
            made = {}
            inner.append(made)
            outer.append((column, inner, False))
            inner, column, mapping = made, at + dash, True
            if len(outer) > _DEEPEST:
                raise _UnfitError
        elif name is None:
            if filled:
                raise _UnfitError  # text that goes on, or stands alone
            continue
        elif at != column or not mapping:
            if at > column:
                if not waiting or (inner is not None and not mapping):
                    raise _UnfitError
                made = {}
                if inner is not None:
                    inner[key] = made
                elif root is None:
                    root = made
                else:
                    raise _UnfitError
                outer.append((column, inner, mapping))
                inner, column, mapping = made, at, True
                if len(outer) > _DEEPEST:
                    raise _UnfitError
            else:
                while column > at or (column == at and not mapping):
                    column, inner, mapping = outer.pop()
                if column != at:
                    raise _UnfitError
        if name in inner:
            raise _UnfitError
        key = name
        inner[key] = value
        waiting = not filled
    return root


def _key(text: str) -> str:
    value = _scalar(text)
    if type(value) is not str or len(text) > _LONGEST_KEY:
        raise _UnfitError
    return value


def _meaning(text: str) -> Any:
    return _flow(text) if text[0] in "{[" else _scalar(text)


def _scalar(text: str) -> Any:
    first = text[0]
    if first in "\"'":
        return text[1:-1]
    if first not in SPECIAL_FIRST:
        return text
    value = plain_scalar(text)
    if value in AMBIGUOUS or (type(value) is float and not isfinite(value)):
        raise _UnfitError
    return value


def _placeholder(found: re.Match[str], literals: list[str]) -> str:
    """Keep the text of a literal block, and return the line with its number in place of it."""
    lines = found[5].split("\n")
    content = [line for line in lines if line.strip(" ")]
    if not content or not found[5].endswith("\n"):
        raise _UnfitError
    indent = len(content[0]) - len(content[0].lstrip(" "))
    # Lines that stand out to the left, and blanks that are wider than the text's margin, have rules of their own.
    if any(not line.startswith(" " * indent) for line in content) or any(
        len(line) > indent and not line.strip(" ") for line in lines
    ):
        raise _UnfitError
    text = "\n".join(line[indent:] for line in lines).rstrip("\n")
    literals.append(text if found[4] else text + "\n")
    return f"{found[1]}{found[2] or ''}{found[3]}\0{len(literals) - 1}\n"


def _flow(text: str) -> Any:
    """Return the value of a flow collection of plain words and quoted text, on one line."""
    tokens: list[tuple[str, str, str]] = []
    end = 0
    while match := _FLOW_TOKEN.match(text, end):
        tokens.append((match[1] or "", match[2] or "", match[3] or ""))
        end = match.end()
    if end != len(text):
        raise _UnfitError
    value, position = _flow_value(tokens, 0, 0)
    if position != len(tokens):
        raise _UnfitError
    return value


def _flow_value(tokens: list[tuple[str, str, str]], at: int, depth: int) -> tuple[Any, int]:
    sign, word, colon = tokens[at] if at < len(tokens) else ("", "", "")
    if word and not colon:
        return _scalar(word), at + 1
    if sign not in {"{", "["} or depth > _DEEPEST:
        raise _UnfitError
    made: Any = {} if sign == "{" else []
    closing = "}" if sign == "{" else "]"
    at += 1
    if at < len(tokens) and tokens[at][0] == closing:
        return made, at + 1
    while at < len(tokens):
        if sign == "{":
            key = _flow_key(tokens[at])
            value, at = _flow_value(tokens, at + 1, depth + 1)
            if key in made:
                raise _UnfitError
            made[key] = value
        else:
            value, at = _flow_value(tokens, at, depth + 1)
            made.append(value)
        if at < len(tokens) and tokens[at][0] == closing:
            return made, at + 1
        if at >= len(tokens) or tokens[at][0] != ",":
            break
        at += 1
    raise _UnfitError


def _flow_key(token: tuple[str, str, str]) -> str:
    if not token[1] or not token[2]:
        raise _UnfitError
    return _key(token[1])
