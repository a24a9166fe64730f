"""What is normal for each workload: one value to learn with, to decide on, and to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

import pandas as pd

from workbench.baseline import frames, judging, learning, restarting
from workbench.baseline.deciding import DecidedBaselines
from workbench.baseline.model import ANOMALOUS, BASELINE, WORKLOAD, Head, Side, utc
from workbench.baseline.records import FLOW, HEAD, key_of
from workbench.baseline.sides import Lookup
from workbench.ground import View, count_of, first_rows

if TYPE_CHECKING:
    from workbench.baseline.violations import Violations
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Baselines"]


@dataclass(frozen=True, eq=False, repr=False)
class Baselines(DecidedBaselines):
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
    unread : tuple of UnreadRecord
        Records that are kept and that this version refuses: learning leaves them alone (baselines 18).
    cluster : str
        What the cluster is called in the workspace; empty where that knows but one.
    """

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
        kept = {one.place for one in self.unread}
        names = [name for name in learning.workloads_of(cluster, flows) if (HEAD, name) not in kept]
        known = learning.Periods(self.period if period is None else period, periods)
        heads = learning.heads_of(self.heads, names, flows.edges(), known, now)
        learnt = learning.learnt(heads, self.known, flows, whole=whole)
        if kept:
            learnt = {side: one for side, one in learnt.items() if (FLOW, key_of(side)) not in kept}
        return replace(self, heads=heads, known=learnt)

    def by_names(self, flows: Flows) -> Self:
        """Return baselines that know by its name what they know without it, also locked ones (baselines 26).

        A name that is given to addresses changes no traffic: what was seen, and is in a baseline as the internet or as
        private addresses, is added by the name. Nothing else is.

        Parameters
        ----------
        flows : Flows
            With the names of an address book, as `AddressBook.tag` gives them.
        """
        known = learning.known_by_names(self.known, flows)
        kept = {one.place for one in self.unread}
        return replace(self, known={side: one for side, one in known.items() if (FLOW, key_of(side)) not in kept})

    def following(self, before: Cluster, after: Cluster, now: datetime) -> Self:
        """Return baselines after the cluster has changed.

        The observation of workloads that a new or changed policy selects begins anew (baselines N9); a workload that
        is gone is gone from all baselines (baselines N10); a new one is observed from now on (baselines N2).

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
        observed = kept.observe(names, now) if names else kept
        held = {one.key for one in self.unread if one.kind == HEAD} | self.heads.keys()
        begun = sorted(restarting.new_workloads(before, after) - held)
        heads = {name: Head(utc(now), utc(now) + self.period) for name in begun}
        return replace(observed, heads={**observed.heads, **heads}) if heads else observed

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

    def replaced_by(self, others: DecidedBaselines) -> Self:
        """Return baselines in which those of some workloads are other ones, such as those that were imported.

        When a flow was seen is kept where the other does not say so; what is known of the other ends of their flows
        follows.

        Parameters
        ----------
        others : DecidedBaselines
        """

        def touches(side: Side) -> bool:
            return side.workload in others.heads or (side.peer_type == WORKLOAD and side.peer in others.heads)

        left = self.heads.keys() - others.heads.keys()
        mirrored = ((side.mirrored, known) for side, known in others.known.items())
        stated = {
            **{side: known for side, known in mirrored if side is not None and side.workload in left},
            **others.known,
        }
        seen = {
            side: self.known[side]._replace(status=known.status)
            if known.first_seen is None and side in self.known
            else known
            for side, known in stated.items()
        }
        kept = {side: known for side, known in self.known.items() if not touches(side)}
        return replace(self, heads={**self.heads, **others.heads}, known={**kept, **seen})

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
        return judging.statuses(self.lookup, judging.edges_of(flows), self.cluster)

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
        return judging.anomalies(self.lookup, judging.edges_of(flows), self.cluster)

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
        return judging.listing(self.lookup, known, judging.edges_of(flows), self.cluster)

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
                self.cluster,
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
                self.cluster,
            )
            for name, head in sorted(self.heads.items())
        )
        return frames.BASELINES.from_rows(rows)

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.heads), "baseline")
        yield f"{sum(head.locked for head in self.heads.values()):,} locked"
        yield count_of(sum(one.status == BASELINE for one in self.known.values()), "flow")
        yield f"{sum(one.status == ANOMALOUS for one in self.known.values()):,} marked as anomalous"
        if self.unread:
            yield f"{count_of(len(self.unread), 'record')} not read"

    def _view(self) -> View:
        shown = first_rows(self.to_frame(), ("workload", "direction", "peer", "port", "status"), noun="flow")
        return View(type(self).__name__, tuple(self._facts()), rows=shown)
