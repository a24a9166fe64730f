"""Sets of whole numbers as sorted, disjoint, inclusive intervals: what ports and addresses are made of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

__all__ = ["Intervals", "complement", "intersection", "normalise", "union"]

Intervals: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted, disjoint, non-adjacent ``(first, last)`` pairs, both ends included."""


def normalise(pairs: Iterable[tuple[int, int]]) -> Intervals:
    """Return the union of `pairs`, with those that overlap or touch merged; empty pairs vanish."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if last < first:
            continue
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def union(left: Intervals, right: Intervals) -> Intervals:
    """Return the numbers in either."""
    return normalise((*left, *right))


def intersection(left: Intervals, right: Intervals) -> Intervals:
    """Return the numbers in both."""
    common: list[tuple[int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            common.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)


@lru_cache(maxsize=4096)
def complement(pairs: Intervals, first: int, last: int) -> Intervals:
    """Return the numbers of ``first..last`` that are not in `pairs`; the same few are asked about again and again."""
    gaps: list[tuple[int, int]] = []
    cursor = first
    for low, high in pairs:
        gaps.append((cursor, low - 1))
        cursor = high + 1
    gaps.append((cursor, last))
    return intersection(normalise(gaps), ((first, last),))
