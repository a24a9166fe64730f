"""The spans of time of a timeline, those in which nothing was seen among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from workbench.flows.aggregate import FLOWS
from workbench.ground import ArgumentError

__all__ = ["COUNTED", "MOST_SPANS", "with_empty_spans"]

COUNTED: Final = ("connections", "bytes", "reply_bytes")
"""What is counted in a span beside its rows."""
MOST_SPANS: Final = 5_000_000
"""Rows of a timeline beyond which an error says how to ask for less."""


def with_empty_spans(counted: pd.DataFrame, seconds: int, keys: Sequence[str]) -> pd.DataFrame:
    """Return the counts of each span between the first and the last, for each combination of values that there is.

    Parameters
    ----------
    counted : DataFrame
        Columns ``time`` (in seconds, missing where the source does not say), `keys`, `FLOWS` and `COUNTED`.
    seconds : int
        Length of a span.
    keys : sequence of str

    Returns
    -------
    DataFrame
        The same columns, sorted by time and keys. Where nothing was seen, the counts are 0; those that no row has
        are missing.

    Raises
    ------
    ArgumentError
        If there are more than `MOST_SPANS` rows.
    """
    numbers = [FLOWS, *COUNTED]
    frame = counted.astype(dict.fromkeys(["time", *numbers], "Int64"))
    timed = frame[frame["time"].notna()]
    if timed.empty:
        return frame
    first, last = int(timed["time"].min()), int(timed["time"].max())
    groups = timed[list(keys)].drop_duplicates()
    spans = (last - first) // seconds + 1
    if spans * len(groups) > MOST_SPANS:
        message = (
            f"{spans:,} spans of time with {len(groups):,} rows each are more than a timeline should have; "
            "ask for longer spans, or for less by between() and where()"
        )
        raise ArgumentError(message)
    times = pd.DataFrame({"time": pd.array(np.arange(first, last + 1, seconds), dtype="Int64")})
    grid = times.merge(groups, how="cross").merge(timed, how="left", on=["time", *keys])
    known = [name for name in numbers if timed[name].notna().any()]
    grid[known] = grid[known].mask(grid[FLOWS].isna(), 0)
    sorted_grid = grid.sort_values(["time", *keys], na_position="last", kind="stable")
    return pd.concat([sorted_grid, frame[frame["time"].isna()]], ignore_index=True)
