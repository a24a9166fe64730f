"""What is asked for is drawn or counted, and what is not is counted apart: nothing is hidden silently."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing.graphs import CHOICES, graphs
from tests.drawing.maps import DB, HTTPS, LONELY, POSTGRES, SMALL, WEB, HandMade, addresses, link, many, workload
from workbench.drawing import (
    Choice,
    Edge,
    Graph,
    Limits,
    Missing,
    Picture,
    Reason,
    compose,
    parse_expression,
    ports_asked,
)
from workbench.ground import PortSet, addresses_named

LIMITS = st.builds(Limits, st.integers(1, 9), st.integers(0, 9), st.integers(0, 3))


def drawn(of: HandMade, choice: Choice, limits: Limits | None = None) -> Picture:
    return compose(of.graph, choice, limits or Limits(), shares_boxes=False)


def names(picture: Picture, *, stubs: bool = False) -> list[str]:
    return [node.label[0] for box in picture.boxes if box.stub is stubs for node in box.nodes]


def ways(picture: Picture) -> list[tuple[str, str]]:
    nodes = picture.graph.nodes
    return [(nodes[edge.src].label[0], nodes[edge.dst].label[0]) for line in picture.lines for edge in line.edges]


@pytest.mark.parametrize("shares_boxes", [True, False])
@given(graph=graphs(), choice=CHOICES, limits=LIMITS)
def test_what_is_drawn_and_what_is_counted_is_exactly_the_graph(
    graph: Graph, choice: Choice, limits: Limits, *, shares_boxes: bool
) -> None:
    picture = compose(graph, choice, limits, shares_boxes=shares_boxes)
    shown = [edge for line in picture.lines for edge in line.edges]
    assert Counter(shown) <= Counter(graph.edges)
    counted = [picture.hidden, *picture.left_out.values()]
    assert min(min(missing) for missing in counted) >= 0
    assert sum(edge.number for edge in graph.edges) == picture.drawn_edges + sum(each.connections for each in counted)
    nodes = [node.id for box in picture.boxes for node in box.nodes]
    assert len(set(nodes)) == len(nodes)
    assert sum(each.number for each in graph.nodes.values()) == (
        sum(graph.nodes[key].number for key in nodes) + sum(each.nodes for each in counted)
    )
    assert len(picture.boxes) <= max(limits.boxes, 1)


@given(graphs(), CHOICES)
def test_with_room_for_everything_nothing_is_hidden(graph: Graph, choice: Choice) -> None:
    picture = compose(graph, choice, Limits(1_000, 1_000, 1_000))
    assert not any(picture.hidden)
    assert picture.found <= picture.elements.keys()


@given(graphs(), CHOICES)
def test_a_node_is_grey_if_it_was_not_asked_for_and_no_connection_is_between_two_such(
    graph: Graph, choice: Choice
) -> None:
    picture = compose(graph, choice, Limits(1_000, 1_000, 1_000))
    for box in picture.boxes:
        for node in box.nodes:
            assert node.stub is (node.group.framed and not choice.wants(node))
    for line in picture.lines:
        for edge in line.edges:
            assert any(choice.wants(graph.nodes[end]) for end in edge[:2])


@given(graphs(), CHOICES)
def test_nodes_with_equal_marks_are_drawn_or_left_out_together(graph: Graph, choice: Choice) -> None:
    for one in graph.nodes.values():
        for other in graph.nodes.values():
            if one.group == other.group and choice.marks(one.sample) == choice.marks(other.sample):
                assert choice.wants(one) == choice.wants(other)
                assert choice.dropped(one) == choice.dropped(other)


@pytest.mark.parametrize(
    "choice,shown",
    [
        (Choice(ports=ports_asked("5432")), [("web", "db")]),
        (Choice(ports=ports_asked("TCP 443")), [("203.0.113.0/24", "web")]),
        (Choice(ports=ports_asked("udp")), []),
        (Choice(nodes=frozenset({"front/web"}), side="ingress"), [("203.0.113.0/24", "web")]),
        (Choice(nodes=frozenset({"web"}), side="egress"), [("web", "db")]),
        (Choice(nodes=frozenset({"back/*"})), [("web", "db")]),
        (Choice(styles=frozenset({"between"})), [("web", "db")]),
        (Choice(addresses=addresses_named("203.0.113.7") or Choice().addresses), [("203.0.113.0/24", "web")]),
        (Choice(addresses=addresses_named("203.0.0.0/8") or Choice().addresses), [("203.0.113.0/24", "web")]),
        (Choice(hide=parse_expression("port = 443")), [("web", "db")]),
        (Choice(hide=parse_expression("kind = StatefulSet")), [("203.0.113.0/24", "web")]),
        (Choice(platform=frozenset({"fr*"})), []),
        (Choice(outside=False), [("web", "db")]),
    ],
)
def test_each_filter_keeps_its_connections(choice: Choice, shown: list[tuple[str, str]]) -> None:
    assert ways(drawn(SMALL, choice)) == shown


def test_filters_combine() -> None:
    both = Choice(groups=frozenset({"front"}), ports=ports_asked("5432"))
    assert ways(drawn(SMALL, both)) == [("web", "db")]
    assert ways(drawn(SMALL, Choice(groups=frozenset({"front"}), nodes=frozenset({"db"})))) == []


def test_workloads_without_a_connection_stay_unless_connections_are_asked_for() -> None:
    assert "lonely" in names(drawn(SMALL, Choice(groups=frozenset({"back"}))))
    assert "lonely" in names(drawn(SMALL, Choice(view=frozenset({"between"}))))
    assert "lonely" not in names(drawn(SMALL, Choice(ports=ports_asked("5432"))))


def test_questions_to_name_servers_go_with_the_platform() -> None:
    dns = workload("kube-system/dns")
    both = PortSet.of("UDP", 53) | PortSet.of("TCP", 80)
    whole = HandMade((dns, WEB, DB), (link(WEB, dns, PortSet.of("UDP", 53)), link(WEB, DB, PortSet.of("TCP", 53))))
    hidden = drawn(whole, Choice(platform=frozenset({"kube-*"})))
    assert (ways(hidden), hidden.left_out) == ([], {Reason.PLATFORM: Missing(2, 1)})
    mixed = HandMade((WEB, DB), (link(WEB, DB, both),))
    assert ways(drawn(mixed, Choice(platform=frozenset({"kube-*"})))) == [("web", "db")]


def test_what_is_not_drawn_is_said_by_its_reason() -> None:
    said = drawn(SMALL, Choice(groups=frozenset({"front"}), outside=False)).missing
    assert said == (
        "1 connection and 1 node outside the cluster, which is switched off.",
        "1 node left out by the filters.",
    )


def test_what_limits_hide_is_counted_apart_from_what_filters_leave_out() -> None:
    whole = many(namespaces=20, each=10)
    picture = drawn(whole, Choice(hide=parse_expression("namespace = ns19")), Limits(5, 3))
    assert picture.hidden == Missing(189 - 5 * 9 - 3, 140)
    assert picture.missing == (
        "141 connections and 140 nodes not drawn: open a namespace or filter.",
        "10 connections and 10 nodes hidden by the expression.",
    )


def test_nothing_that_matches_is_said() -> None:
    picture = drawn(SMALL, Choice(search="nowhere"))
    assert picture.missing == (
        "Nothing matches: take a filter away.",
        "2 connections and 4 nodes left out by the filters.",
    )
    assert drawn(SMALL, Choice()).missing == ()


def test_names_stand_in_natural_order() -> None:
    peers = tuple(workload(f"ns-{n}/w-{w}") for n in (10, 2, 1) for w in (10, 9))
    picture = drawn(HandMade(peers), Choice())
    assert [frame.group.name for frame in picture.frames] == ["ns-1", "ns-2", "ns-10"]
    assert names(picture) == ["w-9", "w-10"] * 3


def test_a_summed_up_namespace_says_how_many_its_workloads_have_among_each_other() -> None:
    picture = drawn(many(namespaces=20, each=10), Choice())
    assert {line.text for line in picture.lines if line.among} == {("9 x all ports",)}


def test_an_opened_namespace_that_is_too_large_shows_its_busiest_and_one_box_for_the_rest() -> None:
    hub, spokes = workload("big/hub"), [workload(f"big/w{n}") for n in range(40)]
    others = [workload(f"ns{n}/w") for n in range(30)]
    links = [link(each, hub) for each in (*spokes, *others)] + [link(spokes[7], hub, HTTPS), link(hub, spokes[7])]
    picture = drawn(HandMade((hub, *spokes, *others), tuple(links)), Choice(opened=frozenset({"big"})), Limits(30, 50))
    inside = [box for frame in picture.frames for box in frame.boxes]
    assert (len(picture.boxes), len(inside)) == (30, 20)
    assert {"hub", "w7"} <= {box.nodes[0].label[0] for box in inside if not box.rest}
    assert [box.number for box in inside if box.rest] == [22]
    assert picture.hidden == Missing(20, 20)


def test_both_directions_of_a_pair_can_be_one_line() -> None:
    whole = HandMade((WEB, DB), (link(WEB, DB, POSTGRES), link(DB, WEB, HTTPS)))
    assert len(drawn(whole, Choice()).lines) == 2
    (line,) = drawn(whole, Choice(merged=True)).lines
    assert (line.both, set(line.text), len(line.edges)) == (True, {"→ TCP 5432", "← TCP 443"}, 2)


def test_equal_ports_both_ways_are_written_once() -> None:
    whole = HandMade((WEB, DB), (link(WEB, DB, HTTPS), link(DB, WEB, HTTPS)))
    (line,) = drawn(whole, Choice(merged=True)).lines
    assert (line.both, line.text) == (True, ("TCP 443",))


def test_what_is_found_is_marked_and_nothing_is_left_out() -> None:
    found = drawn(SMALL, Choice(find=parse_expression("namespace = back")))
    assert {box.nodes[0].label[0] for box in found.boxes if box.key in found.found} == {"db", "lonely"}
    assert (len(found.found), found.left_out) == (2, {})
    to_it = drawn(SMALL, Choice(find=parse_expression("to.namespace = back")))
    assert [line.key for line in to_it.lines if line.edges[0].dst == DB.name] == [*to_it.found]


def test_addresses_are_asked_of_nodes_that_have_them() -> None:
    block = addresses("198.51.100.0/24")
    whole = HandMade((WEB, LONELY), (link(WEB, block, HTTPS), link(LONELY, WEB, HTTPS)))
    asked = addresses_named("198.51.100.9")
    assert asked is not None
    assert ways(drawn(whole, Choice(addresses=asked))) == [("web", "198.51.100.0/24")]


def test_an_edge_is_found_by_its_key() -> None:
    edge = Edge("a", "b", (), "new")
    assert edge.key == ("a", "b", "new")
