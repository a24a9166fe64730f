"""Port sets and address sets behave as the sets of points that they stand for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ground import ALL_IPV4, ALL_PORTS, EVERYWHERE, NO_PORTS, AddressSet, Intervals, PortSet, addresses_named
from workbench.ground.intervals import complement, intersection, normalise, union

pairs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def points(intervals: Intervals) -> set[int]:
    return {point for first, last in intervals for point in range(first, last + 1)}


@given(pairs, pairs)
def test_interval_operations_are_set_operations(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> None:
    a, b = normalise(left), normalise(right)
    assert points(union(a, b)) == points(a) | points(b)
    assert points(intersection(a, b)) == points(a) & points(b)
    assert points(complement(a, 0, 30)) == set(range(31)) - points(a)


@given(pairs)
def test_normal_intervals_are_sorted_and_never_touch(given_pairs: list[tuple[int, int]]) -> None:
    found = normalise(given_pairs)
    assert all(first <= last for first, last in found)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(found))


def test_connectivity_10_full_port_set_prints_all_connections() -> None:
    assert str(PortSet.of("TCP") | PortSet.of("UDP") | PortSet.of("SCTP")) == "All Connections"


def test_connectivity_10_empty_port_set_prints_no_connections() -> None:
    assert str(NO_PORTS) == "No Connections"


def test_connectivity_10_protocols_are_sorted_and_ranges_joined() -> None:
    ports = PortSet.of("UDP", 53) | PortSet.of("SCTP") | (PortSet.of("TCP") - PortSet.of("TCP", 80))
    assert str(ports) == "SCTP 1-65535,TCP 1-79,81-65535,UDP 53"


def test_adjacent_protocols_never_touch_on_the_axis() -> None:
    ports = PortSet.of("SCTP", 65535) | PortSet.of("TCP", 1)
    assert str(ports) == "SCTP 65535,TCP 1"


def test_port_difference_and_membership() -> None:
    ports = ALL_PORTS - PortSet.of("TCP", 80, 90)
    assert not ports.contains("TCP", 80)
    assert not ports.contains("TCP", 90)
    assert ports.contains("TCP", 91)
    assert ports.contains("UDP", 80)


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
