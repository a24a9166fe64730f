"""The network graph's widgets: linked to their state, filled in one message, and safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from tests.drawing.maps import DB, SMALL, WEB, HandMade, addresses, link, many, workload
from workbench.ground import html_text
from workbench.panels import NetworkGraphPanel

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def panel() -> Iterator[NetworkGraphPanel]:
    made = NetworkGraphPanel(SMALL)
    yield made
    made.close()


def nodes(panel: NetworkGraphPanel) -> list[dict[str, Any]]:
    return [node["data"] for node in panel.canvas._page.drawn["nodes"]]


def test_every_element_of_the_picture_is_drawn(panel: NetworkGraphPanel) -> None:
    edges = [edge["data"]["id"] for edge in panel.canvas._page.drawn["edges"]]
    assert [*(node["id"] for node in nodes(panel)), *edges] == list(panel.state.picture.elements)


def test_a_search_in_the_field_changes_the_picture(panel: NetworkGraphPanel) -> None:
    panel._search.value = "lonely"
    assert [node["label"] for node in nodes(panel)] == ["back", "lonely"]


def test_a_search_from_python_shows_in_the_field(panel: NetworkGraphPanel) -> None:
    panel.state.search = "db"
    assert panel._search.value == "db"


def test_a_click_shows_details(panel: NetworkGraphPanel) -> None:
    key = next(box.key for box in panel.state.picture.boxes if box.nodes[0].name == "back/db")
    say(panel, "select", key)
    assert "back/db" in panel._details.value


def test_a_click_lets_the_rest_fade(panel: NetworkGraphPanel) -> None:
    key = panel.state.picture.lines[0].key
    say(panel, "select", key)
    assert panel.canvas.selected == key


def test_showing_everything_takes_back_all_filters(panel: NetworkGraphPanel) -> None:
    panel.state.search, panel.state.namespaces, panel.state.outside = "db", ("back",), False
    panel._everything.click()
    assert panel.state.search == ""
    assert list(panel.state.namespaces) == []
    assert panel.state.outside


def test_showing_everything_selects_nothing(panel: NetworkGraphPanel) -> None:
    say(panel, "select", panel.state.picture.lines[0].key)
    panel._everything.click()
    assert panel.state.selected is None


def test_a_namespace_is_opened_by_a_click_and_a_button() -> None:
    panel = NetworkGraphPanel(many(namespaces=20, each=10))
    say(panel, "select", panel.state.picture.boxes[3].key)
    assert panel._toggle.layout.display == ""
    panel._toggle.click()
    assert panel.state.opened == ("ns03",)
    assert sum(node.get("parent") == "g0" for node in nodes(panel)) == 10
    panel.close()


def test_what_a_person_wants_opened_on_the_canvas_is_opened_and_closed_again() -> None:
    panel = NetworkGraphPanel(many(namespaces=20, each=10))
    say(panel, "open", panel.state.picture.boxes[3].key)
    (frame,) = panel.state.picture.frames
    say(panel, "open", frame.key)
    assert not any("parent" in node for node in nodes(panel))
    panel.close()


def test_the_button_to_open_is_hidden_where_nothing_is_to_be_opened(panel: NetworkGraphPanel) -> None:
    assert panel._toggle.layout.display == "none"


def test_an_error_in_a_callback_is_shown_to_the_person(panel: NetworkGraphPanel) -> None:
    panel._namespaces.options = ["gone"]
    panel._namespaces.value = ("gone",)
    assert panel._error.value == "<b>TraitError:</b> no namespace gone; there are back, front"


def test_the_sentence_says_how_much_is_shown(panel: NetworkGraphPanel) -> None:
    assert panel._summary.value == "showing 3 of 3 workloads and 2 of 2 connections"


def test_a_picture_that_sums_up_says_how_to_see_more() -> None:
    panel = NetworkGraphPanel(many(namespaces=20, each=10))
    assert panel._summary.value == html_text(
        "showing 0 of 200 workloads one by one and 20 namespaces as one node each; "
        "39 arrows for 199 of 199 connections. Double click a namespace to open it, or filter."
    )
    panel.close()


def test_equal_connections_both_ways_are_an_arrow_with_two_heads() -> None:
    panel = NetworkGraphPanel(HandMade((DB, WEB), (link(DB, WEB), link(WEB, DB))))
    assert [edge["data"]["both"] for edge in panel.canvas._page.drawn["edges"]] == [True]
    panel.close()


def test_a_keyword_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="hieght"):
        NetworkGraphPanel(SMALL, hieght="300px")  # type: ignore[call-arg]


def test_names_from_a_cluster_reach_the_details_only_escaped() -> None:
    one, two, three = workload(f"{EVIL}/{EVIL}", EVIL), workload("a/b"), addresses(EVIL)
    panel = NetworkGraphPanel(HandMade((one, two, three), (link(one, two), link(two, one), link(three, one))))
    html = []
    for key in panel.state.picture.elements:
        panel.state.selection = key
        html.append(panel._details.value)
    panel.close()
    assert [text for text in html if "<img" in text] == []
    assert any("&lt;img" in text for text in html)


def test_closing_frees_every_widget() -> None:
    before = set(_instances)
    panel = NetworkGraphPanel(SMALL)
    assert set(_instances) > before
    panel.close()
    left = [widget for key, widget in _instances.items() if key not in before]
    # ipycytoscape itself makes an empty Graph and drops it.
    assert [type(widget).__name__ for widget in left] == ["Graph"]


def say(panel: NetworkGraphPanel, event: str, key: str) -> None:
    """Say what the page says when a person does something."""
    page = panel.canvas._page
    page._handle_custom_msg({"event": event, "key": key, "number": page.number}, [])
