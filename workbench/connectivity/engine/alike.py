"""Which rows of bits, and which runs of ids, are the same: each kind is worked on once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.partition import Words
from workbench.connectivity.engine.runs import Indices, spread

__all__ = ["distinct_rows", "distinct_runs"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""An odd number without a pattern, to mix words with."""


def distinct_rows(words: Words) -> tuple[Indices, Indices]:
    """Return the places of the first of each distinct row, in their order, and for each row which of these it is."""
    if words.shape[1] == 1:
        _, firsts, inverse = np.unique(words[:, 0], return_index=True, return_inverse=True)
    else:
        # One number for each row: sorting these is several times faster than sorting rows.
        odd = np.arange(words.shape[1], dtype=np.uint64) * _GOLDEN | np.uint64(1)
        _, firsts, inverse = np.unique(_mixed(words) @ odd, return_index=True, return_inverse=True)
        if not np.array_equal(words, words[firsts[inverse]]):
            _, firsts, inverse = np.unique(words, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return firsts[order], rank[inverse]


def distinct_runs(ids: npt.NDArray[np.int32], starts: Indices, lengths: Indices) -> tuple[Indices, Indices]:
    """Return a run of each kind, and for each run which of these it equals."""
    if len(starts):
        sums = np.add.reduceat(_mixed((ids.astype(np.uint64) + np.uint64(1)) * _GOLDEN), starts)
        _, firsts, inverse = np.unique(sums, return_index=True, return_inverse=True)
        alike = firsts[inverse]
        if np.array_equal(lengths, lengths[alike]) and np.array_equal(ids, ids[spread(starts[alike], lengths)]):
            return firsts, inverse
    each = np.arange(len(starts))
    return each, each


def _mixed(words: Words) -> Words:
    """Return `words` with their high bits spread over the low ones, for sums that hardly ever meet by chance."""
    found: Words = (words ^ (words >> np.uint64(29))) * _GOLDEN
    return found ^ (found >> np.uint64(32))
