"""What becomes of each edge that was seen by a change: asked before it once, and after it where it has a say.

All edges are kept as arrays, so that to try another change takes no longer than what it touches (what-if 2, 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from workbench.connectivity import touched_workloads
from workbench.ground import PROTOCOLS, addresses_named
from workbench.whatif.verdicts import Doubt, FlowVerdict

if TYPE_CHECKING:
    import numpy.typing as npt

    from workbench.connectivity import Connectivity, EdgeVerdict
    from workbench.inventory import Cluster

    Codes = npt.NDArray[np.int8]
    Mask = npt.NDArray[np.bool_]

__all__ = ["EdgeJudge", "JudgedEdges"]

VERDICTS: Final = tuple(FlowVerdict)
DOUBTS: Final = tuple(Doubt)
CERTAIN: Final = -1
"""Stands for no doubt."""

_NO_ANSWER, _DENIED, _PARTLY, _ALLOWED = range(4)
_CODES: Final[Mapping[str | None, int]] = {None: _NO_ANSWER, "denied": _DENIED, "partly": _PARTLY, "allowed": _ALLOWED}
_ALWAYS_ALLOWED: Final = frozenset({"probe", "own-node"})
"""Marks of what is allowed whatever policies say."""
_SHORT: Final = ("src", "dst")
_UNKNOWN: Final = "Unknown"


@dataclass(frozen=True, eq=False)
class JudgedEdges:
    """Edges that were seen, each with what becomes of it.

    Attributes
    ----------
    edges : DataFrame
        Columns as in `flows.LOCATED_EDGES`.
    verdicts : ndarray of int8, shape (edges,)
        Positions in `FlowVerdict`.
    doubts : ndarray of int8, shape (edges,)
        Positions in `Doubt`, or `CERTAIN`.
    before, after : Connectivity
    """

    edges: pd.DataFrame
    verdicts: Codes
    doubts: Codes
    before: Connectivity
    after: Connectivity

    @property
    def words(self) -> list[FlowVerdict]:
        """The verdict of each edge."""
        return [VERDICTS[code] for code in self.verdicts.tolist()]

    def count(self, verdict: FlowVerdict) -> tuple[int, int]:
        """Return how many edges have a verdict, and how many flows these are."""
        edges, flows = self._counts
        place = VERDICTS.index(verdict)
        return edges[place], int(flows[place])

    def doubt_counts(self) -> dict[Doubt, int]:
        """Return how many flows are uncertain for which reason; those that are none are left out."""
        found = np.bincount(self.doubts + 1, self._flows, minlength=len(DOUBTS) + 1)[1:]
        return {doubt: int(count) for doubt, count in zip(DOUBTS, found.tolist(), strict=True) if count}

    def of(self, verdicts: Iterable[FlowVerdict]) -> npt.NDArray[np.intp]:
        """Return where the edges with some verdicts are."""
        return np.flatnonzero(np.isin(self.verdicts, [VERDICTS.index(one) for one in verdicts]))

    def answers(self, places: npt.NDArray[np.intp]) -> Iterator[tuple[EdgeVerdict, EdgeVerdict] | None]:
        """Yield what policies say of edges before, and after with those that decide; None where they are not asked."""
        asked = list(_asked(self.edges.iloc[places]))
        edges = [one for one in asked if one is not None]
        found = zip(self.before.verdicts(edges, deciding=False), self.after.verdicts(edges), strict=True)
        return (None if one is None else next(found) for one in asked)

    @cached_property
    def policy_places(self) -> dict[str, str]:
        """Where each policy stands after the change, as ``file:line``."""
        return {one.ref: one.source.place for one in self.after.cluster.objects.policies if one.source.place}

    @cached_property
    def _counts(self) -> tuple[list[int], list[float]]:
        """How many edges, and how many flows, have each verdict."""
        size = len(VERDICTS)
        edges, flows = (np.bincount(self.verdicts, weights, minlength=size) for weights in (None, self._flows))
        return edges.tolist(), flows.tolist()

    @cached_property
    def _flows(self) -> npt.NDArray[np.int64]:
        return self.edges["flows"].to_numpy(dtype=np.int64)


class EdgeJudge:
    """Edges, asked about before any change.

    Parameters
    ----------
    before : Connectivity
    edges : DataFrame
        As `Flows.located_edges` gives them, attributed to the cluster of `before`.
    cluster : Cluster
    reused : collection of str
        Addresses that several pods had, so that it is not known whose flows are.
    pods : collection of str
        Addresses that pods have, be it at another time: where one is an end by itself, it is no one's that is known.
    doubt : Doubt, optional
        Why nothing is certain of any of them.
    """

    def __init__(
        self,
        before: Connectivity,
        edges: pd.DataFrame,
        cluster: Cluster,
        *,
        reused: Iterable[str] = (),
        pods: Iterable[str] = (),
        doubt: Doubt | None = None,
    ) -> None:
        self._doubt = doubt
        self.before, self.edges = before, edges
        self._asked = list(_asked(edges))
        self._has_answer = np.fromiter((one is not None for one in self._asked), np.bool_, len(self._asked))
        self._words = np.zeros(len(edges), dtype=np.int8)
        self._words[self._has_answer] = _words(before, [one for one in self._asked if one is not None])
        self._ends = {end: pd.factorize(edges[end].astype("str"), use_na_sentinel=False) for end in _SHORT}
        on_host = {
            one.peer for one in cluster.objects.workloads if one.shapes and all(s.host_network for s in one.shapes)
        }
        known = set(reused)
        self._in_reused = self._either(known.__contains__) if known else np.zeros(len(edges), dtype=np.bool_)
        self._on_host = self._either(on_host.__contains__) | self._marked({"host-network"})
        self._widened = self._marked({"block-only", "service-widened"})
        self._always = self._marked(_ALWAYS_ALLOWED)
        kinds = [(edges[f"{end}_kind"].astype("str") == _UNKNOWN).to_numpy(dtype=bool) for end in _SHORT]
        no_ones = self._either(frozenset(pods).__contains__)
        self._unknown = kinds[0] | kinds[1] | no_ones
        self._unsure_client = (edges["flows_uncertain"] >= edges["flows"]).to_numpy(dtype=bool)
        self._passed = (edges["flows"] > edges["flows_denied"]).to_numpy(dtype=bool)

    def upon(self, before: Connectivity) -> EdgeJudge:
        """Return a judge of the same edges, for a change that is made after another one.

        Parameters
        ----------
        before : Connectivity
            With the first change.
        """
        found = copy(self)
        found.before = before
        found._words = self._words_of(before, self._touched_by(before))  # noqa: SLF001  (of this class)
        return found

    def _words_of(self, allowed: Connectivity, touched: Mask) -> Codes:
        """Return what policies say of each edge, those being asked about of which they may say something else."""
        words = self._words.copy()
        places = np.flatnonzero(touched & self._has_answer)
        words[places] = _words(allowed, [self._asked[place] for place in places.tolist()])  # type: ignore[misc]
        return words

    def after(self, after: Connectivity) -> JudgedEdges:
        """Return what becomes of each edge.

        Parameters
        ----------
        after : Connectivity
        """
        touched = self._touched_by(after)
        verdicts, doubts = self._judged(self._words, self._words_of(after, touched), touched)
        return JudgedEdges(self.edges, verdicts, doubts, self.before, after)

    def _judged(self, before: Codes, after: Codes, touched: Mask) -> tuple[Codes, Codes]:
        doubts = self._doubts(before, after, touched)
        verdicts = np.full(len(before), VERDICTS.index(FlowVerdict.UNCERTAIN), dtype=np.int8)
        certain = doubts == CERTAIN
        # Where the change has no say, and what policies said of it is not certain, it stays what it was seen to be.
        was = np.where((before == _ALLOWED) | (before == _DENIED), before == _ALLOWED, self._passed) | self._always
        will = np.where(touched & ~self._always, after == _ALLOWED, was)
        for verdict, mask in (
            (FlowVerdict.KEPT, was & will),
            (FlowVerdict.CUT, was & ~will),
            (FlowVerdict.OPENED, ~was & will),
            (FlowVerdict.STILL_DENIED, ~was & ~will),
        ):
            verdicts[certain & mask] = VERDICTS.index(verdict)
        return verdicts, doubts

    def _doubts(self, before: Codes, after: Codes, touched: Mask) -> Codes:
        """Return why it is not certain what becomes of edges; the first reason that applies counts."""
        found = np.full(len(before), CERTAIN if self._doubt is None else DOUBTS.index(self._doubt), dtype=np.int8)
        told = ((before == _ALLOWED) | (before == _DENIED)) & ((after == _ALLOWED) | (after == _DENIED))
        differs = before != after
        asked = touched & ~self._always
        unresolved = self._unknown | (self._has_answer & (before == _NO_ANSWER))
        reasons = (
            (Doubt.REUSED_ADDRESS, unresolved & self._in_reused),
            (Doubt.UNRESOLVED, unresolved | (asked & self._has_answer & (after == _NO_ANSWER))),
            (Doubt.NO_PORT, asked & ~self._has_answer),
            (Doubt.ORIENTATION, asked & self._unsure_client),
            (Doubt.HOST_NETWORK, asked & self._on_host & differs),
            (Doubt.WIDENED, asked & self._widened & (differs | ~told)),
            (Doubt.IN_PART, asked & ~told),
        )
        for doubt, mask in reasons:
            found[mask & (found == CERTAIN)] = DOUBTS.index(doubt)
        return found

    def _touched_by(self, after: Connectivity) -> Mask:
        """Tell of which edges a change may have a say."""
        touched = touched_workloads(self.before, after)
        if touched is None:
            return np.ones(len(self.edges), dtype=np.bool_)
        found = np.zeros(len(self.edges), dtype=np.bool_)
        for end, names in zip(_SHORT, (touched.egress, touched.ingress), strict=True):
            codes, _ = self._ends[end]
            mask = [meant is None or any(one in names for one in meant) for meant in self._workloads[end]]
            found |= np.array(mask, dtype=np.bool_)[codes]
        return found

    @cached_property
    def _workloads(self) -> dict[str, list[tuple[str, ...] | None]]:
        """The workloads that each name of an end means; None where a change may always have a say."""
        names = {name for _, uniques in self._ends.values() for name in map(str, uniques)}
        meant = {name: self._workloads_of(name) for name in names}
        return {end: [meant[str(name)] for name in uniques] for end, (_, uniques) in self._ends.items()}

    def _workloads_of(self, name: str) -> tuple[str, ...] | None:
        found = self.before.workloads_named(name)
        if found:
            return tuple(dict.fromkeys((*(peer.name for peer in found), name)))
        return () if addresses_named(name) is not None else None

    def _either(self, holds: Callable[[str], bool]) -> Mask:
        """Tell of which edges an end has a name of which something holds."""
        found = np.zeros(len(self.edges), dtype=np.bool_)
        for codes, uniques in self._ends.values():
            found |= np.array([holds(str(name)) for name in uniques], dtype=np.bool_)[codes]
        return found

    def _marked(self, marks: Iterable[str]) -> Mask:
        wanted = frozenset(marks)
        return np.fromiter((bool(wanted.intersection(one)) for one in self.edges["marks"]), np.bool_, len(self.edges))


def _asked(edges: pd.DataFrame) -> Iterator[tuple[str, str, int, str] | None]:
    """Yield what policies are asked about each edge; None about what has no port."""
    ports = edges["port"].fillna(0).astype("int64").tolist()
    protocols = edges["protocol"].astype("str").tolist()
    for src, dst, port, protocol in zip(edges["src"].tolist(), edges["dst"].tolist(), ports, protocols, strict=True):
        yield (str(src), str(dst), port, protocol) if port and protocol in PROTOCOLS else None


def _words(allowed: Connectivity, edges: list[tuple[str, str, int, str]]) -> Codes:
    """Return the answer about each edge as a code; of what is kept apart by more than policies, that it has none."""
    found = allowed.verdicts(edges, deciding=False)
    return np.fromiter((_code(one) for one in found), np.int8, len(edges))


def _code(one: EdgeVerdict) -> int:
    return _CODES[one.verdict] if one.verdict != "denied" or not one.reason else _NO_ANSWER
