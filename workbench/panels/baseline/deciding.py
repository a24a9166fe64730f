"""The history of decisions as a person reads it: one row for each decision, with what it changed in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import count_of
from workbench.panels.frames import DECISIONS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["decisions_frame"]

_NOUNS: Final = {
    "baseline": "baseline",
    "baseline-flow": "flow",
    "suppression": "suppression",
    "setting": "setting",
}


def decisions_frame(history: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each decision, the last one first; columns as in `frames.DECISIONS`.

    Parameters
    ----------
    history : DataFrame
        As `Workspace.history` returns it.
    """
    if history.empty:
        return DECISIONS.from_rows(())
    rows = []
    for number, changes in history.groupby("decision", sort=True):
        first = changes.iloc[0]
        rows.append(
            (
                number,
                first["decided_at"],
                first["who"],
                first["why"],
                _changed(changes.to_dict("records")),
                first["undoes"],
                first["undone_by"],
                first["cluster"],
            )
        )
    return DECISIONS.from_rows(rows[::-1])


def _changed(changes: Iterable[dict[Any, Any]]) -> str:
    counts = Counter((_NOUNS.get(one["record_kind"], one["record_kind"]), _done(one)) for one in changes)
    return ", ".join(f"{count_of(number, noun)} {done}" for (noun, done), number in counts.items())


def _done(change: dict[Any, Any]) -> str:
    before, after = change["value_before"], change["value_after"]
    if not after:
        return "removed"
    if change["record_kind"] == "baseline-flow":
        status = json.loads(after)["status"]
        if not before or json.loads(before)["status"] != status:
            return "marked as anomalous" if status == "anomalous" else "added to the baseline"
        return "seen again"
    if change["record_kind"] == "baseline" and before:
        was, is_ = json.loads(before), json.loads(after)
        if was["locked"] != is_["locked"]:
            return "locked" if is_["locked"] else "unlocked"
        return "noted" if was["note"] != is_["note"] else "observed otherwise"
    return "changed" if before else "begun" if change["record_kind"] == "baseline" else "added"
