"""What becomes normal: the flows of observation periods, learnt from edges and never from single rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from workbench.baseline.model import ANOMALOUS, BASELINE, SIDE, WORKLOAD, Direction, Head, Known, Side, utc
from workbench.baseline.sides import is_certain, peer_of, renamed_sides, side_of_row, sides_of
from workbench.flows import EDGE_KEY
from workbench.ground import ArgumentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Periods", "heads_of", "learnable", "learnt", "seen_in", "workloads_of"]

_SEEN: Final = ("first_seen", "last_seen")
_LOOKED_AT: Final = (*EDGE_KEY, "src_kind", "dst_kind", "orientation", "flows", "flows_denied", *_SEEN)
"""Of hundreds of thousands of edges, all else takes more memory than this."""


class Periods:
    """How long each workload is observed (baselines N2).

    Parameters
    ----------
    default : timedelta
    named : mapping of str to timedelta
        By workload, with or without its kind, or by namespace.
    """

    def __init__(self, default: timedelta, named: Mapping[str, timedelta] = MappingProxyType({})) -> None:
        for period in (default, *named.values()):
            if period <= timedelta(0):
                message = f"an observation period of {period} is not above zero"
                raise ArgumentError(message)
        self.default = default
        self._named = dict(named)

    def given(self, name: str) -> timedelta | None:
        """Return what is given for a workload, or for its namespace; None where nothing is."""
        for text in (name, name.rpartition("[")[0], name.partition("/")[0]):
            if text in self._named:
                return self._named[text]
        return None


def workloads_of(cluster: Cluster | None, flows: Flows) -> list[str]:
    """Return the workloads that have a baseline: those of the cluster, or without one those that were seen."""
    if cluster is not None:
        return [one.peer for one in cluster.objects.workloads]
    edges = flows.edges()
    ends = pd.concat([edges[[end, f"{end}_kind"]].set_axis(["name", "kind"], axis=1) for end in ("src", "dst")])
    pairs = ends.drop_duplicates().itertuples(index=False, name=None)
    return sorted({str(name) for name, kind in pairs if peer_of(str(name), str(kind))[0] == WORKLOAD})


def heads_of(
    heads: Mapping[str, Head],
    names: Iterable[str],
    edges: pd.DataFrame,
    periods: Periods,
    now: datetime | None,
) -> dict[str, Head]:
    """Return a head for each workload: those there are, whose ends move if a period is given, and new ones."""
    found = {name: _moved(head, periods.given(name)) for name, head in heads.items()}
    new = [name for name in names if name not in found]
    if not new:
        return found
    if now is None and edges["last_seen"].notna().any():
        now = edges["last_seen"].max()
    ends = pd.concat([edges[[end, "first_seen"]].set_axis(["name", "first_seen"], axis=1) for end in ("src", "dst")])
    begun = ends.groupby("name")["first_seen"].min().dropna().to_dict()
    for name in new:
        start = begun.get(name, now)
        if start is None:
            message = f"nothing was seen that says when the observation of {name} begins"
            raise ArgumentError(message, "give `now`")
        first = utc(start)
        found[name] = Head(first, first + (periods.given(name) or periods.default))
    return found


def _moved(head: Head, period: timedelta | None) -> Head:
    return head if period is None else replace(head, period_end=head.begun + period)


def learnable(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the edges of which some flow got through, and whose client is known (baselines 20)."""
    return edges[is_certain(edges) & (edges["flows"] > edges["flows_denied"])].reset_index(drop=True)


def learnt(
    heads: Mapping[str, Head], known: Mapping[Side, Known], flows: Flows, *, whole: bool = False
) -> dict[Side, Known]:
    """Return what is known after learning from flows (baselines N3, N4).

    Parameters
    ----------
    heads : mapping of str to Head
    known : mapping of Side to Known
    flows : Flows
    whole : bool
        Whether all is learnt, whenever it was.
    """
    edges = learnable(flows.edges()[list(_LOOKED_AT)])
    sides = sides_of(edges)
    takes = _taking(heads, edges, sides)
    if not whole:
        takes &= _observed(heads, edges, sides, flows)
    kept = sides[takes[sides["edge"].to_numpy()]]
    counted = kept.assign(**{name: edges[name].to_numpy()[kept["edge"].to_numpy()] for name in (*_SEEN, "flows")})
    groups = counted.groupby(list(SIDE), sort=False, observed=True).agg(
        first_seen=("first_seen", "min"), last_seen=("last_seen", "max"), flows=("flows", "sum")
    )
    found = dict(known)
    for (workload, direction, peer_type, peer, port, protocol), first, last, number in zip(
        groups.index, groups["first_seen"], groups["last_seen"], groups["flows"], strict=True
    ):
        side = Side(workload, cast("Direction", direction), peer_type, peer, int(port), protocol)
        found[side] = _merged(found.get(side), _moment(first), _moment(last), int(number))
    return found


