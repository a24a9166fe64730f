"""What is allowed beside what was seen: used, never used, seen though not allowed, denied though allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from workbench.flows.aggregate import EDGE_KEY, SHORT
from workbench.flows.edge_frames import BLOCKS, merged_cells
from workbench.flows.frames import COMPARED, EDGES, TRAFFIC
from workbench.flows.statuses import Status
from workbench.ground import (
    FEW_ROWS,
    NO_PORTS,
    PROTOCOLS,
    TEXTS,
    AddressSet,
    FirstRows,
    PortSet,
    Result,
    Table,
    addresses_named,
    first_rows,
    one_line,
)

if TYPE_CHECKING:
    from workbench.connectivity import Connection, Connectivity, EdgeVerdict, IpRanges, Peer
    from workbench.flows.flows import Flows

__all__ = [
    "Comparison",
    "Judgement",
    "SeenEdge",
    "Status",
    "UsedConnection",
    "compare",
    "compared",
    "judge",
    "judge_edges",
    "used_connections",
]

NOWHERE: Final = AddressSet()
ON_OWN_NODE: Final = "traffic between a pod and its own node is allowed whatever policies say"
_OWN_NODE: Final = frozenset({"probe", "own-node"})
"""Marks of such edges."""
_OF_EDGE: Final = (
    *("src", "dst", "src_kind", "dst_kind", "src_namespace", "dst_namespace"),
    *("flows", "flows_denied", "first_seen", "last_seen"),
)
"""What the row of an edge has in common with it."""
_UNSEEN: Final[Mapping[str, object]] = MappingProxyType(
    {
        one.name: () if one.holds == TEXTS else 0 if one.dtype == "int64" else None if one.nullable else ""
        for one in EDGES.columns
    }
)
"""What edges say of what was not seen."""


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


class SeenEdge(NamedTuple):
    """An edge that was seen, beside what is allowed.

    Attributes
    ----------
    row : mapping
        Of `Flows.edges`.
    ports : PortSet or None
        Its port; None for what has none.
    status : Status
    used : PortSet
        Its port, if it was seen to pass and perhaps is allowed.
    decided_by : tuple of str
        The policies that decide, as ``Kind namespace/name``.
    reason : str
        Why that is not certain, or what else there is to know.
    """

    row: Mapping[Any, Any]
    ports: PortSet | None
    status: Status = Status.UNKNOWN
    used: PortSet = NO_PORTS
    decided_by: tuple[str, ...] = ()
    reason: str = ""


class Judgement(NamedTuple):
    """How each edge that was seen stands to what is allowed.

    Attributes
    ----------
    seen : tuple of SeenEdge
        In the order of `Flows.edges`. Of the addresses of a block with a name, policies may say different things: there
        is one for each.
    usage : object
        What `used` answers of.
    """

    seen: tuple[SeenEdge, ...]
    usage: _Usage

    def used(self, connection: Connection) -> PortSet:
        """Return the ports of an allowed connection that were seen in use.

        Parameters
        ----------
        connection : Connection
        """
        return self.usage.of(connection)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each edge that was seen; columns as in `frames.TRAFFIC`."""
        return _frame(({**one.row, **_row(one)} for one in self.seen), TRAFFIC)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """What is allowed compared with what was seen. Made by `compare`; all frames have the columns of `frames.COMPARED`.

    Attributes
    ----------
    frame : DataFrame
        One row per edge that was seen, and per connection that is allowed and was never used.
    """

    _columns = ("status", "src", "dst", "ports", "flows", "decided_by", "reason")
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
        """Return all rows, whatever their status; columns as in `frames.COMPARED`."""
        return self.frame

    @property
    def active(self) -> pd.DataFrame:
        """What is allowed and was seen; columns as in `frames.COMPARED`."""
        return self._of(Status.ACTIVE)

    @property
    def unused(self) -> pd.DataFrame:
        """What is allowed and was never seen: candidates for tighter policies; columns as in `frames.COMPARED`."""
        return self._of(Status.UNUSED)

    @property
    def not_allowed(self) -> pd.DataFrame:
        """What was seen to pass although these policies deny it.

        Columns as in `frames.COMPARED`; ``decided_by`` names the policies that deny it.
        """
        return self._of(Status.NOT_ALLOWED)

    @property
    def denied(self) -> pd.DataFrame:
        """What was seen to be denied and is denied by these policies; columns as in `frames.COMPARED`."""
        return self._of(Status.DENIED)

    @property
    def denied_though_allowed(self) -> pd.DataFrame:
        """What was seen to be denied although these policies allow it; columns as in `frames.COMPARED`."""
        return self._of(Status.DENIED_THOUGH_ALLOWED)

    @property
    def unknown(self) -> pd.DataFrame:
        """What was seen and policies cannot be asked about: ends are not known, or the protocol has no ports.

        Columns as in `frames.COMPARED`.
        """
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

    Raises
    ------
    TypeError
        If they are something else, or the other way round.
    """
    _check_kinds(allowed, flows)
    judgement = judge(allowed, flows)
    return Comparison(compared(allowed, judgement, allowed.connections(), COMPARED), (allowed,))


def compared(
    allowed: Connectivity, judgement: Judgement, connections: Iterable[Connection], table: Table
) -> pd.DataFrame:
    """Return a row for each edge that was seen, and for each connection of which something was not.

    Parameters
    ----------
    allowed : Connectivity
    judgement : Judgement
    connections : iterable of Connection
        Those of `allowed` that rows may be about.
    table : Table
        `frames.COMPARED`, or more of `frames.EDGES` besides.
    """
    never_used = ({**_UNSEEN, **row} for row in _never_used(allowed, connections, judgement))
    seen = ({**one.row, **_row(one)} for one in judgement.seen)
    return _frame(chain(never_used, seen), table)


def _frame(rows: Iterable[dict[Any, Any]], table: Table) -> pd.DataFrame:
    told = ({**row, "meaning": Status(row["status"]).meaning} for row in rows)
    frame = table.from_rows([row[name] for name in table.names] for row in told)
    return frame.sort_values(["src", "dst", "ports", "status"], ignore_index=True)


def _check_kinds(allowed: object, flows: object) -> None:
    from workbench.connectivity import Connectivity  # noqa: PLC0415  (many who ask about flows do without it)
    from workbench.flows.flows import Flows  # noqa: PLC0415

    if not isinstance(allowed, Connectivity) or not isinstance(flows, Flows):
        message = (
            "compare takes a Connectivity and Flows: write compare(evaluate(cluster), flows), "
            f"not {type(allowed).__name__} and {type(flows).__name__}"
        )
        raise TypeError(message)


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
    judgement = judge(allowed, flows)
    return [UsedConnection(*connection, judgement.used(connection)) for connection in allowed.connections(ip_ranges)]


def judge(allowed: Connectivity, flows: Flows) -> Judgement:
    """Return how each edge that was seen stands to what is allowed, and what is in use of that.

    Unlike `compare`, this lists nothing of what was never used, of which there may be much.

    Parameters
    ----------
    allowed : Connectivity
    flows : Flows
        Attributed to the same cluster.
    """
    return judge_edges(allowed, flows.located_edges())


def judge_edges(allowed: Connectivity, edges: pd.DataFrame) -> Judgement:
    """Return how some edges that were seen stand to what is allowed, as `judge` does for all.

    Parameters
    ----------
    allowed : Connectivity
    edges : DataFrame
        Rows of `Flows.located_edges`.
    """
    rows = [row for row in edges.to_dict("records") if _in_focus(allowed, row)]
    asked = [row for row in rows if _ports(row) is not None and not _OWN_NODE & set(row["marks"])]
    verdicts = iter(allowed.verdicts(_edge(row) for row in asked))
    usage = _Usage()
    seen = []
    for row in rows:
        one = _judged(row, verdicts)
        seen.append(one)
        if one.used:
            usage.add(str(row["src"]), str(row["dst"]), one.used)
    in_blocks = bool((edges[list(BLOCKS)] != "").to_numpy().any())
    return Judgement(_named(seen) if in_blocks else tuple(seen), usage)


def _named(seen: Iterable[SeenEdge]) -> tuple[SeenEdge, ...]:
    """Return edges whose ends in blocks have the blocks' names; what is the same then is one edge."""
    found: dict[tuple[object, ...], list[SeenEdge]] = {}
    for one in seen:
        names = tuple(str(one.row[block] or one.row[end]) for end, block in zip(SHORT, BLOCKS, strict=True))
        port = None if pd.isna(one.row["port"]) else int(one.row["port"])
        key = (*names, one.row["protocol"], port, one.row["cluster"], one.status, one.decided_by, one.reason)
        found.setdefault(key, []).append(one)
    return tuple(sorted(map(_merged, found.values()), key=_place))


