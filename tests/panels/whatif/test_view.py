"""The widgets of the panel that tries changes: each does what its state does, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import ipywidgets as widgets
import pandas as pd
import pytest

from workbench.generate import propose
from workbench.ground import html_text
from workbench.panels.frame import Scope
from workbench.panels.whatif import WhatIfPanel, WhatIfState
from workbench.panels.whatif.state import VIEWS

Shop = Callable[[], Scope]
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
DB = "NetworkPolicy payments/db"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def empty(state: WhatIfState) -> Iterator[WhatIfPanel]:
    made = WhatIfPanel(state)
    yield made
    made.close()


@pytest.fixture
def panel(empty: WhatIfPanel) -> WhatIfPanel:
    empty._change.editor.value = DENY
    empty._go.click()
    return empty


def is_shown(widget: widgets.Widget) -> bool:
    return bool(widget.layout.display != "none")


def test_before_a_draft_is_tried_it_says_what_to_do(empty: WhatIfPanel) -> None:
    assert "press Simulate" in empty._answer.value
    assert not is_shown(empty._repair)
    assert not is_shown(empty._view)
    empty._go.click()
    assert "draft A is empty" in empty._message.value


def test_what_is_typed_is_read_and_what_is_wrong_is_told_at_its_line(empty: WhatIfPanel) -> None:
    editor = empty._change.editor
    editor.value = DENY.replace("podSelector", "podSelectr")
    assert [(one["line"], one["severity"]) for one in editor.problems] == [(4, "error")]
    assert "Line 4" not in empty.static_html()
    assert "line 4: error: " in empty.static_html()
    editor.value = DENY
    assert editor.problems == []
    assert list(empty._change.documents.table.frame["status"]) == ["added"]


def test_the_verdict_calls_out_what_platforms_lose(panel: WhatIfPanel) -> None:
    assert "nw-answer-bad" in panel._answer.value
    assert "dns lost" in panel._answer.value
    assert "Denied to 3 workloads: orders/cart[Deployment], " in panel._answer.value
    pd.testing.assert_frame_equal(panel._risks.table.frame, panel.state.risks())


def test_one_click_repairs_and_another_takes_it_back(panel: WhatIfPanel) -> None:
    assert is_shown(panel._repair)
    panel._repair.click()
    assert "3 policies added to the draft" in panel._message.value
    assert "nw-answer-good" in panel._answer.value
    assert "keep-cart-deployment" in panel._change.editor.value
    assert not is_shown(panel._repair)
    panel._drafts._undo.click()
    assert panel._change.editor.value == DENY
    assert "not of the draft as it is now" in panel._answer.value
    assert panel._repair.disabled


def test_flows_are_chosen_by_what_becomes_of_them_each_with_its_why(panel: WhatIfPanel) -> None:
    panel._view.value = "flows"
    flows = panel._flows
    counts = panel.state.counts()
    assert next(words for words, _ in flows.verdict.options) == f"Cut {counts['cut']:,}"
    assert set(flows.sheet.table.frame["verdict"]) == {"cut"}
    flows.sheet.table.select([0])
    row = flows.sheet.table.frame.iloc[0]
    assert panel.state.selection.edge == (row["src"], row["dst"])
    assert "none of its rules matches" in flows._why.value
    assert "line 1 of the draft" in flows._why.value
    flows._bisect.click()
    assert set(flows.sets.frame["what"]) == {"these alone cut it", "without these, the rest keeps it"}
    flows.verdict.value = "kept"
    assert set(flows.sheet.table.frame["verdict"]) == {"kept"}
    assert not is_shown(flows._one)
    flows.sheet.table.select([2])
    assert not is_shown(flows._bisect)
    assert "network-policies.yaml:" in flows._why.value


def test_every_flow_has_a_why(panel: WhatIfPanel) -> None:
    panel._view.value = "flows"
    for verdict, count in panel.state.counts().items():
        panel._flows.verdict.value = verdict
        assert bool(count) is not panel._flows.sheet.table.frame.empty
        for number in range(len(panel._flows.sheet.table.frame)):
            panel._flows.sheet.table.select([number])
            assert not panel._message.value
            assert html_text(panel._flows.sheet.table.frame.iloc[number]["src"]) in panel._flows._why.value


def test_files_and_proposals_and_references_make_the_change(empty: WhatIfPanel) -> None:
    box, state = empty._change, empty.state
    box._upload.value = (
        {"name": "a.yaml", "content": memoryview(DENY.encode()), "type": "", "size": 1, "last_modified": NOW},
    )
    assert state.draft.text == f"# a.yaml\n{DENY}"
    assert not is_shown(box._proposal_line)
    state.selection.proposal = propose(state.scope.cluster, state.scope.flows, namespaces="orders")
    assert is_shown(box._proposal_line)
    box._take.click()
    assert "The proposal is draft B." in empty._message.value
    assert "least-privilege" in str(box._proposals.options)
    box._delete.click()
    assert "no policy is named" in empty._message.value
    box._refs.value = "yments/db"
    assert "1 policy with this in the name" in empty._message.value
    assert box._refs.options == (DB,)
    box._refs.value = DB
    box._delete.click()
    assert DB in state.draft.removed
    assert box.documents.table.frame["status"].iloc[0] == "deleted"
    assert box._leave.disabled
    box.documents.table.select([0])
    box._leave.click()
    assert DB not in state.draft.removed


def test_drafts_are_begun_copied_renamed_dropped_and_compared(panel: WhatIfPanel) -> None:
    box, state = panel._drafts, panel.state
    box._copy.click()
    assert state.names == ("A", "B")
    box.name.value = "deny all"
    assert [words for words, _ in box.choice.options] == ["A", "deny all"]
    box.name.value = "A"
    assert "there is a draft A already" in panel._message.value
    assert box.name.value == "deny all"
    box._new.click()
    panel._change._refs.value = DB
    panel._change._delete.click()
    panel._view.value = "drafts"
    side_by_side = panel._side_by_side
    assert "Not tried: deny all, B." in side_by_side.says.value
    panel._all.click()
    frame = side_by_side.table.frame
    assert list(frame["name"]) == ["B", "A", "deny all"]
    assert all(frame["current"])
    assert "B breaks least." in side_by_side.says.value
    assert "Not tried" not in side_by_side.says.value
    side_by_side.table.select([1])
    assert state.current == "A"
    assert box.choice.value == "A"
    box._drop.click()
    assert "A" not in state.names


def test_the_graph_shows_the_draft_or_what_is_there(panel: WhatIfPanel) -> None:
    panel._view.value = "graph"
    assert panel._graph is not None
    graph = panel._graph.state
    assert panel.state.simulation is not None
    assert (graph.view, graph.before) == ("difference", panel.state.simulation.difference)
    assert len(graph.graph.edges) == len(panel.state.simulation.difference.to_frame())
    panel._shows_draft.value = False
    assert (graph.view, graph.before) == ("all", None)
    panel._shows_draft.value = True
    panel._repair.click()
    assert graph.before is panel.state.simulation.difference


def test_what_is_too_much_for_a_picture_is_counted(panel: WhatIfPanel) -> None:
    panel.state.most_drawn = 10
    panel._view.value = "graph"
    assert panel._graph_place.children == ()
    assert "16 connections change, too many for a picture" in panel._graph_says.value
    assert "16 connections change" in panel.static_html()
    panel._shows_draft.value = False
    assert panel._graph is not None
    assert is_shown(panel._graph_place)
    assert panel._graph.state.view == "all"
    panel._shows_draft.value = True
    assert not is_shown(panel._graph_place)


def test_a_time_that_was_chosen_elsewhere_stays(panel: WhatIfPanel) -> None:
    flows = panel.state.scope.flows
    assert flows is not None
    window = (flows.period[0], None)
    panel.state.selection.window = window
    panel._go.click()
    panel._view.value = "graph"
    assert panel.state.selection.window == window


@pytest.mark.parametrize("view", VIEWS)
def test_a_saved_notebook_shows_what_is_looked_at(panel: WhatIfPanel, view: str) -> None:
    panel._drafts._copy.click()
    panel._all.click()
    panel._view.value = view
    shown = panel.static_html()
    assert VIEWS[view] in shown
    assert "default-deny" in shown
    assert "dns lost" in shown
    assert not panel._message.value


def test_another_cluster_forgets_the_answers_and_keeps_the_drafts(panel: WhatIfPanel) -> None:
    panel.state.scope.replace(panel.state.scope.cluster.with_policies(remove=DB))
    assert panel.state.simulation is None
    assert panel.state.draft.text == DENY
    assert "press Simulate" in panel._answer.value


def test_names_are_texts(empty: WhatIfPanel) -> None:
    empty._change.editor.value = DENY.replace("default-deny", "'<img src=x>'")
    empty._drafts.name.value = "<img src=x>"
    empty._go.click()
    for each in _html_of(empty.view):
        assert "<img" not in str(each.value)
    assert "<img" not in empty.static_html()


def _html_of(widget: widgets.Widget) -> Iterator[widgets.HTML]:
    if isinstance(widget, widgets.HTML):
        yield widget
    for each in getattr(widget, "children", ()):
        yield from _html_of(each)
