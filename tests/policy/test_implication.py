"""When does everything that one selector chooses meet another, too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.policy import EVERYTHING, Operator, Requirement, Selector

KEYS, VALUES = ("a", "b"), ("x", "y", "z")


def one(operator: Operator, *values: str, key: str = "a") -> Selector:
    return Selector.of({}, [Requirement(key, operator, values)])


IN_X, IN_XY, NOT_IN_X = one(Operator.IN, "x"), one(Operator.IN, "x", "y"), one(Operator.NOT_IN, "x")
EXISTS, MISSING = one(Operator.EXISTS), one(Operator.DOES_NOT_EXIST)


@pytest.mark.parametrize(
    "mine,wanted,implied",
    [
        (IN_X, IN_XY, True),
        (IN_XY, IN_X, False),
        (IN_X, EXISTS, True),
        (EXISTS, IN_X, False),
        (MISSING, NOT_IN_X, True),
        (NOT_IN_X, MISSING, False),
        (one(Operator.NOT_IN, "x", "y"), NOT_IN_X, True),
        (EVERYTHING, IN_X, False),
        (EVERYTHING, NOT_IN_X, False),
        (IN_X, EVERYTHING, True),
        (IN_X, one(Operator.NOT_IN, "y"), True),
        (IN_X, one(Operator.EXISTS, key="b"), False),
    ],
)
def test_one_selector_implies_another(mine: Selector, wanted: Selector, implied: bool) -> None:  # noqa: FBT001
    assert mine.implies(wanted) is implied


requirements = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(KEYS),
        st.sampled_from((Operator.IN, Operator.NOT_IN)),
        st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True).map(lambda found: tuple(sorted(found))),
    ),
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from((Operator.EXISTS, Operator.DOES_NOT_EXIST))),
)
selectors = st.lists(requirements, max_size=3).map(lambda found: Selector.of({}, found))
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from((*VALUES, "other")))
EVERY_LABELS = [
    {key: value for key, value in (("a", a), ("b", b)) if value}
    for a in ("", *VALUES, "other")
    for b in ("", *VALUES, "other")
]


@given(selectors, selectors)
def test_implication_is_what_trying_all_labels_finds(mine: Selector, wanted: Selector) -> None:
    chosen = [found for found in EVERY_LABELS if mine.matches(found)]
    if chosen:  # of an unsatisfiable selector, anything may be said
        assert mine.implies(wanted) == all(wanted.matches(found) for found in chosen)


def test_a_selector_remembers_which_requirements_were_labels() -> None:
    worded = Selector.of({"b": "y"}, [Requirement("a", Operator.IN, ("x",))])
    plain = Selector.of({"a": "x", "b": "y"})
    assert worded == plain
    assert hash(worded) == hash(plain)
    assert [requirement.key for requirement in worded.expressions] == ["a"]
    assert plain.expressions == ()
