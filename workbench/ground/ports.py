"""Sets of ports over the three protocols, and how they are written (semantics 10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from workbench.ground.intervals import Intervals, complement, intersection, normalise, union

__all__ = [
    "ALL_PORTS",
    "MAX_PORT",
    "MIN_PORT",
    "NO_PORTS",
    "PORT_SPAN",
    "PROTOCOLS",
    "PortSet",
    "parse_ports",
    "ports_text",
]

PROTOCOLS = ("SCTP", "TCP", "UDP")
"""The protocols of Kubernetes, in the order in which they are printed."""
MIN_PORT, MAX_PORT = 1, 65535
PORT_SPAN = 65536
"""Distance between two protocols on the axis of a `PortSet`."""


@dataclass(frozen=True, slots=True)
class PortSet:
    """An immutable set of (protocol, port) points.

    Attributes
    ----------
    axis : Intervals
        Points ``protocol index * 65536 + port``, with the index in `PROTOCOLS`. Port 0 is in no
        set, so intervals of different protocols never touch.
    """

    axis: Intervals = ()

    @classmethod
    @lru_cache(maxsize=65536)
    def of(cls, protocol: str, first: int | None = None, last: int | None = None) -> PortSet:
        """Return the ports `first` to `last` of `protocol`.

        Parameters
        ----------
        protocol : {"SCTP", "TCP", "UDP"}
        first : int, optional
            All ports of the protocol where it is missing.
        last : int, optional
            `first` where it is missing.
        """
        base = PROTOCOLS.index(protocol) * PORT_SPAN
        if first is None:
            return cls(((base + MIN_PORT, base + MAX_PORT),))
        last = first if last is None else last
        return cls(normalise([(base + max(first, MIN_PORT), base + min(last, MAX_PORT))]))

    @classmethod
    def union_of(cls, sets: Iterable[PortSet]) -> Self:
        """Return the ports that are in any of `sets`."""
        members = tuple(sets)
        if len(members) == 1 and type(members[0]) is cls:
            return members[0]
        return cls(normalise(pair for ports in members for pair in ports.axis))

    def __or__(self, other: PortSet) -> PortSet:
        return PortSet(union(self.axis, other.axis))

    def __and__(self, other: PortSet) -> PortSet:
        return PortSet(intersection(self.axis, other.axis))

    def __sub__(self, other: PortSet) -> PortSet:
        return PortSet(intersection(self.axis, complement(other.axis, 0, len(PROTOCOLS) * PORT_SPAN)))

    def __bool__(self) -> bool:
        return bool(self.axis)

    def contains(self, protocol: str, port: int) -> bool:
        """Tell whether `port` of `protocol` is in the set."""
        return bool(self & PortSet.of(protocol, port))

    def by_protocol(self) -> dict[str, Intervals]:
        """Return the port intervals of each protocol that has any, in printing order."""
        found: dict[str, list[tuple[int, int]]] = {}
        for first, last in self.axis:
            index, low = divmod(first, PORT_SPAN)
            found.setdefault(PROTOCOLS[index], []).append((low, last - index * PORT_SPAN))
        return {protocol: tuple(intervals) for protocol, intervals in found.items()}

    @property
    def intervals(self) -> tuple[tuple[str, int, int], ...]:
        """The ports as ``(protocol, first, last)``, in printing order."""
        return tuple((protocol, *pair) for protocol, pairs in self.by_protocol().items() for pair in pairs)

    def __repr__(self) -> str:
        """Return the ports as maps write them."""
        return f"PortSet({self})"

    def __str__(self) -> str:
        """Return the set as the reference tools print it: ``SCTP 1-65535,TCP 1-79,81-65535``."""
        if self == ALL_PORTS:
            return "All Connections"
        if not self:
            return "No Connections"
        return ",".join(f"{protocol} {ports_text(ports)}" for protocol, ports in self.by_protocol().items())


_ENTRY: Final = re.compile(r"(?:(?P<protocol>[A-Za-z]+)[ :/]*)?(?P<first>[0-9]{1,5})?(?:-(?P<last>[0-9]{1,5}))?")


def parse_ports(text: str) -> PortSet:
    """Return the ports that are written: the inverse of ``str``, which also takes what people write.

    ``TCP 80,443-445,UDP 53``; ``All Connections``, ``any`` or nothing for all; a protocol alone for all its ports. A
    number has the protocol before it, and is of TCP where there is none, as in Kubernetes.

    Parameters
    ----------
    text : str

    Raises
    ------
    ValueError
        If it is something else; the message names the part.
    """
    if text.strip().lower() in {"", "*", "all", "any", "all connections"}:
        return ALL_PORTS
    found: list[PortSet] = []
    protocol = "TCP"
    for part in text.split(","):
        entry = _ENTRY.fullmatch(part.strip())
        written = (entry["protocol"] or "").upper() if entry is not None else ""
        if entry is None or not part.strip() or (written and written not in PROTOCOLS):
            message = f"{part.strip()!r:.80} is not a port: write TCP 80, UDP 53 or TCP 8000-8100"
            raise ValueError(message)
        protocol = written or protocol
        if entry["first"] is None:
            if entry["last"] is not None:
                message = f"{part.strip()!r:.80} has no first port"
                raise ValueError(message)
            found.append(PortSet.of(protocol))
            continue
        first, last = int(entry["first"]), int(entry["last"] or entry["first"])
        if not MIN_PORT <= first <= last <= MAX_PORT:
            message = f"{part.strip()!r:.80} is no range of ports from {MIN_PORT} to {MAX_PORT}"
            raise ValueError(message)
        found.append(PortSet.of(protocol, first, last))
    return PortSet.union_of(found)


def ports_text(intervals: Intervals) -> str:
    """Return port intervals as text: ``80,443-445``."""
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in intervals)


ALL_PORTS = PortSet.union_of(PortSet.of(protocol) for protocol in PROTOCOLS)
NO_PORTS = PortSet()
