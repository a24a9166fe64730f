"""JSON values as YAML, as kubectl writes it, that every YAML reader takes for the same values.

Readers differ in which plain scalars are text: YAML 1.1 has ``on``, ``012`` and dates, YAML 1.2 has ``0o14`` and
``1e3``, and go-yaml, with which Kubernetes reads, has something of both. A text is quoted if one of them would read
something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import yaml

from workbench.ground import ArgumentError
from workbench.manifests.scalars import AMBIGUOUS, plain_scalar

__all__ = ["yaml_text"]

if TYPE_CHECKING:
    from yaml import SafeDumper as Dumper
else:
    Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's is faster

_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
"""Numbers of YAML 1.2 (core schema, 10.3.2); its other words are words of YAML 1.1, too."""
_UNPRINTABLE: Final = re.compile("[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
"""What has to be escaped, what libyaml escapes, and what some readers take for the end of a line."""
_NOT_LITERAL: Final = re.compile(r"\A[ \n]| \n| \Z|\n\n\Z")
"""What a block of lines would need an indicator for, or hide from the eye."""
_UNLIMITED: Final = 2**31 - 1
"""Long lines are not folded: what is folded is hard to search for."""
_EMPTY: Final[dict[type, str]] = {dict: "{}", list: "[]"}
_NESTED: Final = frozenset(_EMPTY)
_ALONE: Final = frozenset({str, int, bool, float, type(None)}) | _NESTED
"""What is written on one line: of objects and lists, those without anything in them."""
_KEPT: Final = 65_536
"""Texts of which it is remembered how they are written: in many documents, the same ones come again and again."""
_NULL: Final = " null\n"


class _Dumper(Dumper):
    """Writes texts so that no reader takes them for anything else, and equal values without aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Tell that no value is written as an alias of an earlier one."""
        return True

    def _text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, _style(text))


_Dumper.add_representer(str, _Dumper._text)  # noqa: SLF001  (its own)


def yaml_text(documents: Iterable[Any]) -> str:
    """Return JSON values as YAML documents with ``---`` between them; the order of keys is kept.

    Raises
    ------
    ArgumentError
        If a text has half of a UTF-16 pair, which no YAML can hold.
    """
    return "---\n".join(map(_document, documents))


class _UnusualError(Exception):
    """A value that only PyYAML knows how to write."""


def _document(document: Any) -> str:
    """Return a document; objects and lists are put together here, which takes PyYAML most of its time."""
    if not _has_lines(document):
        return _dumped(document)
    texts: list[str] = []
    try:
        _put(document, "", texts)
    except _UnusualError:
        return _dumped(document)
    return "".join(texts)


def _dumped(document: Any) -> str:
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_UNLIMITED, default_flow_style=False
    )


def _put(value: Any, indent: str, texts: list[str]) -> None:
    """Add the texts of an object or a list that has something in it, without the indent of its first line."""
    deeper = f"{indent}  "
    before = ""
    if type(value) is list:
        for entry in value:
            texts.append(f"{before}- ")
            before = indent
            if _has_lines(entry):
                _put(entry, deeper, texts)
            else:
                texts.append(f"{_on_line(entry, indent)}\n")
        return
    for key, entry in value.items():
        if _has_lines(entry):
            # A list begins below the first letter of its key.
            inner = indent if type(entry) is list else deeper
            texts.append(f"{before}{_key(key)}\n{inner}")
            _put(entry, inner, texts)
        else:
            texts.append(f"{before}{_key(key)} {_on_line(entry, indent)}\n")
        before = indent


def _has_lines(value: Any) -> bool:
    return bool(value) and type(value) in _NESTED


def _on_line(value: Any, indent: str) -> str:
    """Return a value that begins on the line of its key; the lines of a text that has several are indented."""
    if type(value) not in _ALONE:
        raise _UnusualError
    text = _EMPTY[type(value)] if type(value) in _NESTED else _scalar(value)
    return text.replace("\n  ", f"\n{indent}  ") if "\n" in text else text


@lru_cache(maxsize=_KEPT, typed=True)
def _scalar(value: str | float | None) -> str:
    """Return a text, a number or a truth value as PyYAML writes it behind a key."""
    return _dumped({"k": value}).removeprefix("k: ").removesuffix("\n")


@lru_cache(maxsize=_KEPT)
def _key(text: str) -> str:
    """Return a key with its colon, as PyYAML writes it."""
    written = _dumped({text: None}) if type(text) is str else ""
    if not written.endswith(f":{_NULL}") or written.startswith("? "):
        raise _UnusualError
    return written.removesuffix(_NULL)


def _style(text: str) -> str | None:
    """Return the quotes of a text; None leaves them to PyYAML, which knows YAML 1.1 and its syntax."""
    if _UNPRINTABLE.search(text):
        if not text.isascii() and text.encode("utf-8", "replace").decode() != text:
            message = f"half of a UTF-16 pair cannot be written as YAML: {text!r}"
            raise ArgumentError(message, "Write the whole character.")
        return '"'
    if "\n" in text:
        return '"' if _NOT_LITERAL.search(text) else "|"
    return "'" if text in AMBIGUOUS or type(plain_scalar(text)) is not str or _NUMBER.fullmatch(text) else None
