"""Port sets behave as the sets of ports of three protocols that they stand for, and how they are written."""

from __future__ import annotations

from workbench.ground import ALL_PORTS, NO_PORTS, PortSet


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
