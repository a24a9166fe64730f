"""When was it: every source's way to write times, as microseconds since 1970 in UTC (flow-rules N17).

A reader says which way a field is written; nothing is guessed from the size of a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

__all__ = [
    "EARLIEST",
    "LATEST",
    "from_datetime",
    "from_either",
    "from_milliseconds",
    "from_nanoseconds",
    "from_rfc3339",
    "from_seconds",
]

_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = -62_135_596_800_000_000
"""The begin of the year 1."""
LATEST: Final = 253_402_300_799_999_999
"""The end of the year 9999."""


def from_rfc3339(text: str) -> int:
    """Return the microseconds of a time such as ``2026-11-21T09:00:00.123456789Z``; a time without zone is UTC.

    Raises
    ------
    ValueError
        If it is not such a time.
    """
    return from_datetime(datetime.fromisoformat(text.strip()))


def from_datetime(moment: datetime) -> int:
    """Return the microseconds of a datetime; one without zone is UTC.

    Raises
    ------
    ValueError
        If it is in no year that people write with four digits.
    """
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    passed = moment - _EPOCH
    return _checked((passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds, EARLIEST)


def from_either(written: float | str | None, numbers: Callable[[float | str], int]) -> int | None:
    """Return the microseconds of a time that is text of RFC 3339, or a number that `numbers` reads (also as text).

    Log collectors rewrite times: a field that its tool writes as a number may have become a text, or be empty.
    Where nothing is written, the time is not known: None.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    if isinstance(written, str) and not _NUMBER.fullmatch(written.strip()):
        return from_rfc3339(written)
    return numbers(written)


def from_seconds(seconds: float | str) -> int:
    """Return the microseconds of seconds since 1970.

    Raises
    ------
    ValueError
        If it is not a number, or none of a year that people write with four digits.
    """
    return _checked(float(seconds) * 1e6)


def from_milliseconds(milliseconds: float | str) -> int:
    """Return the microseconds of milliseconds since 1970; errors as of `from_seconds`."""
    return _checked(float(milliseconds) * 1e3)


def from_nanoseconds(nanoseconds: float | str) -> int:
    """Return the microseconds of nanoseconds since 1970; errors as of `from_seconds`."""
    return _checked(int(nanoseconds) // 1000)


def _checked(microseconds: float, earliest: int = 0) -> int:
    if not earliest <= microseconds <= LATEST:
        message = f"{microseconds / 1e6:g} seconds since 1970 is not a valid time"
        raise ValueError(message)
    return round(microseconds)
