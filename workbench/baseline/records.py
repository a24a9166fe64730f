"""Baselines as records, one for each smallest thing that a person decides, and back (baselines 18)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, TypeVar

from workbench.baseline.model import (
    ANOMALOUS,
    BASELINE,
    DEFAULT_PERIOD,
    DIRECTIONS,
    PEER_TYPES,
    Head,
    Known,
    Side,
    Suppression,
)
from workbench.ground import MAX_PORT, Severity, UnreadRecord

__all__ = ["BASELINE_KINDS", "FLOW", "HEAD", "PERIOD_KEY", "Records", "key_of", "parts_of", "records_of"]

Records: TypeAlias = Mapping[tuple[str, str], Any]
HEAD: Final = "baseline"
FLOW: Final = "baseline-flow"
SUPPRESSION: Final = "suppression"
SETTING: Final = "setting"
PERIOD_KEY: Final = "baseline-period"
BASELINE_KINDS: Final = (HEAD, FLOW, SUPPRESSION, SETTING)
"""The kinds of records that baselines have; of settings, the one with `PERIOD_KEY` alone."""
Parts: TypeAlias = tuple[
    dict[str, Head], dict[Side, Known], dict[Side, Suppression], timedelta, tuple[UnreadRecord, ...]
]
ValueT = TypeVar("ValueT")
_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d(:\d\d(\.\d{6})?)?")
"""How `datetime.isoformat` writes a time with a zone: what is written otherwise would not be written back as it was."""
_UNREADABLE: Final = (KeyError, TypeError, ValueError, OverflowError, RecursionError)


def key_of(side: Side) -> str:
    """Return the key of a side's records."""
    return _JSON.encode(list(side))


def records_of(
    heads: Mapping[str, Head],
    known: Mapping[Side, Known],
    suppressions: Mapping[Side, Suppression],
    period: timedelta,
    unread: Iterable[UnreadRecord] = (),
) -> dict[tuple[str, str], Any]:
    """Return the records; what was not read stays as it is."""
    found: dict[tuple[str, str], Any] = {one.place: one.value for one in unread}
    if period != DEFAULT_PERIOD:
        found[SETTING, PERIOD_KEY] = period.total_seconds()
    for name, head in heads.items():
        found[HEAD, name] = {
            "begun": head.begun.isoformat(),
            "period_end": head.period_end.isoformat(),
            "locked": head.locked,
            "note": head.note,
        }
    for side, one in known.items():
        found[FLOW, key_of(side)] = {
            "status": one.status,
            "first_seen": one.first_seen and one.first_seen.isoformat(),
            "last_seen": one.last_seen and one.last_seen.isoformat(),
            "flows": one.flows,
        }
    for side, why in suppressions.items():
        found[SUPPRESSION, key_of(side)] = {"reason": why.reason, "until": why.until.isoformat()}
    return found


def parts_of(records: Records) -> Parts:
    """Return what records tell of baselines; records of other kinds tell nothing.

    One that this version refuses, or would write otherwise, is in the last part.
    """
    heads: dict[str, Head] = {}
    known: dict[Side, Known] = {}
    suppressions: dict[Side, Suppression] = {}
    period = DEFAULT_PERIOD
    unread = []
    for (kind, key), value in records.items():
        try:
            if kind == HEAD:
                heads[key] = _head(value)
            elif kind == FLOW:
                known[_side(key)] = _known(value)
            elif kind == SUPPRESSION:
                suppressions[_side(key)] = _suppression(value)
            elif (kind, key) == (SETTING, PERIOD_KEY):
                period = _period(value)
        except _UNREADABLE as error:
            unread.append(_refused(kind, key, value, error))
    return heads, known, suppressions, period, tuple(sorted(unread))


def _refused(kind: str, key: str, value: Any, error: Exception) -> UnreadRecord:  # noqa: ANN401  (JSON)
    """Return a record that is not read: without what a baseline is or knows, answers may be wrong."""
    said = f"{type(error).__name__.removesuffix('Error').lower()} {error}" if isinstance(error, KeyError) else error
    why = f"it is not as a baseline's is written ({said})"
    severity = Severity.ERROR if kind in {HEAD, FLOW} else Severity.WARNING
    return UnreadRecord.of((kind, key, value), why, severity=severity)


def _head(value: Any) -> Head:  # noqa: ANN401  (JSON)
    begun, end, locked, note = _fields(value, "begun", "period_end", "locked", "note")
    return Head(_time(begun), _time(end), _is(bool, locked), _is(str, note))


def _known(value: Any) -> Known:  # noqa: ANN401  (JSON)
    status, first, last, flows = _fields(value, "status", "first_seen", "last_seen", "flows")
    if status not in {BASELINE, ANOMALOUS}:
        message = f"unknown status {status!r:.80}"
        raise ValueError(message)
    return Known(
        status, None if first is None else _time(first), None if last is None else _time(last), _is(int, flows)
    )


def _suppression(value: Any) -> Suppression:  # noqa: ANN401  (JSON)
    reason, until = _fields(value, "reason", "until")
    return Suppression(_is(str, reason), _time(until))


def _period(value: Any) -> timedelta:  # noqa: ANN401  (JSON)
    found = timedelta(seconds=_is(float, value))
    if found == DEFAULT_PERIOD or found.total_seconds() != value:
        message = f"{value!r:.80} is no length of time that is kept"
        raise ValueError(message)
    return found


def _fields(value: Any, *names: str) -> list[Any]:  # noqa: ANN401  (JSON)
    """Return the fields of a record, which has no others: they would be lost where it is written back."""
    if len(value) != len(names):
        message = f"it has {', '.join(map(str, value)) or 'no fields'}"
        raise ValueError(message)
    return [value[name] for name in names]


def _is(kind: Callable[..., ValueT], value: Any) -> ValueT:  # noqa: ANN401  (JSON)
    """Return a value of just this type: JSON tells 1 from 1.0 and from true."""
    if type(value) is not kind:
        message = f"{value!r:.80} is not {kind.__name__}"
        raise ValueError(message)
    return value  # type: ignore[no-any-return]


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if _MOMENT.fullmatch(text) is None:
        message = f"the time {text} has no zone, or is written otherwise"
        raise ValueError(message)
    return found


def _side(key: str) -> Side:
    side = Side(*json.loads(key))
    if side.direction not in DIRECTIONS or side.peer_type not in PEER_TYPES:
        message = "unknown direction or type of peer"
        raise ValueError(message)
    if not 0 <= _is(int, side.port) <= MAX_PORT:
        message = f"{side.port} is no port"
        raise ValueError(message)
    if key_of(side) != key or not all(isinstance(one, str) for one in (side.workload, side.peer, side.protocol)):
        message = "its key is written otherwise"
        raise ValueError(message)
    return side
