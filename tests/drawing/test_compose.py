"""What is drawn: everything where it can be read, one box a group where it cannot, and all of it counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectivity.formats.maps import DNS, SHOP, WEB, Map, connect, peer
from tests.drawing.maps import HTTPS, SMALL, HandMade, addresses, link, many, workload
from tests.drawing.maps import WEB as FRONT
from workbench.connectivity import Connection, Peer
from workbench.drawing import (
    FROM_OUTSIDE,
    Box,
    Choice,
    Edge,
    Fill,
    Graph,
    GraphNode,
    Group,
    Limits,
    Line,
    Missing,
    Picture,
    Reason,
    Stroke,
    Theme,
    compose,
    map_graph,
)
from workbench.drawing.dot import dot_source
from workbench.ground import ALL_PORTS, PortSet

MOST_BOXES, MOST_LINES = Limits().boxes, Limits().lines
THEME = Theme(
    "Changes",
    {"new": Stroke("green", "green new", "new"), "old": Stroke("red", "red old", "old")},
    "Nothing.",
    {"strange": Fill("red", "black")},
)


def painted(shown: Map) -> Picture:
    return compose(map_graph(shown.peers("merged"), shown.connections("merged")))


def picture(of: HandMade, choice: Choice | None = None, limits: Limits | None = None) -> Picture:
    """Return what a panel draws."""
    return compose(of.graph, choice or Choice(), limits or Limits(), shares_boxes=False)


def graph(*edges: tuple[str, str, str], styles: dict[str, str] | None = None) -> Graph:
    """Return a graph of edges ``(src, dst, style)`` between nodes ``group/name``."""
    names = {end for edge in edges for end in edge[:2]} | {*(styles or {})}
    nodes = {
        name: GraphNode(
            name, (name,), Group(framed=True, name=name.partition("/")[0]), style=(styles or {}).get(name, "")
        )
        for name in names
    }
    return Graph(nodes, [Edge(src, dst, (), style) for src, dst, style in edges], THEME)


def members(picture: Picture) -> list[list[str]]:
    return [["".join(node.label) for node in box.nodes] for box in picture.boxes]


def between(picture: Picture) -> list[Line]:
    return [line for line in picture.lines if not line.is_loop]


def inside(picture: Picture) -> list[str]:
    return [", ".join(line.text) for line in picture.lines if line.among]


def ends(picture: Picture) -> list[tuple[str, str]]:
    label = {box.key: box.nodes[0].label[0] for box in picture.boxes}
    return [(label[line.src], label[line.dst]) for line in picture.lines]


def summed_up(picture: Picture) -> list[tuple[str, int]]:
    return [(box.group.name, len(box.nodes)) for box in picture.boxes if box.summed_up]


def implied(picture: Picture) -> set[tuple[str, str, tuple[str, ...]]]:
    """Return the edges that a picture shows without saying which it stands for."""
    nodes = {box.key: [node.id for node in box.nodes] for box in picture.boxes}
    found: set[tuple[str, str, tuple[str, ...]]] = set()
    for line in picture.lines:
        if line.is_loop:
            pairs = {(a, b) for a in nodes[line.src] for b in nodes[line.src] if (a != b) is line.among}
        else:
            pairs = {(a, b) for a in nodes[line.src] for b in nodes[line.dst]}
            pairs |= {(b, a) for a, b in pairs} if line.both else set()
        found |= {(a, b, line.text) for a, b in pairs}
    return found


def test_peers_that_no_connection_tells_apart_share_a_box() -> None:
    picture = painted(connect(("ns/web[Pod]", "ns/a[Pod]", WEB), ("ns/web[Pod]", "ns/b[Pod]", WEB)))
    assert members(picture) == [["a", "b"], ["web"]]
    assert len(picture.lines) == 1


def test_peers_that_may_talk_to_each_other_share_a_box_that_says_so() -> None:
    picture = painted(connect(("ns/a[Pod]", "ns/b[Pod]", WEB), ("ns/b[Pod]", "ns/a[Pod]", WEB)))
    assert (members(picture), inside(picture)) == ([["a", "b"]], ["TCP 80,443"])


def test_peers_share_a_box_only_with_the_same_loop() -> None:
    ways = [("ns/a[Job]", "ns/b[Job]", WEB), ("ns/b[Job]", "ns/a[Job]", WEB), ("ns/a[Job]", "ns/a[Job]", WEB)]
    assert members(painted(connect(*ways))) == [["a"], ["b"]]
    shared = painted(connect(*ways, ("ns/b[Job]", "ns/b[Job]", WEB)))
    assert (members(shared), inside(shared)) == ([["a", "b"]], ["TCP 80,443"])
    assert [len(line.edges) for line in shared.lines if line.is_loop and not line.among] == [2]


def test_loops_do_not_count_as_lines_that_cross() -> None:
    pairs = [
        (f"ns/p{number}[Job]", f"ns/p{number}[Job]", PortSet.of("TCP", number + 1)) for number in range(MOST_BOXES)
    ]
    ring = [(f"ns/p{number}[Job]", f"ns/p{(number + 1) % MOST_BOXES}[Job]", DNS) for number in range(MOST_BOXES)]
    back = [(dst, src, ALL_PORTS) for src, dst, _ in ring]
    drawn = painted(connect(*pairs, *ring, *back))
    assert not drawn.summed_up
    assert len(drawn.lines) == 3 * MOST_BOXES


def test_peers_of_two_namespaces_never_share_a_box() -> None:
    picture = painted(connect(("ns/web[Pod]", "x/a[Pod]", WEB), ("ns/web[Pod]", "y/b[Pod]", WEB)))
    assert members(picture) == [["web"], ["a"], ["b"]]


def test_one_different_port_keeps_two_boxes() -> None:
    picture = painted(connect(("ns/web[Pod]", "ns/a[Pod]", WEB), ("ns/web[Pod]", "ns/b[Pod]", DNS)))
    assert members(picture) == [["a"], ["b"], ["web"]]


def test_equal_connections_both_ways_are_one_line_with_two_heads() -> None:
    picture = painted(connect(("x/a[Pod]", "y/b[Pod]", WEB), ("y/b[Pod]", "x/a[Pod]", WEB)))
    assert [line.both for line in picture.lines] == [True]


def test_the_outside_is_drawn_apart_as_source_and_as_destination() -> None:
    anyone = "outside"
    picture = painted(connect((anyone, "ns/a[Pod]", WEB), ("ns/a[Pod]", anyone, WEB)))
    assert [box.group.name for box in picture.boxes] == ["from outside", "to outside", "ns"]
    assert [(line.src, line.dst, line.both) for line in picture.lines] == [("b2", "b1", False), ("b0", "b2", False)]


def test_workloads_without_connections_are_shown() -> None:
    assert members(painted(connect(lonely=["ns/idle[Pod]"]))) == [["idle"]]


def test_the_size_of_the_map_is_told() -> None:
    assert painted(SHOP).notes[0] == "3 workloads in 2 namespaces, 4 allowed connections."


def test_too_many_boxes_become_one_a_namespace_with_counted_lines() -> None:
    many = [(f"left/a{i}[Pod]", f"right/b{i}[Pod]", WEB) for i in range(MOST_BOXES)]
    picture = painted(connect(*many, ("left/a0[Pod]", "left/a1[Pod]", DNS)))
    assert picture.summed_up
    assert summed_up(picture) == [("left", MOST_BOXES), ("right", MOST_BOXES)]
    assert [line.text for line in between(picture)] == [("150 x TCP 80,443",)]
    assert inside(picture) == ["1 x UDP 53"]
    assert "one box a namespace" in picture.notes[1]


def test_mixed_ports_between_two_namespaces_are_counted_both_ways_together() -> None:
    many = [(f"left/a{i}[Pod]", f"right/b{i}[Pod]", WEB) for i in range(MOST_BOXES)]
    picture = painted(connect(*many, ("right/b0[Pod]", "left/a0[Pod]", DNS)))
    assert [(line.text, line.both) for line in picture.lines] == [(("151",), True)]


def test_edges_of_different_styles_are_counted_apart() -> None:
    picture = compose(graph(*((f"left/a{i}", f"right/b{i}", "new" if i else "old") for i in range(MOST_BOXES))))
    assert [(line.text, line.style) for line in picture.lines] == [(("new 149", "old 1"), "")]
    alike = compose(graph(*((f"left/a{i}", f"right/b{i}", "new") for i in range(MOST_BOXES))))
    assert [(line.text, line.style) for line in alike.lines] == [(("new 150",), "new")]


def test_edges_of_different_styles_are_never_one_line() -> None:
    picture = compose(graph(("x/a", "y/b", "new"), ("y/b", "x/a", "old")))
    assert [(line.style, line.both) for line in picture.lines] == [("new", False), ("old", False)]


def test_nodes_of_different_styles_share_no_box() -> None:
    styles = {"ns/a": "", "ns/b": ""}
    assert members(compose(graph(styles=styles))) == [["ns/a", "ns/b"]]
    assert members(compose(graph(styles={**styles, "ns/b": "strange"}))) == [["ns/a"], ["ns/b"]]


def test_a_group_that_is_summed_up_has_the_style_of_all_its_nodes() -> None:
    styles = {f"left/a{n}": "strange" for n in range(3)} | {"right/b": "strange", "right/c": ""}
    summed = compose(graph(styles=styles), limits=Limits(boxes=2))
    assert [(box.group.name, box.style) for box in summed.boxes] == [("left", "strange"), ("right", "")]


def test_more_namespaces_than_can_be_drawn_are_the_busiest_and_the_caption_says_so() -> None:
    pairs = [(f"ns{i}/a[Pod]", f"ns{i + 1}/a[Pod]", WEB) for i in range(MOST_LINES * 2)]
    picture = painted(connect(*pairs, lonely=["quiet/a[Pod]"]))
    assert len(picture.boxes) == MOST_BOXES
    assert "quiet" not in {box.group.name for box in picture.boxes}
    assert f"Shown are the {MOST_BOXES} busiest of 602 boxes." in picture.notes


def test_more_lines_than_can_be_drawn_are_the_heaviest_and_the_caption_says_so() -> None:
    names = [f"ns{i}/{side}[Pod]" for i in range(40) for side in "ab"]
    pairs = [(src, dst, WEB) for src in names for dst in names if src[:4] < dst[:4]]
    picture = painted(connect(*pairs))
    assert len(picture.lines) == MOST_LINES
    assert any(note.startswith(f"Shown are the {MOST_LINES} heaviest of") for note in picture.notes)


PEERS = [peer(f"{namespace}/{name}[Pod]") for namespace in "xy" for name in "abc"] + [
    peer(f"{number}.0.0.0/8") for number in (1, 2)
]
WORKLOADS = sorted(peer.name for peer in PEERS if peer.namespace)
PAIRS = st.tuples(st.sampled_from(PEERS), st.sampled_from(PEERS)).filter(
    lambda pair: pair[0].namespace + pair[1].namespace != ""
)


@given(st.dictionaries(PAIRS, st.sampled_from([WEB, DNS, ALL_PORTS])))
def test_a_picture_with_shared_boxes_loses_nothing(ports: dict[tuple[Peer, Peer], PortSet]) -> None:
    shown = Map(tuple(Connection(*pair, value) for pair, value in ports.items()), tuple(PEERS))
    picture = painted(shown)
    everything = {edge[:3] for edge in picture.graph.edges}
    assert implied(picture) == everything
    assert {edge[:3] for line in picture.lines for edge in line.edges} == everything
    assert picture.drawn_edges == len(shown.listed)
    assert sorted(node.id for box in picture.boxes for node in box.nodes if node.group.framed) == WORKLOADS


# --- panels: nothing in a frame shares a box --------------------------------------------------------------------------


def test_a_frame_is_around_the_boxes_of_its_group() -> None:
    drawn = picture(SMALL)
    assert [(frame.group.name, [node.name for node in frame.nodes]) for frame in drawn.frames] == [
        ("back", ["back/db", "back/lonely"]),
        ("front", ["front/web"]),
    ]
    assert [box.nodes[0].name for box in drawn.boxes if not box.group.framed] == ["203.0.113.0/24"]


def test_nodes_share_no_box_where_each_is_to_be_seen() -> None:
    alike = HandMade(tuple(workload(f"ns/w{n}") for n in range(3)))
    assert members(picture(alike)) == [["w0"], ["w1"], ["w2"]]
    assert members(compose(alike.graph)) == [["w0", "w1", "w2"]]


def test_ranges_that_may_do_the_same_always_share_a_box() -> None:
    one, two, other = (addresses(f"192.0.2.{n}") for n in (1, 5, 9))
    drawn = picture(HandMade((FRONT, one, two, other), (link(one, FRONT), link(two, FRONT), link(other, FRONT, HTTPS))))
    assert members(drawn) == [["192.0.2.1", "192.0.2.5"], ["192.0.2.9"], ["web"]]


def test_keys_hold_nothing_from_the_cluster() -> None:
    evil = workload('ns"]/x"], node', "Pod")
    drawn = picture(HandMade((evil, FRONT), (link(evil, FRONT),)))
    assert drawn.elements.keys() == {"g0", "g1", "b0", "b1", "e0"}


# --- filters ----------------------------------------------------------------------------------------------------------


def test_a_filter_leaves_its_groups_and_what_they_have_connections_with() -> None:
    drawn = picture(SMALL, Choice(groups=frozenset({"front"})))
    assert ends(drawn) == [("203.0.113.0/24", "web"), ("web", "db")]
    assert [box.nodes[0].label[0] for box in drawn.boxes if box.stub] == ["db"]
    assert drawn.left_out == {Reason.FILTER: Missing(0, 1)}


def test_what_is_outside_is_drawn_with_its_edges_only() -> None:
    drawn = picture(SMALL, Choice(groups=frozenset({"back"})))
    assert members(drawn) == [["db"], ["lonely"], ["web"]]
    assert drawn.left_out == {Reason.FILTER: Missing(1, 1)}


def test_many_neighbours_are_one_box_a_group() -> None:
    middle, others = workload("hub/w"), [workload(f"ns{n % 3}/w{n}") for n in range(30)]
    whole = HandMade((middle, *others), tuple(link(each, middle) for each in others))
    drawn = picture(whole, Choice(groups=frozenset({"hub"})))
    assert [(box.group.name, box.number, box.stub, box.summed_up) for box in drawn.boxes] == [
        ("hub", 1, False, False),
        *((f"ns{n}", 10, True, True) for n in range(3)),
    ]
    assert not any(drawn.hidden)
    few = picture(whole, Choice(groups=frozenset({"hub"})), Limits(stubs=30))
    assert sum(box.stub for box in few.boxes) == 30


@pytest.mark.parametrize("text", ["DB", "back/d", "statefulset"])
def test_a_search_finds_a_node_and_whatever_has_an_edge_with_it(text: str) -> None:
    drawn = picture(SMALL, Choice(search=text))
    assert (members(drawn), ends(drawn)) == ([["db"], ["web"]], [("web", "db")])


def test_a_search_that_finds_nothing_draws_nothing() -> None:
    drawn = picture(SMALL, Choice(search="nowhere"))
    assert (drawn.boxes, drawn.lines) == ((), ())


def test_what_is_outside_can_be_left_out() -> None:
    assert ends(picture(SMALL, Choice(outside=False))) == [("web", "db")]


def test_the_ingress_controller_stands_outside_with_a_box_of_its_own() -> None:
    controller = Peer("{ingress-controller}", "", "ingress-controller", "IngressController")
    drawn = picture(HandMade((*SMALL.everyone, controller), (*SMALL.everything, link(controller, FRONT, HTTPS))))
    assert ("{ingress-controller}", "web") in ends(drawn)
    assert [frame.group.name for frame in drawn.frames] == ["back", "front"]
    assert drawn.graph.framed.total() == 3


# --- too much ---------------------------------------------------------------------------------------------------------


def test_what_is_within_a_group_that_is_summed_up_is_a_loop() -> None:
    drawn = picture(many(namespaces=20, each=10))
    assert summed_up(drawn)[0] == ("ns00", 10)
    assert len(between(drawn)) == 19
    assert [len(line.edges) for line in drawn.lines if line.among] == [9] * 20


def test_too_many_lines_sum_up_as_well() -> None:
    peers = [workload(f"{'ab'[n % 2]}/w{n}") for n in range(20)]
    ports = [PortSet.of("TCP", n + 1) for n in range(20)]
    every = [link(src, dst, ports[n]) for n, src in enumerate(peers) for dst in peers if src != dst]
    drawn = picture(HandMade(tuple(peers), tuple(every)))
    assert drawn.summed_up
    assert [(len(line.edges), line.both, line.is_loop) for line in drawn.lines] == [
        (200, True, False),
        (90, False, True),
        (90, False, True),
    ]


def test_an_opened_group_shows_its_nodes_among_the_others() -> None:
    drawn = picture(many(namespaces=20, each=10), Choice(opened=frozenset({"ns03"})))
    assert [(frame.group.name, len(frame.nodes)) for frame in drawn.frames] == [("ns03", 10)]
    assert len(summed_up(drawn)) == 19


def test_ranges_are_one_box_until_opened() -> None:
    big = many(namespaces=20, each=10)
    ranges = tuple(addresses(f"192.0.2.{n}") for n in range(5))
    links = tuple(link(each, big.everyone[n]) for n, each in enumerate(ranges))
    whole = HandMade((*big.everyone, *ranges), (*big.everything, *links))
    assert summed_up(picture(whole))[0] == ("from outside", 5)
    opened = picture(whole, Choice(opened=frozenset({FROM_OUTSIDE.name})))
    assert sum(box.group == FROM_OUTSIDE for box in opened.boxes) == 5


def test_a_single_range_stands_for_itself() -> None:
    big = many(namespaces=20, each=10)
    one = addresses("192.0.2.1")
    drawn = picture(HandMade((*big.everyone, one), (*big.everything, link(one, big.everyone[0]))))
    assert members(drawn)[0] == ["192.0.2.1"]
    assert not drawn.boxes[0].summed_up


def test_filtering_a_large_graph_draws_it_one_by_one_again() -> None:
    drawn = picture(many(namespaces=20, each=10), Choice(groups=frozenset({"ns03"})))
    assert not drawn.summed_up
    assert sum(not box.stub for box in drawn.boxes) == 10
    assert sum(box.stub for box in drawn.boxes) == 2


def test_the_lightest_lines_go_first_where_even_groups_are_too_many() -> None:
    hub, spokes = workload("hub/w"), [[workload(f"ns{n}/w{w}") for w in range(n + 1)] for n in range(6)]
    links = tuple(link(hub, each) for row in spokes for each in row)
    drawn = picture(HandMade((hub, *(each for row in spokes for each in row)), links), limits=Limits(boxes=4, lines=2))
    assert [box.group.name for box in drawn.boxes] == ["hub", "ns3", "ns4", "ns5"]
    assert [len(line.edges) for line in drawn.lines] == [6, 5]
    assert drawn.notes[2:] == (
        "Shown are the 4 busiest of 7 boxes.",
        "Shown are the 2 heaviest of 6 lines.",
        "Shown are 2 arrows for 11 of 21 connections.",
    )


@pytest.mark.parametrize(
    "drawn, says",
    [
        (picture(SMALL), "showing 3 of 3 workloads and 2 of 2 connections"),
        (picture(SMALL, Choice(search="lonely")), "showing 1 of 3 workloads and 0 of 2 connections"),
        (
            picture(many(namespaces=30, each=60), Choice(opened=frozenset({"ns00"}))),
            (
                "showing 60 of 1,800 workloads one by one and 29 namespaces as one node each; "
                "117 arrows for 1,799 of 1,799 connections"
            ),
        ),
    ],
)
def test_a_picture_says_how_much_it_shows(drawn: Picture, says: str) -> None:
    assert drawn.summary() == says


@given(
    namespaces=st.integers(1, 6),
    each=st.integers(1, 6),
    opened=st.frozensets(st.sampled_from([f"ns{n:02}" for n in range(6)])),
    boxes=st.integers(1, 40),
    lines=st.integers(1, 40),
    shares_boxes=st.booleans(),
)
def test_every_node_and_edge_is_drawn_once_or_counted(
    *, namespaces: int, each: int, opened: frozenset[str], boxes: int, lines: int, shares_boxes: bool
) -> None:
    whole = many(namespaces, each).graph
    drawn = compose(whole, Choice(opened=opened), Limits(boxes, lines), shares_boxes=shares_boxes)
    assert len(drawn.boxes) <= boxes
    assert len(between(drawn)) <= lines
    home = {node.id: box for box in drawn.boxes for node in box.nodes}
    assert len(home) == sum(len(box.nodes) for box in drawn.boxes)
    edges = [edge for line in drawn.lines for edge in line.edges]
    assert len(edges) == len({*edges}) == drawn.drawn_edges
    assert {*edges} <= {*whole.edges}
    for line in drawn.lines:
        ends = {line.src, line.dst}
        assert all({home[edge.src].key, home[edge.dst].key} == ends for edge in line.edges)
    missing = len(whole.nodes) - len(home), len(whole.edges) - len(edges)
    assert bool(missing[0]) is (len(drawn.boxes) < drawn.all_boxes)
    assert bool(missing[1]) is any(f"{len(edges):,} of {len(whole.edges):,}" in note for note in drawn.notes)


def test_a_panel_and_a_picture_that_sum_up_show_and_count_the_same() -> None:
    whole = HandMade(tuple(workload(f"ns{n % 40:02}/w{n}") for n in range(400)))
    ports = [PortSet.of("TCP", n + 1) for n in range(400)]
    links = [link(a, whole.everyone[n * 7 % 400], ports[n]) for n, a in enumerate(whole.everyone)]
    drawn = HandMade(whole.everyone, tuple(links)).graph
    pictures = [compose(drawn, limits=Limits(30, 30), shares_boxes=shares) for shares in (True, False)]
    assert pictures[0] == pictures[1]
    assert pictures[0].drawn_edges < len(drawn.edges)
    assert pictures[0].shares in pictures[0].summary()
    assert f"Shown are {pictures[0].shares}." in pictures[0].notes


@given(boxes=st.integers(1, 12))
def test_more_room_never_shows_less(boxes: int) -> None:
    whole = many(namespaces=6, each=3).graph
    less, more = (compose(whole, limits=Limits(limit, 300)) for limit in (boxes, boxes + 1))
    assert less.drawn_edges <= more.drawn_edges


def test_elements_are_found_by_their_keys() -> None:
    drawn = picture(SMALL)
    outside, line = drawn.elements["b0"], drawn.elements["e0"]
    assert isinstance(outside, Box)
    assert [node.name for node in outside.nodes] == ["203.0.113.0/24"]
    assert isinstance(line, Line)
    assert [edge.label for edge in line.edges] == [("TCP 443",)]
    assert "nothing" not in drawn.elements


# --- names -------------------------------------------------------------------------------------------


def test_the_same_addresses_on_both_sides_are_called_by_their_side() -> None:
    outside, web = addresses("203.0.113.0/24"), workload("ns/web")
    drawn = picture(HandMade((web, outside), (link(outside, web), link(web, outside))))
    ways = {box.group.name: box.way for box in drawn.boxes}
    assert ways == {"from outside": "from", "to outside": "to", "ns": ""}
    texts = dot_source(drawn)
    assert "from 203.0.113.0/24" in texts
    assert "to 203.0.113.0/24" in texts


def test_addresses_on_one_side_are_called_by_their_name_alone() -> None:
    drawn = picture(HandMade((FRONT,), (link(FRONT, addresses("203.0.113.0/24")),)))
    assert {box.way for box in drawn.boxes} == {""}
