"""Names with numbers stand in the order of the numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import natural_order


def test_numbers_count_as_numbers() -> None:
    names = ["ns-10", "ns-2", "ns", "ns-2/b", "ns-2/a10", "ns-2/a9", "10.0.0.0/8", "9.0.0.0/8", "ns-02"]
    expected = ["9.0.0.0/8", "10.0.0.0/8", "ns", "ns-02", "ns-2", "ns-2/a9", "ns-2/a10", "ns-2/b", "ns-10"]
    assert sorted(names, key=natural_order) == expected


@given(st.lists(st.text()))
def test_any_texts_have_an_order_that_does_not_depend_on_where_they_stood(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural_order) == sorted(backwards, key=natural_order)


def test_a_number_of_any_length_has_an_order() -> None:
    assert natural_order("a" + "9" * 9_999) < natural_order("a1" + "0" * 9_999)
