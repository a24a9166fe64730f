"""Several changes: one after the other, or side by side so that one of them is chosen (what-if 13)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from workbench.ground import ArgumentError, Problem, Result, Table, count_of
from workbench.whatif.change import ChangeGiven
from workbench.whatif.frames import ALTERNATIVES, COUNTS, DISAGREEMENTS, INTERRUPTED, SEQUENCE
from workbench.whatif.judging import VERDICTS
from workbench.whatif.simulation import Simulation
from workbench.whatif.verdicts import FlowVerdict

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from workbench.whatif.judging import JudgedEdges

__all__ = ["WHOLE", "Alternatives", "SimulatedSequence", "named_changes", "outcome_counts"]

WHOLE: Final = "whole"
"""What the row of all steps together is called."""
_HARM: Final = ("flows_cut", "losses", "cut_off", "flows_uncertain", "openings", "unprotected", "closings")
"""What makes one change worse than another, the gravest first."""
_EDGE: Final = ("src", "dst", "protocol", "port", "flows")


class _Several(Result):
    """Several simulations that begin with what was seen of the same cluster."""

    _written_as: ClassVar[str] = "simulations"
    _columns: ClassVar[tuple[str, ...]] = ("name", "verdict", "flows_cut", "flows_uncertain", "openings", "losses")
    _table: ClassVar[Table]
    _table_of_edges: ClassVar[Table]

    @property
    @abstractmethod
    def simulations(self) -> Mapping[str, Simulation]:
        """Each by the name of its row, in the order of the rows."""

    @abstractmethod
    def _matters(self, judged: Sequence[JudgedEdges]) -> npt.NDArray[np.bool_]:
        """Tell of which edges of one time it matters what becomes of them, as the rows judge them."""

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster and the changes were read from."""
        return tuple(dict.fromkeys(said for one in self.simulations.values() for said in one.problems_found))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each; columns as in `frames.SEQUENCE` and `frames.ALTERNATIVES`."""
        return self._table.from_rows(
            (name, one.verdict, *outcome_counts(one).values()) for name, one in self.simulations.items()
        )

    def edges(self, first: int = 0, most: int | None = None, text: str = "") -> pd.DataFrame:
        """Return the edges that matter most, with what each change does to them.

        Of steps, those that the whole keeps, and one of them cuts; of alternatives, those about which they disagree.

        Parameters
        ----------
        first : int
            How many edges come before.
        most : int, optional
            How many edges are asked for; all by default.
        text : str, optional
            Only edges of which an end has this in its name.

        Returns
        -------
        DataFrame
            Columns as in `frames.INTERRUPTED` and `frames.DISAGREEMENTS`: for each edge, a row for each change.
        """
        rows: list[tuple[Any, ...]] = []
        begin, end = first, None if most is None else first + most
        for judged, places in self._found(text):
            chosen = places[max(0, begin) : None if end is None else max(0, end)]
            begin, end = begin - len(places), None if end is None else end - len(places)
            said = [[VERDICTS[code].value for code in one.verdicts[chosen].tolist()] for one in judged]
            edges = judged[0].edges.iloc[chosen][list(_EDGE)]
            for number, edge in enumerate(edges.itertuples(index=False, name=None)):
                rows += ((*edge, name, said[place][number]) for place, name in enumerate(self.simulations))
        return self._table_of_edges.from_rows(rows)

    def edge_count(self, text: str = "") -> int:
        """Return how many edges `edges` lists; each has a row for each change.

        Parameters
        ----------
        text : str, optional
            Only edges of which an end has this in its name.
        """
        return sum(len(places) for _, places in self._found(text))

    def _found(self, text: str) -> Iterator[tuple[Sequence[JudgedEdges], npt.NDArray[np.intp]]]:
        """Yield how the edges of each time are judged, and which of them matter."""
        wanted = text.strip()
        for judged, places in self._mattering:
            if wanted and len(places):
                ends = judged[0].edges.iloc[places]
                has = [ends[end].astype("str").str.contains(wanted, case=False, regex=False) for end in ("src", "dst")]
                yield judged, places[(has[0] | has[1]).to_numpy(dtype=np.bool_)]
            else:
                yield judged, places

    @cached_property
    def _mattering(self) -> tuple[tuple[Sequence[JudgedEdges], npt.NDArray[np.intp]], ...]:
        times = zip(*(one.pasts for one in self.simulations.values()), strict=True)
        judged = [[past.judged for past in pasts] for pasts in times]
        return tuple((one, np.flatnonzero(self._matters(one))) for one in judged)


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedSequence(_Several):
    """Changes, each made after the one before it. Made by `Simulator.sequence`.

    Attributes
    ----------
    steps : mapping of str to Simulation
        What each step does to the cluster with those before it.
    whole : Simulation
        What all of them together do.
    """

    _table: ClassVar[Table] = SEQUENCE
    _table_of_edges: ClassVar[Table] = INTERRUPTED

    steps: Mapping[str, Simulation]
    whole: Simulation

    @property
    def simulations(self) -> Mapping[str, Simulation]:
        """The steps, and the whole."""
        return {**self.steps, WHOLE: self.whole}

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether a step cuts what the whole keeps; a sentence."""
        edges = self.edge_count()
        return (f"{count_of(edges, 'edge')} that the whole keeps would be cut on the way.",) if edges else ()

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.steps), "step")
        yield self.whole.verdict

    def _matters(self, judged: Sequence[JudgedEdges]) -> npt.NDArray[np.bool_]:
        *steps, whole = judged
        cut = np.zeros(len(whole.edges), dtype=np.bool_)
        for one in steps:
            cut |= one.verdicts == VERDICTS.index(FlowVerdict.CUT)
        cut &= whole.verdicts == VERDICTS.index(FlowVerdict.KEPT)
        return cut


