"""What policies can be asked for in the panel, without widgets: of whom, of which time, and how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from traitlets import TraitError

from workbench.generate import STRATEGIES
from workbench.ground import ArgumentError, NotFoundError
from workbench.panels.frame import Scope, Selection
from workbench.panels.generate import GenerateState

Shop = Callable[[], Scope]
CART, DB = "orders/cart[Deployment]", "orders/db[StatefulSet]"


def policies(state: GenerateState) -> set[str]:
    state.put(state.proposed())
    return {f"{one.namespace}/{one.name}" for one in state.wanted().policies}


def test_every_strategy_can_be_chosen_with_its_options_and_no_other(shop: Shop) -> None:
    found = GenerateState(shop())
    assert set(found.strategies) == set(STRATEGIES.names())
    found.choose("rhacs")
    found.set_option("include_ports", value=False)
    assert found.options == {"include_ports": False}
    found.set_option("include_ports", value=True)
    assert found.options == {}, "what is as it is by default is not an option that was set"
    with pytest.raises(NotFoundError, match="no option"):
        found.set_option("ports", "80")
    with pytest.raises(ArgumentError, match="none, generated-only, all"):
        found.set_option("delete_existing", "some")
    with pytest.raises(TraitError, match="not a strategy"):
        found.strategy = "magic"


def test_another_strategy_begins_with_its_own_options(shop: Shop) -> None:
    found = GenerateState(shop(), strategy="rhacs", options={"include_ports": False})
    found.choose("recipe")
    assert found.options == {}


def test_what_is_needed_and_is_not_there_is_said(shop: Shop) -> None:
    found = GenerateState(Scope(shop().cluster))
    with pytest.raises(ArgumentError, match="neither flows nor baselines"):
        found.proposed()


def test_it_begins_with_the_namespaces_that_are_selected(shop: Shop) -> None:
    scope = Scope(shop().cluster, selection=Selection(namespaces=("orders",)))
    assert GenerateState(scope).namespaces == ("orders",)


def test_whole_namespaces_are_asked_about_and_denied_at_last(shop: Shop) -> None:
    found = GenerateState(shop(), namespaces=("orders",))
    assert found.asked == "5 of 18 workloads"
    assert policies(found) >= {"orders/cart-deployment", "orders/default-deny"}


@pytest.mark.parametrize(
    "asked,names",
    [
        ({"workloads": (CART,)}, {"orders/cart-deployment"}),
        ({"search": "CART"}, {"orders/cart-deployment"}),
        (
            {"namespaces": ("orders",), "labels": "app in (cart, db)"},
            {"orders/cart-deployment", "orders/db-statefulset"},
        ),
        ({"namespaces": ("orders",), "workloads": (DB,)}, {"orders/db-statefulset"}),
    ],
)
def test_some_workloads_are_asked_about_alone(shop: Shop, asked: dict[str, object], names: set[str]) -> None:
    found = GenerateState(shop(), **asked)
    assert policies(found) == names
    assert found.asked.startswith(f"{len(names)} of ")


def test_what_nobody_matches_is_not_everything(shop: Shop) -> None:
    found = GenerateState(shop(), search="nothing of the kind")
    assert found.asked == "0 of 18 workloads"
    with pytest.raises(ArgumentError, match="no workload has this name"):
        found.proposed()
    with pytest.raises((ArgumentError, TraitError)):
        found.labels = "app in ("


def test_the_time_that_is_selected_counts(shop: Shop) -> None:
    found = GenerateState(shop(), namespaces=("orders",), options={"declared": False})
    whole = policies(found)
    asked = [found.is_current]
    found.selection.window = (datetime(2026, 11, 17, 8, tzinfo=UTC), datetime(2026, 11, 17, 8, 20, tzinfo=UTC))
    asked.append(found.is_current)
    assert policies(found) < whole
    assert [*asked, found.is_current] == [True, False, True], "what is shown was made of other flows for a while"


def test_what_is_asked_is_remembered_for_the_next_run_of_the_cell(shop: Shop) -> None:
    earlier = GenerateState(shop(), search="cart", labels="app=cart", level="any-port", view="compare")
    later = GenerateState(shop())
    later.take_over(earlier)
    assert (later.search, later.labels, later.level, later.view) == ("cart", "app=cart", "any-port", "compare")