def _place(one: SeenEdge) -> tuple[object, ...]:
    port = one.row["port"]
    return (*(one.row[name] for name in EDGE_KEY[:-1]), pd.isna(port), 0 if pd.isna(port) else int(port))


def _merged(seen: Sequence[SeenEdge]) -> SeenEdge:
    first = seen[0]
    if not any(first.row[block] for block in BLOCKS):
        return first
    rows = [one.row for one in seen]
    named = {end: first.row[block] or first.row[end] for end, block in zip(SHORT, BLOCKS, strict=True)}
    merged = {**first.row, **(merged_cells(rows) if len(rows) > 1 else {}), **named}
    return first._replace(row=merged, used=PortSet.union_of(one.used for one in seen))


def _in_focus(allowed: Connectivity, edge: Mapping[Any, Any]) -> bool:
    ports = _ports(edge)
    port = None if ports is None else int(edge["port"])
    return allowed.in_focus(str(edge["src"]), str(edge["dst"]), port, str(edge["protocol"]))


def _edge(edge: Mapping[Any, Any]) -> tuple[str, str, int, str]:
    return str(edge["src"]), str(edge["dst"]), int(edge["port"]), str(edge["protocol"])


def _judged(edge: Mapping[Any, Any], verdicts: Iterator[EdgeVerdict]) -> SeenEdge:
    """Return an edge that was seen, with its ports as those in use if it was seen to pass.

    Parameters
    ----------
    edge : mapping
    verdicts : iterator of EdgeVerdict
        Of the edges from this one on about which policies have a say.
    """
    ports = _ports(edge)
    if ports is None:
        return SeenEdge(edge, ports, reason=f"no policy applies to {edge['protocol']} without a port")
    passed = edge["flows"] > edge["flows_denied"]
    used = ports if passed else NO_PORTS
    if _OWN_NODE & set(edge["marks"]):
        return SeenEdge(edge, ports, Status.ACTIVE if passed else Status.UNKNOWN, used, reason=ON_OWN_NODE)
    return _judged_by(next(verdicts), edge, ports, used)


