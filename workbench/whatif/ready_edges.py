"""Edges with what is said of them, admitted against needed, and the score that follows (what-if 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.whatif.verdicts import ReadyAnswer

if TYPE_CHECKING:
    from workbench.generate import Need
    from workbench.ground import PortSet
    from workbench.whatif.needed import Needed

__all__ = ["ReadyEdge", "Score", "asked_about", "namespace_of"]

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
    rules : tuple of str
        Of what is unused, the rules that admit it.
    """

    answer: ReadyAnswer
    src: str
    dst: str
    ports: PortSet
    needs: tuple[Need, ...]
    decided_by: tuple[str, ...]
    namespaces: frozenset[str]
    rules: tuple[str, ...] = ()


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


def asked_about(needed: Needed, *ends: str) -> frozenset[str]:
    """Return the namespaces of those ends that are asked about.

    Parameters
    ----------
    needed : Needed
    *ends : str
    """
    return frozenset(namespace_of(end) for end in ends if end in needed.asked)


def namespace_of(name: str) -> str:
    """Return the namespace of a workload by its name in maps; empty of anything else.

    Parameters
    ----------
    name : str
    """
    namespace, slash, rest = name.partition("/")
    return namespace if slash and rest.endswith("]") else ""
