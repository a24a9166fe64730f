"""Which moment is meant: a time as programs write it, or as people say it (``yesterday``, ``2 days ago``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from workbench.ground import ArgumentError

__all__ = ["FORMS", "moment_of"]

FORMS: Final = (
    "2026-11-21, 2026-11-21T09:00 (+02:00), 21 Nov 2026 09:00, now, today, yesterday 14:03, 14:03, 2 days ago, 90min, "
    "last monday"
)
"""One of each form that is read, for messages and help."""

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_UNIT_NAMES: Final = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
"""Distinguished by their first letter."""
_AGO: Final = re.compile(rf"(?:(\d+(?:\.\d+)?)\s*|(an?|one)\s+)({_UNIT_NAMES})(?:\s+ago)?")
_LAST: Final = re.compile(rf"(?:the\s+)?(?:last|past)\s+({_UNIT_NAMES})")
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS: Final = "|".join((*_WEEKDAYS, *(day[:3] for day in _WEEKDAYS)))
_DAY: Final = re.compile(f"today|yesterday|(?:(?:last|on) )?(?:{_DAYS})")
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?z?")
_WRITTEN: Final = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y")
_ENDS: Final = ("", " %H:%M", " %H:%M:%S")


def moment_of(said: date | str, now: Callable[[], datetime]) -> datetime:
    """Return a moment in UTC, without a zone.

    Parameters
    ----------
    said : datetime, date or str
        A time; without a zone it is UTC. Text in one of these forms, whatever its case:

        - ISO 8601, as far as the day or the minute: ``2026-11-21``, ``2026-11-21T09:00+02:00``; ``21 Nov 2026 09:00``
        - ``now``; ``today`` and ``yesterday``, which begin at midnight; a day of the week, or ``last monday``: the
          latest before today
        - each of these days with a time: ``yesterday 14:03``, ``monday at 9:00``
        - a time alone: the latest that is not ahead
        - ``2 days ago``, ``an hour ago``, and short ``90min`` or ``2d``; ``last hour`` is an hour ago
    now : callable
        Returns the time.

    Raises
    ------
    ArgumentError
        If the text is not a time; the message names the forms.
    """
    if isinstance(said, datetime):
        return _utc(said)
    if isinstance(said, date):
        return datetime.combine(said, time())
    text = " ".join(said.split()).casefold()
    found = _written(text)
    if found is None:
        found = _spoken(text, _utc(now()))
    if found is None:
        message = f"{said!r} is not a valid time; write it like one of {FORMS} (UTC, unless a zone is given)"
        raise ArgumentError(message)
    return found


def _written(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text.upper()))
    except ValueError:
        pass
    for day in _WRITTEN:
        for end in _ENDS:
            try:
                return datetime.strptime(text, day + end)  # noqa: DTZ007  (UTC)
            except ValueError:
                continue
    return None


def _spoken(text: str, now: datetime) -> datetime | None:
    try:
        return _ago(text, now) or _at(text, now)
    except (ValueError, OverflowError):  # such as 25:00, or a million weeks
        return None


def _ago(text: str, now: datetime) -> datetime | None:
    if text == "now":
        return now
    if found := _LAST.fullmatch(text):
        return now - timedelta(**{_UNITS[found[1][0]]: 1})
    if found := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[found[3][0]]: float(found[1] or 1)})
    return None


def _at(text: str, now: datetime) -> datetime | None:
    """Return a moment of a day, and the latest of its time where no day is named."""
    day, _, at = text.partition(" ")
    if day in {"last", "on"}:
        weekday, _, at = at.partition(" ")
        day = f"{day} {weekday}"
    if _DAY.fullmatch(day):
        clock = _clock(at.removeprefix("at "))
        return None if clock is None else datetime.combine(_date(day, now), clock)
    clock = _clock(text) if text else None
    if clock is None:
        return None
    today = datetime.combine(now.date(), clock)
    return today if today <= now else today - timedelta(days=1)


def _date(day: str, now: datetime) -> date:
    if day in {"today", "yesterday"}:
        return now.date() - timedelta(days=day == "yesterday")
    wanted = next(number for number, name in enumerate(_WEEKDAYS) if name.startswith(day.rsplit(maxsplit=1)[-1]))
    return now.date() - timedelta(days=(now.weekday() - wanted - 1) % 7 + 1)


def _clock(text: str) -> time | None:
    if not text:
        return time()
    found = _TIME.fullmatch(text)
    return time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
