"""How sure a baseline is: what its observation may have missed, and whether what is no longer seen is really gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from workbench.baseline import frames, judging
from workbench.baseline.learning import learnable, seen_in
from workbench.baseline.model import BASELINE, SIDE, WORKLOAD, Head, Side, utc
from workbench.baseline.schedules import schedules_of
from workbench.baseline.sides import side_of_row, sides_of
from workbench.ground import ArgumentError, count_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.baseline.baselines import Baselines
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["assurance", "probably_gone"]

_DAY: Final = timedelta(days=1)
HABITS: Final = np.array([1.0, 7.0, 30.4])
"""Pauses between the runs of what people schedule, in days: daily, weekly, monthly."""
MISSED: Final = 0.02
"""How often a run does not happen, or is not seen, though nothing has changed."""
LIFE: Final = 90.0
"""After how many days a connection that was in use is gone, on average."""
SPREAD: Final = 0.08
"""By how much of itself the pause between two runs differs from what is usual: a standard deviation."""
_REACH: Final = 6**0.5 * SPREAD
_MISSES: Final = 12
"""Runs in a row beyond which no chance explains that they are missing."""


def assurance(
    baselines: Baselines, cluster: Cluster | None, flows: Flows, *, lost_events: int | None = None
) -> pd.DataFrame:
    """Return how sure each baseline is (baselines 24).

    Parameters
    ----------
    baselines : Baselines
    cluster : Cluster, optional
        Its CronJobs tell which jobs run more rarely than the observation is long.
    flows : Flows
        Those that were learnt from.
    lost_events : int, optional
        Events that the sources say they lost; by default, those that their recordings say.

    Returns
    -------
    DataFrame
        Columns as in `frames.ASSURANCE`.
    """
    hours = _hours(flows)
    lost = flows.lost_events if lost_events is None else lost_events
    pauses = {} if cluster is None else schedules_of(cluster, now=_first_moment(baselines))
    own: dict[str, list[Side]] = {name: [] for name in baselines.heads}
    for side, one in baselines.known.items():
        if one.status == BASELINE and side.workload in own:
            own[side.workload].append(side)
    halves = _halves(baselines.heads, flows)
    rows = [
        (*_assured(baselines, name, sides, pauses, hours, halves.get(name, ()), lost), baselines.cluster)
        for name, sides in sorted(own.items())
    ]
    return frames.ASSURANCE.from_rows(rows)


def _assured(  # noqa: PLR0913, PLR0917  (each is one thing that it may be unsure of)
    baselines: Baselines,
    name: str,
    sides: list[Side],
    pauses: Mapping[str, timedelta],
    hours: pd.DatetimeIndex,
    halves: tuple[frozenset[Side], ...],
    lost_events: int,
) -> tuple[Any, ...]:
    head = baselines.heads[name]
    period = head.period_end - head.begun
    covered = _covered(head, hours)
    once = sum(baselines.known[side].flows == 1 for side in sides)
    jobs = {name, *(side.peer for side in sides if side.peer_type == WORKLOAD)} & pauses.keys()
    rare = tuple(sorted(job for job in jobs if pauses[job] > period))
    drift = 0.0
    if halves and (union := halves[0] | halves[1]):
        drift = len(halves[0] ^ halves[1]) / len(union)
    news = [one.first_seen for side in sides if (one := baselines.known[side]).first_seen is not None]
    last_new = max((moment - head.begun for moment in news), default=timedelta(0))
    suggested = max([period, 2 * last_new, *(2 * pauses[job] for job in jobs)])
    share_once = once / len(sides) if sides else 1.0
    sure = covered * (1 - share_once / 2) * (1 - drift / 2) * (0.5 if rare else 1.0) * (0.9 if lost_events else 1.0)
    why = [
        f"only {covered:.0%} of the period was recorded" if covered < 1 else "",
        f"sources lost {count_of(lost_events, 'event')}" if lost_events else "",
        f"{count_of(once, 'flow')} seen once" if once else "",
        "nothing was learnt" if not sides else "",
        f"runs more rarely than the period is long: {', '.join(rare)}" if rare else "",
        f"{drift:.0%} of its flows are of one half of the period only" if drift else "",
    ]
    reason = "; ".join(text for text in why if text)
    whole_days = timedelta(days=ceil(suggested / _DAY)) if suggested > period else period
    return name, period, covered, lost_events, len(sides), once, drift, rare, whole_days, sure, reason


def _hours(flows: Flows) -> pd.DatetimeIndex:
    """Return the hours in which anything at all was recorded."""
    seen = flows.timeline("1h")
    return pd.DatetimeIndex(seen.loc[seen["flows"] > 0, "time"].dropna().unique()).sort_values()


def _covered(head: Head, hours: pd.DatetimeIndex) -> float:
    first = pd.Timestamp(head.begun).floor("h")
    wanted = pd.date_range(first, head.period_end, freq="h", inclusive="left")
    return float(wanted.isin(hours).mean()) if len(wanted) else 0.0


def _first_moment(baselines: Baselines) -> datetime | None:
    return min((head.begun for head in baselines.heads.values()), default=None)


def _halves(heads: Mapping[str, Head], flows: Flows) -> dict[str, tuple[frozenset[Side], ...]]:
    """Return what each workload was seen to do in the first half of its period, and in the second."""
    edges = learnable(flows.edges())
    sides = sides_of(edges)
    mine = sides[sides["workload"].isin(heads)]
    seen = flows.period[1]
    spans: dict[str, tuple[datetime, datetime, datetime]] = {}
    for name, head in heads.items():
        # A period that lasts is halved where the recording ends: what was seen last is of its second half.
        end = head.period_end if seen is None else min(head.period_end, utc(seen) + timedelta.resolution)
        spans[name] = head.begun, head.begun + (end - head.begun) / 2, end
    bounds = [
        pd.DatetimeIndex([spans[name][place] for name in mine["workload"]], dtype="datetime64[us, UTC]")
        for place in range(3)
    ]
    places = mine["edge"].to_numpy()
    halves = [_by_workload(mine[seen_in(edges, places, begin, end, flows)]) for begin, end in pairwise(bounds)]
    return {
        name: tuple(half.get(name, frozenset()) for half in halves)
        for name, (begin, middle, end) in spans.items()
        if begin < middle < end
    }


def _by_workload(sides: pd.DataFrame) -> dict[str, frozenset[Side]]:
    found: dict[str, set[Side]] = {}
    for row in sides[list(SIDE)].to_dict("records"):
        side = side_of_row(row)
        found.setdefault(side.workload, set()).add(side)
    return {name: frozenset(sides) for name, sides in found.items()}


def probably_gone(flows: Flows | pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return how likely each edge is really gone, and not just between two of its runs (baselines 25).

    An edge is one of those that run daily, weekly, monthly, or as often as it was seen; the pauses between its runs
    say which. What keeps running misses a run now and then (`MISSED`); what runs ends at some time (`LIFE`).

    Parameters
    ----------
    flows : Flows or DataFrame
        Or edges, as `Flows.edges` gives them; a column ``runs``, if there is one, says on how many occasions each was
        seen. Else there is one a day at most.
    now : datetime

    Returns
    -------
    DataFrame
        Columns as in `frames.GONE`.

    Raises
    ------
    ArgumentError
        If an edge was seen later than `now`.
    """
    edges = judging.edges_of(flows)
    moment = pd.Timestamp(utc(now))
    unseen = moment - edges["last_seen"]
    if (unseen < pd.Timedelta(0)).any():
        message = f"some edges were seen after {moment:%Y-%m-%d %H:%M} UTC"
        raise ArgumentError(message, "give the time at which the recording ends, or a later one")
    span = _days(edges["last_seen"] - edges["first_seen"])
    if "runs" in edges.columns:
        runs = edges["runs"].to_numpy(dtype="int64")
    else:
        runs = np.minimum(edges["flows"].to_numpy(dtype="int64"), np.floor(span).astype("int64") + 1)
    silent = _days(unseen)
    cells = {name: edges[name] for name in ("src", "dst", "protocol", "port", "last_seen")}
    cells["cluster"] = judging.clusters_of(edges, "").astype("str")
    likely = {"runs": runs, "unseen": unseen.astype("timedelta64[us]"), "probability": _gone(runs, span, silent)}
    return frames.GONE.from_columns(cells | likely)


