"""The widgets of the panel that proposes policies: each does what its state does, and says what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from workbench.panels.frame import Scope
from workbench.panels.generate import GeneratePanel
from workbench.panels.generate.state import VIEWS

CALL = "NetworkPolicy orders/cart-deployment: Allow ingress namespace storefront pods: app=web : TCP 8080"


@pytest.fixture
def empty(shop: Callable[[], Scope]) -> Iterator[GeneratePanel]:
    made = GeneratePanel(shop(), namespaces=("orders",))
    yield made
    made.close()


@pytest.fixture
def panel(empty: GeneratePanel) -> GeneratePanel:
    empty._go.click()
    return empty


def fields(panel: GeneratePanel) -> dict[str, Any]:
    return {each.description: each for each in panel._options.widget.children}


def select(panel: GeneratePanel, view: str, column: str, value: object) -> None:
    frame = panel._tables[view].frame
    panel._tables[view].select([int(frame.index[frame[column] == value][0])])


def test_before_anything_is_proposed_it_says_what_to_do(empty: GeneratePanel) -> None:
    assert "press Propose" in empty._says.value
    assert "5 of 18 workloads" in empty._says.value
    assert empty._taking._files.layout.display == "none"
    assert empty._level.layout.display == "none"


def test_every_option_of_every_strategy_is_a_field_that_sets_it(empty: GeneratePanel) -> None:
    state = empty.state
    for name in state.strategies:
        empty._strategy.value = name
        assert [each.description.replace(" ", "_") for each in empty._options.widget.children] == [
            one.name for one in state.chosen.options
        ]
        for option in state.chosen.options:
            assert fields(empty)[option.name.replace("_", " ")].tooltip == option.meaning
        assert not state.options, "what is shown at first is what it is by default"
    empty._strategy.value = "least-privilege"
    fields(empty)["allow"].value = "dns, api-server"
    fields(empty)["providers"].value = "blocks"
    fields(empty)["default deny"].value = False
    assert state.options == {"allow": ("dns", "api-server"), "providers": "blocks", "default_deny": False}
    state.options = {}
    assert (fields(empty)["providers"].value, fields(empty)["default deny"].value) == ("addresses", True)


def test_lines_of_a_list_are_written_into_a_field(empty: GeneratePanel) -> None:
    empty._strategy.value = "required-connections"
    fields(empty)["connections"].value = "orders/cart -> orders/db : TCP 5432\n"
    empty._go.click()
    assert "by required-connections" in empty._says.value


def test_what_is_missing_is_said_below_it(empty: GeneratePanel) -> None:
    empty._strategy.value = "required-connections"
    empty._go.click()
    assert "no connection is listed" in empty._message.value


def test_each_level_says_its_cost_before_it_is_chosen(panel: GeneratePanel) -> None:
    words = [str(words) for words, _ in panel._level.options]
    assert words[0] == "Exact: 17 rules"
    assert words[1].startswith("Any port: 7 rules, opens 12 more pairs")
    panel._level.value = "namespace"
    assert panel.state.level == "namespace"
    panel.state.level = "any-port"
    assert panel._level.value == "any-port"


def test_every_view_shows_something(panel: GeneratePanel) -> None:
    for view in VIEWS:
        panel._view.value = view
        assert panel._text.value or panel._place.children, view
        assert not panel._message.value, view
        assert VIEWS[view] in panel.static_html()


def test_a_rule_is_read_dropped_and_accepted_again(panel: GeneratePanel) -> None:
    box = panel._rule_box
    assert box.widget.layout.display == "none"
    select(panel, "rules", "says", CALL)
    assert CALL in box._says.value
    assert set(box._reasons.frame["src"]) == {"storefront/web[Deployment]"}
    assert len(box._seen.frame)
    box._drop.click()
    assert "It is dropped" in box._says.value
    assert "1 change by hand" in panel._says.value
    assert box._drop.layout.display == "none"
    box._accept.click()
    assert "by hand" not in panel._says.value


def test_a_connection_is_dropped_and_accepted_among_what_was_left_out(panel: GeneratePanel) -> None:
    select(panel, "rules", "says", CALL)
    assert panel._rule_box._drop_flow.disabled
    panel._rule_box._reasons.select([0])
    assert not panel._rule_box._drop_flow.disabled
    panel._rule_box._drop_flow.click()
    assert len(panel.state.taken_out) == 1
    panel._view.value = "left-out"
    assert panel._accept.disabled
    select(panel, "left-out", "why", "by-hand")
    assert not panel._accept.disabled
    panel._accept.click()
    assert not panel.state.taken_out
    select(panel, "left-out", "why", "denied")
    panel._accept.click()
    assert len(panel.state.admitted) == 1
    panel._back.click()
    assert not panel.state.changes


def test_a_level_lists_what_it_opens(panel: GeneratePanel) -> None:
    panel._view.value = "levels"
    select(panel, "levels", "level", "any-port")
    assert len(panel._opened.frame) == 12


def test_a_workload_of_which_nothing_was_recorded_can_be_asked_about_by_its_manifest(
    shop: Callable[[], Scope],
) -> None:
    panel = GeneratePanel(Scope(shop().cluster), namespaces=("platform",), view="workloads")
    assert panel._resolve.disabled
    select(panel, "workloads", "workload", "platform/mailer[Deployment]")
    assert not panel._resolve.disabled
    panel._resolve.click()
    assert "by build-time" in panel._says.value
    panel.close()


def test_what_a_dialect_cannot_say_stands_before_it_is_saved(panel: GeneratePanel) -> None:
    panel._view.value = "formats"
    panel._format.value = "cilium"
    assert "1 said otherwise" in panel._said_in.value
    assert list(panel._tables["formats"].frame["said"]) == ["otherwise"]
    assert "cilium.io/v2" in panel._text.value
    panel._format.value = "patch"
    assert not panel._place.children


def test_it_is_written_kept_opened_and_handed_on(panel: GeneratePanel, tmp_path: Path) -> None:
    taking = panel._taking
    taking._write.click()
    assert "no folder is named" in panel._message.value
    taking._folder.value = str(tmp_path / "policies")
    taking._write.click()
    assert "6 files written" in panel._message.value
    assert len(list((tmp_path / "policies").iterdir())) == 6
    taking._name.value = "orders"
    taking._keep.click()
    assert "Kept as orders" in panel._message.value
    panel._view.value = "kept"
    assert set(panel._tables["kept"].frame["status"]) == {"stable"}
    taking._hand_on.click()
    assert panel.state.selection.proposal is panel.state.shown
    taking._open.click()
    assert panel.state.named == "orders"


def test_what_is_asked_about_can_be_narrowed_and_is_listed(empty: GeneratePanel) -> None:
    scope = empty._scope
    scope._search.value = "cart"
    assert "1 of 18 workloads" in scope._says.value
    assert "orders/cart[Deployment]" in scope._says.value
    scope._search.value = ""
    scope._namespaces.value = []
    scope._workloads.value = ["orders/db[StatefulSet]"]
    assert empty.state.asked_about == ("orders/db[StatefulSet]",)
    scope._labels.value = "app in ("
    assert "nw-error" in empty._message.value
    assert scope._labels.value == ""


def test_what_is_shown_says_when_it_is_not_what_is_asked_now(panel: GeneratePanel) -> None:
    assert "not of what is asked now" not in panel._says.value
    panel._scope._search.value = "cart"
    assert "not of what is asked now" in panel._says.value
    panel._go.click()
    assert "not of what is asked now" not in panel._says.value


def test_another_cluster_forgets_the_proposal(panel: GeneratePanel) -> None:
    panel.state.scope.replace(panel.state.scope.cluster)
    assert panel.state.outcome is None
    assert "press Propose" in panel._says.value


def test_names_from_a_cluster_are_texts(panel: GeneratePanel) -> None:
    panel.state.scope.decide({("proposal", "<img src=x>"): {}})
    assert all("<img" not in str(each.value) for each in _html_of(panel.view))


def _html_of(widget: widgets.Widget) -> Iterator[widgets.HTML]:
    if isinstance(widget, widgets.HTML):
        yield widget
    for each in getattr(widget, "children", ()):
        yield from _html_of(each)
