"""Numbers and their nouns agree."""

from __future__ import annotations

import pytest

from workbench.ground import count_of, first_of, is_are, listed, plural


@pytest.mark.parametrize(
    "number, noun, text",
    [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (2, "denied flow", "2 denied flows"),
        (1, "policy", "1 policy"),
        (2, "policy", "2 policies"),
        (2, "gateway", "2 gateways"),
        (2, "address", "2 addresses"),
        (12345, "MultiNetworkPolicy", "12,345 MultiNetworkPolicies"),
    ],
)
def test_a_noun_stands_as_its_number_wants(number: int, noun: str, text: str) -> None:
    assert count_of(number, noun) == text


def test_a_noun_and_its_verb_for_a_list_of_names() -> None:
    assert [(plural("namespace", n), is_are(n)) for n in (1, 2)] == [("namespace", "is"), ("namespaces", "are")]
    assert [is_are(names) for names in ([], ["a"], ["a", "b"])] == ["are", "is", "are"]


@pytest.mark.parametrize(
    "names, first, all_of_few",
    [
        ("", "", ""),
        ("a", "a", "a"),
        ("ab", "a, b", "a and b"),
        ("abc", "a, b, c", "a, b and c"),
        ("abcd", "a, b, c and 1 more", "a, b, c and 1 more"),
        ("a" * 1003, "a, a, a and 1,000 more", "a, a, a and 1,000 more"),
    ],
)
def test_of_many_names_the_first_few_are_shown(names: str, first: str, all_of_few: str) -> None:
    assert first_of(list(names)) == first
    assert listed(list(names)) == all_of_few


def test_how_many_names_are_shown_can_be_said() -> None:
    assert first_of(["a", "b", "c"], 1) == "a and 2 more"
