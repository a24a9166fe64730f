"""What a change does: to policies, connections, workloads, what platforms need, and the flows that were seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np
import pandas as pd

from workbench.connectivity import Connectivity, ConnectivityDiff, diff
from workbench.ground import ArgumentError, FirstRows, Problem, Result, count_of, first_rows
from workbench.whatif.change import ClusterChange
from workbench.whatif.frames import JUDGED, LOSSES, RISKS, WORKLOADS_CHANGED
from workbench.whatif.history import Span
from workbench.whatif.judging import CERTAIN, DOUBTS, VERDICTS, JudgedEdges
from workbench.whatif.losses import Loss, Platforms
from workbench.whatif.risks import risk_rows, verdict_of
from workbench.whatif.verdicts import Doubt, FlowVerdict
from workbench.whatif.workloads import WorkloadChange, changed_workloads

if TYPE_CHECKING:
    import numpy.typing as npt

    from workbench.baseline import Baselines
    from workbench.external import AddressBook

__all__ = ["Past", "Simulation"]

_WORDS: Final = ("allowed", "partly", "denied")
_OF_EDGES: Final = ("src", "dst", "protocol", "port", "src_namespace", "dst_namespace")
_SEEN: Final = ("flows", "flows_denied", "first_seen", "last_seen")


class Past(NamedTuple):
    """The flows of a time, with what becomes of them.

    Attributes
    ----------
    start, end : datetime or None
        Of the span of a history; None where there is no bound, or no history.
    judged : JudgedEdges
    """

    start: datetime | None
    end: datetime | None
    judged: JudgedEdges

    @classmethod
    def of(cls, span: Span | None, judged: JudgedEdges) -> Past:
        """Return the flows of a span, or those of no certain one.

        Parameters
        ----------
        span : Span or None
        judged : JudgedEdges
        """
        return cls(None, None, judged) if span is None else cls(span.start, span.end, judged)


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Result):
    """What a change does. Made by `simulate`.

    Attributes
    ----------
    change : ClusterChange
    before, after : Connectivity
        Of the cluster as it is now.
    pasts : tuple of Past
        The flows that were seen; of each span of a history apart.
    baselines : Baselines or None
    platforms : Platforms or None
        What platforms need.
    book : AddressBook or None
        Who is outside.
    """

    _written_as: ClassVar[str] = "simulation"
    _columns: ClassVar[tuple[str, ...]] = ("risk", "src", "dst", "ports", "flows", "last_seen", "detail")

    change: ClusterChange
    before: Connectivity
    after: Connectivity
    pasts: tuple[Past, ...] = ()
    baselines: Baselines | None = None
    platforms: Platforms | None = None
    book: AddressBook | None = None

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster and the change were read from."""
        return self.change.problems_found

    def _facts(self) -> Iterator[str]:
        yield self.verdict
        yield from self.change._facts()  # noqa: SLF001  (of this room)

    def _first_rows(self) -> FirstRows:
        return first_rows(self.to_frame(), self._columns, noun="risk")

    @cached_property
    def verdict(self) -> str:
        """What the change does, in one line."""
        return verdict_of(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why flows are uncertain, counted, and what else the rows do not say; a sentence each."""
        counts = self.doubt_counts().items()
        doubts = (f"{count_of(count, 'flow')} uncertain: {doubt.meaning}." for doubt, count in counts)
        return (*doubts, *self.difference.notes)

    def doubt_counts(self) -> dict[Doubt, int]:
        """Return how many flows are uncertain for which reason; reasons that apply to none are left out."""
        counts: Counter[Doubt] = Counter()
        for past in self.pasts:
            counts.update(past.judged.doubt_counts())
        return {doubt: counts[doubt] for doubt in Doubt if counts[doubt]}

    @cached_property
    def difference(self) -> ConnectivityDiff:
        """The connections that the change opens, closes and changes, whether they were ever seen or not."""
        return diff(self.before, self.after)

    def count(self, verdict: FlowVerdict | str) -> int:
        """Return how many flows have a verdict.

        Parameters
        ----------
        verdict : FlowVerdict or str
        """
        return sum(past.judged.count(FlowVerdict(verdict))[1] for past in self.pasts)

    def flows(self, *verdicts: FlowVerdict | str) -> pd.DataFrame:
        """Return the edges that were seen, with what becomes of them.

        Parameters
        ----------
        *verdicts : {"cut", "opened", "uncertain", "kept", "still-denied"}
            Keep to these; all without any.

        Returns
        -------
        DataFrame
            Columns as in `frames.JUDGED`, the worst first. An edge has one row for each verdict, before and after.

        Raises
        ------
        ArgumentError
            If there is no such verdict.
        """
        wanted = _verdicts(verdicts)
        return self.flows_at(past.judged.of(wanted) for past in self.pasts)

    def flows_at(self, places: Iterable[npt.NDArray[np.intp]]) -> pd.DataFrame:
        """Return some of the edges that were seen, with what becomes of them; columns as in `frames.JUDGED`.

        Parameters
        ----------
        places : iterable of ndarray of int
            Of each of `pasts`, where they are in it.
        """
        found = zip(self.pasts, places, strict=True)
        parts = [self._rows(past.judged, mine) for past, mine in found if len(mine)]
        return _merged(pd.concat(parts, ignore_index=True)) if parts else JUDGED.from_rows(())

    def _rows(self, judged: JudgedEdges, places: npt.NDArray[np.intp]) -> pd.DataFrame:
        edges = judged.edges.iloc[places].reset_index(drop=True)
        answers = list(judged.answers(places))
        policies = judged.policy_places
        decided = [() if one is None else one[1].decided_by for one in answers]
        for end in ("src", "dst"):
            block = edges[f"{end}_block"].astype("str")
            edges[end] = edges[end].astype("str").where(block == "", block)
        cells: dict[str, Any] = {name: edges[name] for name in (*_OF_EDGES, *_SEEN)}
        cells |= {
            "verdict": [VERDICTS[code].value for code in judged.verdicts[places].tolist()],
            "before": [_word(None if one is None else one[0].verdict) for one in answers],
            "after": [_word(None if one is None else one[1].verdict) for one in answers],
            "decided_by": pd.Series(decided, dtype="object"),
            "places": pd.Series([_at(refs, policies) for refs in decided], dtype="object"),
            "doubt": ["" if code == CERTAIN else DOUBTS[code].value for code in judged.doubts[places].tolist()],
            "baseline": self._known(edges),
        }
        return JUDGED.from_columns(cells)

    def _known(self, edges: pd.DataFrame) -> Any:  # noqa: ANN401  (a column, or one text for all)
        if self.baselines is None or edges.empty:
            return [""] * len(edges)
        return self.baselines.status(edges)["status"].astype("str").tolist()

    @cached_property
    def workload_changes(self) -> tuple[WorkloadChange, ...]:
        """The workloads that become protected or unprotected, cut off or reachable again."""
        return tuple(changed_workloads(self.before, self.after))

    def workloads(self) -> pd.DataFrame:
        """Return the workloads that change as a whole; columns as in `frames.WORKLOADS_CHANGED`."""
        return WORKLOADS_CHANGED.from_rows(
            (one.change, one.workload, one.namespace, one.directions) for one in self.workload_changes
        )

    @cached_property
    def losses_found(self) -> tuple[Loss, ...]:
        """What platforms give workloads, or need of them, that the change denies."""
        return () if self.platforms is None else tuple(self.platforms.losses(self.after))

    def losses(self) -> pd.DataFrame:
        """Return what platforms need that the change denies; columns as in `frames.LOSSES`."""
        return LOSSES.from_rows(
            (one.what, one.meaning, one.workload, one.peer, str(one.ports), one.decided_by) for one in self.losses_found
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the risks of the change, the gravest first; columns as in `frames.RISKS`."""
        return RISKS.from_rows(self._risks)

    @cached_property
    def _risks(self) -> tuple[tuple[Any, ...], ...]:
        return tuple(risk_rows(self))


def _verdicts(wanted: Iterable[FlowVerdict | str]) -> tuple[FlowVerdict, ...]:
    try:
        return tuple(FlowVerdict(one) for one in wanted) or VERDICTS
    except ValueError as error:
        message = f"{error.args[0]}: a flow is {', '.join(one.value for one in FlowVerdict)}"
        raise ArgumentError(message) from error


def _word(verdict: str | None) -> str:
    return verdict if verdict in _WORDS else ""


def _at(refs: Iterable[str], places: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(places[ref] for ref in refs if ref in places))


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of several times; those of which all but the flows is the same are one, the worst first."""
    by = [name for name in JUDGED.names if name not in _SEEN]
    keys = rows[by].assign(port=rows["port"].fillna(0), row=np.arange(len(rows)))
    order = rows["verdict"].map({one.value: number for number, one in enumerate(VERDICTS)})
    groups = keys.groupby(by, sort=False, observed=True)["row"]
    first = groups.transform("first").to_numpy()
    summed = rows.assign(order=order, group=first).groupby("group", sort=True)
    found = rows.loc[np.unique(first)].assign(
        flows=summed["flows"].sum().to_numpy(),
        flows_denied=summed["flows_denied"].sum().to_numpy(),
        first_seen=summed["first_seen"].min().to_numpy(),
        last_seen=summed["last_seen"].max().to_numpy(),
        order=summed["order"].first().to_numpy(),
    )
    found = found.sort_values(["order", "flows", "src", "dst"], ascending=[True, False, True, True], kind="stable")
    return JUDGED.from_columns({name: found[name].reset_index(drop=True) for name in JUDGED.names})
