"""What nodes, ranges and ports are called where there is little room."""

from __future__ import annotations

import pytest

from tests.connectivity.formats.maps import DNS
from workbench.connectivity import Peer
from workbench.drawing import GraphNode, Group, map_graph, ports_lines, ranges_label, shortened
from workbench.drawing.labels import box_lines
from workbench.ground import ALL_PORTS, NO_PORTS, PortSet, addresses_named

NS = Group(framed=True, name="ns")


def node(*label: str, kind: str = "") -> GraphNode:
    return GraphNode("/".join(label), label, NS, kind)


def test_a_shared_box_lists_its_nodes_and_counts_their_kinds() -> None:
    pods = [node(name, kind="Pod") for name in "abcdefghijkl"]
    assert box_lines(pods[:2]) == ["a", "b", "[2 x Pod]"]
    assert box_lines(pods) == [*"abcdefgh", "and 4 more", "[12 x Pod]"]
    assert box_lines([node("a"), node("b", "c")]) == ["a", "b", "c"]


def test_pods_of_one_owner_are_told_apart_by_their_labels() -> None:
    split = [Peer(f"ns/web[Pod]{{app={value}}}", "ns", "web", "Pod") for value in "ab"]
    nodes = map_graph(split, ()).nodes.values()
    assert [box_lines([one]) for one in nodes] == [["web {app=a}", "[Pod]"], ["web {app=b}", "[Pod]"]]


def test_long_port_sets_are_shortened_to_whole_ports() -> None:
    assert shortened(["SCTP 1-65535", "TCP 80,443"]) == ["SCTP 1-65535", "TCP 80,443"]
    assert shortened(["TCP 1000,2000,3000,4000,5000,6000,7000"]) == ["TCP 1000,2000,3000,4000,5000,…"]
    assert shortened(["was a port set without any comma in it"]) == ["was a port set without any co…"]


def test_ports_have_a_line_for_each_protocol() -> None:
    assert ports_lines(DNS) == ("UDP 53",)
    assert ports_lines(DNS | PortSet.of("TCP", 80) | PortSet.of("TCP", 443)) == ("TCP 80,443", "UDP 53")
    assert ports_lines(ALL_PORTS) == ("all ports",)
    assert ports_lines(NO_PORTS) == ()


def ranges(*texts: str) -> list[GraphNode]:
    """Return nodes that stand for what these texts name."""
    outside = Group(framed=False, name="from outside", noun="range")
    return [GraphNode(text, (text,), outside, addresses=addresses_named(text)) for text in texts]


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
    assert ranges_label(ranges(text)) == label


def test_most_addresses_are_the_outside_but_for_some() -> None:
    assert ranges_label(ranges("0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255")) == "outside\nbut 10.0.0.0/8"
    assert ranges_label(ranges("0.0.0.0/1", "128.0.0.0/2", "224.0.0.0/4", "240.0.0.1")) == "outside\nbut 3 ranges"


def test_some_ranges_are_called_by_the_first() -> None:
    assert ranges_label(ranges("192.0.2.0/28", "192.0.2.32/28")) == "192.0.2.0/28\nand 1 more"


def test_ranges_of_both_families_are_named_together() -> None:
    assert ranges_label(ranges("0.0.0.0/1", "128.0.0.0/1", "::/0")) == "0.0.0.0/0\n::/0"
    assert (
        ranges_label(ranges("0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255", "::/0")) == "outside\nbut 10.0.0.0/8"
    )
    assert ranges_label(ranges("192.0.2.1", "2001:db8::/32")) == "192.0.2.1\nand 1 more"
