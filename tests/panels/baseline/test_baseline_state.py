"""What a person does with baselines, without a browser and without widgets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.baseline import BASELINE_KINDS, Baselines
from workbench.flows import Flows
from workbench.ground import ANSWER_FORMATS, ArgumentError
from workbench.inventory import Cluster
from workbench.panels import Scope
from workbench.panels.baseline import BaselineState
from workbench.panels.baseline.state import MODES, SECTIONS

DB, API, MAILER = "payments/db[StatefulSet]", "payments/api[Deployment]", "platform/mailer[Deployment]"
GATEWAY, FRAUD = "platform/gateway[Deployment]", "payments/fraud[Deployment]"


@pytest.fixture
def state(cluster: Cluster, days: Flows) -> Iterator[BaselineState]:
    """Return the state of a panel in which three days were learnt."""
    scope = Scope(cluster, days)
    made = BaselineState(scope, period="3 days")
    made.learn()
    yield made
    scope.workspace.close()


def flows_of(rows: pd.DataFrame) -> set[tuple[str, str, str, int]]:
    return set(rows[["workload", "direction", "peer", "port"]].itertuples(index=False, name=None))


def row_of(state: BaselineState, section: str, workload: str, peer: str, port: int) -> pd.DataFrame:
    rows = state.rows(section)
    return rows[(rows["workload"] == workload) & (rows["peer"] == peer) & (rows["port"] == port)]


def test_what_is_learnt_has_the_names_by_which_it_is_judged(cluster: Cluster, days: Flows) -> None:
    scope = Scope(cluster, days)
    before = scope.address_book
    book = before.add("acquirer", "198.51.100.10")
    scope.workspace.keep_address_book(book, before)
    state = BaselineState(Scope(cluster, days, workspace=scope.workspace), period="3 days")
    state.learn()
    assert "acquirer" in set(state.rows("baseline")["peer"])
    anomalous = state.rows("anomalous")
    assert (anomalous["flows"] == anomalous["flows_denied"]).all()
    scope.workspace.close()


# --- what is listed -----------------------------------------------------------------------------------


def test_before_anything_is_learnt_it_says_so(cluster: Cluster, days: Flows) -> None:
    state = BaselineState(Scope(cluster, days))
    assert state.sentences == ("There are no baselines yet: nothing is normal, and nothing anomalous.",)
    assert {
        section: len(state.rows(section)) for section in SECTIONS if section not in {"all", "new"}
    } == dict.fromkeys(set(SECTIONS) - {"all", "new"}, 0)
    with pytest.raises(ArgumentError, match="there is no baseline of all workloads"):
        state.lock()


def test_without_flows_there_is_nothing_to_learn_from(cluster: Cluster) -> None:
    with pytest.raises(ArgumentError, match="no flows to learn from"):
        BaselineState(Scope(cluster)).learn()


def test_what_is_learnt_is_listed_as_baseline_and_the_rest_as_anomalous(state: BaselineState) -> None:
    assert (API, "egress", DB, 5432) in flows_of(state.rows("baseline"))
    assert (DB, "ingress", API, 5432) in flows_of(state.rows("baseline"))
    anomalous = state.rows("anomalous")
    assert (anomalous["flows"] == anomalous["flows_denied"]).all()
    assert len(state.rows("all")) == len(state.rows("baseline")) + len(anomalous)
    assert len(state.rows("unseen")) == len(state.rows("new")) == len(state.rows("violations")) == 0


def test_sections_add_up_whatever_is_looked_at(state: BaselineState, next_day: Flows) -> None:
    state.scope.flows = next_day
    parts = ("baseline", "anomalous", "unseen")
    for namespace in ("", *state.all_namespaces):
        state.choose(namespace)
        assert sum(len(state.rows(part)) for part in parts) == len(state.rows("all"))


def test_the_next_day_shows_what_is_new_and_what_is_missing(state: BaselineState, next_day: Flows) -> None:
    state.period = "2 days"
    state.learn()
    state.scope.flows = next_day
    new = state.rows("new")
    passed = new[new["flows"] > new["flows_denied"]]
    assert flows_of(passed) == {
        ("orders/fulfilment[Deployment]", "egress", "orders/db[StatefulSet]", 5432),
        ("orders/db[StatefulSet]", "ingress", "orders/fulfilment[Deployment]", 5432),
        ("orders/db[StatefulSet]", "ingress", MAILER, 5432),
        (MAILER, "egress", "orders/db[StatefulSet]", 5432),
        (MAILER, "egress", DB, 5432),
        (MAILER, "egress", "", 4444),
        (DB, "ingress", MAILER, 5432),
        (FRAUD, "egress", "", 443),
    }
    unseen = {name for name, *_ in flows_of(state.rows("unseen"))}
    assert unseen == {"payments/reconcile[CronJob]", DB, GATEWAY}


def test_what_is_new_since_a_time_is_listed(state: BaselineState) -> None:
    state.since = datetime(2026, 11, 18, 14, tzinfo=UTC)
    new = state.rows("new")
    assert (GATEWAY, "egress", DB, 5432) in flows_of(new)
    assert (new["first_seen"] >= pd.Timestamp(state.since)).all()
    state.section = "new"
    assert "from 2026-11-18 14:00 UTC on" in " ".join(state.sentences)


def test_a_locked_baseline_raises_violations_on_the_next_day(state: BaselineState, next_day: Flows) -> None:
    state.choose("payments")
    state.lock()
    state.scope.flows = next_day
    rows = state.rows("violations")
    passed = set(rows.loc[rows["severity"] == "error", ["workload", "peer"]].itertuples(index=False, name=None))
    assert passed == {(FRAUD, ""), (DB, MAILER)}  # the mailer's own baseline is of another namespace
    state.choose("platform")
    assert (MAILER, DB) in set(state.rows("violations")[["workload", "peer"]].itertuples(index=False, name=None))
    state.choose("storefront")
    assert state.rows("violations").empty


def test_filters_combine(state: BaselineState) -> None:
    state.section = "all"
    whole = state.rows()
    state.port, state.direction = "5432", "ingress"
    assert set(state.rows()["port"]) == {5432}
    assert set(state.rows()["direction"]) == {"ingress"}
    state.text = "GATEWAY"
    assert flows_of(state.rows()) == {(one, "ingress", GATEWAY, 5432) for one in (DB, "orders/queue[StatefulSet]")}
    state.protocol = "UDP"
    assert state.rows().empty
    assert state.counted("all") == f"0 of {len(whole):,}"
    state.reset()
    assert len(state.rows()) == len(whole)


def test_an_address_outside_is_found_by_what_edges_call_it(state: BaselineState) -> None:
    state.text = "203.0.113.20"
    assert flows_of(state.rows("all")) == {("orders/fulfilment[Deployment]", "egress", "", 443)}


@pytest.mark.parametrize("status", ["baseline", "unknown", "marked"])
def test_a_status_is_asked_for(state: BaselineState, status: str) -> None:
    state.mark(row_of(state, "baseline", DB, API, 5432))
    state.status = status
    rows = state.rows("all")
    assert len(rows)
    assert set(rows["status"]) == {"baseline" if status == "baseline" else "anomalous"}
    assert set(rows["marked"]) == {status == "marked"}


@pytest.mark.parametrize("port", ["99999", "http", "80 and 81"])
def test_a_port_that_cannot_be_read_is_refused_and_nothing_changes(state: BaselineState, port: str) -> None:
    with pytest.raises(ArgumentError, match="is no port"):
        state.port = port
    assert state.port == ""


@pytest.mark.parametrize("period", ["soon", "0h", "3 moons"])
def test_a_period_that_cannot_be_read_is_refused(state: BaselineState, period: str) -> None:
    with pytest.raises(ArgumentError, match="is no length of time"):
        state.period = period


def test_the_time_that_is_selected_is_kept_to(state: BaselineState) -> None:
    state.selection.window = (datetime(2026, 11, 17, 2, tzinfo=UTC), datetime(2026, 11, 17, 3, tzinfo=UTC))
    seen = state.rows("baseline")
    assert ("payments/reconcile[CronJob]", "egress", DB, 5432) in flows_of(seen)
    assert len(state.rows("unseen"))
    assert len(seen) + len(state.rows("unseen")) + len(state.rows("anomalous")) == len(state.rows("all"))


def test_a_workload_that_is_selected_elsewhere_is_looked_at(state: BaselineState) -> None:
    state.selection.select_workload(DB)
    assert (state.workload, state.names) == (DB, (DB,))
    state.selection.select_workload("203.0.113.77")
    assert state.workload == DB


def test_a_row_is_selected_for_all_panels(state: BaselineState) -> None:
    state.select_row(row_of(state, "baseline", DB, API, 5432).iloc[0])
    assert state.selection.edge == (API, DB)
    rows = state.rows("baseline")
    outside = rows[(rows["workload"] == API) & (rows["peer_type"] == "internet")].iloc[0]
    state.select_row(outside)
    assert state.selection.edge == (API, "198.51.100.10")
    state.select_row(state.rows("workloads").iloc[0])
    assert state.selection.workloads == (state.rows("workloads")["workload"].iloc[0],)


def test_how_sure_it_is_is_said_for_what_is_looked_at(state: BaselineState) -> None:
    state.choose("payments")
    rows = state.rows("assurance")
    assert set(rows["workload"]) == set(state.names)
    assert rows["covered"].between(0.5, 1).all()


# --- what is decided ----------------------------------------------------------------------------------


def test_a_flow_that_is_marked_moves_and_its_mirror_too(state: BaselineState) -> None:
    kept = state.mark(row_of(state, "baseline", DB, GATEWAY, 5432))
    assert kept.why == "1 flow marked as anomalous"
    moved = {(DB, "ingress", GATEWAY, 5432), (GATEWAY, "egress", DB, 5432)}
    assert moved <= flows_of(state.rows("anomalous"))
    assert not moved & flows_of(state.rows("baseline"))
    state.add(row_of(state, "anomalous", DB, GATEWAY, 5432))
    assert moved <= flows_of(state.rows("baseline"))


def test_many_rows_are_decided_at_once_and_undone_at_once(state: BaselineState) -> None:
    before = state.baselines
    state.text = "platform/gateway"
    rows = state.rows("anomalous")
    assert len(rows) > 10
    state.add(rows)
    assert state.rows("anomalous").empty
    state.undo()
    assert state.baselines == before


def test_a_decision_takes_the_reason_that_was_written(state: BaselineState) -> None:
    state.why = "their trial is over"
    assert state.mark(row_of(state, "baseline", DB, GATEWAY, 5432)).why == "their trial is over"
    assert state.why == ""


def test_a_violation_is_suppressed_with_a_reason_for_some_days(state: BaselineState, next_day: Flows) -> None:
    state.choose("", FRAUD)
    state.lock()
    state.scope.flows = next_day
    with pytest.raises(ArgumentError, match="not suppressed without a reason"):
        state.suppress(state.rows("violations"))
    state.why = "the history service moved"
    state.suppress(state.rows("violations"), days=1)
    assert list(state.rows("violations")["suppressed"]) == ["the history service moved"]
    assert "1 violation suppressed." in state.sentences


def test_nothing_is_decided_about_no_rows(state: BaselineState) -> None:
    for decide in (state.mark, state.add, state.forget):
        with pytest.raises(ArgumentError, match="no flow is selected"):
            decide(state.rows("baseline").head(0))


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_set_for_what_is_looked_at_alone(state: BaselineState, mode: str) -> None:
    state.choose("payments")
    state.set_mode(mode)
    assert set(state.modes) == {mode}
    state.choose("orders")
    assert "protect" not in state.modes


def test_a_period_is_given_to_what_is_looked_at(cluster: Cluster, days: Flows) -> None:
    state = BaselineState(Scope(cluster, days), period="1 day")
    state.learn()
    state.choose("", DB)
    state.period = "2 days"
    state.learn()
    lengths = {name: head.period_end - head.begun for name, head in state.baselines.heads.items()}
    assert lengths.pop(DB) == timedelta(days=2)
    assert set(lengths.values()) == {timedelta(days=1)}
    state.scope.workspace.close()


def test_a_locked_baseline_learns_nothing(state: BaselineState, next_day: Flows) -> None:
    state.choose("payments")
    state.lock()
    known = {side for side in state.baselines.known if side.workload in state.names}
    state.choose()
    state.scope.flows, state.whole = next_day, True
    state.learn()
    state.choose("payments")
    assert {side for side in state.baselines.known if side.workload in state.names} == known


def test_the_history_has_a_row_for_each_decision_and_any_can_be_undone(state: BaselineState) -> None:
    state.choose("payments")
    state.lock()
    state.write_note("Mira knows")
    history = state.rows("history")
    assert list(history["decision"]) == [3, 2, 1]
    assert list(history["changed"]) == [
        "4 baselines noted",
        "4 baselines locked",
        "18 baselines begun, 43 flows added to the baseline",
    ]
    state.undo(3)
    state.undo(2)
    assert set(state.modes) == {"discover"}
    assert state.rows("history")["undone_by"].tolist()[2:4] == [4, 5]


# --- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ANSWER_FORMATS.names("violations"))
def test_violations_are_written_in_each_format(state: BaselineState, next_day: Flows, kind: str) -> None:
    state.choose("payments")
    state.lock()
    state.scope.flows = next_day
    name, content = state.export(kind)
    assert name == f"violations.{kind}"
    assert content == state.violations.render(kind)
    assert FRAUD in str(content)


def test_baselines_that_are_looked_at_are_written_for_red_hat_acs(state: BaselineState) -> None:
    state.choose("payments")
    documents = json.loads(str(state.export_baselines().content))
    assert {one["namespace"] for one in documents} == {"payments"}
    assert len(documents) == 4


def test_baselines_that_are_looked_at_are_policies_that_admit_what_they_know(state: BaselineState) -> None:
    state.choose("payments", "payments/db[StatefulSet]")
    found = state.export_policies()
    (policy,) = yaml.safe_load_all(str(found.content))
    assert policy["metadata"]["namespace"] == "payments"
    assert policy["spec"]["podSelector"]["matchLabels"] == {"app": "db"}
    known = {one.port for one in state.baselines.known if one.workload == state.workload and one.direction == "ingress"}
    written = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    assert written == known


# --- whatever is done ---------------------------------------------------------------------------------

ACTIONS = st.sampled_from(
    ["mark", "add", "forget", "suppress", "lock", "unlock", "observe_anew", "note", "learn", *MODES]
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(ACTIONS, st.sampled_from(["", "payments", "platform"]), st.integers(0, 99)), max_size=8),
)
def test_as_many_undos_as_there_were_decisions_restore_everything(
    cluster: Cluster, days: Flows, next_day: Flows, actions: list[tuple[str, str, int]]
) -> None:
    scope = Scope(cluster, days)
    state = BaselineState(scope, period="1 day")
    state.learn()
    scope.flows = next_day
    before, kept = state.baselines, []
    for action, namespace, number in actions:
        state.choose(namespace)
        rows = state.rows("all")
        few = rows.iloc[[number % len(rows)]]
        state.why = "because"
        if action in {"mark", "add", "forget", "suppress"}:
            kept.append(getattr(state, action)(few))
        elif action == "note":
            kept.append(state.write_note(f"note {number}"))
        elif action in MODES:
            kept.append(state.set_mode(action))
        else:
            state.period = f"{number + 1} hours"
            kept.append(getattr(state, action)())
    for decision in kept:
        if decision.id:
            state.undo()
    assert state.baselines == before
    assert scope.workspace.records(*BASELINE_KINDS) == before.to_records()
    state.undo()
    assert state.baselines == Baselines()
    scope.workspace.close()
