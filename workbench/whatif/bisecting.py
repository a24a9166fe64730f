"""Which documents of a change cut an edge: those that do it alone, and those without which it stays (what-if 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from workbench.connectivity import Connectivity, touched_workloads
from workbench.ground import ArgumentError, Problem, Result, count_of
from workbench.policy import LeftOut
from workbench.whatif.edges import Edge, concerns, cut_edges, edge_text
from workbench.whatif.frames import BISECTED
from workbench.whatif.ordering import EXACT, applied, check_policies_alone, effective

if TYPE_CHECKING:
    import pandas as pd

    from workbench.policy import Policy
    from workbench.whatif.change import ChangedPolicy
    from workbench.whatif.simulation import Simulation

__all__ = ["Bisection", "bisect"]

CUTS: Final = "cuts"
KEEPS: Final = "keeps"

_Set: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Bisection(Result):
    """Which documents of a change cut an edge. Made by `bisect`.

    Attributes
    ----------
    simulation : Simulation
    edge : (str, str, int, str)
    cutting : tuple of tuple of str
        Sets of documents, as ``Kind namespace/name``: each cuts the edge when nothing else of the change is made, and
        no part of it does.
    keeping : tuple of tuple of str
        Sets of documents: without each, the rest of the change keeps the edge, and no part of it is enough.
    concerned : tuple of str
        The documents that have a say about the ends of the edge.
    tried : int
        How many states were looked at.
    is_exact : bool
        Whether these are all sets; else there are others, perhaps smaller ones.
    """

    simulation: Simulation
    edge: Edge
    cutting: tuple[_Set, ...]
    keeping: tuple[_Set, ...]
    concerned: _Set
    tried: int
    is_exact: bool

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster and the change were read from."""
        return self.simulation.problems_found

    @property
    def notes(self) -> tuple[str, ...]:
        """What the rows do not say, a sentence each."""
        said = f"Documents with a say about {edge_text(self.edge)}: {len(self.concerned):,}"
        if self.is_exact:
            return (f"{said}; these are all sets.",)
        how = f"one set of each kind was looked for among {count_of(self.tried, 'state')}"
        return (f"{said}; {how}, of which no document can be left out, and there may be others.",)

    def _facts(self) -> Iterator[str]:
        yield edge_text(self.edge)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each set of documents; columns as in `frames.BISECTED`."""
        places = {one.ref: one.source.place for one in _policies(self.simulation.change.changed) if one.source.place}
        return BISECTED.from_rows(
            (effect, documents, tuple(places[ref] for ref in documents if ref in places))
            for effect, sets in ((CUTS, self.cutting), (KEEPS, self.keeping))
            for documents in sets
        )


def bisect(simulation: Simulation, edge: Edge) -> Bisection:
    """Return which documents of a change cut an edge.

    Parameters
    ----------
    simulation : Simulation
        Of a change of policies.
    edge : (str, str, int, str)
        Source, destination, port and protocol, as `Connectivity.query` takes them; allowed before the change, and not
        after it.

    Returns
    -------
    Bisection
        Of up to 12 documents that have a say, all sets were tried. Of more, one set of each kind was looked for, and
        the answer says so.

    Raises
    ------
    ArgumentError
        If the change does not cut the edge, or if workloads change, too.
    """
    check_policies_alone(simulation.change)
    for side, expected, when in ((simulation.before, True, "before"), (simulation.after, False, "after")):
        (found,) = side.verdicts([edge], deciding=False)
        if found.verdict is None or (found.verdict == "allowed") is not expected:
            said = found.reason if found.verdict is None else f"it is {found.verdict} {when} the change"
            message = f"the change does not cut {edge_text(edge)}: {said}"
            raise ArgumentError(message)
    asked = _Asked(simulation.before, edge)
    documents = [one for one in effective(simulation.change) if asked.is_concerned(one)]
    refs = [one.ref for one in documents]
    is_exact = len(documents) <= EXACT
    cutting, keeping = (_all_sets if is_exact else _one_set_each)(asked, documents)
    return Bisection(simulation, edge, _named(cutting, refs), _named(keeping, refs), tuple(refs), asked.tried, is_exact)


def _all_sets(asked: _Asked, documents: Sequence[ChangedPolicy]) -> tuple[list[int], list[int]]:
    """Return all minimal sets that cut the edge, and all without which it stays, as bits."""
    cut = asked.every_subset(documents)
    whole = (1 << len(documents)) - 1
    cutting = _minimal(mask for mask, is_cut in enumerate(cut) if is_cut)
    return cutting, _minimal(whole & ~mask for mask, is_cut in enumerate(cut) if not is_cut)


def _one_set_each(asked: _Asked, documents: Sequence[ChangedPolicy]) -> tuple[list[int], list[int]]:
    """Return a set that cuts the edge and one without which it stays, of which no document can be left out."""
    everything = frozenset(range(len(documents)))

    def cuts(chosen: frozenset[int]) -> bool:
        return asked.cuts([documents[number] for number in sorted(chosen)])

    cutting = _shrunk(everything, cuts)
    keeping = _shrunk(everything, lambda left_out: not cuts(everything - left_out))
    return [_bits(cutting)], [_bits(keeping)]


class _Asked:
    """Asks about an edge after some documents of a change."""

    def __init__(self, before: Connectivity, edge: Edge) -> None:
        self._before, self._edge = before, edge
        self.tried = 0

    def is_concerned(self, document: ChangedPolicy) -> bool:
        """Tell whether a document has a say about the edge, whatever others are there."""
        return concerns(self._before, self._edge, touched_workloads(self._before, applied(self._before, [document])))

    def cuts(self, documents: Iterable[ChangedPolicy]) -> bool:
        """Tell whether some documents cut the edge."""
        return self._is_cut(applied(self._before, documents))

    def every_subset(self, documents: Sequence[ChangedPolicy]) -> list[bool]:
        """Tell of each subset whether it cuts the edge; subsets are bits, and states are made of one another."""
        found = [False] * (1 << len(documents))
        states = [(0, 0, self._before)]
        while states:
            mask, first, state = states.pop()
            for number in range(first, len(documents)):
                after = applied(state, [documents[number]])
                found[mask | 1 << number] = self._is_cut(after)
                states.append((mask | 1 << number, number + 1, after))
        return found

    def _is_cut(self, allowed: Connectivity) -> bool:
        self.tried += 1
        return bool(cut_edges(allowed, [self._edge]))


def _minimal(masks: Iterable[int]) -> list[int]:
    """Return the sets that hold no other one."""
    found: list[int] = []
    for mask in sorted(masks, key=int.bit_count):
        if not any(mask & smaller == smaller for smaller in found):
            found.append(mask)
    return found


def _shrunk(numbers: Iterable[int], is_enough: Callable[[frozenset[int]], bool]) -> frozenset[int]:
    """Return a part that is enough and of which nothing can be left out, where the whole is enough."""
    found = frozenset(numbers)
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for number in sorted(found):
            if is_enough(found - {number}):
                found -= {number}
                is_smaller = True
    return found


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _named(masks: Iterable[int], refs: Sequence[str]) -> tuple[_Set, ...]:
    """Return the documents of sets of bits, the smallest set first."""
    sets = (tuple(ref for number, ref in enumerate(refs) if mask >> number & 1) for mask in masks)
    return tuple(sorted(sets, key=lambda documents: (len(documents), documents)))


def _policies(changed: Iterable[ChangedPolicy]) -> Iterator[Policy]:
    """Yield the policies of documents as they stand in the change, or where they are deleted, before it."""
    for one in changed:
        given = one.after or one.before
        if given is not None:
            yield given.policy if isinstance(given, LeftOut) else given
