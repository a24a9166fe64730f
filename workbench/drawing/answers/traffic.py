"""What is allowed beside what was seen, as one graph: each connection in the style of how one stands to the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pandas as pd

from workbench.drawing.answers.traffic_ends import TrafficEnds
from workbench.drawing.answers.traffic_styles import TRAFFIC, Traffic
from workbench.drawing.graph import NO_FACTS, Edge, EdgeKey, Facts, Graph, GraphNode
from workbench.drawing.labels import PortLines
from workbench.flows import Status
from workbench.ground import ALL_PORTS, NO_PORTS, PortSet, Problem, count_of, gc_paused

if TYPE_CHECKING:
    from workbench.connectivity import Connection, Connectivity, CrowdConnection
    from workbench.flows import Flows, Judgement, SeenEdge

__all__ = ["MOST_EACH", "traffic_graph"]

MOST_EACH: Final = 200_000
"""Connections between workloads beyond which those that policies treat alike are one node."""
WOULD_DENY: Final = "would_deny"
IN_NO_BASELINE: Final = "in no baseline"
EdgeRowKey: TypeAlias = tuple[Any, ...]
IsAnomalous: TypeAlias = Callable[[Mapping[Any, Any]], bool]
_KEY: Final = ("src", "dst", "protocol", "port", "src_namespace", "dst_namespace", "cluster")


def traffic_graph(  # noqa: PLR0913  (each is asked for by itself)
    connectivity: Connectivity,
    flows: Flows | None = None,
    *,
    marks: Callable[[GraphNode], Hashable] | None = None,
    problems: Iterable[Problem] = (),
    most_each: int = MOST_EACH,
    judgement: Judgement | None = None,
    is_anomalous: IsAnomalous | None = None,
) -> Graph:
    """Return what is allowed beside what was seen.

    There is one edge for each pair of ends and style. A pair of workloads that was seen on some of its allowed ports is
    active. Of an allowed range of addresses, those that were seen are nodes of their own, and the range stands for the
    others. Facts of an edge tell counts, times, recordings and policies.

    Parameters
    ----------
    connectivity : Connectivity
    flows : Flows, optional
        Attributed to the same cluster; without them, what is allowed is drawn alone.
    marks : callable, optional
        Given a node, returns what filters see of it: workloads with different marks are never one node.
    problems : iterable of Problem
        Counted at the workloads whose objects have them.
    most_each : int
        With more connections between workloads than that, those of a namespace that policies treat alike are one
        node, whose edges say how many they stand for.
    judgement : Judgement, optional
        What `judge` said of these flows; without it, it is asked.
    is_anomalous : callable, optional
        Given a row of `Flows.edges`, says whether it is in no baseline. What is allowed and anomalous has a style of
        its own; what is worse by itself, such as denied, keeps its style, and says so in its facts. Workloads count
        both.
    """
    sources = {} if flows is None else _sources(flows)
    if judgement is None and flows is not None:
        judgement = _judged(connectivity, flows)
    with gc_paused():  # else the collector walks all of a large graph again for every few edges
        standings, crowded = connectivity.standings(), connectivity.count() > most_each
        allowed = connectivity.outside_connections() if crowded else connectivity.connections()
        ends = TrafficEnds(standings, allowed, problems)
        traffic = _Traffic(ends, judgement, is_anomalous)
        if crowded:
            crowds = connectivity.crowds({} if marks is None else ends.apart(standings, marks))
            traffic.add_crowds(crowds.connections, ends.gather(crowds))
        traffic.add_allowed(allowed)
        traffic.add_seen()
        edges = list(traffic.edges())
    facts = _Facts(connectivity, traffic, sources)
    namespaces = {one.peer.namespace for one in standings}
    size = f"{count_of(len(standings), 'workload')} in {count_of(len(namespaces), 'namespace')}"
    noun = "allowed connection" if flows is None else "connection"
    counted = count_of(sum(edge.number for edge in edges), noun)
    used = {end for edge in edges for end in edge[:2]}
    odd = traffic.anomalies()
    nodes = {
        key: replace(node, badges=replace(node.badges, anomalies=odd[key])) if key in odd else node
        for key, node in ends.nodes.items()
        if node.group.framed or key in used
    }
    return Graph(nodes, edges, TRAFFIC, noun, f"{size}, {counted}.", facts)


def _judged(connectivity: Connectivity, flows: Flows) -> Judgement:
    from workbench.flows import judge  # noqa: PLC0415  (ibis takes its time)

    return judge(connectivity, flows)


def _style(one: SeenEdge, *, is_odd: bool) -> Traffic:
    if is_odd and one.status is Status.ACTIVE:
        return Traffic.ANOMALOUS
    verdicts = one.row["verdicts"]
    if (
        WOULD_DENY in verdicts
        and "denied" not in verdicts
        and one.status in {Status.DENIED, Status.DENIED_THOUGH_ALLOWED}
    ):
        return Traffic.WOULD_BE_DENIED
    return Traffic(one.status.value)


@dataclass(slots=True)
class _Tally:
    """What is one edge.

    Attributes
    ----------
    ports, used : PortSet
        What it is about, and what of that was seen.
    number : int
        How many connections it stands for.
    rows : list of SeenEdge
        What was seen of it.
    allowed : list of Connection
        What is allowed of it, where it stands for workloads one by one.
    """

    ports: PortSet = NO_PORTS
    used: PortSet = NO_PORTS
    number: int = 0
    rows: list[SeenEdge] = field(default_factory=list)
    allowed: list[Connection] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """How many connections were seen; rows where no source counts them."""
        return sum(_counted(one.row["connections"]) or int(one.row["flows"]) for one in self.rows)


class _Traffic:
    """The edges between some ends, tallied.

    Parameters
    ----------
    ends : TrafficEnds
    judgement : Judgement or None
        What was seen.
    is_anomalous : callable, optional
        As of `traffic_graph`.
    """

    def __init__(self, ends: TrafficEnds, judgement: Judgement | None, is_anomalous: IsAnomalous | None = None) -> None:
        self._ends = ends
        self._judgement = judgement
        self.is_anomalous = is_anomalous or _never
        self.tallies: defaultdict[EdgeKey, _Tally] = defaultdict(_Tally)
        self._active: defaultdict[tuple[str, str], list[SeenEdge]] = defaultdict(list)
        self._others: list[SeenEdge] = []
        self._odd: list[SeenEdge] = []
        self._odd_ports: dict[tuple[str, str], PortSet] = {}
        for one in () if judgement is None else judgement.seen:
            src, dst = str(one.row["src"]), str(one.row["dst"])
            inside = ends.peers_called(src) and ends.peers_called(dst)
            is_odd = self.is_anomalous(one.row)
            if is_odd:
                self._odd.append(one)
            if is_odd and one.status is Status.ACTIVE:
                self._odd_ports[src, dst] = self._odd_ports.get((src, dst), NO_PORTS) | one.used
            if one.status is Status.ACTIVE and inside and not is_odd:
                self._active[src, dst].append(one)
            else:
                self._others.append(one)

    def add_allowed(self, connections: Iterable[Connection]) -> None:
        """Add what is allowed, as it was used."""
        for one in connections:
            src, dst = self._ends.of_peer(one.src, sends=True), self._ends.of_peer(one.dst, sends=False)
            if self._judgement is None:
                self._add(src, dst, Traffic.ALLOWED, one)
                continue
            used = self._judgement.used(one)
            ends = one.src.name.removesuffix(one.src.shape), one.dst.name.removesuffix(one.dst.shape)
            rows = [row for row in self._active.get(ends, ()) if row.used & one.ports]
            if rows:
                tally = self._add(src, dst, Traffic.ACTIVE, one)
                tally.used |= used - self._odd_ports.get(ends, NO_PORTS)
                tally.rows += rows
            elif not used:
                self._add(src, dst, Traffic.UNUSED, one)
            elif left := one.ports - used:
                self._add(src, dst, Traffic.UNUSED, one._replace(ports=left))

    def _add(self, src: str, dst: str, style: Traffic, one: Connection) -> _Tally:
        tally = self.tallies[src, dst, style]
        tally.ports |= one.ports
        tally.number += 1
        tally.allowed.append(one)
        return tally

    def add_crowds(self, connections: Iterable[CrowdConnection], ids: Sequence[str]) -> None:
        """Add what is allowed between crowds: the pairs that were seen, and all the others."""
        allowed = {(ids[one.src], ids[one.dst]): one for one in connections}
        seen: Counter[tuple[str, str]] = Counter()
        for names, rows in self._active.items():
            for pair in self._pairs(*names):
                one = allowed.get(pair)
                fitting = [row for row in rows if one is not None and row.used & one.ports]
                if one is None or not fitting or seen[pair] == one.number:
                    continue
                seen[pair] += 1
                tally = self.tallies[*pair, Traffic.ACTIVE]
                tally.ports, tally.number = one.ports, tally.number + 1
                tally.used |= PortSet.union_of(row.used for row in fitting)
                tally.rows += fitting
        for pair in {pair for names in self._odd_ports.keys() - self._active.keys() for pair in self._pairs(*names)}:
            if pair in allowed:
                seen[pair] += 1
        style = Traffic.ALLOWED if self._judgement is None else Traffic.UNUSED
        for pair, one in allowed.items():
            if (left := one.number - seen[pair]) > 0:
                self.tallies[*pair, style] = _Tally(one.ports, number=left)

    def _pairs(self, src: str, dst: str) -> Iterator[tuple[str, str]]:
        for one in self._ends.peers_called(src):
            for other in self._ends.peers_called(dst):
                yield self._ends.of_peer(one, sends=True), self._ends.of_peer(other, sends=False)

    def add_seen(self) -> None:
        """Add what was seen and is no pair of workloads in use as the map has it: one for each pair of ends."""
        drawn = {id(row) for tally in self.tallies.values() for row in tally.rows}
        rest = [row for rows in self._active.values() for row in rows if id(row) not in drawn]
        pairs: defaultdict[EdgeKey, set[tuple[str, str]]] = defaultdict(set)
        for one in (*self._others, *rest):
            src, dst = self._ends.of_row(one.row, "src"), self._ends.of_row(one.row, "dst")
            key: EdgeKey = (src, dst, _style(one, is_odd=self.is_anomalous(one.row)))
            tally = self.tallies[key]
            tally.rows.append(one)
            tally.ports |= one.ports or NO_PORTS
            pairs[key].add((str(one.row["src"]), str(one.row["dst"])))
        for pair, found in pairs.items():
            self.tallies[pair].number += len(found)

    def anomalies(self) -> Counter[str]:
        """Return how many edges at each workload are in no baseline, by the ids of their nodes."""
        ends = Counter(self._ends.of_row(one.row, side) for one in self._odd for side in ("src", "dst"))
        return Counter({key: number for key, number in ends.items() if self._ends.nodes[key].group.framed})

    def edges(self) -> Iterator[Edge]:
        """Yield an edge for each tally."""
        texts = PortLines()
        for (src, dst, style), tally in self.tallies.items():
            label = texts[tally.ports]
            if tally.used and tally.used != tally.ports:
                used = texts[tally.used]
                label = (*used[:-1], f"{used[-1]} of {label[0]}", *label[1:])
            elif not label:
                label = tuple(sorted({str(one.row["protocol"]) for one in tally.rows}))
            wide = tally.ports == ALL_PORTS
            yield Edge(src, dst, label, style, wide, tally.weight, tally.ports, tally.number)


def _never(_row: Mapping[Any, Any]) -> bool:
    return False


def _counted(cell: Any) -> int:  # noqa: ANN401  (a number, or what pandas has for none)
    return 0 if pd.isna(cell) else int(cell)


def _sources(flows: Flows) -> dict[EdgeRowKey, tuple[str, ...]]:
    """Return in which formats of recordings each edge was seen; under no key, the only one."""
    formats = sorted(set(flows.summary()["source_format"]))
    if len(formats) == 1:
        return {(): (formats[0],)}
    found: defaultdict[EdgeRowKey, list[str]] = defaultdict(list)
    for name in formats:
        for row in flows.where(source_format=name).edges().to_dict("records"):
            found[tuple(map(str, (row[key] for key in _KEY)))].append(name)
    return {key: tuple(names) for key, names in found.items()}


class _Facts(Mapping[EdgeKey, Facts]):
    """The facts of all edges, each made when it is asked for.

    Parameters
    ----------
    connectivity : Connectivity
        Which tells the policies of what was never seen.
    traffic : _Traffic
    sources : mapping
        As of `_sources`.
    """

    def __init__(
        self, connectivity: Connectivity, traffic: _Traffic, sources: Mapping[EdgeRowKey, tuple[str, ...]]
    ) -> None:
        self._connectivity = connectivity
        self._tallies: Mapping[EdgeKey, _Tally] = dict(traffic.tallies)
        self._sources = sources
        self._is_anomalous = traffic.is_anomalous
        self._known: dict[EdgeKey, Facts] = {}

    def __len__(self) -> int:
        return len(self._tallies)

    def __iter__(self) -> Iterator[EdgeKey]:
        return iter(self._tallies)

    def __getitem__(self, key: EdgeKey) -> Facts:
        if (known := self._known.get(key)) is not None:
            return known
        tally = self._tallies[key]
        found = self._seen(tally.rows) if tally.rows else NO_FACTS
        allowing = (ref for refs in self._connectivity.allowing(tally.allowed) for ref in refs)
        policies = tuple(dict.fromkeys((*found.policies, *allowing)))
        return self._known.setdefault(key, found._replace(policies=policies))

    def _seen(self, seen: Sequence[SeenEdge]) -> Facts:
        rows = [one.row for one in seen]
        firsts = [row["first_seen"] for row in rows if not pd.isna(row["first_seen"])]
        lasts = [row["last_seen"] for row in rows if not pd.isna(row["last_seen"])]
        keys = (tuple(map(str, (row[key] for key in _KEY))) for row in rows)
        sources = {name for key in keys for name in self._sources.get(key, self._sources.get((), ()))}
        return Facts(
            flows=sum(int(row["flows"]) for row in rows),
            connections=sum(_counted(row["connections"]) for row in rows),
            bytes=_both_ways(rows, "bytes", "reply_bytes"),
            packets=_both_ways(rows, "packets", "reply_packets"),
            first_seen=min(firsts, default=None),
            last_seen=max(lasts, default=None),
            sources=tuple(sorted(sources)),
            policies=tuple(dict.fromkeys(ref for one in seen for ref in one.decided_by)),
            protocols=tuple(sorted({str(one.row["protocol"]) for one in seen if one.ports is None})),
            reason="; ".join(dict.fromkeys(one for each in seen for one in self._remarks(each) if one)),
        )

    def _remarks(self, one: SeenEdge) -> tuple[str, str]:
        return one.reason, IN_NO_BASELINE if self._is_anomalous(one.row) else ""


def _both_ways(rows: Iterable[Mapping[Any, Any]], *names: str) -> int | None:
    known = [int(row[name]) for row in rows for name in names if not pd.isna(row[name])]
    return sum(known) if known else None
