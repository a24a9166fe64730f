"""Label selectors as people write them on a command line: ``app=web,tier in (a,b),!canary``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.ground import ArgumentError, is_label_key, is_label_value
from workbench.policy.selectors import Operator, Requirement, Selector

__all__ = ["parse_selector"]

_PART: Final = re.compile(r"[^,(]*(?:\([^)]*\))?[^,(]*")
_SET: Final = re.compile(r"(?P<key>\S+)\s+(?P<word>in|notin)\s*\((?P<values>[^)]*)\)")
_EQUAL: Final = re.compile(r"(?P<key>[^=!\s]+)\s*(?P<sign>==|=|!=)\s*(?P<value>[^=!\s]*)")
_REMEDY: Final = "write labels such as app=web, tier in (a, b), tier!=db, canary or !canary, with commas between"


def parse_selector(text: str) -> Selector:
    """Return the selector that a text of Kubernetes' selector syntax is; of an empty text, one that means everything.

    Parameters
    ----------
    text : str
        As ``kubectl get -l`` takes it.

    Raises
    ------
    ArgumentError
        If it is none; the message says where.

    Examples
    --------
    >>> parse_selector("app=web,tier in (a,b)").matches({"app": "web", "tier": "b"})
    True
    """
    return Selector.of(None, _requirements(text))


def _requirements(text: str) -> Iterator[Requirement]:
    if not text.strip():
        return
    start = 0
    while start <= len(text):
        found = _PART.match(text, start)
        end = found.end() if found else start
        yield _requirement(text[start:end], start)
        if end < len(text) and text[end] != ",":
            raise _strange(text[start : end + 1], start)
        start = end + 1


def _requirement(text: str, start: int) -> Requirement:
    part = text.strip()
    if found := _SET.fullmatch(part):
        operator = Operator.IN if found["word"] == "in" else Operator.NOT_IN
        key, values = found["key"], tuple(value.strip() for value in found["values"].split(","))
    elif found := _EQUAL.fullmatch(part):
        operator = Operator.NOT_IN if found["sign"] == "!=" else Operator.IN
        key, values = found["key"], (found["value"],)
    elif part.startswith("!"):
        operator, key, values = Operator.DOES_NOT_EXIST, part[1:].strip(), ()
    else:
        operator, key, values = Operator.EXISTS, part, ()
    if not is_label_key(key) or not all(map(is_label_value, values)):
        raise _strange(text, start)
    return Requirement.as_written(key, operator, values)


def _strange(text: str, start: int) -> ArgumentError:
    return ArgumentError(f"{text.strip()!r} at character {start + 1} is no requirement of a label", _REMEDY)
