"""Is it safe to rely on the policies: what they admit against what is needed, and one score (what-if 11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from workbench.connectivity import Connection, Connectivity, Peer, Semantics, evaluate
from workbench.ground import AddressSet, PortSet, Problem, Progress, Result, addresses_named, count_of, no_progress
from workbench.inventory import Cluster, no_cluster
from workbench.whatif.frames import READINESS, READY_NAMESPACES
from workbench.whatif.losses import Platforms
from workbench.whatif.needed import Needed, NeededEdge, basis_words, needed_edges
from workbench.whatif.verdicts import ReadyAnswer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.flows import Flows
    from workbench.generate import Need

__all__ = ["Readiness", "ReadyEdge", "Score", "readiness"]

_COVERAGE: Final = 0.75
_PRECISION: Final = 0.25


class ReadyEdge(NamedTuple):
    """An edge with its answer.

    Attributes
    ----------
    answer : ReadyAnswer
    src, dst : str
    ports : PortSet
        Of what is needed, one port or range; of what is unused, all between the two that is.
    needs : tuple of Need
        Who needs it.
    decided_by : tuple of str
        The policies that admit or deny it.
    namespaces : frozenset of str
        Those of its ends that are asked about.
    """

    answer: ReadyAnswer
    src: str
    dst: str
    ports: PortSet
    needs: tuple[Need, ...]
    decided_by: tuple[str, ...]
    namespaces: frozenset[str]


class Score(NamedTuple):
    """How ready some edges are, from its parts.

    Attributes
    ----------
    correct, missing, unprotected, unused : int
        How many edges have which answer.
    """

    correct: int = 0
    missing: int = 0
    unprotected: int = 0
    unused: int = 0

    @classmethod
    def of(cls, edges: Iterable[ReadyEdge]) -> Score:
        """Return the score of some edges.

        Parameters
        ----------
        edges : iterable of ReadyEdge
        """
        counts = Counter(one.answer for one in edges)
        return cls(**{answer.value: counts[answer] for answer in ReadyAnswer})

    @property
    def coverage(self) -> float:
        """The share of what is needed that is correct; 1 where nothing is needed."""
        needed = self.correct + self.missing + self.unprotected
        return self.correct / needed if needed else 1.0

    @property
    def precision(self) -> float:
        """The share of what policies admit that is needed; 0 where they admit nothing."""
        admitted = self.correct + self.unused
        return self.correct / admitted if admitted else 0.0

    @property
    def value(self) -> float | None:
        """From 0 to 100: three quarters of it coverage, one quarter precision. None without edges."""
        return 100 * (_COVERAGE * self.coverage + _PRECISION * self.precision) if any(self) else None


@dataclass(frozen=True, eq=False, repr=False)
class Readiness(Result):
    """What is admitted against what is needed. Made by `readiness`.

    Attributes
    ----------
    allowed : Connectivity
    needed : Needed
    edges : tuple of ReadyEdge
        Each with one answer.
    unanswered : tuple of (NeededEdge, str)
        What is needed and has no answer, as it is not known who is at an end; and why.
    """

    _columns: ClassVar[tuple[str, ...]] = ("answer", "src", "dst", "ports", "bases", "decided_by")

    allowed: Connectivity
    needed: Needed
    edges: tuple[ReadyEdge, ...]
    unanswered: tuple[tuple[NeededEdge, str], ...] = ()

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster was read from."""
        return self.allowed.problems_found

    @cached_property
    def score(self) -> Score:
        """The score of the whole cluster."""
        return Score.of(self.edges)

    @cached_property
    def scores(self) -> dict[str, Score]:
        """The score of each namespace that has a workload which is asked about."""
        within: defaultdict[str, list[ReadyEdge]] = defaultdict(list)
        for edge in self.edges:
            for name in edge.namespaces:
                within[name].append(edge)
        names = {_namespace(one) for one in self.needed.asked}
        return {name: Score.of(within[name]) for name in sorted(names)}

    def reaches(self, least: float) -> bool | None:
        """Tell whether the cluster and every namespace score so much; None where there is no edge to judge by.

        Parameters
        ----------
        least : float
            From 0 to 100.
        """
        values = [one.value for one in (self.score, *self.scores.values())]
        known = [value for value in values if value is not None]
        return all(value >= least for value in known) if known else None

    @property
    def notes(self) -> tuple[str, ...]:
        """The score of the cluster, and what has no answer, a sentence each."""
        return tuple(self._told())

    def _told(self) -> Iterator[str]:
        score = self.score
        if score.value is None:
            yield "There is no edge to judge by: nothing is known to be needed, and no policy admits anything."
        else:
            parts = ", ".join(f"{getattr(score, one.value):,} {one.value}" for one in ReadyAnswer)
            yield f"The cluster scores {score.value:.1f} of 100: {parts}."
        if self.unanswered:
            yield f"{count_of(len(self.unanswered), 'edge')} without an answer: it is not known who is at an end."
        why = Counter(one.why for one in self.needed.left_out)
        yield from (f"{count:,} not judged: {one.meaning}." for one, count in sorted(why.items()))

    def _facts(self) -> Iterator[str]:
        yield from (f"{getattr(self.score, one.value):,} {one.value}" for one in ReadyAnswer)

    def of(self, *answers: ReadyAnswer | str) -> tuple[ReadyEdge, ...]:
        """Return the edges with some answers.

        Parameters
        ----------
        *answers : {"missing", "unprotected", "unused", "correct"}

        Raises
        ------
        ValueError
            If there is no such answer.
        """
        wanted = {ReadyAnswer(one) for one in answers}
        return tuple(one for one in self.edges if one.answer in wanted)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each edge, the gravest answers first; columns as in `frames.READINESS`."""
        order = list(ReadyAnswer)
        return READINESS.from_rows(
            (
                one.answer.value,
                one.src,
                one.dst,
                str(one.ports),
                one.ports.intervals,
                _namespace(one.src),
                _namespace(one.dst),
                basis_words(one.needs),
                tuple(str(need) for need in one.needs),
                one.decided_by,
            )
            for one in sorted(self.edges, key=lambda one: order.index(one.answer))
        )

    def namespaces(self) -> pd.DataFrame:
        """Return one row for each namespace, with the parts of its score; columns as in `frames.READY_NAMESPACES`."""
        return READY_NAMESPACES.from_rows(
            (
                name,
                None if one.value is None else round(one.value, 1),
                *one,
                *((None, None) if one.value is None else (one.coverage, one.precision)),
            )
            for name, one in self.scores.items()
        )


def readiness(  # noqa: PLR0913  (each says in another way what is needed)
    cluster: Cluster,
    flows: Flows | None = None,
    baselines: Baselines | None = None,
    required: Any = (),  # noqa: ANN401  (as the strategy required-connections takes it)
    declared: bool = True,  # noqa: FBT001, FBT002  (one of the sources)
    *,
    semantics: Semantics = Semantics(),
    progress: Progress = no_progress,
) -> Readiness:
    """Return what policies admit against what is needed.

    Parameters
    ----------
    cluster : Cluster
    flows : Flows, optional
        Edges that were seen to pass are needed.
    baselines : Baselines, optional
        So are their peers.
    required : path, text, frame or iterable, optional
        So are the connections of a list, as the strategy ``required-connections`` reads it.
    declared : bool
        So is what manifests declare, as the strategy ``build-time`` finds it.
    semantics : Semantics, optional
    progress : Progress, optional

    Raises
    ------
    ArgumentError, MissingFileError
        If the list cannot be read.
    TypeError
        If the cluster is none.
    """
    if not isinstance(cluster, Cluster):
        no_cluster(cluster, "readiness")
    allowed = evaluate(cluster, semantics=semantics, progress=progress)
    needed = needed_edges(cluster, flows, baselines, required, declared=declared)
    edges: list[ReadyEdge] = []
    unanswered: list[tuple[NeededEdge, str]] = []
    for edge, (answer, said) in zip(needed.edges, _answers(allowed, needed.edges), strict=True):
        if answer is None:
            unanswered.append((edge, said[0]))
        else:
            near = _asked_about(needed, edge.src, edge.dst)
            edges.append(ReadyEdge(answer, edge.src, edge.dst, edge.ports, edge.needs, said, near))
    edges += _unused(allowed, needed, Platforms.of(allowed, semantics, None))
    return Readiness(allowed, needed, tuple(edges), tuple(unanswered))


def _answers(
    allowed: Connectivity, edges: Iterable[NeededEdge]
) -> Iterator[tuple[ReadyAnswer | None, tuple[str, ...]]]:
    """Yield the answer about each edge, and the policies behind it; without an answer, why there is none."""
    listed = list(edges)
    questions = [
        (src, dst, port, protocol)
        for one in listed
        for src, dst in one.ends
        for protocol, low, high in one.ports.intervals
        for port in dict.fromkeys((low, high))
    ]
    found = iter(allowed.verdicts(questions))
    for one in listed:
        ((_, low, high),) = one.ports.intervals
        verdicts = [next(found) for _ in one.ends for _ in dict.fromkeys((low, high))]
        if any(each.verdict is None for each in verdicts):
            yield None, (next(each.reason for each in verdicts if each.verdict is None),)
            continue
        refs = tuple(dict.fromkeys(ref for each in verdicts for ref in each.decided_by))
        if any(each.verdict != "allowed" for each in verdicts) or not _is_whole(allowed, one):
            yield ReadyAnswer.MISSING, refs
        else:
            restricted = all(each.decided_by for each in verdicts)
            yield (ReadyAnswer.CORRECT if restricted else ReadyAnswer.UNPROTECTED), refs


def _is_whole(allowed: Connectivity, edge: NeededEdge) -> bool:
    """Tell whether all ports of a range are allowed, of which the first and the last are."""
    ((_, low, high),) = edge.ports.intervals
    if high - low <= 1:
        return True
    answers = (allowed.query(src, dst) for src, dst in edge.ends)
    return all(not edge.ports - (one.connection - one.in_part) for one in answers)


class _Explicit(NamedTuple):
    """What policies admit from one end to another."""

    src: Peer
    dst: Peer
    ports: PortSet
    refs: tuple[str, ...]


class _Wanted:
    """What is between two ends that is needed, or that platforms need.

    Parameters
    ----------
    needed : Needed
    platforms : iterable of (str, str, PortSet)
    """

    def __init__(self, needed: Needed, platforms: Iterable[tuple[str, str, PortSet]]) -> None:
        self._of_pairs: defaultdict[tuple[str, str], list[PortSet]] = defaultdict(list)
        self._outside: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]] = defaultdict(list)
        self._platforms: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]] = defaultdict(list)
        for edge in needed.edges:
            self._of_pairs[edge.src, edge.dst].append(edge.ports)
            for src, dst in edge.ends:
                _note_outside(self._outside, src, dst, edge.ports)
        for src, dst, ports in platforms:
            self._of_pairs[src, dst].append(ports)
            _note_outside(self._platforms, src, dst, ports)

    def ports(self, src: Peer, dst: Peer) -> PortSet:
        """Return the ports that are needed; of a block, those of any of its addresses."""
        addresses = src.addresses if src.addresses is not None else dst.addresses
        if addresses is None:
            return PortSet.union_of(self._of_pairs.get((_plain(src), _plain(dst)), ()))
        at = ("", _plain(dst)) if src.addresses is not None else (_plain(src), "")
        found = [ports for those, ports in self._outside.get(at, ()) if those & addresses]
        # A rule for the API server alone is not unused; one for the internet is, though the server may be there.
        found += [ports for those, ports in self._platforms.get(at, ()) if not addresses - those]
        return PortSet.union_of(found)


def _note_outside(
    found: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]], src: str, dst: str, ports: PortSet
) -> None:
    """Note what is needed of addresses, by the other end."""
    for end, at in ((src, ("", dst)), (dst, (src, ""))):
        if (addresses := addresses_named(end)) is not None:
            found[at].append((addresses, ports))


def _unused(allowed: Connectivity, needed: Needed, platforms: Platforms) -> Iterator[ReadyEdge]:
    """Yield what policies admit and nothing needs, once for each two ends; addresses with the same ports are one."""
    wanted = _Wanted(needed, platforms.needed)
    ports: defaultdict[tuple[str, str], list[PortSet]] = defaultdict(list)
    refs: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    outside: defaultdict[tuple[str, str, PortSet, tuple[str, ...]], list[Peer]] = defaultdict(list)
    for one in _explicit(allowed, needed):
        left = one.ports - wanted.ports(one.src, one.dst)
        src, dst = _plain(one.src), _plain(one.dst)
        if not left:
            continue
        if one.src.addresses is not None:
            outside["", dst, left, one.refs].append(one.src)
        elif one.dst.addresses is not None:
            outside[src, "", left, one.refs].append(one.dst)
        else:
            ports[src, dst].append(left)
            refs[src, dst].update(dict.fromkeys(one.refs))
    found = [(src, dst, PortSet.union_of(listed), tuple(refs[src, dst])) for (src, dst), listed in ports.items()]
    for (src, dst, left, said), peers in outside.items():
        name = _joined(peers)
        found.append((src or name, dst or name, left, said))
    for src, dst, left, said in sorted(found, key=lambda one: (*one[:2], one[2].axis)):
        yield ReadyEdge(ReadyAnswer.UNUSED, src, dst, left, (), said, _asked_about(needed, src, dst))


def _joined(peers: Iterable[Peer]) -> str:
    """Return what the addresses of some peers are called together."""
    listed = list(peers)
    return (
        listed[0].name
        if len(listed) == 1
        else str(AddressSet.union_of(one.addresses or AddressSet() for one in listed))
    )


def _explicit(allowed: Connectivity, needed: Needed) -> Iterator[_Explicit]:
    """Yield what some rule of a policy admits between different workloads, and between these and addresses.

    Workloads that policies treat alike are asked about once.
    """
    crowds = allowed.crowds()
    for crowd in crowds.connections:
        sources, destinations = crowds.members[crowd.src], crowds.members[crowd.dst]
        other = destinations[-1] if crowd.src == crowd.dst else destinations[0]
        ports, refs = _admitted(allowed, Connection(sources[0], other, crowd.ports))
        if ports:
            yield from (
                _Explicit(src, dst, ports, refs)
                for src in sources
                for dst in destinations
                if _plain(src) != _plain(dst) and not needed.asked.isdisjoint((_plain(src), _plain(dst)))
            )
    for connection in allowed.outside_connections():
        if needed.asked.isdisjoint((_plain(connection.src), _plain(connection.dst))):
            continue
        ports, refs = _admitted(allowed, connection)
        if ports and None in {connection.src.addresses, connection.dst.addresses}:
            yield _Explicit(connection.src, connection.dst, ports, refs)


def _admitted(allowed: Connectivity, connection: Connection) -> tuple[PortSet, tuple[str, ...]]:
    """Return which ports of a connection rules of policies allow, and which policies these are."""
    (decisions,) = allowed.rules_allowing([connection])
    said = [one for one in decisions if one.policy is not None]
    return PortSet.union_of(one.ports for one in said), tuple(dict.fromkeys(one.ref for one in said))


def _asked_about(needed: Needed, *ends: str) -> frozenset[str]:
    return frozenset(_namespace(end) for end in ends if end in needed.asked)


def _namespace(name: str) -> str:
    """Return the namespace of a workload by its name in maps; empty of anything else."""
    namespace, slash, rest = name.partition("/")
    return namespace if slash and rest.endswith("]") else ""


def _plain(peer: Peer) -> str:
    return peer.name.removesuffix(peer.shape) if peer.shape else peer.name
