"""How the records of a file lie in it: one a line, JSON values over several lines, or documents of YAML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from workbench.ground import Plain

__all__ = ["SAMPLED", "Layout", "layout_of", "layout_of_head", "sampled"]

SAMPLED: Final = 64 << 10
"""Bytes of a file that are looked at."""
Layout: TypeAlias = Literal["lines", "values", "yaml"]

_ARRAY: Final = re.compile(r"\[\s*[\[{\]\"]")
_OPENED_ALONE: Final = re.compile(r"\{[ \t\r]*\n")
_YAML: Final = re.compile(r"(?:---|%YAML|[A-Za-z_][\w./-]*:(?=[ \t]|\r?\n))")
_EVENTS: Final = re.compile(r"(?:data|event|id|retry):")
_FURTHER: Final = re.compile(r"[ \t]*(?:[{\[]|,[ \t]*(?:[{\[]|\r?\n|\Z))")
"""What comes after a value in a line where several stand one after another, or where commas end the lines."""
_TOLERANCE: Final = 16
"""So near to the end of what was read, an error may come of the end alone."""


def layout_of(stream: Plain) -> Layout:
    """Return how the records of a file lie in it; the stream is not moved on."""
    return layout_of_head(sampled(stream))


def sampled(stream: Plain) -> bytes:
    """Return the begin of a stream, up to `SAMPLED` bytes, and move it back."""
    return stream.ahead(SAMPLED)


def layout_of_head(head: bytes) -> Layout:
    """Return how the records of a file lie in it that begins so."""
    text = head.decode("utf-8-sig", "replace").lstrip()
    if _ARRAY.match(text) or _OPENED_ALONE.match(text):
        return "values"
    if text.startswith("{"):
        return "values" if _goes_on(text, is_all=len(head) < SAMPLED) else "lines"
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return "yaml" if _YAML.match(first + "\n") and not _EVENTS.match(first) else "lines"


def _goes_on(text: str, *, is_all: bool) -> bool:
    """Tell whether the value with which a text begins goes on after its first line, or others follow in that line."""
    first, ends, _ = text.partition("\n")
    if not ends and not is_all:
        return True
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        pass
    else:
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        return not is_all and error.pos > len(text) - _TOLERANCE
    except RecursionError:
        return False
    return end > len(first) or bool(_FURTHER.match(text, end))
