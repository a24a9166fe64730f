"""Baselines as records, one for each smallest thing that a person decides, and back (baselines 18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

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
from workbench.ground import ArgumentError

__all__ = ["BASELINE_KINDS", "PERIOD_KEY", "Records", "parts_of", "records_of"]

Records: TypeAlias = Mapping[tuple[str, str], Any]
HEAD: Final = "baseline"
FLOW: Final = "baseline-flow"
SUPPRESSION: Final = "suppression"
SETTING: Final = "setting"
PERIOD_KEY: Final = "baseline-period"
BASELINE_KINDS: Final = (HEAD, FLOW, SUPPRESSION, SETTING)
"""The kinds of records that baselines have; of settings, the one with `PERIOD_KEY` alone."""
Parts: TypeAlias = tuple[dict[str, Head], dict[Side, Known], dict[Side, Suppression], timedelta]


def key_of(side: Side) -> str:
    """Return the key of a side's records."""
    return json.dumps(list(side), ensure_ascii=False)


def records_of(
    heads: Mapping[str, Head],
    known: Mapping[Side, Known],
    suppressions: Mapping[Side, Suppression],
    period: timedelta,
) -> dict[tuple[str, str], Any]:
    """Return the records."""
    found: dict[tuple[str, str], Any] = {}
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

    Raises
    ------
    ArgumentError
        If a record is not as `records_of` writes it; the message names it.
    """
    heads: dict[str, Head] = {}
    known: dict[Side, Known] = {}
    suppressions: dict[Side, Suppression] = {}
    period = DEFAULT_PERIOD
    for (kind, key), value in records.items():
        try:
            if kind == HEAD:
                heads[key] = Head(
                    _time(value["begun"]), _time(value["period_end"]), bool(value["locked"]), str(value["note"])
                )
            elif kind == FLOW:
                known[_side(key)] = Known(
                    _status(value["status"]),
                    value["first_seen"] and _time(value["first_seen"]),
                    value["last_seen"] and _time(value["last_seen"]),
                    int(value["flows"]),
                )
            elif kind == SUPPRESSION:
                suppressions[_side(key)] = Suppression(str(value["reason"]), _time(value["until"]))
            elif (kind, key) == (SETTING, PERIOD_KEY):
                period = timedelta(seconds=float(value))
        except (KeyError, TypeError, ValueError) as error:
            message = f"the record {kind} {key} is not as a baseline's is written: {error}"
            raise ArgumentError(message) from error
    return heads, known, suppressions, period


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        message = f"the time {text} has no zone"
        raise ValueError(message)
    return found


def _status(text: str) -> Any:  # noqa: ANN401  (one of two literals)
    if text not in {BASELINE, ANOMALOUS}:
        message = f"unknown status {text!r}"
        raise ValueError(message)
    return text


def _side(key: str) -> Side:
    workload, direction, peer_type, peer, port, protocol = json.loads(key)
    if direction not in DIRECTIONS or peer_type not in PEER_TYPES:
        message = f"unknown direction or type of peer in {key}"
        raise ValueError(message)
    return Side(workload, cast("Any", direction), peer_type, peer, int(port), protocol)
