"""How address ranges are called."""

from __future__ import annotations

import pytest

from workbench.panels.ranges import family, ranges_label


@pytest.mark.parametrize(
    "text,label",
    [
        ("outside", "outside"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7-192.0.2.9", "192.0.2.7\nto 192.0.2.9"),
        ("::/0", "::/0"),
        ("no range", "no range"),
    ],
)
def test_one_range_is_called_by_its_name(text: str, label: str) -> None:
    assert ranges_label([text]) == label


def test_most_addresses_are_the_outside_but_for_some() -> None:
    assert ranges_label(["0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255"]) == "outside\nbut 10.0.0.0/8"
    assert ranges_label(["0.0.0.0/1", "128.0.0.0/2", "224.0.0.0/4", "240.0.0.1"]) == "outside\nbut 3 ranges"


def test_some_ranges_are_called_by_the_first() -> None:
    assert ranges_label(["192.0.2.0/28", "192.0.2.32/28"]) == "192.0.2.0/28\nand 1 more"


@pytest.mark.parametrize(
    "text, version", [("::/127", 6), ("192.0.2.0-192.0.2.1[External]", 4), ("words", 0), ("outside", 0)]
)
def test_the_family_of_a_range(text: str, version: int) -> None:
    assert family(text) == version
