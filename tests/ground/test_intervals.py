"""Intervals behave as the sets of whole numbers that they stand for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import Intervals
from workbench.ground.intervals import complement, intersection, normalise, union

pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def points(intervals: Intervals) -> set[int]:
    return {point for first, last in intervals for point in range(first, last + 1)}


@given(pairs, pairs)
def test_interval_operations_are_set_operations(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    a, b = normalise(left), normalise(right)
    assert points(union(a, b)) == points(a) | points(b)
    assert points(intersection(a, b)) == points(a) & points(b)
    assert points(complement(a, 0, 30)) == set(range(31)) - points(a)


@given(pairs)
def test_normal_intervals_are_sorted_and_never_touch(given_pairs: list[tuple[int, int]]) -> None:
    found = normalise(given_pairs)
    assert all(first <= last for first, last in found)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(found))