def _judged_by(found: EdgeVerdict, edge: Mapping[Any, Any], ports: PortSet, used: PortSet) -> SeenEdge:
    """Return an edge that was seen beside the verdict about it."""
    verdict, deciding, reason = found
    if verdict is None:
        return SeenEdge(edge, ports, reason=reason)
    if reason:  # it is allowed in part, or kept apart by what has finished, which was there when it was seen
        return SeenEdge(edge, ports, Status.UNKNOWN, used, deciding, reason)
    if verdict == "allowed":
        status = Status.DENIED_THOUGH_ALLOWED if edge["flows_denied"] > 0 else Status.ACTIVE
        return SeenEdge(edge, ports, status, used, deciding)
    if edge["flows_uncertain"] >= edge["flows"]:
        reason = "which end is the client is not certain"
        return SeenEdge(edge, ports, decided_by=deciding, reason=reason)
    return SeenEdge(edge, ports, Status.NOT_ALLOWED if used else Status.DENIED, decided_by=deciding)


def _row(one: SeenEdge) -> dict[str, Any]:
    return {
        "status": one.status.value,
        **{name: one.row[name] for name in _OF_EDGE},
        "ports": str(one.row["protocol"]) if one.ports is None else str(one.ports),
        "intervals": () if one.ports is None else one.ports.intervals,
        "decided_by": one.decided_by,
        "reason": one.reason,
    }


def _ports(edge: Mapping[Any, Any]) -> PortSet | None:
    if edge["protocol"] not in PROTOCOLS or pd.isna(edge["port"]) or not edge["port"]:
        return None
    return PortSet.of(str(edge["protocol"]), int(edge["port"]))


def _never_used(
    allowed: Connectivity, connections: Iterable[Connection], judgement: Judgement
) -> Iterator[dict[str, Any]]:
    """Yield the rows of those of some connections, or of their ports, that were not seen to be used."""
    unused = [
        (connection._replace(ports=left) if used else connection, used)
        for connection in connections
        for used in (judgement.used(connection),)
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
            "intervals": connection.ports.intervals,
            "flows": 0,
            "flows_denied": 0,
            "first_seen": None,
            "last_seen": None,
            "decided_by": tuple(policies),
            "reason": "some of its ports are used" if ports else "",
        }
