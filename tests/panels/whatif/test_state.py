"""What is said of a draft is what `Simulator` says, whatever is drafted; repairs keep what they say."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workbench.ground import ArgumentError, no_progress
from workbench.panels.frame import Scope
from workbench.panels.whatif import WhatIfState
from workbench.panels.whatif.simulating import Tried
from workbench.whatif import FlowVerdict, Simulation, Simulator, bisect

Shop = Callable[[], Scope]
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: NAMESPACE}
spec: {podSelector: {}, policyTypes: [TYPES]}
"""
NAMESPACES = ("orders", "payments", "platform", "storefront")
TYPES = ("Ingress", "Egress", "Ingress, Egress")
DB = "NetworkPolicy payments/db"


def deny(namespace: str = "orders", types: str = TYPES[-1]) -> str:
    return DENY.replace("NAMESPACE", namespace).replace("TYPES", types)


def put(state: WhatIfState) -> Simulation:
    state.put(state.trying()(no_progress))
    assert state.simulation is not None
    return state.simulation


def paged(state: WhatIfState, size: int = 10) -> pd.DataFrame:
    """Return the flows that are listed, a page after the other."""
    pages = [state.flow_rows(first, size) for first in range(0, state.flow_count(), size)]
    return pd.concat(pages, ignore_index=True) if pages else pd.DataFrame()


def keyed(frame: pd.DataFrame) -> list[str]:
    return sorted(str(row) for row in frame.astype(str).to_dict("records"))


@settings(max_examples=examples(24), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(NAMESPACES), st.sampled_from(TYPES), max_size=2),
    st.sets(st.integers(0, 19), max_size=3),
)
def test_all_that_is_said_is_what_the_simulator_says(
    shop: Shop, tried: WhatIfState, denied: dict[str, str], removed: set[int]
) -> None:
    state = WhatIfState(shop())
    state.take_over(tried)
    refs = [state.policies_there[number] for number in sorted(removed)]
    text = "---\n".join(deny(namespace, types) for namespace, types in denied.items())
    state.drop()
    state.write(text)
    if refs:
        state.delete(*refs)
    if not (text or refs):
        return
    found = put(state)
    expected = tried.simulator.simulate(text or (), remove=refs)
    assert found.verdict == expected.verdict
    pd.testing.assert_frame_equal(state.risks(), expected.to_frame())
    assert state.counts() == {one.value: expected.count(one) for one in FlowVerdict}
    for one in FlowVerdict:
        state.verdict = one.value
        whole = expected.flows(one)
        shown = paged(state)
        assert len(shown) == len(whole)
        if len(whole):
            assert keyed(shown[list(whole.columns)]) == keyed(whole)
            assert all(shown["why"])
    lost = {(one.what, name) for one in state.lost for name in one.workloads}
    assert lost == {(one.what, one.workload) for one in expected.losses_found}
    row = state.alternatives().iloc[0]
    assert row["verdict"] == expected.verdict
    assert (row["flows_cut"], row["openings"]) == (expected.count("cut"), expected.difference.opened_count)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_repair_keeps_all_that_was_cut_and_stands_in_the_text(state: WhatIfState, namespace: str) -> None:
    state.write(deny(namespace))
    before = put(state)
    if not state.can_repair:
        with pytest.raises(ArgumentError, match="cuts nothing"):
            state.repairing()
        return
    said = state.put(state.repairing()(no_progress))
    after = state.simulation
    assert after is not None
    assert after.count("cut") == 0
    assert after.losses_found == ()
    assert after.difference.opened_count == before.difference.opened_count
    assert state.draft.text.startswith(deny(namespace))
    assert "added to the draft: keep-" in said
    assert state.is_current(state.draft)
    added = [one.ref for one in after.change.changed if "/keep-" in one.ref]
    assert added
    assert set(added) <= set(state.documents()["policy"])
    assert Simulator(state.scope.cluster, state.scope.flows).simulate(state.draft.text).verdict == after.verdict
    state.undo()
    assert state.draft.text == deny(namespace)
    assert not state.is_current(state.draft)


