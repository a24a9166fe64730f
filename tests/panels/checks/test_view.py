"""The panel shows what its state has, and does what a person clicks on; without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import ipywidgets as widgets
import pytest
from IPython.utils.capture import capture_output

from tests.panels.checks.conftest import NOW
from workbench.checks import CHECKS, CheckContext, Found, register_check
from workbench.ground import html_text
from workbench.inventory import load_manifests
from workbench.panels import ChecksPanel, ChecksState, WhatIfPanel, Workbench
from workbench.panels.checks.state import VIEWS
from workbench.panels.frame import Scope
from workbench.workspace import Workspace

POLICY = """apiVersion: v1
kind: Pod
metadata: {name: web, namespace: NAMESPACE, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: "<img src=x>", namespace: NAMESPACE}
spec: {podSelector: {matchLabels: {app: gone}}}
"""


@pytest.fixture
def panel(state: ChecksState) -> Iterator[ChecksPanel]:
    made = ChecksPanel(state)
    yield made
    made.close()


def is_shown(widget: widgets.Widget) -> bool:
    return bool(widget.layout.display != "none")


def choose(panel: ChecksPanel, check_id: str) -> None:
    frame = panel._list.table.frame
    panel._list.table.select([list(frame["check"]).index(check_id)])


def test_nothing_is_asked_before_it_is_shown_or_wanted(asked: ChecksState) -> None:
    panel = ChecksPanel(ChecksState(asked.scope))
    assert "not asked yet" in panel._head.value
    assert not is_shown(panel._view)
    panel.begin()
    assert "65 findings: 1 critical" in panel._head.value
    found = panel.state.asked
    panel.begin()
    assert panel.state.asked is found
    panel._go.click()
    assert panel.state.asked is not found
    panel.close()


def test_it_is_asked_beside_the_kernels_loop_and_can_be_stopped(asked: ChecksState) -> None:
    async def stopped() -> str:
        panel = ChecksPanel(ChecksState(asked.scope))
        panel.begin()
        assert panel._work.is_running
        assert "being asked" in panel._head.value
        panel._work._stop.click()
        await panel._work._task
        said = f"{panel._message.value}{panel._head.value}"
        panel.close()
        return said

    said = asyncio.run(stopped())
    assert "stopped" in said
    assert "not asked yet" in said


def test_a_panel_that_is_closed_stops_its_work(asked: ChecksState) -> None:
    async def closed() -> object:
        panel = ChecksPanel(ChecksState(asked.scope))
        panel.begin()
        panel.close()
        await panel._work._task
        return panel.state.asked

    assert asyncio.run(closed()) is None


def test_filters_are_clicked_and_say_how_many_they_would_leave(panel: ChecksPanel) -> None:
    box, state = panel._list, panel.state
    assert box.severities["low"].description == "✓ Low 30"
    box.severities["low"].value = False
    assert box.severities["low"].description == "Low 30"
    assert "low" not in state.severities
    assert "low" not in set(box.table.frame["severity"])
    assert "Filters leave out 30 findings of 65." in box.says.value
    box.check.value = "NP003"
    box.namespace.value = "platform"
    box.text.value = "egress"
    assert len(box.table.frame) == 3 == len(state.rows())
    box.status.value = "accepted"
    assert box.table.frame.empty
    box.reset.click()
    assert len(box.table.frame) == 65
    assert (box.check.value, box.namespace.value, box.text.value, box.status.value) == ("", "", "", "open")
    assert not is_shown(box.reset)


def test_a_row_shows_the_finding_with_its_proof_place_and_remedy(panel: ChecksPanel) -> None:
    box = panel._list
    assert not is_shown(box.one.widget)
    choose(panel, "NP014")
    finding, shown = panel.state.finding, box.one.says.value
    assert finding is not None
    assert is_shown(box.one.widget)
    for text in (finding.remedy, finding.rule.source, finding.rule.reason, finding.place, *finding.evidence):
        assert html_text(text) in shown
    assert "orders/checkout[Deployment] → kube-system/coredns[Deployment] : TCP 53,UDP 53" in shown
    assert '<mark class="nw-marked">▸  2  apiVersion: apps/v1</mark>' in shown
    assert panel.state.selection.edge == ("orders/checkout[Deployment]", "kube-system/coredns[Deployment]")
    choose(panel, "NP003")
    assert "T1046" in box.one.says.value


def test_every_finding_is_shown_with_the_line_of_its_field(panel: ChecksPanel) -> None:
    assert panel.state.findings is not None
    for one in panel.state.findings:
        panel.state.choose(one.fingerprint)
        shown = panel._list.one.says.value
        assert one.found.source.text
        assert one.line is not None
        line = one.found.source.text.split("\n")[one.line - one.found.source.line].strip()[:40]
        marked = shown.partition('<mark class="nw-marked">')[2].partition("</mark>")[0]
        assert re.match(rf"▸ +{one.line}  ", marked)
        assert html_text(line) in marked
        assert not panel._message.value


def test_a_finding_that_filters_leave_out_stays_in_sight(panel: ChecksPanel) -> None:
    choose(panel, "NP014")
    panel._list.severities["high"].value = False
    assert panel.state.finding is not None
    assert is_shown(panel._list.one.widget)
    panel._list.severities["high"].value = True
    assert list(panel._list.table.selected["check"]) == ["NP014"]


def test_a_finding_is_accepted_with_a_reason_and_that_is_undone(panel: ChecksPanel) -> None:
    choose(panel, "NP014")
    one = panel._list.one
    assert not is_shown(one.form)
    one.accepting.value = True
    assert is_shown(one.form)
    assert one.owner.placeholder == "ann"
    one.accept.click()
    assert "not accepted without a reason" in panel._message.value
    one.reason.value, one.expires.value = "it asks for no names", date(2099, 12, 31)
    one.accept.click()
    assert "NP014 of Deployment orders/checkout is accepted." in panel._message.value
    assert "gone with the kernel" not in panel._message.value
    assert "64 findings: 1 critical, 7 high, 15 medium, 30 low, 11 info; 1 accepted or ignored" in panel._head.value
    assert "Accepted by ann: it asks for no names" in one.says.value
    assert not is_shown(one.accepting)
    assert "NP014" not in set(panel._list.table.frame["check"])
    one.withdraw.click()
    assert "1 entry taken away" in panel._message.value
    assert "65 findings" in panel._head.value
    panel._undo.click()
    assert "Undone: accepted findings: NP014" in panel._message.value
    assert "64 findings" in panel._head.value
    panel._undo.click()
    assert not is_shown(panel._undo)


def test_without_a_lasting_workspace_that_is_said(asked: ChecksState) -> None:
    state = ChecksState(Scope(asked.scope.cluster, asked.scope.flows), now=lambda: NOW)
    state.take_over(asked)
    panel = ChecksPanel(state)
    choose(panel, "NP014")
    panel._list.one.reason.value = "why"
    panel._list.one.accept.click()
    assert "It is gone with the kernel" in panel._message.value
    panel.close()


def test_a_patch_is_tried_by_a_panel_of_the_same_scope(panel: ChecksPanel) -> None:
    what_if = WhatIfPanel(panel.state.scope)
    choose(panel, "NP042")
    assert not is_shown(panel._list.one.patch)
    choose(panel, "NP014")
    panel._list.one.patch.click()
    assert panel.state.finding is not None
    assert what_if.state.draft.name == "NP014 orders/checkout"
    assert what_if.state.draft.text == panel.state.finding.patch.yaml
    assert what_if.state.simulation is not None
    assert "opens 1 connection; keeps 2,559 flows." in what_if._answer.value
    panel._list.one.patch.click()
    assert what_if.state.names == ("NP014 orders/checkout",)
    choose(panel, "NP010")
    panel._list.one.patch.click()
    assert what_if.state.draft.removed == ("NetworkPolicy storefront/search",)
    what_if.close()


def test_the_workbench_goes_to_the_graph_and_to_what_if(asked: ChecksState, tmp_path_factory: Any) -> None:  # noqa: ANN401  (pytest's)
    scope = asked.scope
    workbench = Workbench(scope.cluster, scope.flows, tab="checks", workspace=tmp_path_factory.mktemp("kept"))
    panel = workbench.panels["checks"]
    assert isinstance(panel, ChecksPanel)
    assert "65 findings" in panel._head.value
    choose(panel, "NP014")
    panel._list.one.graph.click()
    assert workbench.state.tab == "network"
    assert workbench._tabs[workbench._tab.selected_index].name == "network"
    workbench.state.tab = "checks"
    panel._list.one.patch.click()
    assert workbench.state.tab == "what-if"
    what_if = workbench.panels["what-if"]
    assert what_if.state.draft.name == "NP014 orders/checkout"
    assert what_if.state.simulation is not None
    assert workbench.state.selection.draft is None
    workbench.close()


def test_what_no_manifest_says_is_declared_and_asked_with(panel: ChecksPanel) -> None:
    panel._view.value = "facts"
    box = panel._facts
    assert "<b>NP033</b>" in box.not_asked.value
    assert "team" in box.tenant.options
    box.cni.value, box.tenant.value, box.pods.value = "flannel", "team", "10.0.0.0/8, fd00::/8"
    box.declare.click()
    assert "It is kept." in panel._message.value
    assert panel.state.kept.declared.pod_cidrs == ("10.0.0.0/8", "fd00::/8")
    assert "<b>NP033</b>" not in box.not_asked.value
    assert "<b>NP034</b>" in box.not_asked.value
    assert not is_shown(panel._changed)
    box.pods.value = "10.0.0"
    box.declare.click()
    assert "is no block of addresses" in panel._message.value
    panel._undo.click()
    assert (box.cni.value, box.pods.value) == ("", "")
    assert "What is declared has changed since: press Run checks." in panel._changed.value


def upload(name: str, content: bytes) -> tuple[dict[str, object], ...]:
    when = datetime(2026, 12, 1, tzinfo=UTC)
    return ({"name": name, "content": memoryview(content), "type": "", "size": 1, "last_modified": when},)


def test_rules_and_accepted_findings_are_uploaded(panel: ChecksPanel) -> None:
    panel._view.value = "facts"
    box = panel._facts
    box._rules.value = upload("rules.yaml", b"- {name: no-db, action: deny, from: app=gateway, to: app=db}\n")
    assert "1 corporate rule of rules.yaml." in panel._message.value
    assert "<b>NP034</b>" not in box.not_asked.value
    box._no_rules.click()
    assert "<b>NP034</b>" in box.not_asked.value
    box._accepted.value = upload(
        "accepted.yaml", b"accepted:\n- {check: NP021, object: '*', owner: ben, reason: TCP is meant}\n"
    )
    assert "1 accepted finding of accepted.yaml kept." in panel._message.value
    assert "50 findings" in panel._head.value
    assert "15 accepted or ignored" in panel._head.value
    box._accepted.value = upload("accepted.yaml", b"accepted:\n- {check: NP021}\n")
    assert "accepted.yaml, line 2" in panel._message.value


def test_what_no_panel_takes_is_handed_on_and_said(panel: ChecksPanel) -> None:
    choose(panel, "NP014")
    assert not is_shown(panel._list.one.graph)
    panel._list.one.patch.click()
    assert "a WhatIfPanel of the same scope takes it as a draft" in panel._message.value
    later = WhatIfPanel(panel.state.scope)
    assert later.state.draft.name == "NP014 orders/checkout"
    assert later.state.simulation is not None
    later.close()


def test_a_cell_that_ends_on_it_asks_all_checks(asked: ChecksState) -> None:
    panel = ChecksPanel(ChecksState(asked.scope))
    with capture_output():
        panel._ipython_display_()
    assert "65 findings: 1 critical" in panel._head.value
    panel.close()


def test_how_much_is_allowed_is_listed_and_selected(panel: ChecksPanel) -> None:
    panel._view.value = "openness"
    box = panel._openness
    assert "21.0% of 648 possible connections are allowed; 43 were used." in box.says.value
    box.scopes.value = "workload"
    assert set(box.table.frame["scope"]) == {"workload"}
    box.table.select([0])
    assert panel.state.selection.workloads == (box.table.frame["name"].iloc[0],)


def test_a_change_is_told_and_asked_about_when_wanted(panel: ChecksPanel) -> None:
    before = panel.state.asked
    panel.state.selection.window = (datetime(2026, 11, 18, tzinfo=UTC), None)
    assert "The time has changed since: press Run checks." in panel._changed.value
    assert "not of what is there now" in panel.static_html()
    panel.state.scope.flows = None
    assert "The flows and the time have changed since" in panel._changed.value
    assert panel.state.asked is before
    panel._go.click()
    assert panel._changed.value == ""


@pytest.mark.parametrize("view", VIEWS)
def test_a_saved_notebook_shows_what_is_looked_at(panel: ChecksPanel, view: str) -> None:
    choose(panel, "NP014")
    panel._view.value = view
    shown = panel.static_html()
    assert VIEWS[view] in shown
    assert "65 findings: 1 critical" in shown
    assert ("Deployment orders/checkout" in shown) is (view == "findings")
    assert not panel._message.value


def test_names_are_texts(tmp_path_factory: Any) -> None:  # noqa: ANN401  (pytest's)
    cluster = load_manifests(POLICY.replace("NAMESPACE", "'<img src=x>'"))
    panel = ChecksPanel(cluster)
    panel.state.scope._workspace = Workspace(tmp_path_factory.mktemp("kept"), who="<img src=x>")
    panel.begin()
    assert panel.state.findings is not None
    for view in VIEWS:
        panel._view.value = view
        for one in panel.state.findings:
            panel.state.choose(one.fingerprint)
            panel.state.accept("<img src=x>")
            for each in _html_of(panel.view):
                assert "<img" not in str(each.value)
            assert "<img" not in panel.static_html()
    panel.close()


def _html_of(widget: widgets.Widget) -> Iterator[widgets.HTML]:
    if isinstance(widget, widgets.HTML):
        yield widget
    for each in getattr(widget, "children", ()):
        yield from _html_of(each)


def test_what_fails_is_shown(asked: ChecksState) -> None:
    @register_check("FAILS", title="Fails", severity="low", reason="It shows what is said.", remedy="None.")
    def fails(_context: CheckContext) -> Iterator[Found]:
        message = "no <answer>"
        raise ValueError(message)

    panel = ChecksPanel(ChecksState(asked.scope))
    try:
        panel.begin()
    finally:
        CHECKS._known.pop("FAILS")
    assert '<div role="alert" class="nw-error">no &lt;answer&gt;</div>' in panel._message.value
    assert "not asked yet" in panel._head.value
    panel.close()