def known_by_names(known: Mapping[Side, Known], flows: Flows) -> dict[Side, Known]:
    """Return what is known once names that were given later count (baselines 26).

    What was seen, and is in a baseline without the name of its address, is in it by the name, too. What a person
    decided about the name stays.

    Parameters
    ----------
    known : mapping of Side to Known
    flows : Flows
        With names.
    """
    edges = learnable(flows.located_edges())
    found = dict(known)
    for row in renamed_sides(edges).to_dict("records"):
        plain, edge = side_of_row(row), edges.iloc[row["edge"]]
        side = plain._replace(peer_type=str(row["named_type"]), peer=str(row["named"]))
        before = known.get(plain)
        if before is not None and before.status == BASELINE and side not in known:
            seen = _moment(edge["first_seen"]), _moment(edge["last_seen"]), int(edge["flows"])
            found[side] = _merged(found.get(side), *seen)
    return found


def _moment(cell: Any) -> datetime | None:  # noqa: ANN401  (a time, or what pandas has for none)
    return None if pd.isna(cell) else utc(cell)


def _merged(old: Known | None, first: datetime | None, last: datetime | None, flows: int) -> Known:
    """Return what is known of a flow that was seen again: what a person forbade stays as it is."""
    if old is None:
        return Known(BASELINE, first, last, flows)
    if old.status == ANOMALOUS:
        return old
    firsts = [one for one in (old.first_seen, first) if one is not None]
    lasts = [one for one in (old.last_seen, last) if one is not None]
    return Known(BASELINE, min(firsts, default=None), max(lasts, default=None), max(old.flows, flows))


def _taking(heads: Mapping[str, Head], edges: pd.DataFrame, sides: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which edges every workload has a baseline that is not locked, and one does (baselines N3)."""
    open_ = {name for name, head in heads.items() if not head.locked}
    takes = np.zeros(len(edges), dtype=bool)
    takes[sides["edge"].to_numpy()] = True
    takes[sides.loc[~sides["workload"].isin(open_), "edge"].to_numpy()] = False
    return takes


def _observed(heads: Mapping[str, Head], edges: pd.DataFrame, sides: pd.DataFrame, flows: Flows) -> NDArray[np.bool_]:
    """Tell which edges were seen in the period of a workload at their ends (baselines N3)."""
    found = np.zeros(len(edges), dtype=bool)
    mine = sides[sides["workload"].isin(heads)]
    if mine.empty:
        return found
    places = mine["edge"].to_numpy()
    names, which = np.unique(mine["workload"].to_numpy(dtype=object), return_inverse=True)
    begun = pd.DatetimeIndex([heads[name].begun for name in names])[which]
    ends = pd.DatetimeIndex([heads[name].period_end for name in names])[which]
    found[places[seen_in(edges, places, begun, ends, flows)]] = True
    return found


def seen_in(
    edges: pd.DataFrame,
    places: NDArray[np.intp],
    begun: pd.DatetimeIndex,
    ends: pd.DatetimeIndex,
    flows: Flows,
) -> NDArray[np.bool_]:
    """Tell of some edges whether any of their flows began in a span of time, each in its own.

    When an edge was first seen and last seen mostly says it. Where a span lies between the two, the flows of that time
    are asked.

    Parameters
    ----------
    edges : DataFrame
    places : ndarray
        Of the edges that are asked about; one may be asked about several times.
    begun, ends : DatetimeIndex
        From the one on, before the other.
    flows : Flows
        Those of the edges.
    """
    first, last = (pd.DatetimeIndex(edges[name])[places] for name in _SEEN)
    found: NDArray[np.bool_] = ((begun <= first) & (first < ends)) | ((begun <= last) & (last < ends))
    between = ~found & (first < begun) & (last >= ends)
    asked = edges[list(EDGE_KEY)].iloc[places[between]].assign(begun=begun[between], ends=ends[between])
    if len(asked):
        found[between] = flows.seen_within(asked).to_numpy()
    return found
