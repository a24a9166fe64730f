"""The answer to "may this end reach that one": allowed, denied or partly, and the rules behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from workbench.connectivity.decisions import Decision
from workbench.connectivity.frames import REASONS, rule_cells
from workbench.ground import (
    ALL_PORTS,
    NO_PORTS,
    ArgumentError,
    PortSet,
    Result,
    View,
    count_of,
    one_line,
    visible,
)
from workbench.manifests import field_path
from workbench.policy import Direction

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Verdict", "VerdictWord"]

VerdictWord: TypeAlias = Literal["allowed", "denied", "partly"]


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What one end permits, and why: the egress of a source, or the ingress of a destination.

    Attributes
    ----------
    direction : Direction
    workload : str
        The end, as the map prints it.
    ports : PortSet
        What is permitted in every case.
    reasons : tuple of Decision
    in_part : PortSet
        What is permitted in some cases only: by some of the pods, or to some of the addresses, that are meant.
    """

    direction: Direction
    workload: str
    ports: PortSet
    reasons: tuple[Decision, ...]
    in_part: PortSet = NO_PORTS

    def state(self, asked: PortSet) -> VerdictWord:
        """Return the verdict of this end alone about the ports `asked`."""
        if not asked - self.ports:
            return "allowed"
        return "partly" if asked & (self.ports | self.in_part) else "denied"

    @property
    def _said(self) -> tuple[object, ...]:
        return self.direction, self.workload, self.ports, self.in_part, tuple(reason.said for reason in self.reasons)

    def __eq__(self, other: object) -> bool:
        return self._said == other._said if isinstance(other, Verdict) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._said)

    def __repr__(self) -> str:
        """Return what it permits, and how many reasons there are."""
        reasons = count_of(len(self.reasons), "reason")
        return one_line(f"Verdict({self.direction} of {self.workload}: {self.ports}, {reasons})")


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Result):
    """The answer to "may `src` reach `dst`".

    Attributes
    ----------
    src, dst : str
        Names of the ends, as the map prints them; addresses as asked.
    asked : PortSet
        The ports that the question was about: those that a Service offers, where one was asked about without
        a port; otherwise all, where none was named.
    connection : PortSet
        Everything that is allowed between the two.
    verdicts : tuple of Verdict
        For each end that is a workload: what it permits, and why.
    service : str
        ``Service namespace/name``, where the question named one that leads to `dst`; else empty.
    in_part : PortSet
        Ports that are allowed in some cases only, of which `notes` say which: between some of the pods or
        addresses that are meant, or under a condition that the manifests do not tell.
    notes : tuple of str
        What else there is to know about the answer, a sentence each.
    obstacle : str
        What keeps the two apart whatever policies say: an end that has no network, or a Service that does not
        offer the port; empty for nothing of the kind.
    parts : tuple of Answer
        If the question was about a Service with several workloads behind it: the answer about each of them.
        `connection` then has those of the ports `asked` that are allowed to every workload that listens on them.
    """

    _written_as = "answer"
    _columns = ("direction", "workload", "effect", "ports", "policy", "rule", "file", "line")
    src: str
    dst: str
    asked: PortSet
    connection: PortSet
    verdicts: tuple[Verdict, ...]
    service: str = ""
    in_part: PortSet = NO_PORTS
    notes: tuple[str, ...] = ()
    obstacle: str = ""
    parts: tuple[Answer, ...] = ()
    origins: tuple[Result, ...] = field(default=(), compare=False)

    @property
    def verdict(self) -> VerdictWord:
        """``allowed`` if everything that was asked about is allowed, ``denied`` if nothing is; else ``partly``."""
        if not self.asked - self._sure:
            return "allowed"
        return "partly" if self.asked & (self.connection | self.in_part) else "denied"

    @property
    def allowed(self) -> bool:
        """Whether the verdict is ``allowed``: everything that was asked about is allowed in every case."""
        return self.verdict == "allowed"

    @property
    def decided_by(self) -> tuple[str, ...]:
        """The policies behind the answer, as ``Kind namespace/name``: of a denial, those of the ends that deny."""
        deciding = (one for one in self.verdicts if self.allowed or self.asked - one.ports)
        return tuple(dict.fromkeys(reason.ref for one in deciding for reason in one.reasons if reason.ref))

    @property
    def _sure(self) -> PortSet:
        return self.asked & (self.connection - self.in_part)

    def __bool__(self) -> bool:
        """Tell whether the verdict is ``allowed``; of ``partly``, neither yes nor no is true.

        Raises
        ------
        ArgumentError
            If the verdict is ``partly``.
        """
        if self.verdict == "partly":
            message = (
                "the answer is neither yes nor no but 'partly': compare .verdict with 'allowed', or read .connection"
            )
            raise ArgumentError(message)
        return self.allowed

    @property
    def headline(self) -> str:
        """The answer in one line."""
        asked = "" if self.asked == ALL_PORTS else f" on {self.asked}"
        verdict, sure = self.verdict, self._sure
        if self.obstacle:
            return f"{verdict}: {self.obstacle}."
        if verdict != "partly":
            return f"{verdict}: {self.src} {'may' if self.allowed else 'may not'} reach {self.dst}{asked}."
        if {part.verdict for part in self.parts} == {"allowed", "denied"}:
            reached = f"{sum(part.allowed for part in self.parts)} of the {len(self.parts)} workloads"
            return f"partly: {self.src} may reach {reached} behind {self.service}{asked}."
        doubtful = self.asked & self.in_part
        if not doubtful:
            return f"partly: {self.src} may reach {self.dst}, but only on {sure}."
        if not sure:
            where = asked if doubtful == self.asked else f" on {doubtful}"
            return f"partly: {self.src} may reach {self.dst}{where} in some cases only."
        return f"partly: {self.src} may reach {self.dst} on {sure}, and on other ports in some cases only."

    def _facts(self) -> Iterator[str]:
        yield self.headline

    def __str__(self) -> str:
        """Return the answer and its reasons as a few lines of text."""
        return "\n".join(map(visible, self._lines()))

    def _lines(self) -> Iterator[str]:
        yield self.headline
        if self.parts:
            yield from (f"  {line}" for part in self.parts for line in part._lines())  # noqa: SLF001  (one of us)
            return
        asked = "" if self.asked == ALL_PORTS else f" on {self.asked}"
        if self.service and not self.obstacle:
            yield f"  {self.service} leads there{asked}."
        yield from (f"  {note}" for note in self.notes)
        for verdict in self.verdicts:
            yield f"  {verdict.direction.capitalize()} of {verdict.workload}: {verdict.state(self.asked)}"
            yield from (f"    - {reason}" for reason in verdict.reasons)
        if asked and not self.obstacle:
            yield f"  All that is allowed between the two: {self.connection}"

    def _given(self) -> object:
        return (self,)  # the command line asks for several at once

    def _view(self) -> View:
        view = super(Answer, self)._view()
        parts = tuple(part.headline for part in self.parts)
        return replace(
            view,
            title=self.headline,
            facts=(),
            notes=(*parts, *view.notes),
            rows=view.rows if view.rows and view.rows.rows else None,
        )

    def explain(self) -> str:
        """Return the answer and its reasons as text."""
        return str(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each policy or rule that decides; columns as in `frames.REASONS`."""
        return REASONS.from_rows(
            (
                answer.verdict,
                verdict.direction.value,
                verdict.workload,
                answer.dst if verdict.direction is Direction.EGRESS else answer.src,
                verdict.state(answer.asked),
                reason.effect.value,
                reason.ref,
                field_path(reason.path),
                *rule_cells(reason.rule),
                str(reason.ports),
                reason.file,
                reason.line,
            )
            for answer in self.parts or (self,)
            for verdict in answer.verdicts
            for reason in verdict.reasons
        )
