"""The flows that were seen, a page at a time: of a million edges only those are asked about that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.whatif.judging import VERDICTS
from workbench.whatif.verdicts import FlowVerdict

if TYPE_CHECKING:
    import numpy.typing as npt

    from workbench.whatif.judging import JudgedEdges
    from workbench.whatif.simulation import Simulation

    Numbers = npt.NDArray[np.intp]

__all__ = ["FlowPages", "SeenEdges"]

_PORTS = 1 << 16


class FlowPages:
    """What `Simulation.flows` returns, a part of it at a time, in the same order.

    An edge is a client, a server, a protocol and a port. What tells its rows apart besides, such as policies that
    decide about one pod of a workload, does not count: a page may have some rows more than it has edges.

    Parameters
    ----------
    simulation : Simulation
    earlier : FlowPages, optional
        Of another change that the same `Simulator` tried: what both have in common is taken from it.

    Attributes
    ----------
    edges : SeenEdges
    """

    def __init__(self, simulation: Simulation, earlier: FlowPages | None = None) -> None:
        self.simulation = simulation
        frames = [past.judged.edges for past in simulation.pasts]
        is_known = earlier is not None and earlier.edges.are(frames)
        self.edges: SeenEdges = earlier.edges if earlier is not None and is_known else SeenEdges(tuple(frames))
        self._ranked: dict[FlowVerdict, Numbers] = {}

    def count(self, verdict: FlowVerdict | str, text: str = "") -> int:
        """Return how many edges have a verdict.

        Parameters
        ----------
        verdict : FlowVerdict or str
        text : str, optional
            Only edges of which an end has this in its name.
        """
        wanted = FlowVerdict(verdict)
        if text.strip() or wanted in self._ranked:
            return len(self._listed(wanted, text))
        mask = self._codes == VERDICTS.index(wanted)
        return int(np.count_nonzero(np.bincount(self.edges.numbers[mask], minlength=self.edges.count)))

    def rows(self, verdict: FlowVerdict | str, first: int, most: int, text: str = "") -> pd.DataFrame:
        """Return the rows of some edges; columns as in `frames.JUDGED`, those with most flows first.

        Parameters
        ----------
        verdict : FlowVerdict or str
        first : int
            How many edges come before.
        most : int
            How many edges are asked about.
        text : str, optional
            Only edges of which an end has this in its name.
        """
        wanted = FlowVerdict(verdict)
        return self.simulation.flows_at(self._places(wanted, self._listed(wanted, text)[first : first + most]))

    def judged(self, row: pd.Series) -> JudgedEdges | None:
        """Return what an edge was judged by: what was allowed in the cluster of the last time that it was seen.

        Parameters
        ----------
        row : Series
            One of `rows`.
        """
        verdict = FlowVerdict(row["verdict"])
        wanted = np.flatnonzero(self.edges.is_row(row))
        found = self._places(verdict, wanted)
        pasts = [past.judged for past, places in zip(self.simulation.pasts, found, strict=True) if len(places)]
        return pasts[-1] if pasts else None

    def _listed(self, verdict: FlowVerdict, text: str) -> Numbers:
        """Return the edges with a verdict, in order."""
        if verdict not in self._ranked:
            self._ranked[verdict] = self._rank(verdict)
        found = self._ranked[verdict]
        wanted = text.strip().lower()
        return found[self.edges.named(wanted)[found]] if wanted else found

    def _rank(self, verdict: FlowVerdict) -> Numbers:
        mask = self._codes == VERDICTS.index(verdict)
        numbers = self.edges.numbers[mask]
        flows = np.bincount(numbers, self.edges.flows[mask], minlength=self.edges.count)
        present = np.flatnonzero(np.bincount(numbers, minlength=self.edges.count))
        return present[np.argsort(-flows[present], kind="stable")]

    @cached_property
    def _codes(self) -> npt.NDArray[np.int8]:
        parts = [past.judged.verdicts for past in self.simulation.pasts]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int8)

    def _places(self, verdict: FlowVerdict, wanted: Numbers) -> list[Numbers]:
        """Return where edges with a verdict are among those of each time, in the order of `wanted`."""
        rank = np.full(self.edges.count, -1, dtype=np.intp)
        rank[wanted] = np.arange(len(wanted))
        ranks = rank[self.edges.numbers]
        found = np.flatnonzero((ranks >= 0) & (self._codes == VERDICTS.index(verdict)))
        found = found[np.argsort(ranks[found], kind="stable")]
        bounds = [*self.edges.starts, len(ranks)]
        return [found[(found >= start) & (found < end)] - start for start, end in pairwise(bounds)]


@dataclass(frozen=True, eq=False)
class SeenEdges:
    """The edges of several times, each known by one number: these are in the order of names, protocols and ports.

    Attributes
    ----------
    frames : tuple of DataFrame
        Columns as in `flows.LOCATED_EDGES`.
    """

    frames: tuple[pd.DataFrame, ...]

    def are(self, frames: Sequence[pd.DataFrame]) -> bool:
        """Tell whether these are the edges of some frames.

        Parameters
        ----------
        frames : sequence of DataFrame
        """
        same = (one is other for one, other in zip(self.frames, frames, strict=False))
        return len(self.frames) == len(frames) and all(same)

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where the edges of each time begin."""
        found = [0]
        for frame in self.frames:
            found.append(found[-1] + len(frame))
        return found[:-1]

    @cached_property
    def flows(self) -> npt.NDArray[np.int64]:
        """How many flows each is."""
        return self._column("flows").to_numpy(dtype=np.int64)

    @property
    def numbers(self) -> Numbers:
        """The number of each."""
        return self._numbered[0]

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return len(self._firsts)

    @property
    def _firsts(self) -> Numbers:
        return self._numbered[1]

    @cached_property
    def _ends(self) -> tuple[Numbers, Numbers, pd.Index]:
        """Return the ends as numbers of names, which are in order."""
        shown = []
        for end in ("src", "dst"):
            block = self._column(f"{end}_block").astype("str")
            shown.append(self._column(end).astype("str").where(block == "", block))
        codes, names = pd.factorize(pd.concat(shown, ignore_index=True), sort=True)
        half = len(shown[0])
        return codes[:half], codes[half:], pd.Index(names)

    @cached_property
    def _numbered(self) -> tuple[Numbers, Numbers]:
        """Return the number of each edge, and where each number stands first."""
        src, dst, names = self._ends
        protocols, words = pd.factorize(self._column("protocol").astype("str"), sort=True)
        ports = self._column("port").fillna(0).to_numpy(dtype=np.int64)
        _, pairs = np.unique(src.astype(np.int64) * max(1, len(names)) + dst, return_inverse=True)
        keys = (pairs * max(1, len(words)) + protocols) * _PORTS + ports
        _, firsts, numbers = np.unique(keys, return_index=True, return_inverse=True)
        return numbers, firsts

    def named(self, text: str) -> npt.NDArray[np.bool_]:
        """Tell of each number whether an end has a text in its name, be it in capitals or not."""
        src, dst, names = self._ends
        has = np.fromiter((text in name.lower() for name in names), np.bool_, len(names))
        found: npt.NDArray[np.bool_] = (has[src] | has[dst])[self._firsts]
        return found

    def is_row(self, row: pd.Series) -> npt.NDArray[np.bool_]:
        """Tell which number is that of a row."""
        src, dst, names = self._ends
        ends = names.get_indexer(pd.Index([str(row["src"]), str(row["dst"])]))
        places = self._firsts
        port = 0 if pd.isna(row["port"]) else int(row["port"])
        found: npt.NDArray[np.bool_] = np.zeros(len(places), dtype=np.bool_)
        near = np.flatnonzero((src[places] == ends[0]) & (dst[places] == ends[1]))
        there = places[near]
        is_row = (self._ports[there] == port) & (self._protocols[there] == str(row["protocol"]))
        found[near[is_row]] = True
        return found

    @cached_property
    def _ports(self) -> npt.NDArray[np.int64]:
        return self._column("port").fillna(0).to_numpy(dtype=np.int64)

    @cached_property
    def _protocols(self) -> npt.NDArray[np.object_]:
        return self._column("protocol").astype("str").to_numpy(dtype=object)

    def _column(self, name: str) -> pd.Series:
        parts = [frame[name] for frame in self.frames]
        return pd.concat(parts, ignore_index=True) if parts else pd.Series(dtype="object")
