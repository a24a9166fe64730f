"""Saved views: what was chosen in the graph is chosen again, here, later or by others (workspace 12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.panels.graph.clusters import small
from workbench import load_manifests, sample_path
from workbench.flows import load_flows
from workbench.ground import ArgumentError, NotFoundError
from workbench.inventory import Cluster
from workbench.panels import NetworkGraphPanel, Scope
from workbench.panels.graph import NetworkGraphState
from workbench.workspace import Workspace, WorkspaceError

LATER = datetime(2027, 1, 1, tzinfo=UTC)
CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "view": st.sampled_from(["all", "active", "allowed"]),
    "namespaces": st.lists(st.sampled_from(["front", "back"]), unique=True).map(tuple),
    "search": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    "labels": st.sampled_from(["", "app=web", "tier in (a,b)"]),
    "port": st.sampled_from(["", "5432", "UDP"]),
    "direction": st.sampled_from(["", "ingress", "egress"]),
    "statuses": st.sampled_from([(), ("active",), ("unused", "denied")]),
    "span": st.sampled_from(["all time", "past day", "past week"]),
    "outside": st.booleans(),
    "hide": st.sampled_from(["", "status = unused"]),
    "opened": st.sampled_from([(), ("front",)]),
    "merged": st.booleans(),
}


def made(cluster: Cluster, workspace: Workspace | None = None, name: str = "") -> NetworkGraphState:
    return NetworkGraphState(Scope(cluster, workspace=workspace, name=name), now=lambda: LATER)


@pytest.fixture
def state() -> NetworkGraphState:
    return made(small())


@settings(max_examples=examples(40))
@given(first=st.fixed_dictionaries({}, optional=CHOICES), second=st.fixed_dictionaries({}, optional=CHOICES))
def test_what_is_saved_is_chosen_again_whatever_was_chosen_meanwhile(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    state = made(small())
    for name, value in first.items():
        state.set_trait(name, value)
    state.saved.save("mine")
    saved = state.saved.choices
    picture = state.picture
    for name, value in second.items():
        state.set_trait(name, value)
    assert state.saved.apply("mine") == ()
    assert state.saved.choices == saved
    assert state.picture.boxes == picture.boxes
    assert state.picture.lines == picture.lines


def test_a_view_has_only_what_is_not_so_by_default(state: NetworkGraphState) -> None:
    assert state.saved.choices == {}
    state.set_trait("namespaces", "front")
    state.port = "5432"
    assert state.saved.choices == {"namespaces": ["front"], "port": "5432"}


def test_a_view_is_there_for_others_and_for_the_next_kernel(tmp_path: Path) -> None:
    with Workspace(tmp_path, who="ana") as workspace:
        state = made(small(), workspace)
        state.search = "db"
        state.saved.save("databases")
    with Workspace(tmp_path, who="bo") as workspace:
        other = made(small(), workspace)
        assert other.saved.names == ("databases",)
        other.saved.apply("databases")
        assert other.search == "db"
        assert workspace.views() == {"databases": {"search": "db"}}


def test_each_cluster_has_views_of_its_own(tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        made(small(), workspace, "east").saved.save("mine")
        state = made(small(), workspace, "west")
        assert not state.saved.names
        state.scope.replace(state.scope.cluster, name="east")
        assert list(state.saved.names) == ["mine"]


def test_saving_replacing_and_deleting_are_undone_one_after_the_other(state: NetworkGraphState) -> None:
    saved = state.saved
    saved.save("mine")
    state.search = "db"
    saved.save("mine")
    saved.delete("mine")
    views = []
    while saved.may_undo:
        saved.undo()
        views.append(state.scope.workspace.views())
    assert views == [{"mine": {"search": "db"}}, {"mine": {}}, {}]
    assert saved.names == ()


def test_undo_takes_back_views_of_this_panel_and_nothing_else(state: NetworkGraphState) -> None:
    state.saved.save("mine")
    state.scope.decide({("setting", "a"): 1})
    state.saved.undo()
    assert state.scope.workspace.records() == {("setting", "a"): 1}
    state.saved.undo()
    assert len(state.scope.workspace.decisions()) == 3


def test_a_window_that_was_chosen_by_its_ends_is_saved(state: NetworkGraphState) -> None:
    nine = datetime(2026, 11, 21, 9, tzinfo=UTC)
    state.selection.window = (nine, None)
    state.saved.save("that morning")
    state.reset()
    assert not any(state.selection.window)
    state.saved.apply("that morning")
    assert ([*state.selection.window], state.span) == ([nine, None], "")


def test_a_span_is_of_the_time_when_it_is_applied() -> None:
    cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
    flows = load_flows(sample_path("flows/morning.hubble.jsonl"), cluster=cluster)
    state = NetworkGraphState(Scope(cluster, flows), now=lambda: LATER)
    state.span = "past hour"
    state.saved.save("lately")
    assert state.saved.choices == {"span": "past hour"}


@pytest.mark.parametrize(
    "choices,said,left",
    [
        ({"namespaces": ["front", "gone"]}, "No namespace gone; there are", {"namespaces": ["front"]}),
        ({"statuses": ["loud"], "search": "db"}, "No status loud", {"search": "db"}),
        ({"port": "nosuch"}, "Port: 'nosuch' is neither a port", {}),
        ({"search": 7}, "search", {}),
        ({"colour": "red"}, "There is no choice 'colour' in this version.", {}),
        ({"window": "soon"}, "The window of time of the view cannot be read.", {}),
        ({"window": ["2026-11-22T00:00:00", "2026-11-21T00:00:00"]}, "The window of time", {}),
    ],
)
def test_what_cannot_be_chosen_here_is_told_and_the_rest_holds(
    state: NetworkGraphState, choices: dict[str, Any], said: str, left: dict[str, Any]
) -> None:
    state.scope.workspace.keep_view("theirs", choices)
    state.search = "something else"
    (sentence,) = state.saved.apply("theirs")
    assert said in sentence
    assert state.saved.choices == left


def test_a_view_has_a_name_and_one_that_is_not_there_is_told(state: NetworkGraphState) -> None:
    with pytest.raises(ArgumentError, match="a view has a name"):
        state.saved.save(" ")
    state.saved.save(" mine ")
    assert state.saved.names == ("mine",)
    for attempt in (state.saved.apply, state.saved.delete):
        with pytest.raises(NotFoundError, match="there is no view 'yours': there are mine"):
            attempt("yours")


def test_where_views_cannot_be_read_the_graph_is_there_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "decisions.db").write_text("no database")
    state = made(small(), Workspace(tmp_path))
    assert "damaged" in state.saved.unreadable
    assert state.picture.boxes
    with pytest.raises(WorkspaceError, match="damaged"):
        state.saved.save("mine")


# --- the menu ---


@pytest.fixture
def panel() -> Iterator[NetworkGraphPanel]:
    found = NetworkGraphPanel(small())
    yield found
    found.close()


def test_the_menu_saves_applies_deletes_and_takes_back(panel: NetworkGraphPanel) -> None:
    menu, state = panel._filters.views, panel.state
    assert (menu.save.disabled, menu.delete.disabled, menu.undo.disabled) == (True, True, True)
    state.search = "db"
    menu.name.value = "databases"
    menu.save.click()
    assert (menu.choice.value, menu.delete.disabled, menu.undo.disabled) == ("databases", False, False)
    state.reset()
    assert menu.choice.value == ""
    menu.choice.value = "databases"
    assert state.search == "db"
    menu.delete.click()
    assert [value for _, value in menu.choice.options] == [""]
    menu.undo.click()
    assert [value for _, value in menu.choice.options] == ["", "databases"]


def test_the_menu_says_what_cannot_be_chosen_here(panel: NetworkGraphPanel) -> None:
    panel.state.scope.announced(panel.state.scope.workspace.keep_view("<b>", {"namespaces": ["gone"]}))
    panel._filters.views.choice.value = "<b>"
    assert "No namespace gone" in panel._message.value


def test_the_menu_says_where_a_view_does_not_last(panel: NetworkGraphPanel) -> None:
    menu = panel._filters.views
    menu.name.value = "mine"
    menu.save.click()
    assert "gone with the kernel" in panel._message.value