@dataclass(frozen=True, eq=False, repr=False)
class Alternatives(_Several):
    """Changes of which one is to be chosen. Made by `Simulator.alternatives`.

    Attributes
    ----------
    given : mapping of str to Simulation
        What each of them does, in the order in which they were given.
    """

    _table: ClassVar[Table] = ALTERNATIVES
    _table_of_edges: ClassVar[Table] = DISAGREEMENTS

    given: Mapping[str, Simulation]

    @property
    def simulations(self) -> Mapping[str, Simulation]:
        """Each by its name; the one that breaks least first."""
        return self._in_order

    @cached_property
    def _in_order(self) -> Mapping[str, Simulation]:
        return dict(sorted(self.given.items(), key=lambda one: _harm(one[1])))

    @property
    def best(self) -> str:
        """The name of the one that breaks least."""
        return next(iter(self.simulations))

    @property
    def notes(self) -> tuple[str, ...]:
        """About how many edges they disagree; a sentence."""
        edges = self.edge_count()
        return (f"They disagree about {count_of(edges, 'edge')} of what was seen.",) if edges else ()

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.given), "alternative")
        yield f"{self.best} breaks least"

    def _matters(self, judged: Sequence[JudgedEdges]) -> npt.NDArray[np.bool_]:
        first, *others = judged
        differs = np.zeros(len(first.edges), dtype=np.bool_)
        for one in others:
            differs |= one.verdicts != first.verdicts
        return differs


def named_changes(given: Mapping[str, ChangeGiven] | Iterable[ChangeGiven], called: str) -> dict[str, ChangeGiven]:
    """Return changes by their names.

    Parameters
    ----------
    given : mapping of str to change, or iterable of changes
    called : str
        How those without a name are called, with a place for their number; a file has its own name.

    Raises
    ------
    ArgumentError
        If there is none, or if what is given is one change and not several.
    """
    if isinstance(given, (str, Path)) or not isinstance(given, (Mapping, Iterable)):
        message = "one change is given where several are asked for"
        raise ArgumentError(message, "give a list of changes, or a mapping with their names")
    found: dict[str, ChangeGiven] = {}
    if isinstance(given, Mapping):
        found = {str(name): change for name, change in given.items()}
    else:
        for number, change in enumerate(given, start=1):
            is_file = isinstance(change, Path) or (isinstance(change, str) and "\n" not in change)
            name = str(change) if is_file else called.format(number)
            found[name if name not in found else f"{name} ({number})"] = change
    if not found:
        message = "there is no change"
        raise ArgumentError(message, "give one or several")
    return found


def outcome_counts(one: Simulation) -> dict[str, int]:
    """Return what is counted of a simulation, by the names of columns.

    Parameters
    ----------
    one : Simulation
    """
    changes = [change.change for change in one.workload_changes]
    counts = (
        *(one.count(verdict) for verdict in FlowVerdict),
        one.difference.opened_count,
        one.difference.closed_count,
        len(one.losses_found),
        changes.count("cut-off"),
        changes.count("unprotected"),
    )
    return dict(zip(COUNTS, counts, strict=True))


def _harm(one: Simulation) -> tuple[int, ...]:
    """Return how much a change breaks: what was seen first, then what would be, then what is opened."""
    counts = outcome_counts(one)
    return tuple(counts[name] for name in _HARM)
