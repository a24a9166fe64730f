"""What a person is looking at: driven without a browser and without widgets."""

from __future__ import annotations

import pytest
from traitlets import TraitError

from tests.drawing.maps import DB, SMALL, WEB, many
from workbench.drawing import Box, Frame
from workbench.panels import NetworkGraphState
from workbench.panels.canvas import label_of
from workbench.panels.graph_details import details_html


def node(state: NetworkGraphState, label: str) -> Box | Frame:
    return next(each for each in state.picture.nodes if label_of(each)[0] == label)


def labels(state: NetworkGraphState) -> list[str]:
    return [node.label[0] for frame in state.picture.frames for node in frame.nodes]


def test_the_picture_follows_the_search() -> None:
    state = NetworkGraphState(SMALL)
    state.search = "lonely"
    assert labels(state) == ["lonely"]


def test_the_picture_follows_the_namespaces() -> None:
    state = NetworkGraphState(SMALL, namespaces=["front"])
    assert labels(state) == ["db", "web"]
    state.namespaces = ()
    assert labels(state) == ["db", "lonely", "web"]


def test_an_unknown_namespace_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(TraitError, match="no namespace nowhere; there are back, front"):
        NetworkGraphState(SMALL, namespaces=["nowhere"])


def test_a_keyword_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="serach"):
        NetworkGraphState(SMALL, serach="db")  # type: ignore[call-arg]


def test_selecting_an_element_twice_lets_it_go() -> None:
    state = NetworkGraphState(SMALL)
    key = node(state, "db").key
    state.select(key)
    assert state.selected == node(state, "db")
    state.select(key)
    assert state.selected is None


def test_a_new_picture_forgets_the_selection() -> None:
    state = NetworkGraphState(SMALL)
    state.select(node(state, "db").key)
    state.search = "web"
    assert state.selection == ""


def test_connections_of_a_node_enter_or_leave_it() -> None:
    state = NetworkGraphState(SMALL)
    entering, leaving = state.edges_of(node(state, "web"))
    assert [each.dst for each in entering] == [WEB.name]
    assert [(each.src, each.dst) for each in leaving] == [(WEB.name, DB.name)]


def test_connections_of_a_node_include_those_that_a_filter_hides() -> None:
    state = NetworkGraphState(SMALL, namespaces=["back"])
    entering, _ = state.edges_of(node(state, "db"))
    assert [each.src for each in entering] == [WEB.name]


def test_opening_a_namespace_draws_its_workloads_and_closing_takes_them_back() -> None:
    state = NetworkGraphState(many(namespaces=20, each=10))
    summed = node(state, "ns03")
    assert state.may_open(summed)
    state.open(summed)
    box = node(state, "ns03")
    assert isinstance(box, Frame)
    assert state.may_close(box)
    state.close(box)
    assert isinstance(node(state, "ns03"), Box)


def test_nothing_is_to_be_opened_where_everything_is_drawn() -> None:
    state = NetworkGraphState(SMALL)
    assert not any(state.may_open(each) or state.may_close(each) for each in state.picture.elements.values())


# --- details --------------------------------------------------------------------------------------------------


def test_details_name_both_ends_and_the_ports() -> None:
    state = NetworkGraphState(SMALL)
    state.select(next(line.key for line in state.picture.lines if line.edges[0].dst == DB.name))
    assert "<td>front/web</td><td>back/db</td><td>TCP 5432</td>" in details_html(state).replace("<wbr>", "")


def test_details_of_a_node_say_who_may_reach_it() -> None:
    state = NetworkGraphState(SMALL)
    state.select(node(state, "db").key)
    said = details_html(state)
    assert "back/db<br><small>StatefulSet</small>" in said
    assert "may be reached by (1)" in said
    assert "may reach (0)" in said


def test_details_say_how_many_they_leave_out() -> None:
    state = NetworkGraphState(many(namespaces=20, each=60))
    state.select(node(state, "ns03").key)
    assert "and 20 more" in details_html(state)


def test_nothing_selected_says_what_to_do() -> None:
    assert "Click a node" in details_html(NetworkGraphState(SMALL))