def test_a_draft_that_was_changed_meanwhile_is_not_repaired(state: WhatIfState) -> None:
    state.write(deny())
    put(state)
    task = state.repairing()
    state.write(deny("payments"))
    with pytest.raises(ArgumentError, match="changed meanwhile"):
        state.put(task(no_progress))
    assert state.draft.text == deny("payments")


def test_an_answer_is_about_the_draft_the_flows_and_the_time_as_they_were(state: WhatIfState) -> None:
    state.write(deny())
    with pytest.raises(ArgumentError, match="not tried yet"):
        state.wanted()
    put(state)
    assert state.is_current(state.draft)
    flows = state.scope.flows
    assert flows is not None
    middle = flows.period[0] + (flows.period[1] - flows.period[0]) / 2
    counts = state.counts()
    state.selection.window = (middle, None)
    assert not state.is_current(state.draft)
    with pytest.raises(ArgumentError, match="not about the draft as it is now"):
        state.repairing()
    put(state)
    assert 0 < state.counts()["kept"] < counts["kept"]
    state.selection.window = (None, None)
    assert not state.is_current(state.draft)
    state.forget()
    assert state.simulation is None
    assert state.counts() == dict.fromkeys(counts, 0)


def test_a_flow_leads_to_why_and_to_the_documents_that_cut_it(state: WhatIfState) -> None:
    state.write(f"{deny()}---\n{deny('payments')}")
    put(state)
    row = state.flow_rows(0, 50)[lambda rows: rows["dst"] == "orders/db[StatefulSet]"].iloc[0]
    assert row["why"] == "NetworkPolicy orders/default-deny (line 1 of the draft)"
    state.select_flow(row)
    assert state.selection.edge == ("orders/cart[Deployment]", "orders/db[StatefulSet]")
    assert state.edge == ("orders/cart[Deployment]", "orders/db[StatefulSet]", 5432, "TCP")
    assert state.judged is not None
    found = state.bisecting(state.edge)(no_progress)
    assert state.simulation is not None
    assert found.cutting == bisect(state.simulation, state.edge).cutting == (("NetworkPolicy orders/default-deny",),)
    state.verdict = "kept"
    assert state.flow is None
    assert state.edge is None


def test_drafts_stand_side_by_side_as_the_simulator_orders_and_counts_them(state: WhatIfState) -> None:
    state.write(deny())
    state.begin()
    state.delete(DB)
    state.begin()
    state.put(state.trying("A", "B")(no_progress))
    found = state.alternatives()
    expected = state.simulator.alternatives({one.name: state.change_of(one) for one in state.drafts[:2]})
    assert list(found["name"]) == ["B", "A"]
    pd.testing.assert_frame_equal(found[list(expected.to_frame().columns)], expected.to_frame())
    assert list(found["documents"]) == [1, 1]
    assert state.compared.best == expected.best == "B"
    assert state.untried == ("C",)
    assert list(found["current"]) == [True, True]
    state.look_at("A")
    state.write(deny("payments"))
    assert list(state.alternatives()["current"]) == [True, False]


def test_what_has_no_column_of_its_own_is_told_beside_a_draft(state: WhatIfState) -> None:
    state.write(deny("platform"))
    state.begin("open")
    state.delete(*state.policies_there)
    state.begin("nothing seen")
    state.write(deny("storefront"))
    state.put(state.trying(*state.names)(no_progress))
    told = dict(zip(state.alternatives()["name"], state.alternatives()["besides"], strict=True))
    assert told == {
        "nothing seen": "73 flows still denied",
        "open": "15 workloads unprotected",
        "A": "73 flows still denied, 1 workload cut off",
    }


