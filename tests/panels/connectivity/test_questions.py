"""Questions about what is allowed are answered as `Connectivity` answers them, and follow what is selected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from traitlets import TraitError

from workbench import evaluate, load_manifests, sample_path
from workbench.ground import ArgumentError, NotFoundError
from workbench.inventory import Cluster
from workbench.panels import ConnectivityPanel, Scope
from workbench.panels.connectivity import ConnectivityState

GATEWAY, DB, WEB = "platform/gateway[Deployment]", "payments/db[StatefulSet]", "storefront/web[Deployment]"


@pytest.fixture(scope="module")
def shop() -> Cluster:
    return load_manifests(sample_path("shop"))


@pytest.fixture
def state(shop: Cluster) -> ConnectivityState:
    return ConnectivityState(Scope(shop))


@pytest.fixture
def panel(shop: Cluster) -> Iterator[ConnectivityPanel]:
    made = ConnectivityPanel(shop, src="platform/gateway", dst="payments/db", port="5432")
    yield made
    made.close()


def test_a_pair_is_answered_and_selected_for_all_panels(state: ConnectivityState) -> None:
    state.src, state.dst, state.port = "platform/gateway", "payments/db", "5432"
    state.ask()
    assert state.answer.verdict == "allowed"
    assert state.selection.edge == (GATEWAY, DB)


def test_what_is_denied_directly_shows_the_way_over_others(state: ConnectivityState) -> None:
    state.src, state.dst = "storefront/web", "payments/db"
    state.ask()
    assert state.answer.verdict == "denied"
    steps = evaluate(state.scope.cluster).paths(WEB, DB)
    assert len(steps) > 1
    assert list(state.rows["dst"]) == list(steps["dst"])


def test_a_selected_edge_is_asked_about(state: ConnectivityState) -> None:
    state.selection.select_edge(WEB, DB)
    state.follow_selection()
    assert (state.src, state.dst, state.answer.verdict) == (WEB, DB, "denied")


@pytest.mark.parametrize(
    "written, asked",
    [
        ("", (None, "TCP")),
        ("5432", (5432, "TCP")),
        ("udp 53", (53, "UDP")),
        ("  TCP   http ", ("http", "TCP")),
        ("SCTP", (None, "SCTP")),
    ],
)
def test_ports_as_people_write_them(state: ConnectivityState, written: str, asked: tuple[object, str]) -> None:
    state.port = written
    assert state.port_and_protocol == asked


@pytest.mark.parametrize("written, message", [("ICMP 8", "not a protocol"), ("0", "1 to 65535"), ("UDP 65536", "1 to")])
def test_what_is_no_port_is_refused(state: ConnectivityState, written: str, message: str) -> None:
    with pytest.raises(TraitError, match=message):
        state.port = written


@pytest.mark.parametrize("src, dst, message", [("", "", "who would send"), ("shop/web", " ", "who would receive")])
def test_a_question_that_says_too_little_is_refused(state: ConnectivityState, src: str, dst: str, message: str) -> None:
    state.src, state.dst = src, dst
    with pytest.raises(ArgumentError, match=message):
        state.ask()


def test_a_name_that_is_not_there_is_an_error_and_the_last_answer_stays(state: ConnectivityState) -> None:
    state.src, state.dst = "platform/gateway", "payments/db"
    state.ask()
    state.dst = "payments/nothing"
    with pytest.raises(NotFoundError):
        state.ask()
    assert state.answer.dst == DB


def test_exposure_is_that_of_the_room(state: ConnectivityState) -> None:
    conn = evaluate(state.scope.cluster)
    state.question = "exposure"
    state.ask()
    assert len(state.rows) == len(conn.exposure().to_frame())


def test_what_is_reached_is_that_of_the_room(state: ConnectivityState) -> None:
    state.question, state.src, state.port = "reach", "203.0.113.7", "443"
    state.ask()
    assert list(state.rows["dst"]) == list(evaluate(state.scope.cluster).reach("203.0.113.7", port=443)["dst"])


# --- the widgets --------------------------------------------------------------------------------------------


def test_the_panel_asks_at_once_where_it_is_told_all(panel: ConnectivityPanel) -> None:
    assert "✓ allowed" in panel._answer.value
    assert "spec.ingress[2]" in panel._answer.value
    assert "NetworkPolicy payments/db" in panel.static_html()


def test_a_panel_that_is_made_later_begins_with_what_is_selected(shop: Cluster) -> None:
    scope = Scope(shop)
    scope.selection.select_edge(WEB, DB)
    made = ConnectivityPanel(scope)
    assert (made.state.src, made.state.dst, made.state.answer.verdict) == (WEB, DB, "denied")
    made.close()


def test_the_other_way_round_needs_two_presses(panel: ConnectivityPanel) -> None:
    panel._swap.click()
    assert (panel._src.value, panel._dst.value) == ("payments/db", "platform/gateway")
    panel._go.click()
    assert panel.state.selection.edge == (DB, GATEWAY)


def test_another_kind_of_question_is_asked_at_once_where_nothing_has_to_be_said(panel: ConnectivityPanel) -> None:
    panel._question.value = "exposure"
    assert panel._tables["exposure"].counted.endswith("lines")
    assert [panel._dst.layout.display, panel._src.layout.display] == ["none", "none"]
    panel._question.value = "pair"
    assert "Nothing is asked yet" in panel._answer.value


def test_a_workload_that_is_reached_can_be_selected(panel: ConnectivityPanel) -> None:
    panel._question.value = "reach"
    panel._go.click()
    table = panel._tables["reach"]
    table.select([0])
    assert panel.state.selection.workloads == (table.frame["dst"][0],)


def test_an_unknown_name_is_said_in_the_panel(panel: ConnectivityPanel) -> None:
    panel._dst.value = "payments/<b>"
    panel._go.click()
    assert 'role="alert"' in panel._message.value
    assert "payments/&lt;b&gt;" in panel._message.value
