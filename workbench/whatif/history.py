"""What the cluster was at which time: ordered pairs of a moment and a cluster, and the folder that keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.ground import (
    ArgumentError,
    MissingFileError,
    Problem,
    Severity,
    Shown,
    View,
    count_of,
    first_rows,
    is_hidden,
    write_atomically,
)
from workbench.inventory import DEFAULT_NAMESPACE, Cluster, canonical, load_manifests, manifests_now
from workbench.manifests import yaml_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "Moment", "Span", "arrivals", "keep_moment", "pod_addresses"]

_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?Z?(?:[._-].*)?", re.ASCII)
"""``2026-11-29T10-00-00Z``, with or without what keeps the parts of the time of day apart; then what one likes."""


class Moment(NamedTuple):
    """A cluster as it was from a time on.

    Attributes
    ----------
    time : datetime
        With a zone.
    cluster : Cluster
    """

    time: datetime
    cluster: Cluster


class Span(NamedTuple):
    """A cluster for as long as it was so.

    Attributes
    ----------
    start, end : datetime or None
        From the one on, and before the other; None for no bound.
    cluster : Cluster
    """

    start: datetime | None
    end: datetime | None
    cluster: Cluster


@dataclass(frozen=True, eq=False, repr=False)
class History(Shown):
    """What a cluster was at which time. Made by `History.of` or `History.read`.

    Attributes
    ----------
    moments : tuple of Moment
        The earliest first, no two of one time.
    said : tuple of Problem
        What was wrong with the folder.
    """

    moments: tuple[Moment, ...] = ()
    said: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, moments: Iterable[tuple[datetime, Cluster]], said: Iterable[Problem] = ()) -> History:
        """Return the history of some moments, in any order.

        Parameters
        ----------
        moments : iterable of (datetime, Cluster)
            Times without a zone are UTC.
        said : iterable of Problem, optional

        Raises
        ------
        ArgumentError
            If there are two clusters of one time.
        """
        found = sorted((Moment(_aware(time), cluster) for time, cluster in moments), key=lambda one: one.time)
        for one, other in pairwise(found):
            if one.time == other.time:
                message = f"there are two clusters of {one.time:%Y-%m-%d %H:%M:%S} UTC"
                raise ArgumentError(message, "keep one of them")
        return cls(tuple(found), tuple(said))

    @classmethod
    def read(cls, folder: str | Path) -> History:
        """Return the history that a folder keeps: one file, folder or archive of manifests for each moment.

        Parameters
        ----------
        folder : str or Path
            Its members are named by their time in UTC, such as ``2026-11-29T10-00-00Z`` or
            ``2026-11-29T10:00:00Z.yaml``; what has another name is passed over, with a problem.

        Raises
        ------
        MissingFileError
            If it is not there.
        ArgumentError
            If it has no moment, or two of one time.
        """
        path = Path(folder)
        if not path.is_dir():
            raise MissingFileError(str(path))
        moments: list[Moment] = []
        problems: list[Problem] = []
        for member in sorted(path.iterdir()):
            if is_hidden(member.name):
                continue
            time = _time_of(member.name)
            if time is None:
                problems.append(_no_time(member))
                continue
            cluster = load_manifests(member)
            moments.append(Moment(time, cluster))
            problems += cluster.problems_found
        if not moments:
            message = f"{path} keeps no moment of a cluster"
            raise ArgumentError(message, "name files or folders of manifests by their time, as 2026-11-29T10-00-00Z")
        return cls.of(moments, problems)

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what was read."""
        return self.said

    def at(self, time: datetime) -> Cluster | None:
        """Return the cluster as it was at a time; None before the first moment.

        Parameters
        ----------
        time : datetime
            Without a zone, it is UTC.
        """
        found = [one.cluster for one in self.moments if one.time <= _aware(time)]
        return found[-1] if found else None

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The cluster for as long as it was so; moments at which nothing had changed do not begin one."""
        changed = [
            one
            for place, one in enumerate(self.moments)
            if not place or _written(one.cluster) != _written(self.moments[place - 1].cluster)
        ]
        ends = [*(one.time for one in changed[1:]), None]
        return tuple(Span(one.time, end, one.cluster) for one, end in zip(changed, ends, strict=True))

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.moments), "moment")
        if self.moments:
            first, last = self.moments[0].time, self.moments[-1].time
            yield f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"

    def _view(self) -> View:
        import pandas as pd  # noqa: PLC0415  (half a second, for those who look at it)

        rows = [
            {
                "since": f"{one.time:%Y-%m-%d %H:%M:%S}",
                "workloads": len(one.cluster.objects.workloads),
                "policies": len(one.cluster.objects.policies),
            }
            for one in self.moments
        ]
        listed = first_rows(pd.DataFrame(rows, columns=["since", "workloads", "policies"]), noun="moment")
        return View("History", tuple(self._facts()), rows=listed, problems=self.said)


def arrivals(history: History, span: Span) -> pd.DataFrame | None:
    """Return the pods that came while a cluster was kept as it was: those of the next moment that it has not.

    An address that one of them and a pod that was there have is not known to be of either (what-if 4).

    Parameters
    ----------
    history : History
    span : Span

    Returns
    -------
    DataFrame or None
        Columns as `Flows.attributed` takes them; None where there are none.
    """
    import pandas as pd  # noqa: PLC0415  (half a second, for those who have a history)

    later = next((one.cluster for one in history.moments if span.end is not None and one.time >= span.end), None)
    if later is None:
        return None
    there = {(one.namespace, pod) for one in span.cluster.objects.workloads for s in one.shapes for pod in s.pods}
    created = {
        (one.namespace or DEFAULT_NAMESPACE, one.name): one.metadata.get("creationTimestamp")
        for one in later.manifests_of("Pod", "")
    }
    rows = [
        {
            "namespace": workload.namespace,
            "pod": place.pod,
            "ip": address,
            "owner_kind": workload.kind,
            "owner_name": workload.name,
            "node": place.node,
            "start": created.get((workload.namespace, place.pod)) or span.start,
        }
        for workload in later.objects.workloads
        for shape in workload.shapes
        if not (shape.host_network or shape.finished)
        for place in shape.placements
        if place.pod and (workload.namespace, place.pod) not in there
        for address in place.ips
    ]
    return pd.DataFrame(rows) if rows else None


def pod_addresses(cluster: Cluster) -> frozenset[str]:
    """Return the addresses that pods have in networks of their own.

    Parameters
    ----------
    cluster : Cluster
    """
    return frozenset(
        canonical(address)
        for workload in cluster.objects.workloads
        for shape in workload.shapes
        if not shape.host_network
        for address in shape.ips
    )


def keep_moment(folder: str | Path, time: datetime, cluster: Cluster) -> Path:
    """Add a moment to a folder that keeps a history; it is there whole or not at all.

    Policies are written as they are now, also those that were added or changed since the cluster was read.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    time : datetime
        Without a zone, it is UTC.
    cluster : Cluster

    Returns
    -------
    Path
        Its file.

    Raises
    ------
    ArgumentError
        If the folder has a moment of that time, or if a policy that was added cannot be written.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    moment = _aware(time).astimezone(UTC)
    name = f"{moment:%Y-%m-%dT%H-%M-%SZ}"
    there = [member for member in path.iterdir() if _time_of(member.name) == moment.replace(microsecond=0)]
    if there:
        message = f"{there[0]} is of that time"
        raise ArgumentError(message, "a moment is kept once")
    file = path / f"{name}.yaml"
    write_atomically(file, yaml_text(list(manifests_now(cluster))).encode())
    return file


def _written(cluster: Cluster) -> list[object]:
    """Return what a cluster was read from, wherever it stood; and its policies, which may have been changed since."""
    objects = cluster.objects
    return [[one.content for one in objects.manifests], [one.ref for one in objects.policies]]


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _time_of(name: str) -> datetime | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}:{found[2]}:{found[3] or '00'}+00:00")
    except ValueError:
        return None


def _no_time(member: Path) -> Problem:
    return Problem(
        Severity.WARNING,
        "no-moment",
        "its name is not a time, so it is no moment of the cluster",
        remedy="name it by the time in UTC, as 2026-11-29T10-00-00Z",
        file=str(member),
    )
