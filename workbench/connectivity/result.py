"""The answer to "who may talk to whom": all pairs as a frame, a graph or text; one pair, and why."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Literal, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from workbench.connectivity.compile import Compiled
from workbench.connectivity.decisions import Decider
from workbench.connectivity.edges import collect_edges, edges_frame
from workbench.connectivity.ends import Ends
from workbench.connectivity.explanation import ExplainOnly, Explanation
from workbench.connectivity.exposed import Exposed
from workbench.connectivity.exposure import Exposure, ExposureLine
from workbench.connectivity.exposure_lines import expose, expose_addresses
from workbench.connectivity.focus import EVERYTHING_ASKED, Focus
from workbench.connectivity.formats import render
from workbench.connectivity.pairs import Chosen, IpRanges, Scope, count_pairs
from workbench.connectivity.peers import Peer, WorkloadPeers
from workbench.connectivity.query import Answer, Explainer
from workbench.connectivity.reasons import Inquiry, explain_pairs
from workbench.manifests.problems import Problem
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import ALL_PORTS, PROTOCOLS, PortSet
from workbench.policy.rules import Direction

__all__ = ["Connection", "Connectivity", "IpRanges", "Peer"]


class Connection(NamedTuple):
    """What one peer may send to another: never empty, never from a peer to itself."""

    src: Peer
    dst: Peer
    ports: PortSet


class Connectivity:
    """Who may talk to whom in a cluster, exactly. Made by `connectivity`.

    Parameters
    ----------
    compiled : Compiled
    families : frozenset of {4, 6}
        Address families of the external ranges that are listed.

    Attributes
    ----------
    asked : Focus
        What the maps, explanations and exposures of it are restricted to; see `focus`.
    """

    def __init__(self, compiled: Compiled, families: frozenset[int]) -> None:
        self._compiled = compiled
        self._families = families
        self.asked = EVERYTHING_ASKED
        self._workloads = WorkloadPeers.of(compiled.classes, compiled.sets, compiled.policies)
        self._ends = Ends(compiled, self._workloads)
        self._decider = Decider(compiled)
        self._explainer = Explainer(compiled, self._decider)

    def __repr__(self) -> str:
        """Return how much was computed."""
        return (
            f"Connectivity({len(self._workloads.peers)} workloads in {len(self._compiled.classes)} classes, "
            f"{len(self._compiled.policies)} policies)"
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What policies ask for and nothing in the cluster can meet."""
        return self._compiled.problems

    def focus(
        self,
        workloads: str | Iterable[str] | Focus = (),
        *,
        peers: str | Iterable[str] = (),
        direction: Literal["ingress", "egress"] | None = None,
        conn: str | PortSet | None = None,
    ) -> Connectivity:
        """Return the same connectivity, whose maps, explanations and exposures keep to a part of it.

        `query` and `count` still answer about everything.

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
        ValueError
            As `Focus` raises it.
        """
        focus = workloads
        if not isinstance(focus, Focus):
            focus = Focus.of(focus, peers=peers, direction=direction, conn=conn)
        for names in (focus.workloads, focus.peers):
            self._ends.choose(names)
        found = copy(self)
        found.asked = focus
        return found

    def peers(self, ip_ranges: IpRanges = "merged") -> list[Peer]:
        """Return all workload peers, then the external ranges that occur in connections; each sorted by name."""
        edges = collect_edges(self._compiled, self._workloads, *self._scopes(ip_ranges), pods=False)
        return [*self._workloads.peers, *sorted(edges.peers[len(self._workloads.peers) :])]

    def connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        """Return every allowed connection, sorted by the source's name, then the destination's."""
        edges = collect_edges(self._compiled, self._workloads, *self._scopes(ip_ranges))
        masks, wanted = self._compiled.masks, self.asked.ports
        ports = {number: masks.ports(number) & wanted for number in np.unique(edges.masks).tolist()}
        ends = zip(edges.src.tolist(), edges.dst.tolist(), edges.masks.tolist(), strict=True)
        return [Connection(edges.peers[src], edges.peers[dst], ports[mask]) for src, dst, mask in ends]

    def count(self) -> int:
        """Return the number of ordered pairs of different workloads that may talk on some port."""
        return count_pairs(self._compiled, self._workloads)

    def to_frame(
        self,
        *,
        src: str | Iterable[str] | None = None,
        dst: str | Iterable[str] | None = None,
        ip_ranges: IpRanges = "merged",
    ) -> pd.DataFrame:
        """Return every allowed connection, one row per source, destination and protocol.

        Parameters
        ----------
        src, dst : str or iterable of str, optional
            Keep to connections from, or to, these workloads (names as `query` takes them).
        ip_ranges : {"merged", "split"}
            Whether touching external ranges with equal connections are one row.

        Returns
        -------
        DataFrame
            Columns as in `frames.CONNECTIONS`, sorted by source, destination and protocol.

        Raises
        ------
        ValueError
            If there are more than 30 million rows.
        """
        scopes = self._scopes(ip_ranges, self._ends.choose(src), self._ends.choose(dst))
        edges = collect_edges(self._compiled, self._workloads, *scopes)
        return edges_frame(edges, self._compiled.masks, self.asked.ports)

    def to_networkx(self, ip_ranges: IpRanges = "merged") -> nx.DiGraph[str]:
        """Return a graph with a node per peer and an edge per allowed connection.

        Nodes are peer names with attributes ``namespace``, ``workload`` and ``kind``; edges have
        ``ports`` (PortSet) and ``label`` (text). Workloads without connections are nodes, too.
        """
        graph: nx.DiGraph[str] = nx.DiGraph()
        for peer in self.peers(ip_ranges):
            graph.add_node(peer.name, namespace=peer.namespace, workload=peer.workload, kind=peer.kind)
        for src, dst, ports in self.connections(ip_ranges):
            graph.add_edge(src.name, dst.name, ports=ports, label=str(ports))
        return graph

    def query(self, src: str, dst: str, port: int | None = None, protocol: str = "TCP") -> Answer:
        """Tell whether `src` may reach `dst`, and which policies and rules decide it.

        Parameters
        ----------
        src, dst : str
            A workload as ``namespace/name[Kind]``, ``namespace/name`` or ``name``, as far as that
            is unambiguous; or an IP address or CIDR outside the cluster.
        port : int, optional
            Port on the destination; all ports where it is missing.
        protocol : {"TCP", "UDP", "SCTP"}
            Protocol of `port`; ignored without one.

        Raises
        ------
        LookupError
            If an end is unknown or ambiguous; the message lists what was meant.
        ValueError
            If both ends are addresses, or port or protocol are none.
        """
        if protocol not in PROTOCOLS:
            message = f"{protocol!r} is no protocol; use one of {', '.join(PROTOCOLS)}"
            raise ValueError(message)
        asked = ALL_PORTS if port is None else PortSet.of(protocol, port)
        if not asked:
            message = f"{port} is no port; ports are 1 to 65535"
            raise ValueError(message)
        sender, receiver = self._ends.find(src), self._ends.find(dst)
        if isinstance(sender, AddressSet) and isinstance(receiver, AddressSet):
            message = f"{src} and {dst} are both outside the cluster: no policy is about them"
            raise ValueError(message)  # noqa: TRY004  (the texts are at fault, not their type)
        return self._explainer.answer(sender, receiver, asked, self._workloads)

    def explain(
        self,
        src: str | Iterable[str] | None = None,
        dst: str | Iterable[str] | None = None,
        *,
        only: ExplainOnly | None = None,
        ip_ranges: IpRanges = "merged",
    ) -> Explanation:
        """Tell for every pair which rules of which policies decide about each port, also where nothing is allowed.

        Parameters
        ----------
        src, dst : str or iterable of str, optional
            Keep to pairs from, or to, these workloads, or one block of addresses. For the pairs of a
            workload in both directions, `focus` on it.
        only : {"allow", "deny"}, optional
            Tell of what is allowed, or of what is denied, alone.
        ip_ranges : {"merged", "split"}
            Whether touching external ranges about which the same is decided are one end.

        Raises
        ------
        LookupError
            If a name means no workload.
        ValueError
            If there are more than three million pairs, or if both ends are addresses.
        """
        senders, sources = self._ends.choose_ends(src)
        receivers, targets = self._ends.choose_ends(dst)
        if sources is not None and targets is not None:
            message = f"{src} and {dst} are both outside the cluster: no policy is about them"
            raise ValueError(message)
        scopes = self._scopes(ip_ranges, senders, receivers)
        inquiry = Inquiry(scopes, self.asked.ports, sources, targets)
        pairs = explain_pairs(self._compiled, self._workloads, self._decider, inquiry)
        if only is not None:
            pairs = tuple(kept for pair in pairs if (kept := pair.only(allowed=only == "allow")).parts)
        return Explanation(pairs, only)

    def exposure(self, *, ip_ranges: IpRanges = "merged", explain: bool = False) -> Exposure:
        """Tell to whom workloads are open who are in no manifest: addresses, and pods that may come.

        Every line says, too, which policies and rules open it: in its frame and in `Exposure.lines`.

        Parameters
        ----------
        ip_ranges : {"merged", "split"}
            Whether touching external ranges with equal connections are one line.
        explain : bool
            Whether the formats write these reasons beside each line.
        """
        exposed = Exposed(self._compiled, self._decider)
        asked = self.asked
        mine = self._ends.choose(asked.workloads or None)
        lines: list[ExposureLine] = []
        unprotected: list[tuple[Peer, Direction]] = []
        for direction in asked.sides() if asked.workloads else Direction:
            found, open_to_all = expose(self._workloads, exposed, direction, mine, asked.ports)
            lines.extend(found)
            unprotected.extend((peer, direction) for peer in open_to_all)
        scopes = self._scopes(ip_ranges)
        lines.extend(expose_addresses(self._compiled, self._workloads, self._decider, scopes))
        lines.sort(key=lambda line: (line.direction, line.workload.name, line.other.name))
        unprotected.sort(key=lambda entry: (entry[0].name, entry[1]))
        return Exposure(self, tuple(lines), tuple(unprotected), ip_ranges, explain)

    def _scopes(self, ip_ranges: IpRanges, src: Chosen | None = None, dst: Chosen | None = None) -> list[Scope]:
        """Return what to list, so that a connection in any of them is in focus, and begins and ends as chosen."""
        asked = self.asked
        mine, others = self._ends.choose(asked.workloads or None), self._ends.choose(asked.peers or None)
        sides = asked.sides() if asked.workloads else (Direction.EGRESS,)
        found = []
        for side in sides:
            first, last = (mine, others) if side is Direction.EGRESS else (others, mine)
            found.append(Scope(self._families, ip_ranges, _both(first, src), _both(last, dst), asked.ports))
        return found

    def to_text(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as lines ``source => destination : connections``."""
        return render(self, "txt", ip_ranges)

    def to_csv(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as CSV with columns src, dst, conn."""
        return render(self, "csv", ip_ranges)

    def to_json(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as a JSON list of objects with src, dst, conn."""
        return render(self, "json", ip_ranges)

    def to_md(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as a Markdown table."""
        return render(self, "md", ip_ranges)

    def to_dot(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as a Graphviz graph, namespaces as clusters."""
        return render(self, "dot", ip_ranges)

    def to_svg(self, ip_ranges: IpRanges = "merged") -> str:
        """Return the map as a picture, namespaces as boxes."""
        return render(self, "svg", ip_ranges)


def _both(left: Chosen | None, right: Chosen | None) -> Chosen | None:
    if left is None or right is None:
        return right if left is None else left
    return left & right
