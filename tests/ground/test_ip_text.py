"""Addresses and CIDRs are read as the API server reads them; recordings may write addresses in more ways."""

from __future__ import annotations

import pytest

from workbench.ground import parse_address, parse_block, parse_cidr, parse_recorded_address


@pytest.mark.parametrize(
    "text, meant",
    [
        ("10.0.0.1", "10.0.0.1"),
        ("010.000.0.08", "10.0.0.8"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:010.0.0.1", "10.0.0.1"),
        ("::ffff:a00:1", "10.0.0.1"),
        ("::10.0.0.1", "::a00:1"),
        ("00000:0::1", "::1"),
    ],
)
def test_an_address_in_any_spelling_that_the_api_server_takes(text: str, meant: str) -> None:
    assert str(parse_address(text)) == meant


@pytest.mark.parametrize(
    "text",
    ["", "ten", "10.0.0", "10.0.0.256", "10.0.0.1/32", "10.0.0.0/255.0.0.0", " 10.0.0.1", "10.0.0.1\n", "fe80::1%eth0",
     "[::1]", "1", "0x0a.0.0.1", "::1::", "1:2:3:4:5:6:7:8:9", "\u0661.0.0.1"],
)  # fmt: skip
def test_what_the_api_server_refuses_is_not_an_address(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.parametrize(
    "text, meant",
    [
        (" 10.0.0.1 ", "10.0.0.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%2]", "fe80::1"),
    ],
)
def test_recordings_write_addresses_with_spaces_brackets_and_zones(text: str, meant: str) -> None:
    assert str(parse_recorded_address(text)) == meant


@pytest.mark.parametrize("text", ["", "[]", "%eth0", "10.0.0.1:80", "10.0.0.1/32", "web"])
def test_a_recorded_text_that_is_more_or_less_than_an_address_is_none(text: str) -> None:
    assert parse_recorded_address(text) is None


@pytest.mark.parametrize(
    "text, network, address, odd",
    [
        ("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0", (False, False, False)),
        ("10.0.0.1/8", "10.0.0.0/8", "10.0.0.1", (True, False, False)),
        ("010.0.0.0/8", "10.0.0.0/8", "10.0.0.0", (False, True, False)),
        ("10.0.0.0/08", "10.0.0.0/8", "10.0.0.0", (False, True, False)),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8", "10.0.0.0", (False, False, True)),
        ("::ffff:10.0.0.9/104", "10.0.0.0/8", "10.0.0.9", (True, False, True)),
        ("::ffff:10.0.0.0/95", "::fffe:0:0/95", "10.0.0.0", (True, False, False)),
        ("2001:0db8::/32", "2001:db8::/32", "2001:db8::", (False, False, False)),
    ],
)
def test_what_a_cidr_means_and_what_is_odd_about_it(
    text: str, network: str, address: str, odd: tuple[bool, bool, bool]
) -> None:
    found = parse_cidr(text)
    assert found is not None
    assert (str(found.network), str(found.address), found[2:]) == (network, address, odd)


@pytest.mark.parametrize(
    "text", ["10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "::/129", "10.0.0.0/255.0.0.0", "10.0.0.0/-1", "10.0.0.0/8 "]
)
def test_what_is_not_a_cidr(text: str) -> None:
    assert parse_cidr(text) is None


@pytest.mark.parametrize(
    "text,meant",
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::7", "2001:db8::7/128"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("10.0.0.1/8", "10.0.0.0/8"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ],
)
def test_an_address_is_a_block_of_one(text: str, meant: str) -> None:
    assert str(parse_block(text)) == meant


@pytest.mark.parametrize("text", ["", "shop/web", "10.0.0.0/", "10.0.0.1 /8", "10.0.0.0-10.0.0.9", "fe80::1%eth0"])
def test_what_is_neither_an_address_nor_a_cidr_is_no_block(text: str) -> None:
    assert parse_block(text) is None
