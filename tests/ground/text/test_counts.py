"""Numbers and their nouns agree."""

from __future__ import annotations

import pytest

from workbench.ground import count_of, is_are, plural


@pytest.mark.parametrize(
    "number, noun, text",
    [
        (0, "file", "0 files"),
        (1, "file", "1 file"),
        (2, "denied flow", "2 denied flows"),
        (1, "policy", "1 policy"),
        (2, "policy", "2 policies"),
        (2, "gateway", "2 gateways"),
        (12345, "MultiNetworkPolicy", "12,345 MultiNetworkPolicies"),
    ],
)
def test_a_noun_stands_as_its_number_wants(number: int, noun: str, text: str) -> None:
    assert count_of(number, noun) == text


def test_a_noun_and_its_verb_for_a_list_of_names() -> None:
    assert [(plural("namespace", n), is_are(n)) for n in (1, 2)] == [("namespace", "is"), ("namespaces", "are")]
    assert [is_are(names) for names in ([], ["a"], ["a", "b"])] == ["are", "is", "are"]
