"""What a baseline is made of: a head for each workload, and what is known of each of its flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = [
    "ANOMALOUS",
    "BASELINE",
    "DEFAULT_PERIOD",
    "DIRECTIONS",
    "EXTERNAL",
    "INTERNAL",
    "INTERNET",
    "NODE",
    "PEER_TYPES",
    "SIDE",
    "WORKLOAD",
    "Decided",
    "Direction",
    "Head",
    "Known",
    "Mode",
    "Side",
    "Suppression",
    "utc",
]

Direction: TypeAlias = Literal["ingress", "egress"]
Decided: TypeAlias = Literal["baseline", "anomalous"]
DIRECTIONS: Final[tuple[Direction, Direction]] = ("egress", "ingress")
BASELINE: Final = "baseline"
ANOMALOUS: Final = "anomalous"
WORKLOAD: Final = "workload"
EXTERNAL: Final = "external"
INTERNET: Final = "internet"
INTERNAL: Final = "internal"
NODE: Final = "node"
PEER_TYPES: Final = (WORKLOAD, EXTERNAL, INTERNET, INTERNAL, NODE)
"""What is at the other end: a workload, a named part of the outside, any other public address, any other private
address, a node (baselines N11)."""
DEFAULT_PERIOD: Final = timedelta(hours=1)
"""How long a workload is observed, unless something else is asked for (baselines N2)."""
_FLIPPED: Final[Mapping[Direction, Direction]] = MappingProxyType({"egress": "ingress", "ingress": "egress"})


class Side(NamedTuple):
    """A flow as one of its workloads sees it: what a baseline knows or does not (baselines N7, N12).

    Attributes
    ----------
    workload : str
        Whose baseline it is about, as connectivity names it.
    direction : {"egress", "ingress"}
    peer_type : str
        One of `PEER_TYPES`.
    peer : str
        Who is at the other end; empty for the internet and for private addresses that have no name.
    port : int
        Port of the server; 0 for protocols without ports.
    protocol : str
        In capitals.
    """

    workload: str
    direction: Direction
    peer_type: str
    peer: str
    port: int
    protocol: str

    @property
    def mirrored(self) -> Side | None:
        """The same flow as the workload at the other end sees it; None where there is no workload."""
        if self.peer_type != WORKLOAD:
            return None
        return Side(self.peer, _FLIPPED[self.direction], WORKLOAD, self.workload, self.port, self.protocol)


SIDE: Final = Side._fields
"""The columns that a side is told by."""


class Known(NamedTuple):
    """What is known of a flow of a baseline.

    Attributes
    ----------
    status : {"baseline", "anomalous"}
        Anomalous: it was forbidden by a person.
    first_seen, last_seen : datetime, optional
        When it was seen while it was learnt; None for what a person decided before it was seen.
    flows : int
        Rows of the recordings it was learnt from.
    """

    status: Decided
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    flows: int = 0


class Mode(StrEnum):
    """What a baseline does with flows that it does not know."""

    DISCOVER = "discover"
    MONITOR = "monitor"
    PROTECT = "protect"


@dataclass(frozen=True, slots=True)
class Head:
    """What is decided of a workload's baseline as a whole.

    Attributes
    ----------
    begun, period_end : datetime
        The observation period: what begins before its end is learnt.
    locked : bool
        Whether nothing is learnt, and what is not known is a violation (baselines N6).
    note : str
    """

    begun: datetime
    period_end: datetime
    locked: bool = False
    note: str = ""

    def mode(self, now: datetime) -> Mode:
        """Return what the baseline does at a time: protect if it is locked, else discover until its period ends."""
        if self.locked:
            return Mode.PROTECT
        return Mode.DISCOVER if utc(now) < self.period_end else Mode.MONITOR


class Suppression(NamedTuple):
    """A decision that a violation is not to be raised for some time.

    Attributes
    ----------
    reason : str
    until : datetime
        From then on it is raised again.
    """

    reason: str
    until: datetime


def utc(moment: datetime) -> datetime:
    """Return a moment with the zone UTC; one without a zone is UTC."""
    # A time of pandas is one, too, which knows nanoseconds besides.
    of_pandas = getattr(moment, "to_pydatetime", None)
    plain: datetime = moment if of_pandas is None else of_pandas(warn=False)
    return plain.replace(tzinfo=UTC) if plain.tzinfo is None else plain.astimezone(UTC)
