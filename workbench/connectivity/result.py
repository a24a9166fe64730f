"""The answer to "which workloads may connect to which": all pairs as a frame, a graph or text, or a part of them."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from workbench.connectivity.crowds import NOTHING_APART, Crowds, crowds_of
from workbench.connectivity.edges import Connection, edges_frame
from workbench.connectivity.engine import IpRanges, Peer
from workbench.connectivity.exposure.answer import Exposure
from workbench.connectivity.exposure.lines import expose_all
from workbench.connectivity.exposure.standing import Standing, standings
from workbench.connectivity.focus import EVERYTHING, Focus
from workbench.connectivity.focused import FocusedConnections
from workbench.connectivity.frames import CONNECTIONS
from workbench.connectivity.ingress_controller import ingress_problems
from workbench.connectivity.pair_questions import PairQuestions
from workbench.connectivity.policy_change import PolicyChange
from workbench.connectivity.reach_questions import ReachQuestions
from workbench.connectivity.trace.arguments import EndNames
from workbench.connectivity.trace.pod_blocks import nodes_in_blocks, pods_in_blocks
from workbench.connectivity.trace.query_ends import ON_OWN_NODE
from workbench.ground import (
    ANSWER_FORMATS,
    FEW_ROWS,
    BinaryFormat,
    FirstRows,
    PortSet,
    Problem,
    TextFormat,
    count_of,
    first_rows,
)
from workbench.inventory import Cluster
from workbench.policy import LeftOut, Policy

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["MANY_PAIRS", "Connectivity", "pairs_text"]

MANY_PAIRS = 100_000
"""Pairs of workloads beyond which a notebook shows those of the first workloads: a frame of all would take long."""
_AT_ONCE = 256
"""So many workloads are asked about at once, where it is enough to know of each whether there is anything."""


class Connectivity(PairQuestions, ReachQuestions):
    """Which workloads may connect to which in a cluster, exactly. Made by `evaluate`.

    Parameters
    ----------
    engine : Engine
    services : ServiceDirectory
        The Services that questions may name.
    origin : Origin
        The cluster that it was made of.
    """

    _written_as = "map"
    _columns = ("src", "src_shape", "dst", "dst_shape", "protocol", "ports")

    def _facts(self) -> Iterator[str]:
        classes = len(np.unique(self._engine.workloads.class_of))
        workloads = count_of(len(self._engine.workloads.peers), "workload")
        yield f"{workloads} in {classes:,} {'class' if classes == 1 else 'classes'}"
        yield count_of(len(self._engine.policies) - len(self._engine.removed), "policy")
        if self.scope != EVERYTHING:
            yield "in focus"

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that this is the connectivity of, with the policies that were added and removed since."""
        return self._origin.as_changed()

    @cached_property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, then what its policies and Ingresses ask for and nothing can meet.

        Also where policies of one priority contradict each other, or answers depend on the network plugin.
        """
        unmet = (problem for _, problem in self._engine.problems)
        return (
            *self._origin.problems(self._engine.semantics),
            *self._engine.target_problems,
            *unmet,
            *self._engine.overlaps,
            *ingress_problems(self._engine),
            *self._in_blocks,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what the rows of the map do not show, such as traffic of pods with their own node."""
        found = [f"{one.object} {one.field}: {one.message}. {one.remedy}" for one in self._in_blocks]
        if self._engine.semantics.node_traffic and len(self._engine.policies) > len(self._engine.removed):
            found.insert(0, f"{ON_OWN_NODE}: the map has no lines for it.")
        if self._engine.semantics.unknown_fields == "refuse" and (note := self._tracer.unevaluated.note):
            found.append(note)
        return tuple(found)

    @cached_property
    def _in_blocks(self) -> tuple[Problem, ...]:
        return (*pods_in_blocks(self._engine), *nodes_in_blocks(self._engine))

    @property
    def unevaluated(self) -> tuple[LeftOut, ...]:
        """The policies about pods here that no answer takes into account: of other kinds, or with errors."""
        return tuple(left for left, _ in self._tracer.unevaluated.policies)

    def _first_rows(self) -> FirstRows:
        count = self.count()
        if count <= MANY_PAIRS:
            return super()._first_rows()
        found = self.head(FEW_ROWS)
        return first_rows(found, self._columns, counted=(len(found), None))._replace(remark=pairs_text(count))

    def head(self, most: int = FEW_ROWS) -> pd.DataFrame:
        """Return a few rows of `to_frame`; of a large map, of the first workloads that may send, without the others.

        Parameters
        ----------
        most : int, optional

        Returns
        -------
        DataFrame
            Columns as in `frames.CONNECTIONS`.
        """
        if self.count() <= MANY_PAIRS:
            return self.to_frame().head(most)
        import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

        peers, start, step = self._engine.workloads.peers, 0, 1
        found: list[pd.DataFrame] = []
        while start < len(peers) and sum(map(len, found)) < most:
            found.append(self.to_frame(src=peers[start : start + step]))
            start, step = start + step, min(2 * step, _AT_ONCE)
        return CONNECTIONS.from_columns(pd.concat(found).head(most))

    def focus(
        self,
        workloads: EndNames | Focus = (),
        *,
        peers: EndNames = (),
        direction: Literal["ingress", "egress"] | None = None,
        conn: str | PortSet | None = None,
    ) -> Connectivity:
        """Return the same connectivity, whose answers keep to a part of it.

        A `query` about anything else is refused; so are questions about the whole of a map: `reach`, `paths`,
        `blast_radius`, `diff`, and what is true of policies.

        Parameters
        ----------
        workloads : str, iterable of str, or Focus
            Keep to connections of these workloads; a name that means several chooses all of them.
        peers : str or iterable of str
            Keep to connections whose other end is one of these.
        direction : {"ingress", "egress"}, optional
            Keep to connections that end at `workloads`, or begin there.
        conn : str or PortSet, optional
            Keep to these ports: ``tcp-80``, or a set.

        Raises
        ------
        LookupError
            If a name means no workload.
        ArgumentError
            As `Focus` raises it.
        """
        focus = workloads
        if not isinstance(focus, Focus):
            focus = Focus.of(focus, peers=peers, direction=direction, conn=conn)
        for names in (focus.workloads, focus.peers):
            self._tracer.ends.workloads(names)
        return self._focusing(focus)

    def _focusing(self, focus: Focus) -> Connectivity:
        found = copy(self)
        found._focused = FocusedConnections(self._tracer, focus)  # noqa: SLF001  (a copy of this)
        return found

    def workloads_named(self, names: EndNames = ()) -> list[Peer]:
        """Return the workloads that `names` mean, without names that are not known; without names, all workloads."""
        return self._focused.workloads_named(names)

    def peers(self, ip_ranges: IpRanges = "merged") -> list[Peer]:
        """Return all workload peers, then the peers outside that occur in connections; each sorted by name.

        Peers outside are external ranges and the ingress controller. In a focus on some workloads: these,
        and those that they have connections with; in the reference's reading all peers in focus, too.
        """
        return self._focused.peers(ip_ranges)

    def connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        """Return every allowed connection, sorted by the source's name, then the destination's."""
        return self._focused.connections(ip_ranges)

    def count(self) -> int:
        """Return the number of pairs, source and destination, of which any port is allowed, loops included."""
        return self._focused.count()

    def crowds(self, apart: Mapping[Peer, Hashable] = NOTHING_APART) -> Crowds:
        """Return the workloads of each namespace that policies treat alike, and what may go between such crowds.

        However many connections there are, these are few, and say how many they stand for. What is outside the
        cluster is in no crowd: `outside_connections` has it.

        Parameters
        ----------
        apart : mapping of Peer to Hashable
            Workloads with different values share no crowd.
        """
        self._check_whole("crowds")
        return crowds_of(self._engine, apart)

    def outside_connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        """Return every allowed connection from or to what is outside, as `connections` lists them."""
        return self._focused.connections(ip_ranges, pods=False)

    def standings(self, names: Container[str] | None = None) -> list[Standing]:
        """Return what is known of each workload: its labels, and in which directions policies have a say.

        Parameters
        ----------
        names : container of str, optional
            Keep to the workloads that the map calls so.
        """
        return standings(self._engine, self._tracer.evaluator, names)

    def connected(self, names: Iterable[str]) -> frozenset[str]:
        """Return those of some workloads that have any connection.

        Parameters
        ----------
        names : iterable of str
            As the map calls them; those that it does not know have none.
        """
        asked = [name for name in dict.fromkeys(names) if self._focused.endpoints.knows(name)]
        found: set[str] = set()
        if len(asked) > _AT_ONCE and self._focused.scope == EVERYTHING:
            # Who talks to others is counted without a list of their connections, of which there may be millions.
            radius = self.blast_radius()
            found.update(radius.loc[radius["direct"] > 1, "workload"].astype("str"))
            found.intersection_update(asked)
        rest = [name for name in asked if name not in found]
        for first in range(0, len(rest), _AT_ONCE):
            some = tuple(rest[first : first + _AT_ONCE])
            edges = self.focus(Focus(some))._focused.edges("merged")  # noqa: SLF001  (of its own class)
            ends = np.unique(np.concatenate([edges.src, edges.dst])).tolist()
            found.update({edges.peers[end].name for end in ends}.intersection(some))
        return frozenset(found)

    def with_policies(
        self, add: Cluster | Policy | Iterable[Policy] = (), remove: str | Policy | Iterable[str | Policy] = ()
    ) -> Connectivity:
        """Return the connectivity with some policies added and others removed; only what changes is computed.

        Parameters
        ----------
        add : Cluster, Policy, or iterable of Policy
            Policies, or a cluster that holds them. A policy takes the place of one with the same kind, namespace
            and name; of several such, the last counts.
        remove : str, Policy, or iterable of such
            Policies as ``Kind namespace/name`` (or ``Kind name``), as `Policy.ref` gives them.

        Raises
        ------
        LookupError
            If a policy to be removed is not there.
        TypeError
            If what is to be added or removed is not a policy; the message says what to write.
        """
        change = PolicyChange.of(self._engine, add, remove)
        engine, services = change.applied(self._engine), self._tracer.services
        found = Connectivity(engine, services, self._origin.changed(change), self._tracer.ends)
        return found._focusing(self.scope)

    def to_frame(
        self,
        *,
        src: EndNames | None = None,
        dst: EndNames | None = None,
        ip_ranges: IpRanges = "merged",
    ) -> pd.DataFrame:
        """Return every allowed connection, one row per source, destination and protocol.

        Parameters
        ----------
        src, dst : str or iterable of str, optional
            Keep to connections from, or to, these workloads (names as `query` takes them); `src` also
            from the ingress controller.
        ip_ranges : {"merged", "split"}
            Whether touching external ranges with equal connections are one row.

        Returns
        -------
        DataFrame
            Columns as in `frames.CONNECTIONS`, sorted by source, destination and protocol.

        Raises
        ------
        ArgumentError
            If there are more than 30 million rows.
        """
        ends = self._tracer.ends
        edges = self._focused.edges(ip_ranges, ends.workloads(src), ends.workloads(dst))
        return edges_frame(edges, self._engine.masks, self.scope.ports)

    def to_networkx(self, ip_ranges: IpRanges = "merged") -> nx.DiGraph[str]:
        """Return a graph with a node per peer and an edge per allowed connection.

        Nodes are peer names with attributes ``kind``, ``namespace`` and ``name``; edges have
        ``ports`` (PortSet) and ``label`` (text). Workloads without connections are nodes, too.
        """
        import networkx as nx  # noqa: PLC0415  (half a second, for those who ask for a graph)

        graph: nx.DiGraph[str] = nx.DiGraph()
        for peer in self.peers(ip_ranges):
            graph.add_node(peer.name, kind=peer.kind, namespace=peer.namespace, name=peer.workload)
        for src, dst, ports in self.connections(ip_ranges):
            graph.add_edge(src.name, dst.name, ports=ports, label=str(ports))
        return graph

    def exposure(self, *, ip_ranges: IpRanges = "merged", explain: bool = False) -> Exposure:
        """Return what outside the manifests workloads are exposed to: addresses, and pods that may be deployed later.

        Every line says, too, which policies and rules open it: in its frame and in `Exposure.lines`.

        Parameters
        ----------
        ip_ranges : {"merged", "split"}
            Whether touching external ranges with equal connections are one line.
        explain : bool
            Whether the formats write these reasons beside each line.
        """
        lines, unprotected = expose_all(self._tracer, self.scope, self._focused.filters(ip_ranges))
        return Exposure(self, tuple(lines), tuple(unprotected), ip_ranges, explain)

    @overload
    def render(self, name: TextFormat = "txt", ip_ranges: IpRanges = "merged") -> str: ...
    @overload
    def render(self, name: BinaryFormat, ip_ranges: IpRanges = "merged") -> bytes: ...
    @overload
    def render(self, name: str, ip_ranges: IpRanges = "merged") -> str | bytes: ...
    def render(self, name: str = "txt", ip_ranges: IpRanges = "merged") -> str | bytes:
        """Return the map in the format called `name`: bytes where the format is binary, else text.

        Parameters
        ----------
        name : str, optional
            One of ``ANSWER_FORMATS.names("map")``.
        ip_ranges : {"merged", "split"}
            Join address ranges that touch and have equal connections, or keep the reference tool's
            cluster-wide split (semantics 8).

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        return ANSWER_FORMATS.render(self._written_as, name, self, ip_ranges)


def pairs_text(count: int) -> str:
    """Return how many pairs of workloads there are in a map too large to be shown."""
    return f"{count:,} pairs of workloads may talk"
