"""The answer to "who may talk to whom": all pairs as a frame, a graph or text; one pair, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from workbench.connectivity.difference.compare import Compared
from workbench.connectivity.edges import Edges, collect_edges, edges_frame
from workbench.connectivity.engine.compile import Compiled, as_read
from workbench.connectivity.engine.incremental import amended
from workbench.connectivity.engine.pairs import IpRanges, Scope, count_pairs
from workbench.connectivity.engine.peers import Peer, WorkloadPeers
from workbench.connectivity.engine.semantics import Semantics, Wording
from workbench.connectivity.engine.service_blocks import naming_rules
from workbench.connectivity.exposure.answer import Exposure, ExposureLine
from workbench.connectivity.exposure.lines import expose, expose_addresses
from workbench.connectivity.exposure.openings import Exposed
from workbench.connectivity.exposure.representatives import ENTIRE_CLUSTER
from workbench.connectivity.families import Families
from workbench.connectivity.focus import EVERYTHING_ASKED, Focus
from workbench.connectivity.formats import render
from workbench.connectivity.ingress_controller import Entrances
from workbench.connectivity.origin import NOWHERE, Origin
from workbench.connectivity.own_node import OwnNodes
from workbench.connectivity.reachability.paths import Ways, blast_radius
from workbench.connectivity.trace.allowing import Allowing
from workbench.connectivity.trace.answer import Answer
from workbench.connectivity.trace.arguments import (
    EndName,
    EndNames,
    choice_asked,
    count_asked,
    name_asked,
    names_asked,
    port_asked,
    ports_asked,
    protocol_asked,
)
from workbench.connectivity.trace.endpoints import EVERYONE, EndpointResolver, Selection
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.connectivity.trace.explanation import ExplainOnly, Explanation, only_those
from workbench.connectivity.trace.joint import joint_answer
from workbench.connectivity.trace.pod_blocks import nodes_in_blocks, pods_in_blocks
from workbench.connectivity.trace.query import Explainer, kept_apart
from workbench.connectivity.trace.query_ends import OWN_NODE, End, QueryEnds
from workbench.connectivity.trace.reasons import Inquiry, explain_pairs
from workbench.connectivity.trace.service_calls import Call, Calls
from workbench.connectivity.unevaluated import Unevaluated, unevaluated
from workbench.ground import ArgumentError, PortSet, Problem, all_of, gc_paused, visible
from workbench.inventory import (
    NO_SERVICES,
    Cluster,
    ServiceDirectory,
    policies_given,
    problems_frame,
    refs_given,
)
from workbench.policy import Direction, LeftOut, Policy, Tier

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["Connection", "Connectivity", "IpRanges", "Peer"]

_THROUGH_SERVICE = "Through a Service, policies are heard about a pod's traffic to itself, too."
_AMONG_PODS = "This is about its pods among each other; a pod always reaches its own address."


class Connection(NamedTuple):
    """What one peer may send to another, or its pods to each other (`src` and `dst` are the same then); never empty."""

    src: Peer
    dst: Peer
    ports: PortSet

    def __repr__(self) -> str:
        """Return the connection as the text has it."""
        return f"Connection({visible(self.src.name)} => {visible(self.dst.name)} : {self.ports})"


class Connectivity:
    """Who may talk to whom in a cluster, exactly. Made by `connectivity`.

    Parameters
    ----------
    compiled : Compiled
    families : Families
        Of the addresses outside that are listed.
    workloads : WorkloadPeers, optional
        The workload peers, where they are known already.
    services : ServiceDirectory
        The Services that questions may name.
    origin : Origin
        The cluster that it was made of.

    Attributes
    ----------
    asked : Focus
        What the maps, explanations and exposures of it are restricted to; see `focus`.
    """

    def __init__(
        self,
        compiled: Compiled,
        families: Families,
        workloads: WorkloadPeers | None = None,
        services: ServiceDirectory = NO_SERVICES,
        origin: Origin = NOWHERE,
    ) -> None:
        self._compiled = compiled
        self._services = services
        self._origin = origin
        self._families = families
        self.asked = EVERYTHING_ASKED
        self._workloads = workloads or WorkloadPeers.of(
            compiled.classes, compiled.sets_in_use, compiled.policies_in_use, siblings=compiled.semantics.siblings
        )
        self._entrances = Entrances(compiled, self._workloads)
        self._decider = Evaluator(compiled)
        self._explainer = Explainer(compiled, self._workloads, self._entrances, self._decider)

    @cached_property
    def _ends(self) -> EndpointResolver:
        return EndpointResolver(self._compiled, self._workloads, self._families.listed)

    @cached_property
    def _query_ends(self) -> QueryEnds:
        return QueryEnds(self._compiled, self._workloads, self._ends)

    def __repr__(self) -> str:
        """Return how much was computed."""
        classes = len(np.unique(self._workloads.class_of))
        return (
            f"Connectivity({len(self._workloads.peers)} workloads in {classes} classes, "
            f"{len(self._compiled.policies) - len(self._compiled.removed)} policies)"
        )

    @property
    def problems(self) -> pd.DataFrame:
        """One row for each of `problems_found`; columns as in `Cluster.problems`."""
        return problems_frame(self.problems_found)

    @cached_property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with the input, then what its policies and Ingresses ask for and nothing can meet.

        Also where policies of one priority contradict each other, or answers depend on the network plugin.
        """
        unmet = (problem for _, problem in self._compiled.problems)
        return (
            *self._origin.problems(self._compiled.semantics),
            *self._compiled.target_problems,
            *unmet,
            *self._compiled.overlaps,
            *self._entrances.problems,
            *self._in_blocks,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows of a map do not say, a sentence each."""
        found = [f"{one.object} {one.field}: {one.message}. {one.remedy}" for one in self._in_blocks]
        if self._compiled.semantics.node_traffic and len(self._compiled.policies) > len(self._compiled.removed):
            found.insert(0, f"{OWN_NODE}: no line is about it.")
        if self._compiled.semantics.unknown_fields == "refuse" and (note := self._unevaluated.note):
            found.append(note)
        return tuple(found)

    @cached_property
    def _in_blocks(self) -> tuple[Problem, ...]:
        return (*pods_in_blocks(self._compiled), *nodes_in_blocks(self._compiled))

    @property
    def unevaluated(self) -> tuple[LeftOut, ...]:
        """The policies that a cluster may have, that are about pods here, and that no answer takes into account."""
        return tuple(left for left, _ in self._unevaluated.policies)

    @cached_property
    def _unevaluated(self) -> Unevaluated:
        return unevaluated(self._compiled)

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        return self._compiled.semantics.wording

    def focus(
        self,
        workloads: EndNames | Focus = (),
        *,
        peers: EndNames = (),
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
        ArgumentError
            As `Focus` raises it.
        """
        focus = workloads
        if not isinstance(focus, Focus):
            focus = Focus.of(focus, peers=peers, direction=direction, conn=conn)
        for names in (focus.workloads, focus.peers):
            self._ends.those(names)
        found = copy(self)
        found.asked = focus
        return found

    def compared(self) -> Compared:
        """Return what of this map is compared with another one."""
        own_nodes = OwnNodes(self._compiled, self._workloads, lambda: self._query_ends)
        families = self._families.listed
        return Compared(self._compiled, self._workloads, families, self._entrances.connections(), own_nodes)

    def knows(self, name: str) -> bool:
        """Tell whether `name` means a workload, or several."""
        try:
            self._ends.workloads(name)
        except LookupError:
            return False
        return True

    def workloads_named(self, names: EndNames = ()) -> list[Peer]:
        """Return the workload peers that `names` mean, as far as they are known; all of them for no names."""
        asked = names_asked(names)
        if not asked:
            return list(self._workloads.peers)
        chosen = self._ends.choose([name for name in asked if self.knows(name)])
        return [] if chosen is None else [self._workloads.peers[n] for n in np.flatnonzero(chosen).tolist()]

    def peers(self, ip_ranges: IpRanges = "merged") -> list[Peer]:
        """Return all workload peers, then the peers outside that occur in connections; each sorted by name.

        Peers outside are external ranges and the ingress controller. In a focus on some workloads: these,
        and those that they have connections with; in the reference's reading all peers in focus, too.
        """
        if self.asked.workloads:
            found = {peer for connection in self.connections(ip_ranges) for peer in connection[:2]}
            inside = {peer for peer in found if peer.namespace} | set(self.workloads_named(self.asked.workloads))
            if self.asked.peers and self.wording == "reference":
                inside.update(self.workloads_named(self.asked.peers))
            return [*sorted(inside), *sorted(peer for peer in found if not peer.namespace)]
        edges = self._edges(self._scopes(ip_ranges), pods=False)
        return [*self._workloads.peers, *sorted(edges.peers[len(self._workloads.peers) :])]

    def connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        """Return every allowed connection, sorted by the source's name, then the destination's."""
        edges = self._edges(self._scopes(ip_ranges))
        masks, wanted = self._compiled.masks, self.asked.ports
        ports = {number: masks.ports(number) & wanted for number in np.unique(edges.masks).tolist()}
        ends = zip(edges.src.tolist(), edges.dst.tolist(), edges.masks.tolist(), strict=True)
        return [Connection(edges.peers[src], edges.peers[dst], ports[mask]) for src, dst, mask in ends]

    def count(self) -> int:
        """Return the number of ordered pairs of workloads that may talk on some port, siblings of one among them."""
        return count_pairs(self._compiled, self._workloads)

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
            If what is to be added or removed is no policy; the message says what to write.
        """
        given = _given(add, self._compiled.semantics)
        added = {one.ref: one for one in given}
        numbers, left_out = self._compiled.numbers, self._compiled.objects.left_out
        wanted = refs_given(remove, dict.fromkeys((*numbers, *(left.ref for left in left_out))))
        # What the API server refuses takes no place: an earlier policy of that name stays.
        replaced = {ref for ref, one in added.items() if isinstance(one, Policy) or one.in_force}
        gone = {numbers[ref] for ref in (*wanted, *replaced) if ref in numbers}
        kept = (left for left in left_out if left.ref not in wanted and left.ref not in replaced)
        policies = [one for one in added.values() if isinstance(one, Policy)]
        still_left_out = (*kept, *(one for one in added.values() if isinstance(one, LeftOut)))
        with gc_paused():
            changed = amended(self._compiled, policies, gone, still_left_out)
        # If no policy can split or join the workload peers, since each is of one class, they are known.
        final = changed.classes is self._compiled.classes and not self._workloads.alike
        families = self._families.changed(policies, (self._compiled.policies[number] for number in gone))
        workloads = self._workloads if final else None
        origin = self._origin.changed(list(added.values()), frozenset(wanted))
        found = Connectivity(changed, families, workloads, self._services, origin)
        found.asked = self.asked
        return found

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
        scopes = self._scopes(ip_ranges, self._ends.workloads(src), self._ends.workloads(dst))
        return edges_frame(self._edges(scopes), self._compiled.masks, self.asked.ports)

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

    def query(self, src: EndName, dst: EndName, port: int | str | None = None, protocol: str = "TCP") -> Answer:
        """Tell whether `src` may reach `dst`, and which policies and rules decide it.

        Parameters
        ----------
        src, dst : str
            A workload as ``namespace/name[Kind]``, ``namespace/name`` or ``name``, as far as that
            is unambiguous; one of its pods; an IP address or CIDR outside the cluster; or a node as
            ``name[Node]``. `src` also ``{ingress-controller}``; `dst` also a Service: ``name.namespace``,
            ``namespace/name[Service]``, one of its addresses, or a node's for a NodePort. The same
            workload twice stands for its pods among each other, the same pod for itself: that is
            always allowed, unless it goes through a Service.
        port : int or str, optional
            Port on the destination; all ports where it is missing. A Service translates its ports
            to those of its pods; without a port, all that it offers are meant.
        protocol : {"TCP", "UDP", "SCTP"}
            Protocol of `port`; ignored without one.

        Returns
        -------
        Answer
            About a Service that leads to several workloads: about all of them, and about each in `Answer.parts`.
            What has finished has no network, and a Service passes on no port that it does not offer: such an
            answer is ``denied``, with the reason in `Answer.obstacle`.

        Raises
        ------
        LookupError
            If an end is unknown or ambiguous; the message lists what was meant. Also if a Service selects no
            pods that listen on the port.
        ArgumentError
            If both ends are outside the cluster, if `dst` is the ingress controller, or if port or protocol are none.
        """
        answers = self.queries(src, dst, port, protocol)
        return answers[0] if len(answers) == 1 else joint_answer(answers, answers[0].service)

    def queries(
        self, src: EndName, dst: EndName, port: int | str | None = None, protocol: str = "TCP"
    ) -> tuple[Answer, ...]:
        """Return the parts of what `query` answers: about each workload behind a Service; about anyone else, one.

        Parameters
        ----------
        src : EndName
            Each may be one name or address, or several.
        dst : EndName
            Likewise.
        port : int or str, optional
            All ports without one.
        protocol : str, optional
            ``TCP``, ``UDP`` or ``SCTP``.
        """
        src, dst = name_asked(src), name_asked(dst)
        number = None if port is None else port_asked(port)
        sender = self._query_ends.find(src)
        calls = Calls(self._ends, self._query_ends, self._services, all_of(self._families.listed or {4}))
        return tuple(self._answered(src, dst, sender, call) for call in calls.to(dst, number, protocol_asked(protocol)))

    def _answered(self, src: str, dst: str, sender: End, call: Call) -> Answer:
        receiver = call.end
        if receiver.is_controller:
            message = f"{receiver.name} only ever sends: nothing tells where it runs"
            raise ArgumentError(message)
        if sender.obstacle or receiver.obstacle:
            return replace(kept_apart(sender, receiver, call.ports), service=call.service, notes=call.notes)
        if not sender.peers and not receiver.peers and not receiver.unknown:
            message = f"{sender.name} and {receiver.name} are both outside the cluster: no policy is about them"
            raise ArgumentError(message)
        notes = list(call.notes)
        if not set(sender.peers).isdisjoint(receiver.peers):
            pods = {*sender.peers, *receiver.peers}
            several = len(pods) > 1 or not self._workloads.alone[list(pods)].all()
            if not call.service and (not several or self._ends.are_one_pod(src, dst)):
                return self._explainer.within_pod(receiver, call.ports)
            notes.append(_THROUGH_SERVICE if call.service else _AMONG_PODS)
        found = self._explainer.answer(sender, receiver, call.ports, hairpin=bool(call.service))
        notes += found.notes
        if not found.allowed:
            rows = {int(self._workloads.class_of[index]) for index in sender.peers}
            heard = dict.fromkeys(number for row in sorted(rows) for number in self._decider.policies_of(row))
            notes.extend(naming_rules((self._compiled.policies[number] for number in heard), call.addresses))
        rows = self._workloads.class_of[[*sender.peers, *receiver.peers]].tolist()
        notes.extend(self._unevaluated.notes(rows))
        notes.extend(self._taken_for_granted(sender, receiver, allowed=found.allowed))
        return replace(found, service=call.service, notes=tuple(notes))

    def _taken_for_granted(self, sender: End, receiver: End, *, allowed: bool) -> Iterator[str]:
        """Yield what is not known of the namespaces of two ends and decides about them."""
        compiled, peers = self._compiled, self._workloads.peers
        undeclared = compiled.population.undeclared
        for direction, own, other in ((Direction.EGRESS, sender, receiver), (Direction.INGRESS, receiver, sender)):
            rows = {int(self._workloads.class_of[index]) for index in own.peers}
            heard = dict.fromkeys(number for row in sorted(rows) for number in self._decider.policies_of(row))
            policies = [compiled.policies[number] for number in heard]
            namespaces = {peers[index].namespace for index in other.peers}
            yield from undeclared.notes(policies, direction, namespaces, allowed=allowed)
            labels = [compiled.classes.labels[row] for row in sorted(rows) if compiled.classes.isolatable[row]]
            if labels:
                isolated = any(direction in policy.isolates for policy in policies)
                there = (
                    policy
                    for number, policy in enumerate(compiled.policies)
                    if number not in compiled.removed and not (isolated and policy.tier is Tier.BASELINE)
                )
                yield from undeclared.subject_notes(there, direction, peers[own.peers[0]].namespace, labels)

    def _edges(self, scopes: Iterable[Scope], *, pods: bool = True) -> Edges:
        return collect_edges(self._compiled, self._workloads, self._entrances, *scopes, pods=pods)

    def reach(
        self, src: EndName, *, hops: int | None = None, port: int | str | None = None, protocol: str = "TCP"
    ) -> pd.DataFrame:
        """Return whom `src` gets to, directly or over others, the nearest first.

        Parameters
        ----------
        src : str
            A workload or an address, as `query` takes it.
        hops : int, optional
            At most so many connections one after another; any number by default.
        port, protocol : int, str, optional
            Keep to connections that may use this port; all by default.

        Returns
        -------
        DataFrame
            Columns as in `frames.REACH`.

        Raises
        ------
        LookupError
            If `src` is unknown or ambiguous.
        ArgumentError
            If `src` is the ingress controller.
        """
        return self._ways(src, hops, port, protocol).to_frame()

    def paths(
        self,
        src: EndName,
        targets: EndNames,
        *,
        hops: int | None = None,
        port: int | str | None = None,
        protocol: str = "TCP",
    ) -> pd.DataFrame:
        """Return a shortest way from `src` to each of `targets` that can be reached, step by step.

        Parameters
        ----------
        src : EndName
            A workload, or an address outside.
        targets : str or iterable of str
            Workloads.
        hops : int, optional
            Ways of at most so many connections.
        port : int or str, optional
            Keep to connections on this port.
        protocol : str, optional
            Keep to this protocol.

        Returns
        -------
        DataFrame
            Columns as in `frames.STEPS`; targets that cannot be reached have no row.
        """
        chosen = self._ends.choose(targets)
        wanted = [] if chosen is None else np.flatnonzero(chosen).tolist()
        return self._ways(src, hops, port, protocol).steps_to(wanted)

    def blast_radius(self, *, port: int | str | None = None, protocol: str = "TCP") -> pd.DataFrame:
        """Return how many workloads each one talks to, and gets to in the end (`frames.BLAST_RADIUS`).

        Parameters
        ----------
        port : int or str, optional
            Keep to connections on this port.
        protocol : str, optional
            Keep to this protocol.
        """
        return blast_radius(self._compiled, self._workloads, None if port is None else ports_asked(port, protocol))

    def _ways(self, src: EndName, hops: int | None, port: int | str | None, protocol: str) -> Ways:
        ports = None if port is None else ports_asked(port, protocol)
        steps = None if hops is None else count_asked(hops, "hops")
        asked = name_asked(src)
        return Ways(self._compiled, self._entrances, self._ends.find(asked), ports, steps, asked)

    def explain(
        self,
        src: EndNames | None = None,
        dst: EndNames | None = None,
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
        ArgumentError
            If there are more than three million pairs, or if both ends are addresses.
        """
        senders, receivers = self._ends.those(src), self._ends.those(dst)
        if senders.addresses is not None and receivers.addresses is not None:
            message = f"{src} and {dst} are both outside the cluster: no policy is about them"
            raise ArgumentError(message)
        inquiry = Inquiry(
            self._scopes(ip_ranges, senders, receivers), self.asked.ports, senders.addresses, receivers.addresses
        )
        pairs = explain_pairs(self._compiled, self._entrances, self._decider, self._query_ends, inquiry)
        if only is not None and choice_asked(only, ("allow", "deny"), "only"):
            pairs = only_those(pairs, only, self.wording, one_connection=self.asked.one_connection)
        return Explanation(pairs, only, wording=self.wording)

    def allowing(self, connections: Iterable[Connection]) -> list[tuple[str, ...]]:
        """Return which policies, Ingresses and routes allow something of each connection, in one pass over all.

        Parameters
        ----------
        connections : iterable of Connection
            Of this map, or with some of their ports.

        Returns
        -------
        list of tuple of str
            ``Kind namespace/name``, each once; nothing where no policy restricts a connection.
        """
        found = Allowing(self._compiled, self._workloads, self._entrances, self._decider)
        return [found.refs(*connection) for connection in connections]

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
        # For netpol-analyzer, a direction without workloads is only that of what is open to the entire cluster.
        loose = self.wording == "reference" and not asked.workloads
        for direction in Direction if loose else asked.sides():
            found, open_to_all = expose(self._workloads, exposed, direction, mine, asked.ports)
            if direction in asked.sides():
                lines.extend(found)
                unprotected.extend((peer, direction) for peer in open_to_all)
            else:
                lines.extend(line for line in found if line.other != ENTIRE_CLUSTER)
        outside = expose_addresses(self._compiled, self._workloads, self._decider, self._scopes(ip_ranges))
        listed = {line.workload for line in lines}
        everyone = self._compiled.semantics.expose_all_addresses
        told = (line for line in outside if loose or line.direction in asked.sides())
        lines.extend(line for line in told if everyone or line.workload in listed)
        lines.sort(key=lambda line: (line.direction, line.workload.name, line.other.name))
        unprotected.sort(key=lambda entry: (entry[0].name, entry[1]))
        return Exposure(self, tuple(lines), tuple(unprotected), ip_ranges, explain)

    def _scopes(self, ip_ranges: IpRanges, src: Selection = EVERYONE, dst: Selection = EVERYONE) -> list[Scope]:
        """Return what to list, so that a connection in any of them is in focus, and begins and ends as chosen."""
        choice_asked(ip_ranges, ("merged", "split"), "ip_ranges")
        asked = self.asked
        mine, others = self._ends.those(asked.workloads or None), self._ends.those(asked.peers or None)
        found = []
        for side in asked.sides() if asked.workloads else (Direction.EGRESS,):
            first, last = (mine, others) if side is Direction.EGRESS else (others, mine)
            senders, receivers = first.and_those(src), last.and_those(dst)
            found.append(
                Scope(
                    self._families.listed,
                    ip_ranges,
                    senders.workloads,
                    receivers.workloads,
                    senders.controller,
                    asked.ports,
                )
            )
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


def _given(add: Cluster | Policy | Iterable[Policy], semantics: Semantics) -> list[Policy | LeftOut]:
    """Return the policies that are to be added, and those of a cluster that are left out."""
    if isinstance(add, Cluster):
        objects = as_read(add.objects, semantics)
        return [*objects.policies, *objects.left_out]
    given = policies_given(add)
    for one in given:
        if not isinstance(one, Policy):
            message = f"{type(one).__name__} is not a policy: write conn.with_policies(add=load_manifests(…))"
            raise TypeError(message)
    return given
