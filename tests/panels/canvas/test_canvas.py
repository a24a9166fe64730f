"""The canvas without a page: what is sent to it, and what its messages do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from tests.drawing.maps import DB, HTTPS, POSTGRES, SMALL, WEB, HandMade, link, many, workload
from workbench.drawing import PAGE, Badges, Choice, Facts, Isolation, Picture, compose
from workbench.panels.canvas import GraphCanvas
from workbench.panels.canvas.curves import Routes

PICTURE = compose(SMALL.graph, shares_boxes=False)


@pytest.fixture
def canvas() -> Iterator[GraphCanvas]:
    made = GraphCanvas()
    made.show(PICTURE)
    yield made
    made.close()


def content(picture: Picture, **options: Any) -> dict[str, Any]:  # noqa: ANN401  (those of `show`)
    canvas = GraphCanvas()
    canvas.show(picture, **options)
    sent: dict[str, Any] = canvas._page.drawn
    canvas.close()
    return sent


def hear(canvas: GraphCanvas, event: str, key: str, *, number: int | None = None) -> None:
    """Say what the page says."""
    number = canvas._page.number if number is None else number
    canvas._page._handle_custom_msg({"event": event, "key": key, "number": number}, [])


def box_of(picture: Picture, name: str) -> str:
    return next(box.key for box in picture.boxes if box.nodes[0].name == name)


# --- what is sent ------------------------------------------------------------------------------------


def test_all_elements_are_sent_at_once_and_frames_before_what_stands_in_them() -> None:
    sent = content(PICTURE)
    nodes = [node["data"] for node in sent["nodes"]]
    order = [node["id"] for node in nodes]
    assert {*order, *(edge["data"]["id"] for edge in sent["edges"])} == set(PICTURE.elements)
    assert all(order.index(node["parent"]) < order.index(node["id"]) for node in nodes if "parent" in node)


def test_each_box_has_a_place_and_frames_have_none() -> None:
    for node in content(PICTURE)["nodes"]:
        assert ("position" in node) == (node["classes"] != "frame")


def test_ends_of_arrows_are_boxes() -> None:
    sent = content(compose(many(20, 10).graph))
    boxes = {node["data"]["id"] for node in sent["nodes"] if node["classes"] != "frame"}
    assert boxes.issuperset(edge["data"][end] for edge in sent["edges"] for end in ("source", "target"))


def test_the_outline_of_a_box_is_that_of_its_kind() -> None:
    shapes = {node["data"]["label"]: node["data"].get("shape") for node in content(PICTURE)["nodes"]}
    assert (shapes["web"], shapes["db"], shapes["lonely"]) == ("round-rectangle", "barrel", "ellipse")


def test_arrows_of_a_few_have_their_ports_and_those_of_many_have_them_at_hand() -> None:
    labels = {edge["data"]["label"] for edge in content(PICTURE)["edges"]}
    assert labels == {"TCP 443", "TCP 5432"}
    crowd = HandMade(tuple(workload(f"a/w{n}") for n in range(60)), ())
    edges = content(compose(in_a_row(crowd).graph, shares_boxes=False))["edges"]
    assert {(edge["data"]["label"], edge["data"]["text"]) for edge in edges} == {("", "all ports")}


def in_a_row(crowd: HandMade) -> HandMade:
    """Return the same workloads, each of which may reach the next."""
    return HandMade(crowd.everyone, tuple(link(one, other) for one, other in pairwise(crowd.everyone)))


def test_a_summed_up_namespace_says_how_much_goes_on_within_it() -> None:
    sent = content(compose(many(20, 10).graph))
    assert {node["data"]["label"].split("\n", 1)[1] for node in sent["nodes"]} == {"10 workloads\neach other: 9"}
    loops = [edge["data"] for edge in sent["edges"] if edge["data"]["source"] == edge["data"]["target"]]
    assert {(loop["label"], loop["text"]) for loop in loops} == {("", "each other: 9")}


def test_an_arrow_goes_round_a_box_between_its_ends_and_is_straight_otherwise() -> None:
    one, two, three = (workload(f"ns/{name}") for name in "abc")
    picture = compose(HandMade((one, two, three), (link(one, two), link(one, three))).graph, shares_boxes=False)
    near, far = (next(line for line in picture.lines if line.edges[0].dst == peer.name) for peer in (two, three))
    row = {box.key: (100.0 * number, 0.0) for number, box in enumerate(picture.boxes)}
    sizes = dict.fromkeys(row, (50.0, 20.0))
    found = Routes(row, sizes).of(picture.lines, {})
    assert found[near.key].bend == 0
    assert abs(found[far.key].bend) > 20  # a curve reaches half of it
    aside = {**row, far.dst: (100.0, 300.0)}
    assert {route.bend for route in Routes(aside, sizes).of(picture.lines, {}).values()} == {0}


def test_arrows_with_the_same_ends_lie_apart() -> None:
    one, two = (workload(f"ns/{name}") for name in "ab")
    picture = compose(HandMade((one, two), (link(one, two, HTTPS), link(two, one, POSTGRES))).graph, shares_boxes=False)
    row = {box.key: (300.0 * number, 0.0) for number, box in enumerate(picture.boxes)}
    routes = Routes(row, dict.fromkeys(row, (50.0, 20.0))).of(picture.lines, {})
    # Each is bent to its own right, or each to its own left: they lead in opposite directions.
    assert len({route.bend for route in routes.values()}) == 1
    assert all(abs(route.bend) > 15 for route in routes.values())


def test_a_label_that_would_cover_something_stands_elsewhere_on_its_arrow_or_is_left_out() -> None:
    one, two = (workload(f"ns/{name}") for name in "ab")
    picture = compose(HandMade((one, two), (link(one, two, HTTPS),)).graph, shares_boxes=False)
    (line,) = picture.lines
    row = {line.src: (0.0, 0.0), line.dst: (600.0, 0.0)}
    sizes, labels = dict.fromkeys(row, (50.0, 20.0)), {line.key: "TCP 443"}
    (free,) = Routes(row, sizes).of(picture.lines, labels).values()
    assert (free.at, free.labelled) == (None, True)
    (moved,) = Routes(row, sizes, [(290, -10, 310, 10)]).of(picture.lines, labels).values()
    assert moved.labelled
    assert moved.at is not None
    assert 25 < moved.at < 240 or 300 < moved.at < 525  # along the arrow, from the edge of its first box
    (full,) = Routes(row, sizes, [(30, -10, 570, 10)]).of(picture.lines, labels).values()
    assert not full.labelled


def test_arrows_of_every_port_are_marked() -> None:
    edges = content(compose(HandMade((DB, WEB), (link(DB, WEB),)).graph))["edges"]
    assert [edge["classes"] for edge in edges] == ["wide"]


def test_equal_connections_both_ways_are_an_arrow_with_two_heads() -> None:
    edges = content(compose(HandMade((DB, WEB), (link(DB, WEB), link(WEB, DB))).graph, shares_boxes=False))["edges"]
    assert [edge["data"]["both"] for edge in edges] == [True]


def test_width_follows_volume_on_request() -> None:
    graph = SMALL.graph
    heavy = replace(graph, edges=[edge._replace(weight=1000) for edge in graph.edges])
    picture = compose(heavy, shares_boxes=False)
    thin, thick = (
        {edge["data"]["width"] for edge in content(picture, by_volume=way)["edges"]} for way in (False, True)
    )
    assert max(thin) < min(thick)


def test_badges_are_named_as_the_legend_names_them() -> None:
    graph = SMALL.graph
    badges = Badges(Isolation.INGRESS, exposed=True, problems=2)
    nodes = {key: replace(node, badges=badges) for key, node in graph.nodes.items()}
    sent = content(compose(replace(graph, nodes=nodes), shares_boxes=False))
    names = {"isolation-ingress", "exposed", "problems"}
    assert {name for node in sent["nodes"] for name in node["data"].get("badges", "").split()} == names
    assert {entry["badge"] for entry in sent["legend"] if "badge" in entry} == names


def test_the_legend_has_each_style_of_arrow_that_is_drawn_and_no_other() -> None:
    sent = content(PICTURE)
    listed = {entry["stroke"] for entry in sent["legend"] if entry["symbol"] == "line"}
    assert listed == {edge["data"]["stroke"] for edge in sent["edges"]} == set(range(len(sent["strokes"])))


@given(name=st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1, max_size=63))
def test_a_name_is_wrapped_into_few_short_lines(name: str) -> None:
    sent = content(compose(HandMade((workload(f"ns/{name}"),)).graph))
    label = next(node["data"]["label"] for node in sent["nodes"] if node["classes"] == "workload")
    lines = label.split("\n")
    assert len(lines) <= 3
    assert all(len(line) <= 30 for line in lines)


# --- words -------------------------------------------------------------------------------------------


def test_a_tooltip_says_name_kind_peers_ports_and_directions() -> None:
    tip = content(PICTURE)["words"][box_of(PICTURE, "back/db")]["tip"]
    assert tip == ["back/db", "StatefulSet", "from front/web: TCP 5432"]


def test_a_tooltip_of_an_arrow_says_when_it_was_last_seen_and_what_allows_it() -> None:
    graph = SMALL.graph
    edge = next(edge for edge in graph.edges if "db" in edge.dst)
    facts = Facts(flows=3, last_seen=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), policies=("NetworkPolicy back/db",))
    picture = compose(replace(graph, facts={edge.key: facts}), shares_boxes=False)
    line = next(line for line in picture.lines if edge in line.edges)
    assert content(picture)["words"][line.key]["tip"] == [
        "front/web → back/db",
        "TCP 5432",
        "seen in 3 flows, last 2026-01-02 03:04:05 UTC",
        "NetworkPolicy back/db",
    ]


def test_notes_of_a_panel_are_added_to_a_tooltip() -> None:
    key = box_of(PICTURE, "back/db")
    assert "DNS name db.back" in content(PICTURE, notes={key: ["DNS name db.back"]})["words"][key]["tip"]


def test_every_element_has_a_name_for_those_who_cannot_see_it() -> None:
    picture = compose(many(20, 10).graph, Choice(opened=frozenset({"ns03"})))
    words = content(picture)["words"]
    assert words.keys() == picture.elements.keys()
    assert all(each["name"] for each in words.values())


def test_control_characters_of_names_are_made_visible() -> None:
    picture = compose(HandMade((workload("ns/a\x1b[31m\u202eb"),)).graph)
    sent = content(picture)
    texts = [each["name"] for each in sent["words"].values()] + [node["data"]["label"] for node in sent["nodes"]]
    assert not any(sign in text for text in texts for sign in "\x1b\u202e")


# --- what the page says ------------------------------------------------------------------------------


def test_what_a_person_selects_is_selected_and_told(canvas: GraphCanvas) -> None:
    heard: list[str] = []
    canvas.on_select(heard.append)
    hear(canvas, "select", "b0")
    assert canvas.selected == "b0"
    hear(canvas, "select", "")
    assert (canvas.selected, heard) == ("", ["b0", ""])


def test_what_a_person_opens_is_told(canvas: GraphCanvas) -> None:
    heard: list[str] = []
    canvas.on_open(heard.append)
    hear(canvas, "open", "b1")
    assert heard == ["b1"]


def test_selecting_from_python_is_told_to_no_one(canvas: GraphCanvas) -> None:
    heard: list[str] = []
    canvas.on_select(heard.append)
    canvas.select("b0")
    assert (canvas.selected, heard) == ("b0", [])


def test_a_message_about_a_picture_that_is_gone_is_ignored(canvas: GraphCanvas) -> None:
    number = canvas._page.number
    canvas.show(PICTURE)
    hear(canvas, "select", "b0", number=number)
    assert canvas.selected == ""


@pytest.mark.parametrize("event", ["select", "open"])
def test_a_key_that_is_not_in_the_picture_is_ignored(canvas: GraphCanvas, event: str) -> None:
    heard: list[str] = []
    canvas.on_select(heard.append)
    canvas.on_open(heard.append)
    hear(canvas, event, "b99")
    assert heard == []


def test_a_picture_is_placed_anew_for_a_space_of_another_size_and_once(canvas: GraphCanvas) -> None:
    number = canvas._page.number
    space = {"event": "space", "width": PAGE[0] * 2, "height": PAGE[1], "number": number}
    canvas._page._handle_custom_msg(space, [])
    canvas._page._handle_custom_msg({**space, "width": PAGE[0] * 2.05}, [])
    assert canvas._page.number == number + 1


def test_what_is_selected_stays_so_when_a_picture_is_placed_anew(canvas: GraphCanvas) -> None:
    canvas.select("b0")
    canvas._page._handle_custom_msg({"event": "space", "width": 300, "height": 900, "number": 1}, [])
    assert canvas.selected == "b0"


# --- as widgets --------------------------------------------------------------------------------------


def test_a_picture_takes_no_more_widgets_however_large_it_is() -> None:
    before = set(_instances)
    canvas = GraphCanvas()
    canvas.show(PICTURE)
    small = set(_instances) - before
    canvas.show(compose(many(12, 10).graph, shares_boxes=False))
    assert set(_instances) - before == small
    canvas.close()


def test_closing_frees_every_widget() -> None:
    before = set(_instances)
    canvas = GraphCanvas()
    canvas.show(PICTURE)
    canvas.close()
    left = [widget for key, widget in _instances.items() if key not in before]
    assert [type(widget).__name__ for widget in left] == []


def test_a_picture_is_one_message(canvas: GraphCanvas, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(canvas._page, "_send", lambda message, **_: sent.append(message))
    canvas.show(compose(many(12, 10).graph, shares_boxes=False))
    assert len(sent) == 1


def test_a_picture_that_is_shown_while_another_thread_places_the_one_before_stays() -> None:
    canvas, large = GraphCanvas(), compose(many(10, 12).graph, shares_boxes=False)
    message = {"event": "space", "key": "", "number": 0}
    for turn in range(10):
        canvas.show(large)
        size = {"width": 300.0 + 100 * (turn % 2), "height": 500.0}
        hearing = Thread(target=canvas._page._handle_custom_msg, args=({**message, **size}, []))
        hearing.start()
        canvas.show(PICTURE)
        hearing.join()
        assert len(canvas._page.drawn["nodes"]) == len(PICTURE.nodes)
    canvas.close()
