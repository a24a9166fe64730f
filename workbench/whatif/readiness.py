"""Is it safe to rely on the policies: what they admit against what is needed, and one score (what-if 11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.ground import Problem, Progress, Result, count_of, no_progress
from workbench.inventory import Cluster, no_cluster
from workbench.whatif.frames import READINESS, READY_NAMESPACES, READY_RULES
from workbench.whatif.losses import Platforms
from workbench.whatif.needed import Needed, NeededEdge, basis_words, needed_edges
from workbench.whatif.ready_edges import ReadyEdge, Score, asked_about, namespace_of
from workbench.whatif.unused import RuleUse, unused
from workbench.whatif.verdicts import ReadyAnswer

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.flows import Flows

__all__ = ["Readiness", "readiness"]


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
    rules_unused : tuple of RuleUse
        The rules that admit what is unused, those that admit the most first.
    """

    _columns: ClassVar[tuple[str, ...]] = ("answer", "src", "dst", "ports", "bases", "decided_by")

    allowed: Connectivity
    needed: Needed
    edges: tuple[ReadyEdge, ...]
    unanswered: tuple[tuple[NeededEdge, str], ...] = ()
    rules_unused: tuple[RuleUse, ...] = ()

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
        names = {namespace_of(one) for one in self.needed.asked}
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
        if self.rules_unused:
            most = self.rules_unused[0]
            rules = count_of(len(self.rules_unused), "rule")
            yield f"What is unused is admitted by {rules}; the most, {count_of(most.unused, 'edge')}, by {most}."
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
                namespace_of(one.src),
                namespace_of(one.dst),
                basis_words(one.needs),
                tuple(str(need) for need in one.needs),
                one.decided_by,
                one.rules,
            )
            for one in sorted(self.edges, key=lambda one: order.index(one.answer))
        )

    def rules(self) -> pd.DataFrame:
        """Return one row for each rule that admits what is unused, the most first; columns as in `frames.READY_RULES`.

        An edge that several rules admit counts for each of them.
        """
        return READY_RULES.from_rows(
            (
                *(one.policy, one.rule, one.unused, one.needed, one.clients, one.servers),
                *(str(one.ports), one.ports.intervals, one.examples, one.place),
            )
            for one in self.rules_unused
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
            near = asked_about(needed, edge.src, edge.dst)
            edges.append(ReadyEdge(answer, edge.src, edge.dst, edge.ports, edge.needs, said, near))
    rest = unused(allowed, needed, Platforms.of(allowed, semantics, None).needed)
    return Readiness(allowed, needed, (*edges, *rest.edges), tuple(unanswered), rest.rules)


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
