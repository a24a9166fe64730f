"""A sequence of which many versions share the greater part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.connectivity.engine.persistent_sequence import PersistentSequence

NUMBERS = st.lists(st.integers(), max_size=40)


@given(NUMBERS, st.lists(NUMBERS, max_size=8))
def test_it_holds_what_was_there_and_all_that_was_added(first: list[int], additions: list[list[int]]) -> None:
    found, expected = PersistentSequence(tuple(first)), list(first)
    for more in additions:
        found = found.with_more(more)
        expected += more
        assert list(found) == expected
        assert [found[number] for number in range(len(found))] == expected


@given(NUMBERS, NUMBERS, NUMBERS)
def test_two_that_grow_from_one_know_nothing_of_each_other(first: list[int], one: list[int], other: list[int]) -> None:
    shared = PersistentSequence(tuple(first))
    grown = [shared.with_more(one), shared.with_more(other)]
    assert [list(found) for found in (shared, *grown)] == [first, first + one, first + other]
    common = grown[0].in_common(grown[1])
    assert list(grown[0])[:common] == list(grown[1])[:common] == first[:common]
    assert PersistentSequence(tuple(first)).in_common(PersistentSequence((*first, 0))) == 0
