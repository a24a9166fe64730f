"""What is allowed beside what was seen: used, never used, seen though not allowed, denied though allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.flows.frames import COMPARED
from workbench.flows.statuses import Status
from workbench.ground import (
    FEW_ROWS,
    NO_PORTS,
    PROTOCOLS,
    AddressSet,
    FirstRows,
    PortSet,
    Result,
    addresses_named,
    first_rows,
    one_line,
)

if TYPE_CHECKING:
    from workbench.connectivity import Answer, Connection, Connectivity, IpRanges, Peer
    from workbench.flows.flows import Flows

__all__ = ["Comparison", "Status", "UsedConnection", "compare", "used_connections"]

NOWHERE: Final = AddressSet()
ON_OWN_NODE: Final = "traffic between a pod and its own node is allowed whatever policies say"
_OWN_NODE: Final = frozenset({"probe", "own-node"})
"""Marks of such edges."""
_OF_EDGE: Final = (
    *("src", "dst", "src_kind", "dst_kind", "src_namespace", "dst_namespace"),
    *("flows", "flows_denied", "first_seen", "last_seen"),
)
"""What the row of an edge has in common with it."""


_WORST_FIRST: Final = (
    Status.NOT_ALLOWED,
    Status.DENIED_THOUGH_ALLOWED,
    *(status for status in Status if status not in {Status.NOT_ALLOWED, Status.DENIED_THOUGH_ALLOWED}),
)


class _End(NamedTuple):
    """A workload by its name; or addresses outside, whose name is empty."""

    name: str
    addresses: AddressSet

    @classmethod
    @lru_cache(maxsize=1 << 16)
    def seen(cls, text: str) -> _End:
        """Return the end that flows call `text`, each many times."""
        addresses = addresses_named(text)
        return cls(text, NOWHERE) if addresses is None else cls("", addresses)

    @classmethod
    def of(cls, peer: Peer) -> _End:
        """Return the end that a map lists; flows do not distinguish the kinds of a workload's pods."""
        return cls(peer.name.removesuffix(peer.shape), NOWHERE) if peer.addresses is None else cls("", peer.addresses)


class UsedConnection(NamedTuple):
    """A connection that is allowed, and the ports of it that were seen in use."""

    src: Peer
    dst: Peer
    ports: PortSet
    used: PortSet

    def __repr__(self) -> str:
        """Return the connection, and which of its ports are used."""
        return one_line(f"UsedConnection({self.src.name} => {self.dst.name} : {self.text})")

    @property
    def text(self) -> str:
        """The ports that are used, of those that are allowed."""
        return f"{self.used} of {self.ports}" if self.used and self.used != self.ports else str(self.ports)


class _Usage:
    """Which ports were seen in use between which ends.

    A range of addresses is used on a port if any of its addresses was seen there.
    """

    def __init__(self) -> None:
        self._seen: defaultdict[tuple[str, str], list[tuple[PortSet, AddressSet]]] = defaultdict(list)

    def add(self, src: str, dst: str, ports: PortSet) -> None:
        """Note that ports were used."""
        ends = _End.seen(src), _End.seen(dst)
        self._seen[ends[0].name, ends[1].name].append((ports, ends[0].addresses | ends[1].addresses))

    def of(self, connection: Connection) -> PortSet:
        """Return the ports of a connection that were used."""
        src, dst = _End.of(connection.src), _End.of(connection.dst)
        seen = self._seen.get((src.name, dst.name))
        if seen is None:
            return NO_PORTS
        outside = src.addresses | dst.addresses
        return connection.ports & PortSet.union_of(p for p, where in seen if not outside or where & outside)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """What is allowed beside what was seen; columns of all frames as in `frames.COMPARED`.

    Attributes
    ----------
    frame : DataFrame
        One row per edge that was seen, and per connection that is allowed and was never used.
    """

    _columns = ("status", "src", "dst", "ports", "flows", "last_seen", "decided_by", "reason")
    frame: pd.DataFrame
    origins: tuple[Result, ...] = field(default=(), compare=False)

    def _facts(self) -> Iterator[str]:
        counts = self.frame["status"].value_counts()
        yield from (f"{counts[status.value]:,} {status.value}" for status in Status if counts.get(status.value))
        if self.frame.empty:
            yield "nothing is allowed, and nothing was seen"

    def _first_rows(self) -> FirstRows:
        """Return the rows that a notebook shows: what is unexpected comes first."""
        order = {status.value: number for number, status in enumerate(_WORST_FIRST)}
        places = self.frame["status"].map(order).astype("int64").sort_values(kind="stable").index[:FEW_ROWS]
        few = first_rows(self.frame.loc[places], self._columns, counted=(len(places), len(self.frame)))
        return few._replace(remark="what is unexpected comes first")

    def to_frame(self) -> pd.DataFrame:
        """Return everything; columns as in `frames.COMPARED`."""
        return self.frame

    @property
    def active(self) -> pd.DataFrame:
        """What is allowed and was seen."""
        return self._of(Status.ACTIVE)

    @property
    def unused(self) -> pd.DataFrame:
        """What is allowed and was never seen: candidates for tighter policies."""
        return self._of(Status.UNUSED)

    @property
    def not_allowed(self) -> pd.DataFrame:
        """What was seen to pass though these policies deny it; ``decided_by`` names those that do."""
        return self._of(Status.NOT_ALLOWED)

    @property
    def denied(self) -> pd.DataFrame:
        """What was seen to be denied, as these policies say."""
        return self._of(Status.DENIED)

    @property
    def denied_though_allowed(self) -> pd.DataFrame:
        """What was seen to be denied though these policies allow it."""
        return self._of(Status.DENIED_THOUGH_ALLOWED)

    @property
    def unknown(self) -> pd.DataFrame:
        """What was seen between ends that are not known, or on no port that policies are about."""
        return self._of(Status.UNKNOWN)

    def _of(self, status: Status) -> pd.DataFrame:
        return self.frame[self.frame["status"] == status].reset_index(drop=True)


