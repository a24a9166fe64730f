"""Names of the address book in all panels: what a person decides is seen at once (external X6, X12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.external.outside import WEB, flows_to, line
from workbench.external import AddressBook, ProviderRanges, PublishedBlock
from workbench.panels.details import DetailsPanel, DetailsState, SubjectKind
from workbench.panels.details.tabs.about import AboutTabState
from workbench.panels.flows import FlowsPanel, FlowsState
from workbench.panels.frame import Scope
from workbench.panels.graph import NetworkGraphState
from workbench.workspace import Workspace

CALLED = ["203.0.113.8", "203.0.113.9", "198.51.100.7"]
NAMED = ["198.51.100.7", "payments"]
FASTLY = ProviderRanges.of(
    "Fastly", [PublishedBlock("198.51.100.0/24", "us-east", "CDN")], published=date(2026, 11, 1), source="list.json"
)
EMPTY = AddressBook(default_ranges=False)


@pytest.fixture
def scope(tmp_path: Path) -> Iterator[Scope]:
    flows = flows_to(tmp_path, *(line(address, minute=minute) for minute, address in enumerate(CALLED)))
    with Workspace(tmp_path / "workspace", who="ana") as workspace:
        workspace.keep_address_book(EMPTY, AddressBook())
        yield Scope(flows.cluster, flows, workspace=workspace)  # type: ignore[arg-type]


def name(scope: Scope) -> None:
    scope.keep(scope.address_book.add("payments", "203.0.113.0/24"), why="their contract")


def far_ends(state: NetworkGraphState) -> list[str]:
    return sorted(node.id.rpartition(": ")[2] for node in state.graph.nodes.values() if node.id.startswith("to "))


def test_windowed_and_judged_flows_have_the_names_and_the_given_ones_stay(scope: Scope) -> None:
    assert scope.windowed_flows is scope.flows  # nothing has a name
    given = scope.flows
    name(scope)
    assert scope.flows is given
    assert scope.windowed_flows is not None
    assert sorted(scope.windowed_flows.edges()["dst"]) == NAMED
    _, judgement = scope.judged()
    assert judgement is not None
    assert sorted(judgement.to_frame()["dst"]) == NAMED
    assert given is not None
    assert sorted(given.edges()["dst"]) == sorted(CALLED)
    scope.undo()
    assert scope.windowed_flows is given


def test_the_graph_merges_a_block_at_once_and_again_takes_it_apart(scope: Scope) -> None:
    state = NetworkGraphState(scope)
    before = far_ends(state)
    assert set(CALLED) <= set(before)
    name(scope)
    assert set(NAMED) <= set(far_ends(state))
    assert not set(CALLED[:2]) & set(far_ends(state))
    scope.undo()
    assert far_ends(state) == before


def test_the_flows_panel_lists_merged_edges_at_once(scope: Scope) -> None:
    panel = FlowsPanel(FlowsState(scope))
    name(scope)
    assert sorted(panel.state.rows()["dst"]) == NAMED
    assert "payments" in panel.static_html()
    panel.close()


def test_details_of_a_name_list_its_blocks_and_the_addresses_behind(scope: Scope) -> None:
    name(scope)
    details = DetailsState(scope)
    scope.selection.select_workload("payments")
    about = AboutTabState(details)
    assert about.subject.kind is SubjectKind.SEEN
    assert about.frame["address"].tolist() == CALLED[:2]
    assert about.frame["talks_to"].tolist() == [(WEB,), (WEB,)]
    assert "a name in the address book, of 1 block: 203.0.113.0/24" in about.html
    assert "named payments by the block 203.0.113.0/24" in about.html


def test_details_of_an_address_say_provider_region_block_and_how_old_that_is(scope: Scope) -> None:
    scope.keep(scope.address_book.with_ranges(FASTLY).hiding_providers())
    details = DetailsState(scope, now=lambda: datetime(2026, 11, 30, tzinfo=UTC))
    scope.selection.select_address(CALLED[2])
    said = "Fastly, us-east (CDN) by the block 198.51.100.0/24 of the ranges of 2026-11-01, 29 days old"
    assert said in AboutTabState(details).html


def test_details_that_are_shown_follow_a_decision(scope: Scope) -> None:
    panel = DetailsPanel(DetailsState(scope, tab="about"))
    scope.selection.select_address(CALLED[0])
    assert "payments" not in panel.static_html()
    name(scope)
    assert "named payments by the block" in panel.static_html()
    panel.close()


def test_where_nothing_of_the_book_can_be_read_addresses_stay_and_panels_say_so(scope: Scope) -> None:
    scope.workspace.decide({("block", "203.0.113.0/24"): 7})
    scope.reload()
    assert scope.windowed_flows is scope.flows
    state = NetworkGraphState(scope)
    assert set(CALLED) <= set(far_ends(state))
    assert "1 record of the address book not read" in state.sentences[-1]
