"""The panel's widgets: each does what its state does, says what became of it, and hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import ipywidgets as widgets
import pytest

from workbench.flows import Flows
from workbench.inventory import Cluster
from workbench.panels import BaselinePanel, NetworkGraphPanel, Scope

DB, GATEWAY = "payments/db[StatefulSet]", "platform/gateway[Deployment]"


@pytest.fixture
def fresh(cluster: Cluster, days: Flows) -> Iterator[BaselinePanel]:
    made = BaselinePanel(Scope(cluster, days))
    yield made
    made.close()
    made.state.scope.workspace.close()


@pytest.fixture
def panel(fresh: BaselinePanel) -> BaselinePanel:
    fresh._period.value = "2 days"
    fresh._learn.click()
    return fresh


def message(panel: BaselinePanel) -> str:
    return str(panel._message.value)


def label(panel: BaselinePanel, section: str) -> str:
    return next(str(words) for words, name in panel._section.options if name == section)


def choose_row(panel: BaselinePanel, workload: str, peer: str, port: int) -> None:
    frame = panel._table.frame
    (place,) = frame.index[(frame["workload"] == workload) & (frame["peer"] == peer) & (frame["port"] == port)]
    panel._table.select([int(place)])


def drawn(panel: NetworkGraphPanel) -> set[tuple[str, str, str]]:
    return {(edge.src, edge.dst, edge.style) for line in panel.state.picture.lines for edge in line.edges}


def test_without_baselines_it_says_what_to_do(fresh: BaselinePanel, cluster: Cluster) -> None:
    assert "learn from the flows" in fresh._says.value
    assert fresh._mode_line.layout.display == "none"
    alone = BaselinePanel(cluster)
    assert "Read recordings first" in alone._says.value
    alone._learn.click()
    assert "no flows to learn from" in message(alone)
    alone.close()


def test_learning_is_a_decision_and_fills_the_sections(panel: BaselinePanel) -> None:
    assert message(panel).startswith('<div role="status">Decision 1: learnt from flows until 2026-11-19')
    assert label(panel, "baseline") == f"Baseline flows ({len(panel.state.rows('baseline'))})"
    assert panel._mode_line.layout.display == ""
    panel._learn.click()
    assert "That was so already" in message(panel)


def test_a_row_is_marked_and_moves(panel: BaselinePanel) -> None:
    assert panel._on_rows["mark"].disabled
    choose_row(panel, DB, GATEWAY, 5432)
    assert "1 row selected" in panel._chosen.value
    panel._why.value = "the trial is over"
    panel._on_rows["mark"].click()
    assert "Decision 2: the trial is over." in message(panel)
    panel._section.value = "anomalous"
    choose_row(panel, DB, GATEWAY, 5432)
    assert panel.state.selection.edge == (GATEWAY, DB)
    panel._on_rows["add"].click()
    assert "Decision 3" in message(panel)
    panel._undo.click()
    assert "Decision 4 undoes decision 3." in message(panel)


def test_all_rows_that_filters_leave_are_selected_at_once(panel: BaselinePanel) -> None:
    panel._section.value = "anomalous"
    panel._fields["text"].value = "platform/gateway"
    rows = len(panel._table.frame)
    panel._all.click()
    assert f"{rows} rows selected" in panel._chosen.value
    panel._on_rows["add"].click()
    assert "flows added to the baseline" in message(panel)
    assert panel._table.frame.empty
    panel._reset.click()
    assert panel._fields["text"].value == ""


def test_modes_and_the_alert_say_how_things_are(panel: BaselinePanel) -> None:
    panel._namespace.value = "payments"
    assert (panel._mode.value, panel._alert.value) == ("monitor", False)
    panel._alert.value = True
    assert (panel._mode.value, panel._alert.value) == ("protect", True)
    panel._mode.value = "discover"
    assert (panel._mode.value, panel._alert.value) == ("discover", False)
    panel._namespace.value = ""
    assert panel._mode.value is None
    assert set(panel.state.modes) == {"discover", "monitor"}


def test_the_next_day_brings_violations(panel: BaselinePanel, next_day: Flows) -> None:
    panel._alert.value = True
    panel._section.value = "violations"
    panel.state.scope.flows = next_day
    assert len(panel._table.frame) > 20
    assert label(panel, "violations") == f"Violations ({len(panel._table.frame)})"
    panel._table.select([0])
    panel._on_rows["suppress"].click()
    assert "not suppressed without a reason" in message(panel)
    panel._why.value = "known"
    panel._on_rows["suppress"].click()
    assert "suppressed." in panel._says.value


def test_a_decision_is_chosen_in_the_history_and_undone(panel: BaselinePanel) -> None:
    panel._alert.value = True
    panel._note.value = "Mira knows"
    panel._keep_note.click()
    panel._section.value = "history"
    panel._table.select([1])
    panel._undo_this.click()
    assert "was changed meanwhile" in message(panel)
    panel._table.select([0])
    panel._undo_this.click()
    assert "Decision 4 undoes decision 3." in message(panel)


def test_what_is_chosen_by_name_is_selected_in_all_panels(panel: BaselinePanel) -> None:
    panel._namespace.value = "payments"
    assert [name for _, name in panel._workload.options][1:] == list(panel.state.names)
    panel._workload.value = DB
    assert panel.state.selection.workloads == (DB,)
    panel._namespace.value = "orders"
    assert (panel.state.workload, panel._workload.value) == ("", "")


def test_what_is_new_since_a_time(panel: BaselinePanel) -> None:
    panel._section.value = "new"
    assert panel._since.layout.display == ""
    panel._since.value = datetime(2026, 11, 18, 14)  # noqa: DTZ001  (as the widget has it)
    assert "from 2026-11-18 14:00 UTC on" in panel._says.value
    assert len(panel._table.frame)


def test_wrong_input_is_an_error_in_the_panel_and_is_put_back(panel: BaselinePanel) -> None:
    for field, value in ((panel._period, "soon"), (panel._fields["port"], "many")):
        before = field.value
        field.value = value
        assert 'role="alert"' in message(panel)
        assert field.value == before


def test_the_graph_follows_what_is_decided(panel: BaselinePanel) -> None:
    graph = NetworkGraphPanel(panel.state.scope, details=False)
    choose_row(panel, DB, GATEWAY, 5432)
    panel._on_rows["mark"].click()
    assert (GATEWAY, DB, "anomalous") in drawn(graph)
    panel._undo.click()
    assert (GATEWAY, DB, "anomalous") not in drawn(graph)
    assert (GATEWAY, DB, "active") in drawn(graph)
    graph.close()


@pytest.mark.parametrize("section", ["baseline", "violations", "workloads", "assurance", "history"])
def test_a_saved_notebook_shows_how_things_stand(panel: BaselinePanel, section: str) -> None:
    panel._section.value = section
    shown = panel.static_html()
    assert "18 baselines" in shown
    assert "Anomalous (" in shown
    assert "<table" in shown or "No violation" in shown


def test_every_field_has_its_words(panel: BaselinePanel) -> None:
    def fields(widget: widgets.Widget) -> Iterator[widgets.Widget]:
        for child in getattr(widget, "children", ()):
            yield from fields(child)
        if isinstance(widget, (widgets.Text, widgets.Dropdown, widgets.Button, widgets.ToggleButton)):
            yield widget

    lines = (panel._subject_line, panel._mode_line, panel._filter_line, panel._decision_line)
    assert all(field.description for line in lines for field in fields(line))