def compare(allowed: Connectivity, flows: Flows) -> Comparison:
    """Compare what a cluster's policies allow with what was seen.

    Parameters
    ----------
    allowed : Connectivity
    flows : Flows
        Attributed to the same cluster (`Flows.attributed`).

    Returns
    -------
    Comparison
    """
    rows, usage = _judge_all(allowed, flows)
    rows.extend(_never_used(allowed, usage))
    for row in rows:
        row["meaning"] = Status(row["status"]).meaning
    frame = COMPARED.from_rows([row[name] for name in COMPARED.names] for row in rows)
    return Comparison(frame.sort_values(["src", "dst", "ports", "status"], ignore_index=True), (allowed,))


def used_connections(allowed: Connectivity, flows: Flows, ip_ranges: IpRanges = "merged") -> list[UsedConnection]:
    """Return everything that is allowed, with the ports on which it was seen to be used.

    Parameters
    ----------
    allowed : Connectivity
    flows : Flows
        Attributed to the same cluster.
    ip_ranges : {"merged", "split"}
        Whether touching external ranges with equal connections are one.

    Returns
    -------
    list of UsedConnection
        In the order of the map.
    """
    _, usage = _judge_all(allowed, flows)
    return [UsedConnection(*connection, usage.of(connection)) for connection in allowed.connections(ip_ranges)]


def _judge_all(allowed: Connectivity, flows: Flows) -> tuple[list[dict[str, Any]], _Usage]:
    """Return a row for each edge that was seen, and which ports were used between which ends."""
    usage = _Usage()
    rows = []
    for edge in flows.edges().to_dict("records"):
        row, used = _judged(allowed, edge)
        rows.append(row)
        if used is not None:
            usage.add(str(edge["src"]), str(edge["dst"]), used)
    return rows, usage


def _judged(allowed: Connectivity, edge: Mapping[Any, Any]) -> tuple[dict[str, Any], PortSet | None]:
    """Return the row of an edge that was seen, and the ports that are in use if it was seen to pass."""
    ports = _ports(edge)
    row: dict[str, Any] = {
        "status": Status.UNKNOWN.value,
        **{name: edge[name] for name in _OF_EDGE},
        "ports": str(edge["protocol"]) if ports is None else str(ports),
        "decided_by": (),
        "reason": "",
    }
    passed, denied = edge["flows"] > edge["flows_denied"], edge["flows_denied"] > 0
    if ports is None:
        return row | {"reason": f"no policy applies to {edge['protocol']} without a port"}, None
    if _OWN_NODE & set(edge["marks"]):
        status = Status.ACTIVE if passed else Status.UNKNOWN
        return row | {"status": status.value, "reason": ON_OWN_NODE}, ports if passed else None
    try:
        answer = allowed.query(str(edge["src"]), str(edge["dst"]), int(edge["port"]), str(edge["protocol"]))
    except (LookupError, ValueError) as error:
        return row | {"reason": str(error.args[0])}, None
    row |= {"decided_by": tuple(_deciding(answer, ports))}
    if answer.verdict == "partly" or answer.obstacle:  # what has finished was there when it was seen
        return row | {
            "reason": answer.obstacle or "; ".join(answer.notes) or answer.headline
        }, ports if passed else None
    if not answer.allowed and edge["flows_uncertain"] >= edge["flows"]:
        return row | {"reason": "which end is the client is not certain"}, None
    if answer.allowed:
        status = Status.DENIED_THOUGH_ALLOWED if denied else Status.ACTIVE
    else:
        status = Status.NOT_ALLOWED if passed else Status.DENIED
    row |= {"status": status.value}
    return row, ports if passed and answer.allowed else None


def _ports(edge: Mapping[Any, Any]) -> PortSet | None:
    if edge["protocol"] not in PROTOCOLS or pd.isna(edge["port"]) or not edge["port"]:
        return None
    return PortSet.of(str(edge["protocol"]), int(edge["port"]))


def _deciding(answer: Answer, ports: PortSet) -> Iterator[str]:
    """Yield the policies behind an answer: of a denial, those of the ends that deny."""
    found = dict.fromkeys(
        reason.ref
        for verdict in answer.verdicts
        if answer.allowed or ports - verdict.ports
        for reason in verdict.reasons
        if reason.ref
    )
    yield from found


def _never_used(allowed: Connectivity, usage: _Usage) -> Iterator[dict[str, Any]]:
    """Yield the rows of what is allowed and was not seen to be used."""
    unused = [
        (connection._replace(ports=left) if used else connection, used)
        for connection in allowed.connections()
        for used in (usage.of(connection),)
        if (left := connection.ports - used if used else connection.ports)
    ]
    decided_by = allowed.allowing(one for one, _ in unused)
    for (connection, ports), policies in zip(unused, decided_by, strict=True):
        yield {
            "status": Status.UNUSED.value,
            "src": connection.src.name,
            "dst": connection.dst.name,
            "src_kind": connection.src.kind,
            "dst_kind": connection.dst.kind,
            "src_namespace": connection.src.namespace,
            "dst_namespace": connection.dst.namespace,
            "ports": str(connection.ports),
            "flows": 0,
            "flows_denied": 0,
            "first_seen": None,
            "last_seen": None,
            "decided_by": tuple(policies),
            "reason": "some of its ports are used" if ports else "",
        }
