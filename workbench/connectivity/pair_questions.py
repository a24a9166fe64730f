"""The questions about pairs of ends: whether one may reach the other, and which policies and rules decide it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np

from workbench.connectivity.decisions import Decision
from workbench.connectivity.edges import Connection
from workbench.connectivity.engine import IpRanges
from workbench.connectivity.evaluated import Evaluated
from workbench.connectivity.focus import EVERYTHING
from workbench.connectivity.trace.allowing import Allowing
from workbench.connectivity.trace.answer import Answer
from workbench.connectivity.trace.arguments import (
    EndName,
    EndNames,
    choice_asked,
    name_asked,
    names_asked,
    port_asked,
    ports_asked,
    protocol_asked,
)
from workbench.connectivity.trace.edge_verdicts import Edge, EdgeVerdict, EdgeVerdicts
from workbench.connectivity.trace.explanation import ExplainOnly, Explanation, only_those
from workbench.connectivity.trace.joint import joint_answer
from workbench.connectivity.trace.query_ends import End
from workbench.connectivity.trace.reasons import Inquiry, explain_pairs
from workbench.ground import ALL_PORTS, PROTOCOLS, ArgumentError, PortSet, gc_paused
from workbench.policy import Policy

__all__ = ["PairQuestions"]


class PairQuestions(Evaluated):
    """Answers about pairs of ends."""

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
            A workload, an address or a node, as `query` takes them.
        dst : EndName
            The same, or a Service.
        port : int or str, optional
            All ports without one.
        protocol : str, optional
            ``TCP``, ``UDP`` or ``SCTP``.
        """
        number = None if port is None else port_asked(port)
        found = self._tracer.answers(
            name_asked(src), name_asked(dst), number, protocol_asked(protocol), within=self._focused.ports_of_call
        )
        return tuple(replace(answer, origins=(self,)) for answer in found)

    def verdicts(self, edges: Iterable[Edge], *, deciding: bool = True) -> list[EdgeVerdict]:
        """Return what `query` answers about each of many edges, in short; the reasons in full are those of `query`.

        Parameters
        ----------
        edges : iterable of (str, str, int, str)
            Source, destination, port and protocol.
        deciding : bool, optional
            Whether the policies that decide are found, too; without them, answers about many different pairs are
            there far sooner.

        Returns
        -------
        list of EdgeVerdict
            What `query` raises is the reason of one without a verdict.
        """
        with gc_paused():  # else the collector walks all of a large cluster again for every few of them
            within = None if self._focused.scope == EVERYTHING else self._focused.ports_of_call
            return EdgeVerdicts(self._tracer, within, self.query, deciding=deciding).of(edges)

    def in_focus(self, src: str, dst: str, port: int | None = None, protocol: str = "TCP") -> bool:
        """Tell whether an edge is in `scope`: whether its ends and its port are among those that answers keep to.

        Parameters
        ----------
        src, dst : str
            Ends, as `query` takes them; what means none is in focus wherever any end is.
        port : int, optional
            All ports without one.
        protocol : str, optional
            One without ports, such as ``ICMP``, is in no focus on ports.
        """
        if self.scope == EVERYTHING:
            return True
        has_ports = protocol in PROTOCOLS
        if not has_ports and self.scope.one_connection:
            return False
        asked = ports_asked(port, protocol) if has_ports else ALL_PORTS
        sender = self._tracer.end(src)
        calls = self._tracer.arrivals(dst, port if has_ports else None, protocol)
        places: list[tuple[End | None, PortSet]] = [(call.end, call.ports) for call in calls]
        places = places or [(None, asked)]
        return any(ports & self.scope.ports and self._focused.holds(sender, end) for end, ports in places)

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
        senders, receivers = self._tracer.ends.resolve(src), self._tracer.ends.resolve(dst)
        if senders.addresses is not None and receivers.addresses is not None:
            message = f"{src} and {dst} are both outside the cluster: no policy applies to them"
            raise ArgumentError(message)
        filters = self._focused.filters(ip_ranges, senders, receivers)
        inquiry = Inquiry(filters, self.scope.ports, senders.addresses, receivers.addresses)
        pairs = explain_pairs(self._engine, self._tracer.evaluator, self._tracer.query_ends, inquiry)
        if only is not None and choice_asked(only, ("allow", "deny"), "only"):
            pairs = only_those(pairs, only, self.wording, one_connection=self.scope.one_connection)
        return Explanation(pairs, only, wording=self.wording, origins=(self,))

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
        return [self._allowing.refs(*connection) for connection in connections]

    def rules_allowing(self, connections: Iterable[Connection]) -> list[tuple[Decision, ...]]:
        """Return which rules, Ingresses and routes allow something of each connection, and which ports.

        Parameters
        ----------
        connections : iterable of Connection
            As `allowing` takes them.

        Returns
        -------
        list of tuple of Decision
            Each with the ports of the connection that it allows; nothing where no policy restricts a connection.
        """
        return [self._allowing.decisions(*connection) for connection in connections]

    def policies_of(self, workloads: EndNames) -> list[Policy]:
        """Return the policies that select some pods of these workloads, in the order in which they are evaluated.

        Parameters
        ----------
        workloads : str or iterable of str
            Names that mean no workload select nothing.
        """
        known = [name for name in names_asked(workloads) if self.knows(name)]
        chosen = self._tracer.ends.workload_mask(known)
        numbers = self._tracer.policies_of([] if chosen is None else np.flatnonzero(chosen).tolist())
        return [self._engine.policies[number] for number in numbers]

    @cached_property
    def _allowing(self) -> Allowing:
        return Allowing(self._engine, self._tracer.evaluator)
