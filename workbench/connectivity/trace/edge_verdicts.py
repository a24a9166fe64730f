"""Are these edges allowed: of many at once, looked up in the permission matrices without asking about each.

What takes more than these, such as a Service, an ingress controller, a node's own pods, or what is allowed in some
cases only, is asked one by one; so is what has no answer. Either way the outcome is that of `Connectivity.query`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import Engine, Indices
from workbench.connectivity.trace.answer import Answer, VerdictWord
from workbench.connectivity.trace.query import reasons_of
from workbench.connectivity.trace.query_ends import End, SameNode, same_node
from workbench.connectivity.trace.service_calls import Call
from workbench.connectivity.trace.tracer import Tracer
from workbench.connectivity.trace.variants import Variant
from workbench.ground import PROTOCOLS, PortSet
from workbench.policy import Direction

__all__ = ["Edge", "EdgeVerdict", "EdgeVerdicts"]

Edge: TypeAlias = tuple[str, str, int, str]
"""Source, destination, port and protocol, as `Connectivity.query` takes them."""

_MOST_PAIRS = 1 << 20
"""So many pairs of a class and an end are looked up at once."""
_BOTH = (Direction.EGRESS, Direction.INGRESS)


class EdgeVerdict(NamedTuple):
    """What `Connectivity.query` answers about an edge, in short.

    Attributes
    ----------
    verdict : {"allowed", "denied", "partly"} or None
        None where there is no answer.
    decided_by : tuple of str
        As `Answer.decided_by`; empty where it was not asked for.
    reason : str
        Why there is no answer, what else than policies keeps the two apart, or on what a part depends; else empty.
    """

    verdict: VerdictWord | None
    decided_by: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def of(cls, answer: Answer) -> EdgeVerdict:
        """Return an answer in short."""
        reason = answer.obstacle
        if answer.verdict == "partly":
            reason = reason or "; ".join(answer.notes) or answer.headline
        return cls(answer.verdict, answer.decided_by, reason)


_ALLOWED, _DENIED = EdgeVerdict("allowed"), EdgeVerdict("denied")


class _Question(NamedTuple):
    """An edge that the matrices answer about."""

    edge: Edge
    sender: End
    receiver: End


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the matrices say of each question: arrays of bool, shape (questions,).

    Attributes
    ----------
    in_all, in_some : ndarray of bool
        Whether it is allowed in all cases, and in some.
    denying : mapping of Direction to ndarray of bool
        Whether an end does not permit it in every case.
    """

    in_all: npt.NDArray[np.bool_]
    in_some: npt.NDArray[np.bool_]
    denying: dict[Direction, npt.NDArray[np.bool_]]


class _EndTable:
    """The variants of the ends on one side of questions, one after another.

    Parameters
    ----------
    ends : iterable of End
    certain, elsewhere : callable
        Return the variants that an end has, and those that it has perhaps.
    """

    def __init__(
        self,
        ends: Sequence[End],
        certain: Callable[[End], Sequence[Variant]],
        elsewhere: Callable[[End], Iterable[Variant]],
    ) -> None:
        self.certain: list[Sequence[Variant]] = []
        numbers: dict[tuple[str, tuple[int, ...]], int] = {}
        listed: list[Variant] = []
        sure: list[bool] = []
        counts: list[int] = []
        for end in ends:
            if (end.name, end.peers) not in numbers:
                numbers[end.name, end.peers] = len(numbers)
                known = certain(end)
                every = [*known, *elsewhere(end)]
                self.certain.append(known)
                listed += every
                sure += [number < len(known) for number in range(len(every))]
                counts.append(len(every))
        self.of = np.array([numbers[end.name, end.peers] for end in ends], dtype=np.int64)
        self.counts = np.array(counts, dtype=np.int64)
        self.starts = np.cumsum(self.counts) - self.counts
        self.rows = np.array([-1 if one.row is None else one.row for one in listed], dtype=np.int64)
        self.columns = np.array([one.column for one in listed], dtype=np.int64)
        self.pods = np.array([-1 if one.pod is None else one.pod for one in listed], dtype=np.int64)
        self.sure = np.array(sure, dtype=np.bool_)


