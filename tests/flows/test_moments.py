"""Times are read as programs write them, and as people say them; they are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from workbench.flows.moments import moment_of

WEDNESDAY = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "said, expected",
    [
        ("2026-11-21", "2026-11-21 00:00"),
        ("2026-11-21 9:05", "2026-11-21 09:05"),
        ("2026-11-21T09:05:06Z", "2026-11-21 09:05:06"),
        ("2026-11-21T09:00+02:00", "2026-11-21 07:00"),
        ("21 Nov 2026 9:05", "2026-11-21 09:05"),
        ("November 21, 2026", "2026-11-21 00:00"),
        ("now", "2026-11-25 10:30"),
        ("today", "2026-11-25 00:00"),
        ("Yesterday", "2026-11-24 00:00"),
        ("yesterday at 14:03", "2026-11-24 14:03"),
        ("10:30", "2026-11-25 10:30"),
        ("10:31", "2026-11-24 10:31"),
        ("14:03:20", "2026-11-24 14:03:20"),
        ("monday", "2026-11-23 00:00"),
        ("last monday", "2026-11-23 00:00"),
        ("wednesday", "2026-11-18 00:00"),
        ("last  thu 8:00", "2026-11-19 08:00"),
        ("2 days ago", "2026-11-23 10:30"),
        ("an hour ago", "2026-11-25 09:30"),
        ("90min", "2026-11-25 09:00"),
        ("1.5h ago", "2026-11-25 09:00"),
        ("45s", "2026-11-25 10:29:15"),
        ("3w", "2026-11-04 10:30"),
        ("last week", "2026-11-18 10:30"),
    ],
)
def test_a_time_may_be_said_in_many_ways(said: str, expected: str) -> None:
    assert moment_of(said, lambda: WEDNESDAY) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "soon",
        "tomorrow",
        "25:00",
        "9:5",
        "2026-13-01",
        "2 months ago",
        "days ago",
        "99999999 weeks ago",
        "1763716600",
    ],
)
def test_what_is_not_understood_is_told_with_the_forms_that_are(said: str) -> None:
    with pytest.raises(ValueError, match=r"is not a valid time; write it like one of 2026-11-21.*2 days ago") as caught:
        moment_of(said, lambda: WEDNESDAY)
    assert str(caught.value).startswith(repr(said))


def test_values_of_times_are_taken_as_they_are() -> None:
    for value in (datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=1))), pd.Timestamp("2026-11-20T23:00Z")):
        assert moment_of(value, lambda: WEDNESDAY) == datetime.fromisoformat("2026-11-20T23:00")
    assert moment_of(date(2026, 11, 21), lambda: WEDNESDAY) == datetime.fromisoformat("2026-11-21")