def test_the_flows_of_which_drafts_say_different_things_come_a_page_at_a_time(state: WhatIfState) -> None:
    state.write(deny())
    state.begin()
    state.write("---\n".join(map(deny, ("payments", "platform"))))
    state.put(state.trying("A", "B")(no_progress))
    expected = state.simulator.alternatives({one.name: state.change_of(one) for one in state.drafts})
    whole = expected.edges()
    count = state.disagreement_count()
    assert count == len(whole) // 2 > 2
    pages = pd.concat([state.disagreements(first, 2) for first in range(0, count, 2)], ignore_index=True)
    pd.testing.assert_frame_equal(pages, state.all_disagreements())
    firsts = whole.iloc[::2].reset_index(drop=True)
    pd.testing.assert_frame_equal(pages[["src", "dst", "protocol", "port", "flows"]], firsts[list(pages.columns[:5])])
    told = [f"{row['name']}: {row['verdict']}" for row in whole.to_dict("records")]
    assert list(pages["says"]) == [", ".join(told[at : at + 2]) for at in range(0, len(told), 2)]
    text = "ORDERS/DB"
    assert 0 < state.disagreement_count(text) < count
    found = state.disagreements(0, count, text)
    assert all("orders/db" in f"{row['src']} {row['dst']}" for row in found.to_dict("records"))
    state.most_saved = 1
    with pytest.raises(ArgumentError, match="too many for a file"):
        state.all_disagreements()


def test_drafts_that_were_tried_on_something_else_are_not_compared_and_named(state: WhatIfState) -> None:
    state.write(deny())
    state.begin()
    state.write(deny("payments"))
    state.put(state.trying("A", "B")(no_progress))
    assert list(state.compared.left_out) == []
    flows = state.scope.flows
    assert flows is not None
    state.selection.window = (flows.period[0] + (flows.period[1] - flows.period[0]) / 2, None)
    put(state)
    assert list(state.compared.left_out) == ["A"]
    assert state.disagreement_count() == 0
    assert not state.compared.compares
    state.put(state.trying("A", "B")(no_progress))
    assert list(state.compared.left_out) == []
    assert state.disagreement_count()


def test_an_answer_goes_with_its_draft_where_that_is_renamed(state: WhatIfState) -> None:
    state.write(deny())
    found = put(state)
    state.rename("deny all")
    assert state.simulation is found
    assert state.is_current(state.draft)
    assert list(state.found) == ["deny all"]
    state.drop()
    assert state.names == ("A",)
    assert state.simulation is None


def test_what_comes_of_a_draft_that_is_gone_is_dropped(state: WhatIfState) -> None:
    state.write(deny())
    task = state.trying()
    state.begin()
    state.look_at("A")
    state.drop()
    state.put(task(no_progress))
    assert state.found == {}
    assert state.put(Tried(())) == ""


def test_more_than_one_file_holds_is_not_saved(state: WhatIfState) -> None:
    state.most_saved = 3
    state.write(deny())
    put(state)
    assert len(state.all_flow_rows()) == 2
    state.verdict = "kept"
    with pytest.raises(ArgumentError, match=r"simulation\.flows\('kept'\)"):
        state.all_flow_rows()
    assert len(state.all_flow_rows("fraud")) <= 3


def test_without_flows_connections_are_judged(shop: Shop) -> None:
    state = WhatIfState(Scope(shop().cluster))
    state.write(deny())
    found = put(state)
    assert found.difference.closed_count
    assert state.flow_count() == 0
    assert state.lost


def test_a_panel_that_is_made_again_has_its_drafts_and_answers(state: WhatIfState, shop: Shop) -> None:
    state.write(deny())
    put(state)
    again = WhatIfState(shop())
    again.take_over(state)
    assert again.drafts == state.drafts
    assert again.simulation is state.simulation
    other = WhatIfState(Scope(shop().cluster.with_policies(remove=DB)))
    other.take_over(state)
    assert other.drafts == state.drafts
    assert other.simulation is None