class EdgeVerdicts:
    """Tells of many edges whether they are allowed.

    Parameters
    ----------
    tracer : Tracer
    within : callable or None
        As `Tracer.answers` takes it; None where every edge is in focus.
    ask : callable
        Returns the answer about one edge.
    deciding : bool
        Whether the policies that decide are found, too: these take far longer than the verdict.
    """

    def __init__(
        self,
        tracer: Tracer,
        within: Callable[[End, Call], PortSet] | None,
        ask: Callable[[str, str, int, str], Answer],
        *,
        deciding: bool = True,
    ) -> None:
        self._tracer, self._engine, self._within, self._ask = tracer, tracer.engine, within, ask
        self._deciding, self._node_traffic = deciding, tracer.engine.semantics.node_traffic
        self._by_name = tracer.engine.has_domain_names
        self._refs: dict[tuple[int, PortSet], tuple[str, ...]] = {}
        self._senders: dict[str, End | EdgeVerdict] = {}
        self._calls: dict[tuple[str, int, str], Call | EdgeVerdict | None] = {}

    def of(self, edges: Iterable[Edge]) -> list[EdgeVerdict]:
        """Return the verdict of each edge."""
        listed = list(edges)
        found: dict[Edge, EdgeVerdict] = {}
        questions = []
        for edge in dict.fromkeys(listed):
            question = self._question(edge)
            if isinstance(question, _Question):
                questions.append(question)
            else:
                found[edge] = question
        found.update((one.edge, verdict) for one, verdict in zip(questions, self._answers(questions), strict=True))
        return [found[edge] for edge in listed]

    def _asked(self, edge: Edge) -> EdgeVerdict:
        """Return the answer about an edge that is asked about alone."""
        try:
            found = EdgeVerdict.of(self._ask(*edge))
        except (LookupError, ValueError) as error:
            return _unanswered(error)
        return found if self._deciding else found._replace(decided_by=())

    def _question(self, edge: Edge) -> _Question | EdgeVerdict:
        """Return the question that an edge puts to the matrices, or the answer where they have none."""
        src, dst, port, protocol = edge
        sender, call = self._sender(src), self._call(dst, port, protocol)
        if call is None:
            return self._asked(edge)
        if isinstance(sender, EdgeVerdict) or isinstance(call, EdgeVerdict):
            return next(one for one in (sender, call) if isinstance(one, EdgeVerdict))
        receiver = call.end
        if not self._is_plain(sender, receiver):
            return self._asked(edge)
        if self._within is not None:
            try:
                self._within(sender, call)
            except ValueError as error:
                return _unanswered(error)
        if _may_be_one_pod(sender, receiver) and self._tracer.is_within_pod(src, dst, sender, call):
            return _ALLOWED
        return _Question(edge, sender, receiver)

    def _sender(self, name: str) -> End | EdgeVerdict:
        found = self._senders.get(name)
        if found is None:
            try:
                found = self._tracer.query_ends.find(name)
            except LookupError as error:
                found = _unanswered(error)
            self._senders[name] = found
        return found

    def _call(self, dst: str, port: int, protocol: str) -> Call | EdgeVerdict | None:
        """Return where a call arrives; None for what goes through a Service, and for what is no port."""
        key = (dst, port, protocol)
        if key not in self._calls:
            if protocol not in PROTOCOLS or not PortSet.of(protocol, port):
                self._calls[key] = None
                return None
            try:
                found = self._tracer.calls.to(*key)
            except LookupError as error:
                self._calls[key] = _unanswered(error)
            else:
                self._calls[key] = found[0] if len(found) == 1 and not found[0].service else None
        return self._calls[key]

    def _is_plain(self, sender: End, receiver: End) -> bool:
        """Tell whether nothing but the matrices decides between two ends, unless it is denied."""
        if sender.obstacle or receiver.obstacle or sender.is_controller or receiver.is_controller:
            return False
        if not sender.peers and not receiver.peers:
            return False
        return not (self._node_traffic and same_node(sender, receiver) is SameNode.YES)

    def _answers(self, questions: Sequence[_Question]) -> Iterator[EdgeVerdict]:
        """Return the verdict of each question."""
        variants = self._tracer.variants
        senders, receivers = (
            _EndTable(
                ends,
                lambda end, seen=seen: variants.of(end, seen),  # type: ignore[misc]
                lambda end, seen=seen: variants.elsewhere(end, seen),  # type: ignore[misc]
            )
            for ends, seen in (
                ([one.sender for one in questions], Direction.INGRESS),
                ([one.receiver for one in questions], Direction.EGRESS),
            )
        )
        asked = {one.edge[2:] for one in questions}
        places = {(port, protocol): PortSet.of(protocol, port).axis[0][0] for port, protocol in asked}
        points = np.array([places[one.edge[2:]] for one in questions], dtype=np.int64)
        found = _looked_up(self._engine, senders, receivers, points)
        numbers = zip(senders.of.tolist(), receivers.of.tolist(), strict=True)
        outcomes = zip(questions, numbers, found.in_all.tolist(), found.in_some.tolist(), strict=True)
        for number, (question, (src, dst), in_all, in_some) in enumerate(outcomes):
            ends = senders.certain[src], receivers.certain[dst]
            if in_all:
                yield EdgeVerdict("allowed", self._decided_by(question, ends, _BOTH)) if self._deciding else _ALLOWED
            elif in_some or self._may_pass(question, ends):
                yield self._asked(question.edge)
            elif not self._deciding:
                yield _DENIED
            else:
                denying = [direction for direction in _BOTH if found.denying[direction][number]]
                yield EdgeVerdict("denied", self._decided_by(question, ends, denying))

    def _may_pass(self, question: _Question, ends: tuple[Sequence[Variant], Sequence[Variant]]) -> bool:
        """Tell whether what the matrices deny may be allowed: between a pod and its node, or by a domain name."""
        if self._node_traffic and same_node(question.sender, question.receiver) is not SameNode.NO:
            return True
        if not self._by_name:
            return False
        asked = PortSet.of(question.edge[3], question.edge[2])
        return bool(asked & self._tracer.pairs.may_allow(*ends))

    def _decided_by(
        self,
        question: _Question,
        ends: tuple[Sequence[Variant], Sequence[Variant]],
        directions: Iterable[Direction],
    ) -> tuple[str, ...]:
        """Return the policies that decide at the ends of these directions."""
        asked = PortSet.of(question.edge[3], question.edge[2])
        found = (self._refs_of(direction, ends, asked) for direction in directions)
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    def _refs_of(
        self, direction: Direction, ends: tuple[Sequence[Variant], Sequence[Variant]], asked: PortSet
    ) -> tuple[str, ...]:
        own, others = ends if direction is Direction.EGRESS else ends[::-1]
        if len(own) > 1 or len(others) > 1:
            if all(one.row is None for one in own):
                return ()
            reasons = self._tracer.pairs.verdict(direction, "", own, others, asked).reasons
            return tuple(reason.ref for reason in reasons if reason.ref)
        row = own[0].row
        if row is None:
            return ()
        parts = self._tracer.evaluator.parts(direction, row, others[0].column)
        key = (id(parts), asked)  # the evaluator keeps them, so that no other parts get this
        found = self._refs.get(key)
        if found is None:
            refs = (reason.ref for reason in reasons_of(parts, asked, direction))
            found = self._refs[key] = tuple(filter(None, refs))
        return found


