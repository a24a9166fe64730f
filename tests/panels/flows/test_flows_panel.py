"""Recordings are read from disk and from the browser, and listed as `Flows` answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from workbench import load_manifests, sample_path
from workbench.flows import LoadedFlows, load_flows
from workbench.ground import ArgumentError, MissingFileError
from workbench.inventory import Cluster
from workbench.panels import FlowsPanel, Scope
from workbench.panels.flows import FlowsState
from workbench.panels.frame import Upload

MORNING = "flows/morning.hubble.jsonl"


@pytest.fixture(scope="module")
def running() -> Cluster:
    return load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])


@pytest.fixture(scope="module")
def flows(running: Cluster) -> LoadedFlows:
    return load_flows(sample_path("flows/hubble.jsonl.gz"), cluster=running)


@pytest.fixture
def panel(running: Cluster, flows: LoadedFlows) -> Iterator[FlowsPanel]:
    made = FlowsPanel(running, flows)
    yield made
    made.close()


@pytest.fixture
def empty(running: Cluster) -> Iterator[FlowsPanel]:
    made = FlowsPanel(running)
    yield made
    made.close()


def test_without_flows_it_says_what_to_do(empty: FlowsPanel) -> None:
    assert "Name or upload recordings" in empty._says.value
    assert "Name or upload recordings" in empty.static_html()


def test_a_recording_that_is_named_is_read_for_all_panels(empty: FlowsPanel) -> None:
    empty._path.value = str(sample_path(MORNING))
    empty._read.click()
    assert empty.state.scope.flows is empty.state.loaded
    assert "1 file" in empty._says.value
    assert len(empty._tables["edges"].frame) == len(empty.state.scope.flows.edges())


def test_an_upload_is_read_as_the_file_is(running: Cluster) -> None:
    state = FlowsState(Scope(running))
    content = sample_path(MORNING).read_bytes()
    found = state.read_upload([Upload("../morning.jsonl", content), Upload("morning.jsonl", content)])
    assert len(found) == len(load_flows(sample_path(MORNING)))
    state.take(found)
    assert f"1 file: {len(found):,} rows" in state.sentence
    assert "hold the same as another" in state.sentence


@pytest.mark.parametrize("path, kind", [("", ArgumentError), ("nowhere.jsonl", MissingFileError)])
def test_what_cannot_be_read_is_an_error_and_the_flows_stay(
    panel: FlowsPanel, path: str, kind: type[Exception]
) -> None:
    before = panel.state.scope.flows
    with pytest.raises(kind):
        panel.state.read(path)
    panel._path.value = path
    panel._read.click()
    assert 'role="alert"' in panel._message.value
    assert panel.state.scope.flows is before


def test_what_was_wrong_with_a_recording_is_counted_and_listed(empty: FlowsPanel, tmp_path: Path) -> None:
    lines = sample_path(MORNING).read_text().splitlines()
    broken = tmp_path / "broken.jsonl"
    broken.write_text("\n".join([*lines, "{no json"]))
    empty._path.value = str(broken)
    empty._read.click()
    assert "1 records that could not be read" in empty._says.value or "1 record" in empty._says.value
    assert "1 problem" in empty._says.value
    empty._view.value = "files"
    assert empty._problems.widget in empty._place.children


@pytest.mark.parametrize("view", ["edges", "denied", "names", "summary"])
def test_each_view_lists_what_the_flows_answer(panel: FlowsPanel, flows: LoadedFlows, view: str) -> None:
    panel._view.value = view
    answers = {
        "edges": flows.edges,
        "denied": lambda: flows.denied().edges(),
        "names": flows.dns,
        "summary": flows.summary,
    }
    assert len(panel._tables[view].frame) == len(answers[view]())
    assert not panel._tables[view].frame.empty


def test_an_edge_is_selected_for_all_panels(panel: FlowsPanel) -> None:
    table = panel._tables["edges"]
    table.select([2])
    assert panel.state.selection.edge == (table.frame["src"][2], table.frame["dst"][2])


def test_an_answered_address_is_selected(panel: FlowsPanel) -> None:
    panel._view.value = "names"
    table = panel._tables["names"]
    table.select([0])
    assert panel.state.selection.address == table.frame["address"][0]


def test_the_time_that_is_selected_is_kept_to_and_said(panel: FlowsPanel, flows: LoadedFlows) -> None:
    first = flows.summary()["first_seen"].min().to_pydatetime()
    panel.state.selection.window = (first, first + timedelta(minutes=1))
    assert "Kept to" in panel._says.value
    narrowed = flows.between(first, first + timedelta(minutes=1)).edges()
    assert len(panel._tables["edges"].frame) == len(narrowed) < len(flows.edges())
    panel.state.selection.window = (None, first)
    assert "No edges were seen" in panel.static_html()


def test_the_timeline_has_its_words(panel: FlowsPanel) -> None:
    assert '<svg class="nw-timeline"' in panel._timeline.value
    assert "without flows" in panel._timeline.value


def test_panels_of_a_scope_judge_each_window_and_source_once(running: Cluster, flows: LoadedFlows) -> None:
    scope = Scope(running, flows)
    all_time = scope.judged()
    assert scope.judged() is all_time
    first, last = flows.period
    assert first is not None
    assert last is not None
    half = first + (last - first) / 2
    scope.selection.window = (half, None)
    seen, judgement = scope.judged()
    assert seen is scope.windowed_flows
    assert judgement is not None
    assert judgement is not all_time[1]
    assert seen is not None
    assert seen.period == (flows.between(half).summary()["first_seen"].min(), last)
    scope.selection.window = (None, None)
    assert scope.judged() is all_time
    scope.replace(running, flows.where(verdict="allowed"))
    assert scope.judged()[1] is not all_time[1]
    assert Scope(running).judged() == (None, None)
