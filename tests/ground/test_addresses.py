"""Address sets behave as the sets of addresses that they stand for, and how they are written."""

from __future__ import annotations

import pytest

from workbench.ground import ALL_IPV4, EVERYWHERE, LINK_LOCAL, PRIVATE, AddressSet, addresses_named


def test_connectivity_8_block_minus_exceptions_leaves_the_ranges_between() -> None:
    block = AddressSet.of("10.0.0.0/8", ("10.1.0.0/16", "10.255.0.0/16"))
    assert str(block) == "10.0.0.0/16,10.2.0.0-10.254.255.255"


def test_host_bits_of_a_block_are_masked() -> None:
    assert AddressSet.of("10.1.2.3/8") == AddressSet.of("10.0.0.0/8")


@pytest.mark.parametrize(
    "written, meant",
    [
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.1-::ffff:10.0.0.3", "10.0.0.1-10.0.0.3"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),  # more than IPv4
        ("::10.0.0.1", "::a00:1"),  # another, older spelling of both
    ],
)
def test_ipv4_in_ipv6_spelling_is_ipv4(written: str, meant: str) -> None:
    assert str(addresses_named(written)) == meant


def test_connectivity_8_both_families_are_kept_apart() -> None:
    everywhere = AddressSet.of("0.0.0.0/0") | AddressSet.of("::/0")
    assert everywhere == EVERYWHERE
    assert EVERYWHERE - AddressSet.of("::/0") == ALL_IPV4
    assert AddressSet.of("2001:db8::/32").contains("2001:db8::1")
    assert not ALL_IPV4.contains("::1")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "ten", "", "10.0.0/8", "::/129"])
def test_text_that_is_no_cidr_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        AddressSet.of(text)


@pytest.mark.parametrize("text", ["10.0.0.3-10.0.0.1", "10.0.0.1-::1", "10.0.0.1-", "-", "inside", "10.0.0.1-ten"])
def test_text_that_names_no_range_names_no_addresses(text: str) -> None:
    assert addresses_named(text) is None


@pytest.mark.parametrize(
    "address, is_private, is_link_local",
    [
        ("9.255.255.255", False, False),
        ("10.0.0.0", True, False),
        ("172.15.255.255", False, False),
        ("172.31.255.255", True, False),
        ("100.64.0.0", True, False),
        ("100.128.0.0", False, False),
        ("169.254.169.254", False, True),
        ("fdff::1", True, False),
        ("fe80::1", False, True),
        ("::ffff:192.168.0.1", True, False),
    ],
)
def test_private_is_one_thing_and_link_local_another(address: str, *, is_private: bool, is_link_local: bool) -> None:
    assert PRIVATE.contains(address) is is_private
    assert LINK_LOCAL.contains(address) is is_link_local
