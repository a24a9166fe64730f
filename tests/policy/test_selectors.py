"""Label selectors choose as Kubernetes chooses (semantics 13)."""

from __future__ import annotations

import pytest

from workbench.policy import EVERYTHING, Operator, Requirement, Selector

WEB = {"app": "web", "tier": "front"}
BARE: dict[str, str] = {}


@pytest.mark.parametrize(
    "requirement, matches_web, matches_bare",
    [
        (Requirement("app", Operator.IN, ("api", "web")), True, False),
        (Requirement("app", Operator.IN, ("api",)), False, False),
        (Requirement("app", Operator.NOT_IN, ("web",)), False, True),
        (Requirement("app", Operator.NOT_IN, ("api",)), True, True),
        (Requirement("app", Operator.EXISTS), True, False),
        (Requirement("app", Operator.DOES_NOT_EXIST), False, True),
    ],
)
def test_connectivity_13_operators(requirement: Requirement, *, matches_web: bool, matches_bare: bool) -> None:
    assert requirement.matches(WEB) is matches_web
    assert requirement.matches(BARE) is matches_bare


def test_connectivity_13_empty_selector_chooses_everything() -> None:
    assert EVERYTHING.matches(BARE)
    assert Selector.of({}) == EVERYTHING


def test_all_requirements_must_hold() -> None:
    selector = Selector.of({"app": "web"}, [Requirement("tier", Operator.NOT_IN, ("front",))])
    assert not selector.matches(WEB)
    assert selector.matches({"app": "web"})


def test_match_labels_and_a_single_value_expression_are_the_same_selector() -> None:
    assert Selector.of({"app": "web"}) == Selector.of(None, [Requirement("app", Operator.IN, ("web",))])


def test_selectors_print_as_kubectl_takes_them() -> None:
    requirements = [
        Requirement("tier", Operator.IN, ("a", "b")),
        Requirement("debug", Operator.DOES_NOT_EXIST),
        Requirement("zone", Operator.NOT_IN, ("z",)),
        Requirement("x", Operator.EXISTS),
    ]
    assert str(Selector.of({"app": "web"}, requirements)) == "app=web,!debug,tier in (a,b),x,zone notin (z)"
    assert str(EVERYTHING) == "*"
