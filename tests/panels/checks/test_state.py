"""What is listed is what checks find; a finding leads to what it is about, to a draft, and to who answers for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from tests.examples import examples
from workbench.checks import CheckFindings, check, permissiveness, read_corporate_rules
from workbench.connectivity import Semantics, evaluate
from workbench.ground import ANSWER_FORMATS, ArgumentError, no_progress
from workbench.inventory import load_manifests
from workbench.panels.checks import ChecksState
from workbench.panels.checks.filters import SEVERITIES, STATUSES
from workbench.panels.frame import Scope, Upload
from workbench.whatif import simulate

Shop = Callable[[], Scope]
NAMESPACES = ("", "kube-system", "orders", "payments", "platform", "storefront", "nowhere")
RULES = b"- name: no-db\n  action: deny\n  from: app=gateway\n  to: app=db\n"


def of_check(state: ChecksState, check_id: str, object_: str = "") -> str:
    """Return the fingerprint of the first finding of a check."""
    assert state.findings is not None
    return next(one.fingerprint for one in state.findings.of(check_id) if object_ in one.object)


def expected(state: ChecksState) -> CheckFindings:
    """Return what checks find, asked anew."""
    found = check(state.scope.cluster, state.scope.flows)
    assert isinstance(found, CheckFindings)
    return found


def test_all_that_is_listed_is_what_checks_find(state: ChecksState) -> None:
    whole = expected(state)
    assert state.findings is not None
    assert state.findings.items == whole.items
    columns = [name for name in whole.to_frame().columns if name not in {"patch", "delete"}]
    pd.testing.assert_frame_equal(state.rows()[columns], whole.to_frame()[columns])
    assert list(state.not_asked()) == [(one.check.id, one.check.title, one.reason) for one in whole.not_asked]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sets(st.sampled_from(SEVERITIES)),
    st.sampled_from(("", "NP003", "NP021", "NP042", "none")),
    st.sampled_from(NAMESPACES),
    st.sampled_from(list(STATUSES)),
    st.sampled_from(("", "GATEWAY", "network-policies.yaml", "no policy", "\0")),
)
def test_filters_leave_what_a_frame_of_all_findings_does(
    state: ChecksState, severities: set[str], check_id: str, namespace: str, status: str, text: str
) -> None:
    state.reset()
    state.severities = tuple(severities)
    state.check, state.namespace, state.status, state.text = check_id, namespace, status, text
    assert state.findings is not None
    frame = state.findings.to_frame()
    by = {
        "severities": frame["severity"].isin(severities),
        "check": (frame["check"] == check_id) | (check_id == ""),
        "namespace": (frame["namespace"] == namespace) | (namespace == ""),
        "status": frame["status"].isin(["new", "expired"] if status == "open" else [status]) | (status == "all"),
        "text": pd.Series([text.casefold() in str(tuple(row)).casefold() for row in frame.itertuples()], dtype=bool),
    }
    left = pd.DataFrame(by).all(axis=1)
    found = set(state.rows()["fingerprint"])
    # A text may stand in a remedy, too, which is not looked at.
    assert found <= set(frame[left]["fingerprint"])
    if not text:
        assert list(state.rows()["fingerprint"]) == list(frame[left]["fingerprint"])
        others = pd.DataFrame(by).drop(columns="severities").all(axis=1)
        counts = frame[others]["severity"].value_counts()
        assert state.severity_counts() == {name: int(counts.get(name, 0)) for name in SEVERITIES}
    assert state.is_filtered is (
        (severities, check_id, namespace, status, text) != (set(SEVERITIES), "", "", "open", "")
    )


def test_a_text_is_looked_for_in_all_that_a_finding_says(state: ChecksState) -> None:
    assert state.findings is not None
    for one in state.findings:
        for text in (one.check, one.object, one.message.upper(), one.place, *one.evidence):
            state.text = text
            assert one.fingerprint in set(state.rows()["fingerprint"])


def test_a_severity_that_there_is_not_is_refused(state: ChecksState) -> None:
    with pytest.raises(TraitError, match="'grave' is no severity; there are critical, high"):
        state.severities = ("grave",)


# --- one finding ------------------------------------------------------------------------------------------------


def test_a_finding_with_a_connection_selects_it_in_all_panels(state: ChecksState) -> None:
    state.choose(of_check(state, "NP014"))
    assert state.selection.edge == ("orders/checkout[Deployment]", "kube-system/coredns[Deployment]")
    state.choose(of_check(state, "NP003", "platform/mailer"))
    assert state.selection.edge == ("outside", "platform/mailer[Deployment]")


@pytest.mark.parametrize(
    "check_id, object_, workloads",
    [
        ("NP004", "orders/checkout", ("orders/checkout[Deployment]",)),
        (
            *("NP001", "Namespace platform"),
            (
                *("platform/gateway[Deployment]", "platform/mailer[Deployment]"),
                *("platform/node-exporter[DaemonSet]", "platform/prometheus[Deployment]"),
            ),
        ),
    ],
)
def test_others_select_the_workloads_that_they_are_about(
    state: ChecksState, check_id: str, object_: str, workloads: tuple[str, ...]
) -> None:
    state.choose(of_check(state, check_id, object_))
    assert tuple(sorted(state.selection.workloads)) == workloads


def test_every_finding_selects_only_what_there_is(state: ChecksState) -> None:
    assert state.findings is not None
    conn = state.asked.connectivity
    for one in state.findings:
        state.choose(one.fingerprint)
        assert all(map(conn.knows, state.selection.workloads))
        assert state.selection.edge is None or len(conn.queries(*state.selection.edge)) > 0


def test_the_patch_is_handed_on_as_a_draft_and_removes_the_finding(state: ChecksState) -> None:
    state.choose(of_check(state, "NP014"))
    assert state.finding is not None
    state.try_patch()
    draft = state.selection.draft
    assert draft.name == "NP014 orders/checkout"
    assert (draft.text, draft.removed) == (state.finding.patch.yaml, state.finding.patch.delete)
    after = simulate(state.scope.cluster, draft.text, remove=draft.removed).change.after
    assert state.chosen not in {one.fingerprint for one in check(after, only=["NP014"])}


def test_where_there_are_tabs_it_goes_to_them(state: ChecksState) -> None:
    state.choose(of_check(state, "NP014"))
    state.selection.clear()
    with pytest.raises(ArgumentError, match="no graph beside this panel"):
        state.show_in_graph()
    state.selection.tabs = ("network", "what-if")
    state.show_in_graph()
    assert state.selection.tab == "network"
    assert state.selection.edge is not None
    state.try_patch()
    assert state.selection.tab == "what-if"
    state.choose(of_check(state, "NP030", "Ingress"))
    assert state.shows == (None, ())
    assert not state.can_show


def test_without_a_change_that_is_ready_there_is_no_draft(state: ChecksState) -> None:
    with pytest.raises(ArgumentError, match="no finding is chosen"):
        state.draft()
    state.choose(of_check(state, "NP042"))
    with pytest.raises(ArgumentError, match="no change is ready for NP042 of Deployment platform/gateway"):
        state.try_patch()
    assert state.selection.draft is None


# --- what findings are about ------------------------------------------------------------------------------------


def test_what_has_changed_since_is_named(state: ChecksState) -> None:
    assert state.changed == ""
    state.selection.window = (datetime(2026, 11, 18, tzinfo=UTC), None)
    assert state.changed == "the time"
    state.declare(cni="calico")
    assert state.changed == "the time and what is declared"
    state.put(state.asking()(no_progress))
    assert state.changed == ""
    state.scope.cluster = state.scope.cluster.with_policies(remove="NetworkPolicy payments/db")
    assert state.changed == "the cluster"


def test_findings_are_about_the_flows_of_the_time(state: ChecksState) -> None:
    state.selection.window = (datetime(2026, 11, 18, tzinfo=UTC), None)
    state.put(state.asking()(no_progress))
    assert state.findings is not None
    assert state.scope.flows is not None
    later = state.scope.flows.between(datetime(2026, 11, 18, tzinfo=UTC), None)
    assert state.findings.items == check(state.scope.cluster, later).items


def test_what_is_declared_lets_more_checks_be_asked(state: ChecksState) -> None:
    state.declare(cni="flannel", tenant_label="team", pod_cidrs=("10.0.0.0/8",))
    state.take_rules(Upload("rules.yaml", RULES))
    state.put(state.asking()(no_progress))
    assert state.findings is not None
    assert list(state.not_asked()) == []
    found = check(
        state.scope.cluster,
        state.scope.flows,
        declared=state.kept.declared,
        corporate=read_corporate_rules(RULES.decode()),
    )
    assert state.findings.items == found.items
    assert {"NP033", "NP034"} <= {one.check for one in found}


@pytest.mark.parametrize(
    "content, message",
    [
        (b"- action: permit\n", "rules.yaml, line 1: 'permit' is no action"),
        (b"[]\n", "rules.yaml lists nothing"),
        (b"\xff", "rules.yaml is no text"),
    ],
)
def test_a_file_of_rules_with_an_error_is_not_taken(state: ChecksState, content: bytes, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        state.take_rules(Upload("rules.yaml", content))
    assert state.corporate is None


def test_what_kubernetes_leaves_open_is_read_as_in_what_was_given(shop: Shop) -> None:
    conn = evaluate(shop().cluster, semantics=Semantics.REFERENCE)
    state = ChecksState(Scope(conn))
    state.put(state.asking()(no_progress))
    assert state.findings is not None
    assert state.findings.items == check(conn).items
    assert state.asked.connectivity.semantics == Semantics.REFERENCE
    assert ChecksState(shop()).scope.semantics == Semantics()


def test_it_does_not_share_with_the_page_what_is_worked_out_in_a_thread(state: ChecksState) -> None:
    assert state.asked.connectivity is not state.scope.connectivity
    state.put(state.asking()(no_progress))
    assert state.asked.connectivity is not state.scope.connectivity


def test_work_is_stopped_by_its_progress(shop: Shop) -> None:
    class StopError(Exception):
        pass

    def stop(stage: str, done: int, total: int | None) -> None:
        del done, total
        if stage == "check NP003":
            raise StopError

    state = ChecksState(shop())
    with pytest.raises(StopError):
        state.asking()(stop)
    assert state.findings is None


def test_a_panel_that_is_made_again_has_what_was_chosen_and_found(state: ChecksState, shop: Shop) -> None:
    state.severities, state.view = ("high",), "openness"
    state.choose(of_check(state, "NP014"))
    again = ChecksState(shop())
    again.take_over(state)
    assert again.asked is state.asked
    assert (again.severities, again.view, again.chosen) == (("high",), "openness", state.chosen)
    other = ChecksState(Scope(shop().cluster))
    other.take_over(state)
    assert other.asked is None


# --- how much is allowed, files ---------------------------------------------------------------------------------


def test_how_much_is_allowed_is_what_permissiveness_says(state: ChecksState) -> None:
    frame = permissiveness(state.scope.cluster, state.scope.flows).to_frame()
    assert set(state.openness_rows()["name"]) == set(frame["name"])
    for scope in ("workload", "namespace", "cluster"):
        state.scopes = scope
        shown = state.openness_rows()
        assert shown["share"].is_monotonic_decreasing
        of_scope = frame[frame["scope"] == scope]
        pd.testing.assert_frame_equal(
            shown.sort_values("name").reset_index(drop=True), of_scope.sort_values("name").reset_index(drop=True)
        )


@pytest.mark.parametrize("kind", ANSWER_FORMATS.names("findings"))
def test_a_file_has_all_findings_whatever_filters_leave(state: ChecksState, kind: str) -> None:
    state.severities = ("critical",)
    name, content = state.export(kind)
    assert name.startswith("findings.")
    assert content == expected(state).render(kind)


def test_an_accepted_finding_is_suppressed_in_sarif(state: ChecksState) -> None:
    state.choose(of_check(state, "NP014"))
    state.accept("it asks for no names")
    runs = json.loads(state.export("sarif").content)["runs"]
    suppressed = [one for one in runs[0]["results"] if one.get("suppressions")]
    assert [one["ruleId"] for one in suppressed] == ["NP014"]


def test_without_findings_nothing_is_saved_and_nothing_shown(shop: Shop) -> None:
    state = ChecksState(shop())
    with pytest.raises(ArgumentError, match="not asked yet"):
        state.export("csv")
    assert state.rows().empty
    assert state.openness_rows().empty
    assert (state.finding, state.changed) == (None, "")


def test_a_cluster_without_anything_has_no_findings() -> None:
    state = ChecksState(Scope(load_manifests("kind: Namespace\napiVersion: v1\nmetadata: {name: one}\n")))
    state.put(state.asking()(no_progress))
    assert state.findings is not None
    assert state.rows().empty
    assert list(state.openness_rows()["scope"]) == ["cluster"]
