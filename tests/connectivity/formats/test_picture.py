from hypothesis import given
from hypothesis import strategies as st

from tests.connectivity.formats.maps import DNS, SHOP, WEB, Map, connect, peer
from workbench.connectivity import SEVERAL, Arrow, Connection, Picture, paint
from workbench.connectivity.formats.picture import MOST_BOXES, MOST_LINES
from workbench.ground import ALL_PORTS, PortSet


def painted(shown: Map) -> Picture:
    connections = shown.connections("merged")
    return paint(shown.peers("merged"), [Arrow(src, dst, str(ports)) for src, dst, ports in connections])


def members(picture: Picture) -> list[list[str]]:
    return [[member.workload for member in box.members] for box in picture.boxes]


def unpainted(picture: Picture) -> set[tuple[str, str, str]]:
    """Return the connections that a picture stands for."""
    found: set[tuple[str, str, str]] = set()
    for box in picture.boxes:
        if box.inside:
            found |= {(a.name, b.name, box.inside) for a in box.members for b in box.members if a != b}
    for line in picture.lines:
        ends = [(line.src, line.dst), (line.dst, line.src)] if line.both else [(line.src, line.dst)]
        if line.src == line.dst:
            found |= {(each.name, each.name, line.text) for each in picture.boxes[line.src].members}
            continue
        for src, dst in ends:
            found |= {
                (a.name, b.name, line.text) for a in picture.boxes[src].members for b in picture.boxes[dst].members
            }
    return found


def test_peers_that_no_connection_tells_apart_share_a_box() -> None:
    picture = painted(connect(("ns/web[Pod]", "ns/a[Pod]", WEB), ("ns/web[Pod]", "ns/b[Pod]", WEB)))
    assert members(picture) == [["a", "b"], ["web"]]
    assert len(picture.lines) == 1


def test_peers_that_may_talk_to_each_other_share_a_box_that_says_so() -> None:
    picture = painted(connect(("ns/a[Pod]", "ns/b[Pod]", WEB), ("ns/b[Pod]", "ns/a[Pod]", WEB)))
    assert [(members(picture), picture.boxes[0].inside)] == [([["a", "b"]], "TCP 80,443")]


def test_peers_share_a_box_only_with_the_same_loop() -> None:
    ways = [("ns/a[Job]", "ns/b[Job]", WEB), ("ns/b[Job]", "ns/a[Job]", WEB), ("ns/a[Job]", "ns/a[Job]", WEB)]
    assert members(painted(connect(*ways))) == [["a"], ["b"]]
    shared = painted(connect(*ways, ("ns/b[Job]", "ns/b[Job]", WEB)))
    assert (members(shared), shared.boxes[0].inside) == ([["a", "b"]], "TCP 80,443")
    assert [(line.src, line.dst, line.both) for line in shared.lines] == [(0, 0, False)]


def test_loops_do_not_count_as_lines_that_cross() -> None:
    pairs = [
        (f"ns/p{number}[Job]", f"ns/p{number}[Job]", PortSet.of("TCP", number + 1)) for number in range(MOST_BOXES)
    ]
    ring = [(f"ns/p{number}[Job]", f"ns/p{(number + 1) % MOST_BOXES}[Job]", DNS) for number in range(MOST_BOXES)]
    back = [(dst, src, ALL_PORTS) for src, dst, _ in ring]
    drawn = painted(connect(*pairs, *ring, *back))
    assert not drawn.by_namespace
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
    assert [box.place for box in picture.boxes] == [("", "from outside"), ("", "to outside"), ("ns", "")]
    assert [(line.src, line.dst, line.both) for line in picture.lines] == [(2, 1, False), (0, 2, False)]


def test_workloads_without_connections_are_shown() -> None:
    assert members(painted(connect(lonely=["ns/idle[Pod]"]))) == [["idle"]]


def test_the_size_of_the_map_is_told() -> None:
    assert painted(SHOP).notes[0] == "3 workloads in 2 namespaces, 4 allowed connections."


def test_too_many_boxes_become_one_a_namespace_with_counted_lines() -> None:
    many = [(f"left/a{i}[Pod]", f"right/b{i}[Pod]", WEB) for i in range(MOST_BOXES)]
    picture = painted(connect(*many, ("left/a0[Pod]", "left/a1[Pod]", DNS)))
    assert picture.by_namespace
    assert [(box.place[0], len(box.members)) for box in picture.boxes] == [("left", MOST_BOXES), ("right", MOST_BOXES)]
    assert [line.text for line in picture.lines] == ["150 x TCP 80,443"]
    assert picture.boxes[0].inside == "1 x UDP 53"
    assert "one box a namespace" in picture.notes[1]


def test_mixed_ports_between_two_namespaces_are_counted_both_ways_together() -> None:
    many = [(f"left/a{i}[Pod]", f"right/b{i}[Pod]", WEB) for i in range(MOST_BOXES)]
    picture = painted(connect(*many, ("right/b0[Pod]", "left/a0[Pod]", DNS)))
    assert [(line.text, line.both) for line in picture.lines] == [("151", True)]


def test_arrows_of_different_kinds_are_counted_apart() -> None:
    ends = [(peer(f"left/a{i}[Pod]"), peer(f"right/b{i}[Pod]")) for i in range(MOST_BOXES)]
    picture = paint([], [Arrow(*pair, "", "new" if i else "old") for i, pair in enumerate(ends)])
    assert [(line.text, line.kind) for line in picture.lines] == [("new 149,old 1", SEVERAL)]


def test_arrows_of_different_kinds_are_never_one_line() -> None:
    one, other = peer("x/a[Pod]"), peer("y/b[Pod]")
    picture = paint([], [Arrow(one, other, "", "new"), Arrow(other, one, "", "old")])
    assert [(line.kind, line.both) for line in picture.lines] == [("new", False), ("old", False)]


def test_peers_with_different_marks_share_no_box() -> None:
    peers = [peer("ns/a[Pod]"), peer("ns/b[Pod]")]
    assert members(paint(peers, [])) == [["a", "b"]]
    assert [box.mark for box in paint(peers, [], marks={peers[1]: "new"}).boxes] == ["", "new"]


def test_more_namespaces_than_can_be_drawn_are_the_busiest_and_the_caption_says_so() -> None:
    pairs = [(f"ns{i}/a[Pod]", f"ns{i + 1}/a[Pod]", WEB) for i in range(MOST_LINES * 2)]
    picture = painted(connect(*pairs, lonely=["quiet/a[Pod]"]))
    assert len(picture.boxes) == MOST_BOXES
    assert "quiet" not in {box.place[0] for box in picture.boxes}
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
def test_a_picture_with_shared_boxes_loses_nothing(ports: dict[tuple[object, object], object]) -> None:
    shown = Map(tuple(Connection(*pair, value) for pair, value in ports.items()), tuple(PEERS))  # type: ignore[arg-type]
    picture = painted(shown)
    assert unpainted(picture) == {(src.name, dst.name, str(value)) for src, dst, value in shown.listed}
    assert sorted(member.name for box in picture.boxes for member in box.members if member.namespace) == WORKLOADS
