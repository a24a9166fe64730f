"""What is drawn: everything where it can be read, namespaces as one node each where it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.panels.maps import CLIENTS, DB, HTTPS, SMALL, WEB, HandMade, addresses, link, many, workload
from workbench.connectivity import Peer
from workbench.panels.picture import OUTSIDE, Choice, Limits, NodeKind, Picture, compose


def picture(of: HandMade, choice: Choice = Choice(), limits: Limits = Limits()) -> Picture:
    return compose(of.everyone, of.everything, choice, limits)


def labels(drawn: Picture, kind: NodeKind) -> list[str]:
    return [node.label for node in drawn.nodes if node.kind is kind]


def arrows(drawn: Picture) -> set[tuple[str, str]]:
    label = {node.key: node.label for node in drawn.nodes}
    return {(label[arrow.source], label[arrow.target]) for arrow in drawn.arrows}


def test_namespaces_are_boxes_around_their_workloads() -> None:
    drawn = picture(SMALL)
    box_of = {node.label: node.parent for node in drawn.nodes}
    box = {node.label: node.key for node in drawn.nodes if node.kind is NodeKind.BOX}
    assert labels(drawn, NodeKind.BOX) == ["back", "front"]
    assert box_of["web"] == box["front"]
    assert box_of["db"] == box_of["lonely"] == box["back"]


def test_boxes_stand_before_what_is_in_them() -> None:
    seen: set[str] = set()
    for node in picture(SMALL).nodes:
        assert node.parent == "" or node.parent in seen
        seen.add(node.key)


def test_address_ranges_stand_outside_all_boxes() -> None:
    (outside,) = [node for node in picture(SMALL).nodes if node.kind is NodeKind.OUTSIDE]
    assert (outside.label, outside.parent, outside.namespace) == ("203.0.113.0/24", "", "")


def test_workloads_without_a_connection_are_drawn() -> None:
    assert "lonely" in labels(picture(SMALL), NodeKind.WORKLOAD)


def test_arrows_carry_their_connections() -> None:
    assert [arrow.connections for arrow in picture(SMALL).arrows] == [
        (SMALL.everything[1],),
        (SMALL.everything[0],),
    ]


def test_keys_hold_nothing_from_the_cluster() -> None:
    evil = workload('ns"]/x"], node', "Pod")
    drawn = picture(HandMade((evil, DB), (link(evil, DB),)))
    keys = [node.key for node in drawn.nodes] + [arrow.key for arrow in drawn.arrows]
    assert all(key.isalnum() and key.isascii() for key in keys)


def test_equal_names_in_two_namespaces_are_two_nodes() -> None:
    drawn = picture(HandMade((workload("a/db"), workload("b/db"))))
    assert labels(drawn, NodeKind.WORKLOAD) == ["db", "db"]


def test_ranges_that_may_do_the_same_are_one_node() -> None:
    one, two, other = (addresses(f"192.0.2.{n}") for n in (1, 5, 9))
    drawn = picture(HandMade((WEB, one, two, other), (link(one, WEB), link(two, WEB), link(other, WEB, HTTPS))))
    assert labels(drawn, NodeKind.OUTSIDE) == ["192.0.2.1\nand 1 more", "192.0.2.9"]


def test_ranges_of_two_families_are_two_nodes() -> None:
    everywhere = (addresses("0.0.0.0/0"), addresses("::/0"))
    drawn = picture(HandMade((WEB, *everywhere), tuple(link(WEB, each) for each in everywhere)))
    assert labels(drawn, NodeKind.OUTSIDE) == ["0.0.0.0/0", "::/0"]


# --- filters --------------------------------------------------------------------------------------------


def test_a_namespace_filter_leaves_its_workloads_and_what_is_outside() -> None:
    drawn = picture(SMALL, Choice(namespaces=frozenset({"front"})))
    assert arrows(drawn) == {("203.0.113.0/24", "web")}


def test_a_search_finds_a_peer_and_whom_it_talks_to() -> None:
    drawn = picture(SMALL, Choice(search="DB"))
    assert labels(drawn, NodeKind.WORKLOAD) == ["db", "web"]
    assert arrows(drawn) == {("web", "db")}


def test_a_search_for_namespace_and_name_works() -> None:
    assert labels(picture(SMALL, Choice(search="back/lon")), NodeKind.WORKLOAD) == ["lonely"]


def test_a_search_that_finds_nothing_draws_nothing() -> None:
    drawn = picture(SMALL, Choice(search="nowhere"))
    assert (drawn.nodes, drawn.arrows) == ((), ())


def test_what_is_outside_can_be_left_out() -> None:
    drawn = picture(SMALL, Choice(outside=False))
    assert labels(drawn, NodeKind.OUTSIDE) == []
    assert arrows(drawn) == {("web", "db")}


def test_the_ingress_controller_stands_outside_with_a_node_of_its_own() -> None:
    controller = Peer("{ingress-controller}", "", "ingress-controller", "IngressController")
    drawn = picture(HandMade((*SMALL.everyone, controller), (*SMALL.everything, link(controller, WEB, HTTPS))))
    assert labels(drawn, NodeKind.OUTSIDE) == ["203.0.113.0/24", "ingress-controller"]
    assert labels(drawn, NodeKind.BOX) == ["back", "front"]
    assert ("ingress-controller", "web") in arrows(drawn)
    assert drawn.workloads == 3


def test_a_range_that_nothing_drawn_talks_to_is_left_out() -> None:
    drawn = picture(SMALL, Choice(namespaces=frozenset({"back"})))
    assert labels(drawn, NodeKind.OUTSIDE) == []


# --- large clusters ---------------------------------------------------------------------------------------


def test_too_many_workloads_become_one_node_for_each_namespace() -> None:
    drawn = picture(many(namespaces=20, each=10))
    assert drawn.summarised
    assert labels(drawn, NodeKind.WORKLOAD) == []
    assert labels(drawn, NodeKind.SUMMARY)[0] == "ns00\n10 workloads"
    assert sum(not arrow.is_loop for arrow in drawn.arrows) == 19


def test_what_is_within_a_summed_up_namespace_is_a_loop() -> None:
    drawn = picture(many(namespaces=20, each=10))
    assert [len(arrow.connections) for arrow in drawn.arrows if arrow.is_loop] == [9] * 20


def test_pods_of_one_workload_among_themselves_are_a_loop() -> None:
    db = workload("back/db", "StatefulSet")
    drawn = picture(HandMade((db,), (link(db, db, HTTPS),)))
    assert arrows(drawn) == {("db", "db")}
    assert drawn.summary() == "showing 1 of 1 workload and 1 of 1 connection"


def test_too_many_arrows_sum_up_as_well() -> None:
    peers = [workload(f"{'ab'[n % 2]}/w{n}") for n in range(20)]
    every = [link(src, dst) for src in peers for dst in peers if src != dst]
    drawn = picture(HandMade(tuple(peers), tuple(every)))
    assert drawn.summarised
    assert [len(arrow.connections) for arrow in drawn.arrows] == [90, 100, 100, 90]


def test_an_opened_namespace_shows_its_workloads_among_the_others() -> None:
    drawn = picture(many(namespaces=20, each=10), Choice(opened=frozenset({"ns03"})))
    assert labels(drawn, NodeKind.BOX) == ["ns03"]
    assert labels(drawn, NodeKind.WORKLOAD) == [f"w{n:02}" for n in range(10)]
    assert len(labels(drawn, NodeKind.SUMMARY)) == 19


def test_summed_up_ranges_are_one_node_until_opened() -> None:
    big = many(namespaces=20, each=10)
    ranges = tuple(addresses(f"192.0.2.{n}") for n in range(5))
    links = tuple(link(each, big.everyone[n]) for n, each in enumerate(ranges))
    whole = HandMade((*big.everyone, *ranges), (*big.everything, *links))
    assert labels(picture(whole), NodeKind.OUTSIDE) == ["outside\n5 ranges"]
    assert len(labels(picture(whole, Choice(opened=frozenset({OUTSIDE}))), NodeKind.OUTSIDE)) == 5


def test_filtering_a_large_cluster_draws_it_one_by_one_again() -> None:
    drawn = picture(many(namespaces=20, each=10), Choice(namespaces=frozenset({"ns03"})))
    assert not drawn.summarised
    assert len(labels(drawn, NodeKind.WORKLOAD)) == 10


def test_the_smallest_arrows_go_first_where_even_namespaces_are_too_many() -> None:
    hub, spokes = workload("hub/w"), [[workload(f"ns{n}/w{w}") for w in range(n + 1)] for n in range(6)]
    links = tuple(link(hub, each) for row in spokes for each in row)
    drawn = picture(HandMade((hub, *(each for row in spokes for each in row)), links), limits=Limits(nodes=4, arrows=2))
    assert [node.namespace for node in drawn.nodes] == ["hub", "ns3", "ns4", "ns5"]
    assert [len(arrow.connections) for arrow in drawn.arrows] == [6, 5]


def test_loops_cross_nothing_and_do_not_count_as_arrows() -> None:
    db, web = workload("back/db", "StatefulSet"), workload("front/web")
    drawn = picture(
        HandMade((db, web), (link(db, db), link(web, web), link(web, db))), limits=Limits(nodes=4, arrows=1)
    )
    assert not drawn.summarised
    assert len(drawn.arrows) == 3


@pytest.mark.parametrize(
    "drawn, said",
    [
        (picture(SMALL), "showing 3 of 3 workloads and 2 of 2 connections"),
        (picture(SMALL, Choice(search="lonely")), "showing 1 of 3 workloads and 0 of 2 connections"),
        (
            picture(many(namespaces=30, each=60), Choice(opened=frozenset({"ns00"}))),
            (
                "showing 60 of 1,800 workloads one by one and 29 namespaces as one node each; "
                "117 arrows for 1,799 of 1,799 connections. Click a namespace to open it, or filter."
            ),
        ),
    ],
)
def test_a_picture_says_how_much_it_shows(drawn: Picture, said: str) -> None:
    assert drawn.summary() == said


@given(
    namespaces=st.integers(1, 6),
    each=st.integers(1, 6),
    opened=st.frozensets(st.sampled_from([f"ns{n:02}" for n in range(6)])),
    nodes=st.integers(1, 40),
    most=st.integers(1, 40),
)
def test_a_picture_keeps_its_limits_and_hangs_together(
    namespaces: int, each: int, opened: frozenset[str], nodes: int, most: int
) -> None:
    whole = many(namespaces, each)
    drawn = picture(whole, Choice(opened=opened), Limits(nodes, most))
    keys = {node.key for node in drawn.nodes}
    assert len([node for node in drawn.nodes if node.kind is not NodeKind.BOX]) <= nodes
    assert sum(not arrow.is_loop for arrow in drawn.arrows) <= most
    assert {end for arrow in drawn.arrows for end in (arrow.source, arrow.target)} <= keys
    assert len(keys) == len(drawn.nodes)
    drawn_links = [each for arrow in drawn.arrows for each in arrow.connections]
    assert len(drawn_links) == len(set(drawn_links))
    assert set(drawn_links) <= set(whole.everything)


def test_elements_are_found_by_their_keys() -> None:
    drawn = picture(SMALL)
    outside, arrow = drawn.element("x0"), drawn.element("e0")
    assert getattr(outside, "members", None) == (CLIENTS,)
    assert getattr(arrow, "connections", None) == (SMALL.everything[1],)
    assert drawn.element("nothing") is None
