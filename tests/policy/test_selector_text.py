"""Label selectors as a person types them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import ArgumentError
from workbench.policy import Operator, Requirement, Selector, parse_selector

KEYS = st.sampled_from(("app", "tier", "example.com/part", "a-b_c.d"))
VALUES = st.sampled_from(("", "web", "x-1", "A.b_c"))
REQUIREMENTS = st.one_of(
    st.builds(Requirement, KEYS, st.sampled_from((Operator.EXISTS, Operator.DOES_NOT_EXIST)), st.just(())),
    st.builds(
        lambda key, operator, values: Requirement(key, operator, tuple(sorted(values))),
        KEYS,
        st.sampled_from((Operator.IN, Operator.NOT_IN)),
        st.sets(VALUES, min_size=1),
    ),
)


@given(st.lists(REQUIREMENTS, max_size=4))
def test_what_a_selector_is_written_as_is_read_as_the_same(requirements: list[Requirement]) -> None:
    selector = Selector.of(None, requirements)
    assert set(parse_selector(",".join(map(str, requirements))).requirements) == set(selector.requirements)


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_means_everything(text: str) -> None:
    assert parse_selector(text) == Selector()


@pytest.mark.parametrize(
    "text,operator,values",
    [
        ("app = web", Operator.IN, ("web",)),
        ("app==web", Operator.IN, ("web",)),
        ("app != web", Operator.NOT_IN, ("web",)),
        ("app in ( b , a )", Operator.IN, ("a", "b")),
        ("app notin(a)", Operator.NOT_IN, ("a",)),
        (" app ", Operator.EXISTS, ()),
        ("! app", Operator.DOES_NOT_EXIST, ()),
        ("app=", Operator.IN, ("",)),
    ],
)
def test_each_operator_is_read(text: str, operator: Operator, values: tuple[str, ...]) -> None:
    assert parse_selector(text).requirements == (Requirement("app", operator, values),)


@pytest.mark.parametrize(
    "text,place",
    [("app=web,", 9), (",app", 1), ("app=web,tier==a=b", 9), ("app=web, tier in a", 9), ("app in (a", 1), ("a b", 1)],
)
def test_what_is_no_selector_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(ArgumentError, match=f"at character {place} is no requirement"):
        parse_selector(text)
