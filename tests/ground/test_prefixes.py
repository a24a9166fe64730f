"""The closest block of an address, by one search for many addresses."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import ArgumentError, PrefixIndex

V4 = st.builds(
    lambda n, bits: str(ip_network((n << 28 | n, bits), strict=False)), st.integers(0, 15), st.integers(0, 32)
)
V6 = st.builds(
    lambda n, bits: str(ip_network((n << 124 | n, bits), strict=False)), st.integers(0, 15), st.integers(0, 128)
)
ADDRESSES = st.builds(
    lambda n, low: str(ip_address(n << 28 | low)), st.integers(0, 15), st.integers(0, 31)
) | st.builds(lambda n, low: str(ip_address((n << 124) + (1 << 100) + low)), st.integers(0, 15), st.integers(0, 31))


def closest(blocks: list[str], address: str) -> int:
    """Return what a look at every block finds."""
    asked = ip_address(address)
    held = [(-ip_network(one).prefixlen, place) for place, one in enumerate(blocks) if asked in ip_network(one)]
    return min(held)[1] if held else -1


@given(st.lists(V4 | V6, max_size=12), st.lists(ADDRESSES, max_size=12))
def test_it_finds_what_a_look_at_every_block_finds(blocks: list[str], addresses: list[str]) -> None:
    assert PrefixIndex(blocks).find(addresses).tolist() == [closest(blocks, one) for one in addresses]


@given(st.lists(V4 | V6, min_size=1, max_size=8), V4 | V6)
def test_a_block_is_in_those_that_hold_all_of_it(blocks: list[str], asked: str) -> None:
    network = ip_network(asked)
    holding = [
        (-other.prefixlen, place)
        for place, other in enumerate(map(ip_network, blocks))
        if other.version == network.version and network.subnet_of(other)  # type: ignore[arg-type]
    ]
    assert PrefixIndex(blocks).find([asked]).tolist() == [min(holding)[1] if holding else -1]


def test_addresses_may_be_spelled_in_any_way() -> None:
    index = PrefixIndex(["10.0.0.1/8", "::ffff:192.0.2.0/120", "2001:DB8::/32", "0.0.0.0/0"])
    texts = [
        "010.0.0.1",
        "::ffff:10.0.0.1",
        "192.0.2.9",
        "2001:db8:0:0::1",
        "::1",
        "nothing",
        "",
        "1.2.3",
        "10.0.0.0/99",
    ]
    assert index.find(texts).tolist() == [0, 0, 1, 2, -1, -1, -1, -1, -1]
    assert index.lengths.tolist() == [104, 120, 32, 96]


def test_of_equal_blocks_the_first_is_found_and_the_last_address_is_in_its_block() -> None:
    index = PrefixIndex(["255.255.255.0/24", "255.255.255.7/24", "ffff::/16"])
    assert index.find(["255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]).tolist() == [0, 2]


@pytest.mark.parametrize(
    "text", ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "/8", "x/8", "::/129", "1.2.3/8"]
)
def test_what_is_no_block_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="not a valid CIDR"):
        PrefixIndex([text])
