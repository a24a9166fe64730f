"""Which edges no policy is made of, and why: nothing is left out in silence."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.flows.rules.exclusion import EXCLUDING_MARKS, exclusions
from workbench.flows.rules.marks import MARKS

EDGE = {
    "orientation": "observed",
    "flows": 3,
    "flows_denied": 0,
    "src_kind": "Deployment",
    "dst_kind": "External",
    "marks": (),
}


def excluded(**changes: Any) -> tuple[str, ...]:  # noqa: ANN401  (cells)
    (found,) = exclusions(pd.DataFrame([{**EDGE, **changes}]))
    return tuple(found)


def test_a_rule_may_be_made_of_what_got_through_between_ends_that_are_known() -> None:
    assert excluded() == ()
    assert excluded(flows_denied=2) == (), "one of three got through"
    assert excluded(marks=("dns-port", "service-widened")) == (), "worth knowing, and no reason"


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"orientation": "unknown"}, "client-unknown"),
        ({"flows_denied": 3}, "denied"),
        ({"src_kind": "Unknown"}, "unresolved"),
        ({"dst_kind": "Unknown"}, "unresolved"),
        ({"marks": ("ephemeral-port",)}, "ephemeral-port"),
        ({"marks": ("host-network",)}, "host-network"),
        ({"marks": ("dns-port", "probe")}, "probe"),
        ({"marks": ("snat",)}, "snat"),
    ],
)
def test_everything_else_says_why_it_makes_no_rule(changes: dict[str, Any], why: str) -> None:
    """flow-rules N1, N4, N10, N11, N15, N16."""
    assert excluded(**changes) == (why,)


def test_of_several_reasons_each_is_told() -> None:
    assert excluded(orientation="unknown", flows_denied=3, marks=("ephemeral-port",)) == (
        "client-unknown",
        "denied",
        "ephemeral-port",
    )


def test_every_reason_that_is_a_mark_is_one_that_rules_give() -> None:
    assert set(EXCLUDING_MARKS) <= set(MARKS)
