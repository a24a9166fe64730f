"""The network graph's widgets: each joined to a filter, and nothing that is not drawn is silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest
from ipywidgets.widgets.widget import _instances

from tests.panels.graph.clusters import chain, small
from workbench import load_manifests, sample_path
from workbench.flows import LoadedFlows, load_flows
from workbench.ground import html_text
from workbench.inventory import Cluster
from workbench.panels import NetworkGraphPanel, Scope, Workbench
from workbench.panels.details import DetailsPanel
from workbench.panels.graph.view import ALL, DRAWN, FOLDED

DB, WEB = "back/db[Pod]", "front/web[Pod]"


@pytest.fixture
def panel() -> Iterator[NetworkGraphPanel]:
    made = NetworkGraphPanel(small())
    yield made
    made.close()


@pytest.fixture
def large() -> Iterator[NetworkGraphPanel]:
    made = NetworkGraphPanel(chain(20, 10), outside=False, details=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shop() -> tuple[Cluster, LoadedFlows]:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    return cluster, load_flows(sample_path("flows/hubble.jsonl.gz"), cluster=cluster)


@pytest.fixture
def seen(shop: tuple[Cluster, LoadedFlows]) -> Iterator[NetworkGraphPanel]:
    made = NetworkGraphPanel(*shop, details=False)
    yield made
    made.close()


def nodes(panel: NetworkGraphPanel) -> list[dict[str, Any]]:
    return [node["data"] for node in panel.canvas._page.drawn["nodes"]]


def say(panel: NetworkGraphPanel, event: str, key: str) -> None:
    """Say what the page says when a person does something."""
    page = panel.canvas._page
    page._handle_custom_msg({"event": event, "key": key, "number": page.number}, [])


def field(panel: NetworkGraphPanel, name: str) -> widgets.ValueWidget:
    return panel._filters._joined[name]


def key_of(panel: NetworkGraphPanel, name: str) -> str:
    return next(box.key for box in panel.state.picture.boxes if box.nodes[0].name == name)


# --- the picture --------------------------------------------------------------------------------------------


def test_every_element_of_the_picture_is_on_the_canvas(panel: NetworkGraphPanel) -> None:
    content = panel.canvas._page.drawn
    keys = [element["data"]["id"] for element in (*content["nodes"], *content["edges"])]
    assert keys == list(panel.state.picture.elements)


def test_what_is_clicked_is_selected_for_all_panels(panel: NetworkGraphPanel) -> None:
    say(panel, "select", key_of(panel, "back/db"))
    assert panel.state.selection.workloads == (DB,)
    say(panel, "select", "")
    assert not panel.state.selection.workloads


def test_what_is_selected_elsewhere_is_marked_on_the_canvas(panel: NetworkGraphPanel) -> None:
    panel.state.selection.select_workload(DB)
    assert panel.canvas.selected == key_of(panel, "back/db")
    panel.state.selection.select_edge(WEB, DB)
    line = panel.state.picture.elements[panel.canvas.selected]
    assert line in panel.state.picture.lines


def test_a_namespace_is_opened_by_its_button_and_closed_again(large: NetworkGraphPanel) -> None:
    assert large._toggle.layout.display == "none"
    say(large, "select", large.state.picture.boxes[3].key)
    assert large._toggle.description.startswith("Open")
    large._toggle.click()
    assert large.state.opened == ("ns03",)
    assert sum("parent" in node for node in nodes(large)) == 10
    (frame,) = large.state.picture.frames
    say(large, "open", frame.key)
    assert not large.state.opened


def test_a_namespace_is_opened_on_the_canvas(large: NetworkGraphPanel) -> None:
    say(large, "open", large.state.picture.boxes[3].key)
    assert large.state.opened == ("ns03",)


# --- what is said -------------------------------------------------------------------------------------------


def test_all_sentences_of_the_state_are_shown(large: NetworkGraphPanel) -> None:
    for sentence in large.state.sentences:
        assert html_text(sentence) in large._sentences.value
    assert "Open a namespace by a double click, or by Enter." in large._sentences.value


def test_what_a_filter_leaves_out_is_said_in_bold(panel: NetworkGraphPanel) -> None:
    panel.state.namespaces = ("back",)
    (missing, *_) = panel.state.picture.missing
    assert f'<span class="nw-hidden">{html_text(str(missing))}</span>' in panel._sentences.value


def test_a_filter_that_nothing_meets_says_so(panel: NetworkGraphPanel) -> None:
    field(panel, "search").value = "nothing of the kind"
    assert "left out by the filters" in panel._sentences.value
    assert panel.canvas._page.drawn["nodes"] == []


# --- filters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, value",
    [
        *(("view", "active"), ("span", "past day"), ("search", "db"), ("hide_platform", True), ("labels", "app=db")),
        *(("address", "203.0.113.0/24"), ("port", "TCP 5432"), ("direction", "ingress"), ("find", "name ~ db")),
        *(("hide", "name ~ web"), ("outside", False), ("merged", True), ("by_volume", True)),
        ("arrangement", "side by side"),
    ],
)
def test_each_field_is_a_filter_of_the_state_both_ways(panel: NetworkGraphPanel, name: str, value: object) -> None:
    before = getattr(panel.state, name)
    field(panel, name).value = value
    assert getattr(panel.state, name) == value
    panel.state.set_trait(name, before)
    assert field(panel, name).value == before


def test_namespaces_are_picked_from_a_list(panel: NetworkGraphPanel) -> None:
    picker = panel._filters._namespaces
    picker._list.value = ["back"]
    assert panel.state.namespaces == ("back",)
    panel.state.namespaces = ()
    assert list(picker._list.value) == []


def test_a_long_list_of_namespaces_is_searched_and_what_was_chosen_stays(large: NetworkGraphPanel) -> None:
    picker = large._filters._namespaces
    assert picker._search.layout.display == ""
    picker._list.value = ["ns03"]
    picker._search.value = "ns1"
    assert [name for _, name in picker._list.options] == ["ns03", *(f"ns{number}" for number in range(10, 20))]
    picker._list.value = ["ns03", "ns12"]
    assert set(large.state.namespaces) == {"ns03", "ns12"}


def test_statuses_are_picked_by_their_words(seen: NetworkGraphPanel) -> None:
    picker = seen._filters._statuses
    assert ("would be denied", "would-be-denied") in picker._list.options
    picker._list.value = ["denied"]
    assert set(seen.state.shown_edges()["status"]) == {"denied"}


def test_workloads_are_named_one_after_the_other(panel: NetworkGraphPanel) -> None:
    field(panel, "workloads").value = "back/db, front/*"
    assert panel.state.workloads == ("back/db", "front/*")
    panel.state.workloads = ("back/db",)
    assert field(panel, "workloads").value == "back/db"


@pytest.mark.parametrize("name, value", [("labels", "app in ("), ("address", "10.0.0"), ("hide", "name ~")])
def test_what_a_filter_cannot_read_is_said_and_put_back(panel: NetworkGraphPanel, name: str, value: str) -> None:
    field(panel, name).value = value
    assert 'role="alert"' in panel._message.value
    assert field(panel, name).value == ""


def test_the_button_counts_the_filters_that_hold(panel: NetworkGraphPanel) -> None:
    field(panel, "search").value = "db"
    field(panel, "outside").value = False
    assert panel._filters._more.description == "Filters (2)"
    assert panel._filters._reset.layout.display == ""
    panel._filters._reset.click()
    assert panel._filters._more.description == "Filters"
    assert panel._filters._reset.layout.display == "none"


def test_the_window_of_time_is_set_by_its_ends(seen: NetworkGraphPanel) -> None:
    picker, before = seen._filters._window, set(seen.state.shown_edges()["first_seen"].dropna())
    last = seen.state.scope.flows.summary()["last_seen"].max().to_pydatetime().replace(tzinfo=None, microsecond=0)
    picker._ends[0].value = last
    picker._set.click()
    assert seen.state.selection.window[0].replace(tzinfo=None) == last
    assert field(seen, "span").value == ""
    assert len(set(seen.state.shown_edges()["last_seen"].dropna())) < len(before)


# --- the table and the files --------------------------------------------------------------------------------


def test_the_table_lists_what_is_drawn_or_everything(panel: NetworkGraphPanel) -> None:
    assert panel._table.widget.layout.display == "none"
    panel.state.namespaces = ("back",)
    panel._listing.value = DRAWN
    assert len(panel._table.frame) == len(panel.state.shown_edges())
    panel._listing.value = ALL
    assert len(panel._table.frame) == len(panel.state.all_edges())
    panel._listing.value = FOLDED
    assert panel._table.widget.layout.display == "none"


def test_the_table_follows_the_filters(panel: NetworkGraphPanel) -> None:
    panel._listing.value = DRAWN
    field(panel, "port").value = "5432"
    assert len(panel._table.frame) == len(panel.state.shown_edges())


def test_a_row_selects_its_edge(panel: NetworkGraphPanel) -> None:
    panel._listing.value = DRAWN
    rows = panel._table.frame
    panel._table.select([len(rows) - 1])
    assert panel.state.selection.edge == (rows["src"].iloc[-1], rows["dst"].iloc[-1])


def test_each_export_is_the_file_of_the_state(panel: NetworkGraphPanel) -> None:
    buttons = {button.label: button for button in panel._exports.children}
    for kind in ("svg", "csv", "dot", "graphml"):
        file = panel._file(kind)
        assert file.name == f"network-graph.{kind}"
        assert file.content
    assert len(buttons) >= 4


# --- being part of something --------------------------------------------------------------------------------


def test_details_of_what_is_selected_stand_beside_it_unless_others_show_them(panel: NetworkGraphPanel) -> None:
    say(panel, "select", key_of(panel, "back/db"))
    (details,) = panel._parts
    assert isinstance(details, DetailsPanel)
    assert "back/" in details.static_html()
    assert details.static_html() in panel.static_html()
    panel.state.selection.clear()
    assert "<h4>" not in panel.static_html()
    scope = Scope(small())
    alone = NetworkGraphPanel(scope, details=False)
    assert alone._parts == []
    alone.close()


def test_the_workbench_opens_on_it() -> None:
    workbench = Workbench(small())
    assert isinstance(workbench.panels["network"], NetworkGraphPanel)
    workbench.close()


def test_saved_notebook_has_the_picture_and_its_connections(seen: NetworkGraphPanel) -> None:
    html = seen.static_html()
    assert "<svg" in html
    assert "showing 30 of" in html
    assert "<script" not in html


def test_closing_frees_every_widget() -> None:
    before = set(_instances)
    panel = NetworkGraphPanel(small())
    assert set(_instances) > before
    panel.close()
    left = [widget for key, widget in _instances.items() if key not in before]
    assert left == []


def test_a_keyword_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="did you mean namespaces"):
        NetworkGraphPanel(small(), namespace="shop")
