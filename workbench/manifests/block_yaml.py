"""What the plain YAML says that programs and most people write, read line by line without a YAML parser.

One regular expression takes a document apart into its lines: mappings and lists in block style, scalars on one
line, literal blocks, and small ``{…}`` and ``[…]``. Whatever else a document holds (anchors, tags, escapes, folded
text, a key given twice, a number that JSON cannot hold, anything malformed) makes `read_block` give up, and the
document goes to `read_yaml`, which is exact about it and some five times slower. So there is one meaning of YAML,
and no flaw is ever reported from here.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, Final

from workbench.manifests.scalars import AMBIGUOUS, SPECIAL_FIRST, plain_scalar

__all__ = ["Words", "read_block"]

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
        rf"(?:[!-9;-~{beyond}]++|:(?=[!-~{beyond}])|[ ]++(?![#\r\n]|\Z))*+"
    )
    return re.compile(
        rf"^([ ]*+)((?:-[ ]++)?)(?:({key}):(?=[ \r\n]|\Z))?[ ]*+({double}|{plain}|{single}|{flow}|\0[0-9]+)?"
        rf"[ ]*+(?:(?<![!-~{beyond}])\#[ -~{beyond}]*+)?\r?$",
        re.MULTILINE,
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


class Words(dict[str, Any]):
    """What each scalar, key and flow collection means by its text, remembered for as long as one file is read.

    The values are shared, as those of aliases are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys_seen = _Keys()
        self.literals: list[str] = []

    def __missing__(self, text: str) -> Any:
        first = text[0]
        if first == "\0":
            return self.literals[int(text[1:])]
        value = _flow(text, self) if first in "{[" else _scalar(text)
        if len(self) < _REMEMBERED:
            self[text] = value
        return value


class _Keys(dict[str, str]):
    """What each key means, by its text."""

    def __missing__(self, text: str) -> str:
        value = _scalar(text)
        if type(value) is not str or len(text) > _LONGEST_KEY:
            raise _UnfitError
        if len(self) < _REMEMBERED:
            self[text] = value
        return value


def read_block(text: str, words: Words) -> Any:
    """Return the JSON value of the one document in `text`; None where it is not of the plain kind.

    `words` may be shared by the documents of one file, and by no others, as it keeps their values.
    """
    if "\0" in text:
        return None
    try:
        if "|" in text:
            words.literals = []
            text = _LITERAL.sub(lambda found: _placeholder(found, words.literals), text)
        rows = (_ROW if text.isascii() else _ROW_BEYOND_ASCII).findall(text)
        # A line that is not of the plain kind is missing among the rows.
        return _value(rows, words) if len(rows) == text.count("\n") + 1 else None
    except _UnfitError:
        return None


def _value(rows: list[tuple[str, str, str, str]], words: Words) -> Any:  # noqa: C901, PLR0912, PLR0915
    """Return the value that `rows` of indentation, dash, key and value make up.

    One loop over all lines, without calls: it is where large inputs spend their time. `outer` are the
    containers around `inner`, each with its column, and `waiting` says that a key, or the document, still
    has no value.
    """
    names = words.keys_seen
    root: Any = None
    outer: list[tuple[int, Any, bool]] = []
    inner: Any = None
    column = -1
    mapping = False
    key = ""
    waiting = True
    for indent, dash, name, value in rows:
        at = len(indent)
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
            if not name:
                if not value:
                    raise _UnfitError
                inner.append(words[value])
                waiting = False
                continue
            made = {}
            inner.append(made)
            outer.append((column, inner, False))
            inner, column, mapping = made, at + len(dash), True
            if len(outer) > _DEEPEST:
                raise _UnfitError
        elif not name:
            if value:
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
        key = names[name]
        if key in inner:
            raise _UnfitError
        if value:
            inner[key] = words[value]
            waiting = False
        else:
            inner[key] = None
            waiting = True
    return root


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


def _flow(text: str, words: Words) -> Any:
    """Return the value of a flow collection of plain words and quoted text, on one line."""
    tokens: list[tuple[str, str, str]] = []
    end = 0
    while match := _FLOW_TOKEN.match(text, end):
        tokens.append((match[1] or "", match[2] or "", match[3] or ""))
        end = match.end()
    if end != len(text):
        raise _UnfitError
    value, position = _flow_value(tokens, 0, words, 0)
    if position != len(tokens):
        raise _UnfitError
    return value


def _flow_value(tokens: list[tuple[str, str, str]], at: int, words: Words, depth: int) -> tuple[Any, int]:
    sign, word, colon = tokens[at] if at < len(tokens) else ("", "", "")
    if word and not colon:
        return words[word], at + 1
    if sign not in {"{", "["} or depth > _DEEPEST:
        raise _UnfitError
    made: Any = {} if sign == "{" else []
    closing = "}" if sign == "{" else "]"
    at += 1
    if at < len(tokens) and tokens[at][0] == closing:
        return made, at + 1
    while at < len(tokens):
        if sign == "{":
            key = _flow_key(tokens[at], words)
            value, at = _flow_value(tokens, at + 1, words, depth + 1)
            if key in made:
                raise _UnfitError
            made[key] = value
        else:
            value, at = _flow_value(tokens, at, words, depth + 1)
            made.append(value)
        if at < len(tokens) and tokens[at][0] == closing:
            return made, at + 1
        if at >= len(tokens) or tokens[at][0] != ",":
            break
        at += 1
    raise _UnfitError


def _flow_key(token: tuple[str, str, str], words: Words) -> str:
    if not token[1] or not token[2]:
        raise _UnfitError
    return words.keys_seen[token[1]]
