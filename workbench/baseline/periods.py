"""How long workloads are observed, as people write it: ``8h``, ``2d``, ``1 week``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from workbench.ground import ArgumentError, count_of

__all__ = ["period_of", "period_text"]

_UNITS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {
        "week": timedelta(weeks=1),
        "day": timedelta(days=1),
        "hour": timedelta(hours=1),
        "minute": timedelta(minutes=1),
        "second": timedelta(seconds=1),
    }
)
"""The longest first, by the words for one of them; their first letters are short for them."""
_SHORT: Final[Mapping[str, str]] = MappingProxyType(
    {"min": "minute", "sec": "second", **{word[0]: word for word in _UNITS}}
)
_PART: Final = re.compile(r"\s*([0-9]{1,6})\s*([a-z]+)")


def period_of(text: str) -> timedelta:
    """Return the length of time that a text means.

    Parameters
    ----------
    text : str
        Numbers with units, from weeks to seconds: ``8h``, ``2d``, ``1h30m``, ``1 week 2 days``.

    Raises
    ------
    ArgumentError
        If it means none, or nothing at all.
    """
    rest, found = text.strip().casefold(), timedelta(0)
    while part := _PART.match(rest):
        number, unit = part.groups()
        length = _UNITS.get(_SHORT.get(unit, unit.removesuffix("s")))
        if length is None:
            break
        found, rest = found + int(number) * length, rest[part.end() :]
    if rest.strip() or not found:
        message = f"{text.strip()!r} is no length of time"
        raise ArgumentError(message, "write it like 8h, 2d, 1 week or 1h30m")
    return found


def period_text(period: timedelta) -> str:
    """Return a length of time in words, such as ``1 day 12 hours``; `period_of` reads it.

    Parameters
    ----------
    period : timedelta
    """
    parts, rest = [], period
    for word, length in _UNITS.items():
        number, rest = divmod(rest, length)
        if number:
            parts.append(count_of(number, word).replace(",", ""))
    return " ".join(parts) or "0 seconds"
