"""How what was seen stands to what is allowed, and how each of these ways is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workbench.drawing.answers.peers import MAP
from workbench.drawing.graph import Dash, Head, Stroke, Theme
from workbench.flows import Status

__all__ = ["TRAFFIC", "VIEWS", "Traffic"]


class Traffic(StrEnum):
    """How what was seen stands to what is allowed: the styles of the edges."""

    ACTIVE = Status.ACTIVE.value
    UNUSED = Status.UNUSED.value
    ALLOWED = "allowed"
    DENIED = Status.DENIED.value
    WOULD_BE_DENIED = "would-be-denied"
    NOT_ALLOWED = Status.NOT_ALLOWED.value
    DENIED_THOUGH_ALLOWED = Status.DENIED_THOUGH_ALLOWED.value
    UNKNOWN = Status.UNKNOWN.value
    ANOMALOUS = "anomalous"


VIEWS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "all": frozenset(),
        "active": frozenset(Traffic) - {Traffic.UNUSED, Traffic.ALLOWED},
        "allowed": frozenset({Traffic.ACTIVE, Traffic.UNUSED, Traffic.ALLOWED, Traffic.ANOMALOUS}),
    }
)
"""The styles that each view shows; none for all of them."""

# Colours that people with any of the common kinds of colour blindness can tell apart as far as that goes; dashes and
# heads tell all of them apart without colour.
TRAFFIC: Final = Theme(
    "What is allowed, and what was seen",
    {
        Traffic.ACTIVE: Stroke("#0b5cad", "solid: allowed, and seen", "active", width=2, dark="#6cb6ff"),
        Traffic.ALLOWED: Stroke("#374151", "solid: allowed", "allowed", width=1.4, dark="#c9d1d9"),
        Traffic.UNUSED: Stroke(
            "#6b7280", "dashed: allowed, and not seen", "unused", Dash.DASHED, width=1.2, dark="#9aa4b2"
        ),
        Traffic.DENIED: Stroke(
            "#b3261e", "dotted, with a bar: denied, and seen", "denied", Dash.DOTTED, 2, Head.BAR, "#ff8a75"
        ),
        Traffic.WOULD_BE_DENIED: Stroke(
            "#a15c00",
            "long dashes, with a bar: seen, and a policy that is not enforced would deny it",
            "would be denied",
            Dash.LONG,
            2,
            Head.BAR,
            "#ffb454",
        ),
        Traffic.DENIED_THOUGH_ALLOWED: Stroke(
            "#9a3412",
            "dashes and dots, with a bar: seen to be denied, though allowed",
            "denied though allowed",
            Dash.MIXED,
            2,
            Head.BAR,
            "#f4a582",
        ),
        Traffic.NOT_ALLOWED: Stroke(
            "#7b2fa5",
            "solid, with a ring: seen to pass, though not allowed",
            "not allowed",
            width=2.6,
            head=Head.RING,
            dark="#d9a3ff",
        ),
        Traffic.UNKNOWN: Stroke(
            "#57606a",
            "dotted: seen, and not certain whether it is allowed",
            "unknown",
            Dash.DOTTED,
            1.6,
            dark="#adb5bd",
        ),
        Traffic.ANOMALOUS: Stroke(
            "#b0266d",
            "dashes and dots: allowed and seen, and in no baseline",
            "anomalous",
            Dash.MIXED,
            2.6,
            dark="#ff8fc7",
        ),
    },
    "No arrows: nothing may talk to anything else, and nothing was seen to.",
    {**MAP.fills},
    mixed=Stroke("#4b5563", "thick grey: several of these", width=2, dark="#b6bec8"),
)
