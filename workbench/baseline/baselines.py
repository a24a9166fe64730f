"""What is normal for each workload: one value to learn with, to decide on, and to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from workbench.baseline import frames, judging, learning, restarting
from workbench.baseline.model import (
    ANOMALOUS,
    BASELINE,
    DEFAULT_PERIOD,
    Decided,
    Head,
    Known,
    Mode,
    Side,
    Suppression,
    utc,
)
from workbench.baseline.records import Records, parts_of, records_of
from workbench.baseline.sides import SIDE, Lookup, side_of_row
from workbench.ground import ArgumentError, NotFoundError, Shown, View, count_of, first_of, first_rows

if TYPE_CHECKING:
    from workbench.baseline.violations import Violations
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Baselines"]


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class Baselines(Shown):
    """What is normal for each workload; it never changes: what is learnt or decided gives a new one.

    Attributes
    ----------
    heads : mapping of str to Head
        By the workload's name, as connectivity names it.
    known : mapping of Side to Known
        What is known of the flows of all baselines.
    suppressions : mapping of Side to Suppression
    period : timedelta
        How long workloads are observed, unless something else is asked for (baselines N2).
    """

    heads: Mapping[str, Head] = field(default_factory=_nothing)
    known: Mapping[Side, Known] = field(default_factory=_nothing)
    suppressions: Mapping[Side, Suppression] = field(default_factory=_nothing)
    period: timedelta = DEFAULT_PERIOD

    def __eq__(self, other: object) -> bool:
        """Tell whether the same is known and decided."""
        return isinstance(other, Baselines) and self.to_records() == other.to_records()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Return how many workloads have a baseline."""
        return len(self.heads)

    def __bool__(self) -> bool:
        """Tell whether any workload has a baseline."""
        return bool(self.heads)

    # Records

    def to_records(self) -> dict[tuple[str, str], Any]:
        """Return the records, by kind and key: one for each smallest thing that is decided (baselines 18)."""
        return records_of(self.heads, self.known, self.suppressions, self.period)

    @classmethod
    def from_records(cls, records: Records) -> Self:
        """Return the baselines that records tell of: the inverse of `to_records`.

        Parameters
        ----------
        records : mapping

        Raises
        ------
        ArgumentError
            If a record is not as `to_records` writes it.
        """
        return cls(*parts_of(records))

    # Learning

    def learn(
        self,
        cluster: Cluster | None,
        flows: Flows,
        *,
        period: timedelta | None = None,
        periods: Mapping[str, timedelta] = MappingProxyType({}),
        now: datetime | None = None,
        whole: bool = False,
    ) -> Self:
        """Return baselines that have learnt from flows (baselines N1-N4).

        Every workload of the cluster gets a baseline. Its observation begins when it was first seen, or now if it
        never was. What was seen in a period of one of its workloads is learnt for both.

        Parameters
        ----------
        cluster : Cluster or None
            Its workloads have baselines; without one, all that were seen.
        flows : Flows
            Attributed to the cluster.
        period : timedelta, optional
            How long new workloads are observed; by default `Baselines.period`.
        periods : mapping of str to timedelta, optional
            The same for single workloads or namespaces, named as `names_of` takes them; a name later in the mapping
            is preferred. It also changes the end of observations that have begun.
        now : datetime, optional
            By default when the last flow was seen.
        whole : bool
            Learn all flows, whenever they were, as of a first load.
        """
        names = learning.workloads_of(cluster, flows)
        known = learning.Periods(self.period if period is None else period, periods)
        heads = learning.heads_of(self.heads, names, flows.edges(), known, now)
        learnt = learning.learnt(heads, self.known, flows, whole=whole)
        return replace(self, heads=heads, known=learnt)

    def observe(self, names: str | Iterable[str], now: datetime, period: timedelta | None = None) -> Self:
        """Return baselines whose observation begins anew for some workloads; what is known stays.

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.
        now : datetime
        period : timedelta, optional
            By default `period`.

        Raises
        ------
        NotFoundError
            If a name means no workload that has a baseline.
        """
        begun = utc(now)
        end = begun + (self.period if period is None else period)
        return self._with_heads(self.names_of(names), begun=begun, period_end=end)

    def following(self, before: Cluster, after: Cluster, now: datetime) -> Self:
        """Return baselines after the cluster has changed.

        The observation of workloads that a new or changed policy selects begins anew (baselines N9); a workload that
        is gone is gone from all baselines (baselines N10).

        Parameters
        ----------
        before, after : Cluster
        now : datetime
            When it changed.
        """
        gone = restarting.gone(before, after)
        touched = restarting.selected_by_new_policies(before, after) & self.heads.keys()
        kept = self.without(gone)
        names = sorted(touched - gone)
        return kept.observe(names, now) if names else kept

    def without(self, workloads: Iterable[str]) -> Self:
        """Return baselines in which some workloads have none, and are no one's peers (baselines N10).

        Parameters
        ----------
        workloads : iterable of str
        """
        gone = frozenset(workloads)
        if not gone:
            return self

        def stays(side: Side) -> bool:
            return side.workload not in gone and not (side.mirrored is not None and side.peer in gone)

        return replace(
            self,
            heads={name: head for name, head in self.heads.items() if name not in gone},
            known={side: one for side, one in self.known.items() if stays(side)},
            suppressions={side: one for side, one in self.suppressions.items() if stays(side)},
        )

    # Decisions

    def names_of(self, names: str | Iterable[str]) -> list[str]:
        """Return the workloads that names mean.

        Parameters
        ----------
        names : str or iterable of str
            ``namespace/name[Kind]``, ``namespace/name``, a namespace, or a pattern with ``*``.

        Raises
        ------
        NotFoundError
            If a name means no workload that has a baseline.
        """
        found: dict[str, None] = {}
        for text in (names,) if isinstance(names, str) else names:
            meant = [text] if text in self.heads else [one for one in self.heads if _is_meant(text, one)]
            if not meant:
                message = f"no baseline is called {text!r}"
                few = first_of(sorted(self.heads))
                raise NotFoundError(message, f"there are {few}" if self.heads else "learn from flows first")
            found.update(dict.fromkeys(meant))
        return list(found)

    def lock(self, names: str | Iterable[str]) -> Self:
        """Return baselines of which some are locked: they learn nothing, and alert (baselines N6).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(names), locked=True)

    def unlock(self, names: str | Iterable[str]) -> Self:
        """Return baselines of which some are no longer locked (baselines N6).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(names), locked=False)

    def with_mode(self, names: str | Iterable[str], mode: Mode | str, now: datetime) -> Self:
        """Return baselines of which some are in a mode (baselines 19).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.
        mode : {"discover", "monitor", "protect"}
        now : datetime

        Raises
        ------
        ArgumentError
            If there is no such mode.
        NotFoundError
            As of `names_of`.
        """
        if mode not in set(Mode):
            message = f"unknown mode {str(mode)!r}; there are {', '.join(Mode)}"
            raise ArgumentError(message)
        named = self.names_of(names)
        if mode == Mode.PROTECT:
            return self.lock(named)
        running = [name for name in named if utc(now) < self.heads[name].period_end]
        open_ = self.unlock(named)
        if mode == Mode.DISCOVER:
            over = sorted(set(named) - set(running))
            return open_.observe(over, now) if over else open_
        return open_._with_heads(running, period_end=utc(now)) if running else open_  # noqa: SLF001  (of its own class)

    def with_note(self, name: str, note: str) -> Self:
        """Return baselines of which some have a note.

        Parameters
        ----------
        name : str
            As `names_of` takes them.
        note : str

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(name), note=note)

    def mark(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines in which flows are anomalous, at both ends (baselines N5).

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            A frame has the columns of a side, as `anomalies` and `to_frame` have them.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        return self._decided(sides, ANOMALOUS)

    def add(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines to which flows belong, at both ends (baselines N5).

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            As of `mark`.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        return self._decided(sides, BASELINE)

    def forget(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines that know nothing of flows, at both ends.

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            As of `mark`.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        gone = set(self._both(sides))
        return replace(self, known={side: one for side, one in self.known.items() if side not in gone})

    def suppress(self, sides: Side | Iterable[Side] | pd.DataFrame, *, reason: str, until: datetime) -> Self:
        """Return baselines that raise no violation for flows for some time (baselines 21); sides as of `mark`.

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
        reason : str
        until : datetime

        Raises
        ------
        ArgumentError
            If there is no reason, or a workload has no baseline.
        """
        if not reason.strip():
            message = "a violation is not suppressed without a reason"
            raise ArgumentError(message)
        why = Suppression(reason.strip(), utc(until))
        return replace(self, suppressions={**self.suppressions, **dict.fromkeys(self._both(sides), why)})

    def _with_heads(self, names: Iterable[str], **fields: Any) -> Self:  # noqa: ANN401  (fields of `Head`)
        return replace(self, heads={**self.heads, **{name: replace(self.heads[name], **fields) for name in names}})

    def _decided(self, sides: Side | Iterable[Side] | pd.DataFrame, status: Decided) -> Self:
        new = {side: self.known.get(side, Known(status))._replace(status=status) for side in self._both(sides)}
        return replace(self, known={**self.known, **new})

    def _both(self, sides: Side | Iterable[Side] | pd.DataFrame) -> list[Side]:
        """Return sides and their mirrors; all their workloads have baselines."""
        if isinstance(sides, Side):
            given = [sides]
        elif isinstance(sides, pd.DataFrame):
            if missing := [name for name in SIDE if name not in sides.columns]:
                message = f"the frame lacks the columns {', '.join(missing)}"
                raise ArgumentError(message)
            frame = sides[list(SIDE)].assign(port=sides["port"].fillna(0))
            given = [side_of_row(row) for row in frame.to_dict("records")]
        else:
            given = list(sides)
        found = [side for one in given for side in (one, one.mirrored) if side is not None]
        if unknown := sorted({side.workload for side in found} - self.heads.keys()):
            message = f"these have no baseline: {', '.join(unknown)}"
            raise ArgumentError(message)
        return list(dict.fromkeys(found))

    # Answers

    @cached_property
    def lookup(self) -> Lookup:
        """What answers for many edges at once."""
        says = {BASELINE: judging.IN_BASELINE, ANOMALOUS: judging.FORBIDDEN}
        known = {side: says[one.status] for side, one in self.known.items() if side.workload in self.heads}
        return Lookup(self.heads, known)

    def status(self, flows: Flows | pd.DataFrame) -> pd.DataFrame:
        """Return the status of every edge (baselines N7).

        Parameters
        ----------
        flows : Flows or DataFrame
            Or edges, as `Flows.edges` gives them.

        Returns
        -------
        DataFrame
            Columns as in `frames.STATUSES`, a row for each edge, in their order.
        """
        return judging.statuses(self.lookup, judging.edges_of(flows))

    def anomalies(self, flows: Flows | pd.DataFrame) -> pd.DataFrame:
        """Return what is in no baseline, a row for each side: when it was seen, how often, and who else does it.

        Parameters
        ----------
        flows : Flows or DataFrame
            Or edges, as `Flows.edges` gives them.

        Returns
        -------
        DataFrame
            Columns as in `frames.ANOMALIES`.
        """
        return judging.anomalies(self.lookup, judging.edges_of(flows))

    def listing(self, flows: Flows | pd.DataFrame) -> pd.DataFrame:
        """Return what baselines know and what was seen, a row for each side, with what its baseline says of it.

        Parameters
        ----------
        flows : Flows or DataFrame
            Or edges, as `Flows.edges` gives them.

        Returns
        -------
        DataFrame
            Columns as in `frames.LISTED`.
        """
        known = {side: one for side, one in self.known.items() if side.workload in self.heads}
        return judging.listing(self.lookup, known, judging.edges_of(flows))

    def violations(self, flows: Flows | pd.DataFrame, *, now: datetime | None = None) -> Violations:
        """Return what is in no baseline though one at its ends is locked (baselines N8).

        Parameters
        ----------
        flows : Flows or DataFrame
            Or edges, as `Flows.edges` gives them.
        now : datetime, optional
            Suppressions that have ended by then count no more; by default when the last flow was seen.
        """
        from workbench.baseline.violations import violations_of  # noqa: PLC0415  (it needs this class)

        return violations_of(self, judging.edges_of(flows), now)

    def to_frame(self) -> pd.DataFrame:
        """Return what is known, one row for each flow of each baseline; columns as in `frames.PEERS`."""
        rows = (
            (
                side.workload,
                side.direction,
                side.peer_type,
                side.peer,
                side.protocol,
                side.port or None,
                one.status,
                one.flows,
                one.first_seen,
                one.last_seen,
            )
            for side, one in sorted(self.known.items())
        )
        return frames.PEERS.from_rows(rows)

    def summary(self, now: datetime) -> pd.DataFrame:
        """Return one row for each baseline; columns as in `frames.BASELINES`.

        Parameters
        ----------
        now : datetime
            Which decides about the modes.
        """
        counts = pd.Series([(side.workload, one.status) for side, one in self.known.items()]).value_counts()
        rows = (
            (
                name,
                head.mode(now).value,
                head.begun,
                head.period_end,
                head.locked,
                int(counts.get((name, BASELINE), 0)),
                int(counts.get((name, ANOMALOUS), 0)),
                head.note,
            )
            for name, head in sorted(self.heads.items())
        )
        return frames.BASELINES.from_rows(rows)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.heads), "baseline")
        yield f"{sum(head.locked for head in self.heads.values()):,} locked"
        yield count_of(sum(one.status == BASELINE for one in self.known.values()), "flow")
        yield f"{sum(one.status == ANOMALOUS for one in self.known.values()):,} marked as anomalous"

    def _view(self) -> View:
        shown = first_rows(self.to_frame(), ("workload", "direction", "peer", "port", "status"), noun="flow")
        return View(type(self).__name__, tuple(self._facts()), rows=shown)


def _is_meant(text: str, name: str) -> bool:
    namespace = name.partition("/")[0]
    plain = name.rpartition("[")[0]
    if "*" in text:
        # Brackets are part of names, and not of patterns.
        pattern = text.replace("[", "[[]")
        return fnmatchcase(name, pattern) or fnmatchcase(plain, pattern)
    return text in {namespace, plain}
