"""Simulations are kept in the workspace by a name, taken up again as drafts, deleted, and all of that is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.ground import ArgumentError, NotFoundError, no_progress
from workbench.panels.frame import Scope
from workbench.panels.whatif import ChangeDraft, WhatIfPanel, WhatIfState
from workbench.whatif import SIMULATION_KIND
from workbench.workspace import Workspace

Shop = Callable[[], Scope]
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
DB = "NetworkPolicy payments/db"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "kept", who="ann") as made:
        yield made


@pytest.fixture
def keeping(shop: Shop, tried: WhatIfState, workspace: Workspace) -> WhatIfState:
    """Return a state of a workspace, with a draft that was tried."""
    scope = shop()
    state = WhatIfState(Scope(scope.cluster, scope.flows, workspace=workspace, name="prod"))
    state.take_over(tried)
    state.drop()
    state.write(DENY)
    state.delete(DB)
    state.put(state.trying()(no_progress))
    return state


def test_what_is_kept_is_in_the_workspace_with_its_verdict_and_note(keeping: WhatIfState, workspace: Workspace) -> None:
    seen: list[int] = []
    keeping.scope.observe(lambda change: seen.append(change.new), "decided")
    assert keeping.simulations.keep(" deny all ", " for november ") == "deny all"
    assert seen == [1]
    kept = workspace.simulations("prod")["deny all"]
    assert keeping.simulation is not None
    assert (kept.verdict, kept.note, kept.who) == (keeping.simulation.verdict, "for november", "ann")
    assert (kept.text, kept.removed) == (DENY, (DB,))
    assert keeping.simulations.simulations == workspace.simulations("prod")
    assert keeping.simulations.frame().equals(workspace.simulations_frame("prod"))
    assert workspace.simulations() == {}


def test_without_a_name_it_is_that_of_the_draft(keeping: WhatIfState) -> None:
    assert keeping.simulations.keep("") == "A"


def test_what_is_not_of_the_draft_as_it_is_now_is_not_kept(keeping: WhatIfState) -> None:
    keeping.write(DENY.replace("orders", "payments"))
    with pytest.raises(ArgumentError, match="not about the draft as it is now"):
        keeping.simulations.keep("late")
    assert keeping.simulations.simulations == {}


def test_what_was_kept_is_taken_up_as_a_draft_and_tried_anew(keeping: WhatIfState) -> None:
    keeping.simulations.keep("deny all")
    keeping.write("")
    keeping.leave(DB)
    keeping.begin("other")
    keeping.write(DENY.replace("orders", "payments"))
    task = keeping.simulations.take_up("deny all")
    assert keeping.draft == ChangeDraft("deny all", DENY, (DB,))
    said = keeping.put(task(no_progress))
    assert keeping.simulation is not None
    assert keeping.is_current(keeping.draft)
    assert said.startswith("Kept by ann on ")
    assert said.endswith(f"when it was: {keeping.simulation.verdict}.")
    keeping.simulations.take_up("deny all")
    assert keeping.names == ("A", "other", "deny all", "B")


def test_what_it_deleted_and_is_not_there_any_more_is_told(keeping: WhatIfState) -> None:
    keeping.simulations.keep("both")
    keeping.write("")
    keeping.put(keeping.trying()(no_progress))
    keeping.simulations.keep("only deletes")
    keeping.scope.replace(keeping.scope.cluster.with_policies(remove=DB), keeping.scope.flows)
    said = keeping.put(keeping.simulations.take_up("both")(no_progress))
    assert f"It deleted 1 policy ({DB}), not there any more." in said
    assert keeping.draft.removed == ()
    before = keeping.drafts
    with pytest.raises(ArgumentError, match="nothing is left of only deletes"):
        keeping.simulations.take_up("only deletes")
    assert keeping.drafts == before


def test_keeping_and_deleting_are_undone_and_nothing_else_is(keeping: WhatIfState, workspace: Workspace) -> None:
    kept = keeping.simulations
    with pytest.raises(NotFoundError, match="no decision about simulations"):
        kept.undo()
    kept.keep("first")
    kept.delete("first")
    assert kept.simulations == {}
    keeping.scope.decide({("view", "mine"): {}})
    kept.undo()
    assert list(kept.simulations) == ["first"]
    kept.undo()
    assert kept.simulations == {}
    assert not kept.can_undo
    assert workspace.records("view", cluster="prod")
    with pytest.raises(NotFoundError, match="no simulation 'first' is kept"):
        kept.delete("first")
    with pytest.raises(NotFoundError, match="no simulation 'first' is kept"):
        kept.take_up("first")


def test_what_this_version_does_not_read_is_named(keeping: WhatIfState) -> None:
    keeping.scope.decide({(SIMULATION_KIND, "strange"): {"version": 99}})
    assert keeping.simulations.simulations == {}
    assert [one.key for one in keeping.simulations.unread] == ["strange"]


def test_asking_for_what_is_kept_makes_no_workspace(state: WhatIfState) -> None:
    assert state.simulations.simulations == {}
    assert not state.simulations.can_undo
    assert not state.scope.has_workspace


def test_the_panel_keeps_lists_takes_up_and_deletes(keeping: WhatIfState) -> None:
    panel = WhatIfPanel(keeping)
    panel._view.value = "kept"
    box = panel._kept
    box.name.value, box.note.value = "deny <all>", "for november"
    box.keep.click()
    assert "Kept as deny &lt;all&gt;." in panel._message.value
    assert "gone with the kernel" not in panel._message.value
    assert list(box.table.frame["note"]) == ["for november"]
    assert "for november" in panel.static_html()
    assert "<all>" not in panel.static_html()
    assert box.again.disabled
    box.table.select([0])
    box.again.click()
    assert keeping.draft.name == "deny <all>"
    assert "Kept by ann on" in panel._message.value
    box.table.select([0])
    box.delete.click()
    assert box.table.frame.empty
    box.undo.click()
    assert list(box.table.frame["name"]) == ["deny <all>"]
    panel.close()


def test_a_panel_of_a_workspace_offers_what_is_kept_before_anything_is_tried(keeping: WhatIfState) -> None:
    keeping.simulations.keep("deny all")
    panel = WhatIfPanel(WhatIfState(keeping.scope))
    assert panel._view.layout.display == ""
    panel._view.value = "kept"
    assert panel._kept.widget.layout.display == ""
    assert panel._kept._keeping.layout.display == "none"
    panel._kept.table.select([0])
    panel._kept.again.click()
    assert panel.state.draft.text == DENY
    assert "dns is lost for orders/cart[Deployment]" in panel._answer.value
    panel.close()


def test_without_a_lasting_workspace_that_is_said(state: WhatIfState) -> None:
    state.write(DENY)
    state.put(state.trying()(no_progress))
    panel = WhatIfPanel(state)
    panel._view.value = "kept"
    panel._kept.keep.click()
    assert "It is gone with the kernel" in panel._message.value
    assert list(state.simulations.simulations) == ["A"]
    panel.close()
