"""Which part of an answer is asked for: some workloads, one direction, one port (semantics 27)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from workbench.connectivity.trace.arguments import EndNames, choice_asked, names_asked
from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, PROTOCOLS, ArgumentError, PortSet
from workbench.policy import Direction

__all__ = ["EVERYTHING", "Focus", "parse_connection"]

_CONNECTION = re.compile(
    rf"(?P<protocol>{'|'.join(PROTOCOLS)})(-(?P<first>[0-9]{{1,5}})(-(?P<last>[0-9]{{1,5}}))?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Focus:
    """What an answer is restricted to. Without any argument it is everything.

    Attributes
    ----------
    workloads : tuple of str
        Keep to connections that begin or end at one of these (names as `Connectivity.query` takes
        them); all connections where it is empty.
    peers : tuple of str
        Keep to connections whose other end is one of these.
    direction : Direction or None
        ``ingress`` keeps to connections that end at `workloads`, ``egress`` to those that begin there. Without
        `workloads`, an exposure keeps to this direction (in the reference's reading: of what is open to the entire
        cluster); a map is not changed, as with netpol-analyzer.
    ports : PortSet
        Keep to these ports.

    Raises
    ------
    ArgumentError
        If `peers` are given without `workloads`, whose peers they would be, or if `ports` is empty.
    """

    workloads: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    direction: Direction | None = None
    ports: PortSet = ALL_PORTS

    def __post_init__(self) -> None:
        if not self.workloads and self.peers:
            message = "peers are the other ends of workloads: name the workloads, too"
            raise ArgumentError(message)
        if not self.ports:
            message = "no port is in focus"
            raise ArgumentError(message)

    @classmethod
    def of(
        cls,
        workloads: EndNames = (),
        *,
        peers: EndNames = (),
        direction: Literal["ingress", "egress"] | Direction | None = None,
        conn: str | PortSet | None = None,
    ) -> Focus:
        """Return the focus on some workloads, peers, a direction and a connection.

        Parameters
        ----------
        workloads, peers : str or iterable of str
            Names; one text may hold several, comma-joined.
        direction : {"ingress", "egress"}, optional
        conn : str or PortSet, optional
            Ports, as ``tcp-80`` or as a set.

        Raises
        ------
        ArgumentError
            As `Focus` does, and where `direction` or `conn` cannot be read.
        """
        side = None if direction is None else Direction(choice_asked(direction, Direction, "direction"))
        return cls(_names(workloads), _names(peers), side, _connection(conn))

    @property
    def one_connection(self) -> bool:
        """Whether the focus is on some ports, so that an answer need not name them."""
        return self.ports != ALL_PORTS

    def directions(self) -> tuple[Direction, ...]:
        """Return which ends of a connection may be one of `workloads`: egress its source, ingress its destination."""
        return tuple(Direction) if self.direction is None else (self.direction,)


def parse_connection(text: str) -> PortSet:
    """Return the ports that ``tcp-80`` means.

    Also ``tcp-80-90`` for a range, and ``tcp`` for all ports of a protocol; in upper or lower case.

    Raises
    ------
    ArgumentError
        If it is nothing of that kind.
    """
    found = _CONNECTION.fullmatch(text)
    if found is not None:
        protocol, first, last = found["protocol"].upper(), found["first"], found["last"] or found["first"]
        if first is None:
            return PortSet.of(protocol)
        if MIN_PORT <= int(first) <= int(last) <= MAX_PORT:
            return PortSet.of(protocol, int(first), int(last))
    message = f"{text!r} is not a valid connection: write protocol and port, such as tcp-80 or udp-53"
    raise ArgumentError(message)


def _connection(conn: object) -> PortSet:
    match conn:
        case None:
            return ALL_PORTS
        case PortSet():
            return conn
        case str():
            return parse_connection(conn)
    message = f"conn is {conn!r}: write protocol and port, such as 'tcp-80'"
    raise TypeError(message)


def _names(given: EndNames) -> tuple[str, ...]:
    texts = names_asked(given)
    # A comma in braces is part of a name: policies may tell pods of one workload apart by two labels.
    return tuple(name for text in texts for name in _split(text) if name)


def _split(text: str) -> list[str]:
    names, depth = [""], 0
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            names.append("")
        else:
            names[-1] += char
    return [name.strip() for name in names]


EVERYTHING = Focus()
