"""When was it: every source's way to write times, as microseconds since 1970 in UTC (flows.md C-N17).

A reader says which way a field is written; nothing is guessed from the size of a number.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

__all__ = ["from_datetime", "from_milliseconds", "from_nanoseconds", "from_rfc3339", "from_seconds"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 253_402_300_799_999_999
"""The end of the year 9999."""


def from_rfc3339(text: str) -> int:
    """Return the microseconds of a time such as ``2026-11-21T09:00:00.123456789Z``; a time without zone is UTC.

    Raises
    ------
    ValueError
        If it is no such time.
    """
    return from_datetime(datetime.fromisoformat(text))


def from_datetime(moment: datetime) -> int:
    """Return the microseconds of a datetime; one without zone is UTC."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def from_seconds(seconds: float | str) -> int:
    """Return the microseconds of seconds since 1970.

    Raises
    ------
    ValueError
        If it is no number, or none of a year that people write with four digits.
    """
    return _checked(float(seconds) * 1e6)


def from_milliseconds(milliseconds: float | str) -> int:
    """Return the microseconds of milliseconds since 1970; errors as of `from_seconds`."""
    return _checked(float(milliseconds) * 1e3)


def from_nanoseconds(nanoseconds: int | str) -> int:
    """Return the microseconds of nanoseconds since 1970; errors as of `from_seconds`."""
    return _checked(int(nanoseconds) // 1000)


def _checked(microseconds: float) -> int:
    if not 0 <= microseconds <= _LAST:
        message = f"{microseconds / 1e6:g} seconds since 1970 is no time"
        raise ValueError(message)
    return round(microseconds)