def _may_be_one_pod(sender: End, receiver: End) -> bool:
    """Tell whether two ends have pods in common."""
    if len(sender.peers) == 1 == len(receiver.peers):
        return sender.peers == receiver.peers
    return not set(sender.peers).isdisjoint(receiver.peers)


def _unanswered(error: LookupError | ValueError) -> EdgeVerdict:
    return EdgeVerdict(None, reason=str(error.args[0]))


def _looked_up(engine: Engine, senders: _EndTable, receivers: _EndTable, points: Indices) -> _Found:
    """Return what the matrices say of each question, about its point of the axis of ports."""
    counts = senders.counts[senders.of] * receivers.counts[receivers.of]
    in_all, in_some = np.zeros((2, len(points)), dtype=np.bool_)
    denying = {direction: np.zeros(len(points), dtype=np.bool_) for direction in _BOTH}
    piece = np.cumsum(counts) // _MOST_PAIRS
    for first, last in zip(*_runs(piece), strict=True):
        here = slice(first, last)
        size = last - first
        number = np.repeat(np.arange(size), counts[here])
        place = np.arange(len(number)) - np.repeat(np.cumsum(counts[here]) - counts[here], counts[here])
        width = receivers.counts[receivers.of[here]][number]
        src = senders.starts[senders.of[here]][number] + place // width
        dst = receivers.starts[receivers.of[here]][number] + place % width
        others = np.flatnonzero((senders.pods[src] < 0) | (senders.pods[src] != receivers.pods[dst]))
        number, src, dst = number[others], src[others], dst[others]
        point = points[here][number]
        egress = _permitted(engine, Direction.EGRESS, senders.rows[src], receivers.columns[dst], point)
        ingress = _permitted(engine, Direction.INGRESS, receivers.rows[dst], senders.columns[src], point)
        allowed = egress & ingress
        times = np.bincount(number[allowed], minlength=size)
        in_all[here] = times == np.bincount(number, minlength=size)
        in_some[here] = times > 0
        sure = senders.sure[src] & receivers.sure[dst]
        for direction, permitted in ((Direction.EGRESS, egress), (Direction.INGRESS, ingress)):
            denying[direction][here] = np.bincount(number[sure & ~permitted], minlength=size) > 0
    return _Found(in_all, in_some, denying)


def _permitted(
    engine: Engine, direction: Direction, rows: Indices, columns: Indices, points: Indices
) -> npt.NDArray[np.bool_]:
    """Return which points of the axis of ports each class permits; what has no class (-1) permits everything."""
    found = np.ones(len(rows), dtype=np.bool_)
    own = np.flatnonzero(rows >= 0)
    masks = engine.matrices[direction].masks(rows[own], columns[own])
    found[own] = engine.masks.contain(masks, points[own])
    return found


def _runs(values: Indices) -> tuple[list[int], list[int]]:
    """Return where each run of equal values begins and ends."""
    bounds = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)] if len(values) else [0]
    return bounds[:-1], bounds[1:]