def _days(spans: pd.Series[Any]) -> NDArray[np.float64]:
    return np.asarray(spans.dt.total_seconds().fillna(0.0), dtype=np.float64) / _DAY.total_seconds()


def _gone(runs: NDArray[np.int64], span: NDArray[np.float64], silent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability that each is gone.

    Parameters
    ----------
    runs : ndarray
    span : ndarray
        Days between the first run and the last.
    silent : ndarray
        Days since the last run.
    """
    alive, dead = np.zeros(len(runs)), np.zeros(len(runs))
    for pause in HABITS:
        # How many runs there should have been, and how well the pauses that were seen fit: both as likelihoods.
        steps = np.maximum(np.round(span / pause), runs - 1)
        missed = steps - (runs - 1)
        off = (span - steps * pause) / (SPREAD * pause)
        fits = np.exp(-0.5 * off**2) / (SPREAD * pause) * MISSED ** np.minimum(missed, 50) + _TINY
        if len(fits):
            fits = np.where(runs == 1, 1.0, fits)
        keeps, ends = _silence(pause, silent)
        alive += fits * keeps
        dead += fits * ends
    total = alive + dead
    return np.where(total > 0, dead / np.where(total > 0, total, 1.0), 1.0)


_TINY: Final = 1e-300


def _silence(pause: float, silent: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how likely a silence is of what still runs, and of what has ended within it.

    A run is early or late by `SPREAD`, as the difference of two evenly distributed moments is. What has ended
    between its k-th missing run and the one after it has missed k of them by chance.
    """
    passed = silent / pause
    keeps, ends = np.exp(-silent / LIFE), np.zeros(len(silent))
    begun = np.zeros(len(silent))
    for run in range(1, _MISSES + 1):
        upto = np.minimum(silent, pause * run)
        ends += MISSED ** (run - 1) * (np.exp(-begun / LIFE) - np.exp(-upto / LIFE))
        within = np.clip((passed - run) / (2 * _REACH) + 0.5, 0.0, 1.0)
        is_due = np.where(within < 0.5, 2 * within**2, 1 - 2 * (1 - within) ** 2)  # noqa: PLR2004  (the middle)
        keeps *= 1 - is_due * (1 - MISSED)
        begun = upto
    return keeps, ends
