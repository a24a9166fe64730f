"""How address ranges are called."""

from __future__ import annotations

import pytest

from workbench.panels.ranges import family, ranges_label, short_range


@pytest.mark.parametrize(
    "text, short",
    [
        ("10.0.0.0-10.255.255.255", "10.0.0.0/8"),
        ("192.0.2.7-192.0.2.7", "192.0.2.7"),
        ("192.0.2.7-192.0.2.9", "192.0.2.7\nto 192.0.2.9"),
        ("2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff", "2001:db8::/48"),
        ("2001:db8::1-2001:db8::1", "2001:db8::1"),
        ("no range", "no range"),
        ("192.0.2.1-2001:db8::1", "192.0.2.1-2001:db8::1"),
    ],
)
def test_a_range_is_a_cidr_or_an_address_where_it_can_be(text: str, short: str) -> None:
    assert short_range(text) == short


def test_all_addresses_are_anywhere() -> None:
    assert ranges_label(["0.0.0.0-255.255.255.255"]) == "anywhere\nIPv4"


def test_most_addresses_are_the_internet() -> None:
    assert ranges_label(["0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255"]) == "internet\nIPv4, 2 ranges"


def test_some_ranges_are_called_by_the_first() -> None:
    assert ranges_label(["192.0.2.0-192.0.2.15", "192.0.2.32-192.0.2.47"]) == "192.0.2.0/28\nand 1 more"


@pytest.mark.parametrize("text, version", [("::-::1", 6), ("192.0.2.0-192.0.2.1", 4), ("words", 0)])
def test_the_family_of_a_range(text: str, version: int) -> None:
    assert family(text) == version
