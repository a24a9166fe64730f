"""How long the CronJobs of a cluster pause between two runs: what is observed for less may miss one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from workbench.baseline.model import utc
from workbench.ground import needed_by

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["longest_pause", "schedules_of"]

_DAY: Final = timedelta(days=1)
_DAYS_LOOKED_AT: Final = 1000
"""Days with runs among which the longest pause is looked for: more than two years of a daily one."""
_RUNS_A_DAY: Final = 24 * 60
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What Kubernetes takes for a schedule besides (Kubernetes, "CronJob")."""
_EVERY: Final = "@every "
_ZONE: Final = re.compile(r"\A(?:CRON_)?TZ=\S+\s+")
_PART_OF_LENGTH: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|m|s|us|µs|ns)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_LAST: Final = (59, 23, 31, 12, 6)
"""The last value of each field: minute, hour, day of the month, month, day of the week."""
_FIRST: Final = (0, 0, 1, 1, 0)
_FROM: Final = re.compile(r"(\*|[0-9]+)/([0-9]+)")
_NOT_KUBERNETES: Final = re.compile(r"[LW#]", re.IGNORECASE)
"""What other programs take in days, and Kubernetes does not."""
_NAMES_OF_DAYS: Final = re.compile(r"SUN|MON|TUE|WED|THU|FRI|SAT", re.IGNORECASE)


def schedules_of(cluster: Cluster, now: datetime | None = None) -> dict[str, timedelta]:
    """Return the longest pause between two runs of each CronJob, by its name.

    Those that are suspended, or whose schedule cannot be read, have none.

    Parameters
    ----------
    cluster : Cluster
    now : datetime, optional
        The runs after this are looked at; by default those after the beginning of 2026.
    """
    start = datetime(2026, 1, 1, tzinfo=UTC) if now is None else utc(now)
    names = {(one.namespace, one.name): one.peer for one in cluster.objects.workloads if one.kind == "CronJob"}
    found = {}
    for manifest in cluster.manifests_of("CronJob"):
        spec = manifest.content.get("spec")
        peer = names.get((manifest.namespace, manifest.name))
        if peer is None or not isinstance(spec, Mapping) or spec.get("suspend") is True:
            continue
        pause = longest_pause(str(spec.get("schedule", "")), start)
        if pause is not None:
            found[peer] = pause
    return found


def longest_pause(schedule: str, start: datetime) -> timedelta | None:
    """Return the longest pause between two runs of a schedule; None if it cannot be read, or never runs.

    Days have 24 hours here, in whatever time zone the schedule is.

    Parameters
    ----------
    schedule : str
        As Kubernetes takes it: five fields, a word such as ``@daily``, or ``@every 90m``.
    start : datetime
        The days after this are looked at.
    """
    written = _ZONE.sub("", schedule.strip())
    if written.startswith(_EVERY):
        return _length_of(written.removeprefix(_EVERY).strip())
    fields = _MACROS.get(written, written).split()
    if len(fields) != len(_LAST) or _NOT_KUBERNETES.search(f"{fields[2]} {_NAMES_OF_DAYS.sub('', fields[4])}"):
        return None
    minute, hour, *days = (_from_to(field, place) for place, field in enumerate(fields))
    # In which minutes of a day it runs and on which days are asked apart: of the runs themselves there may be too many.
    midnight = utc(start).replace(hour=0, minute=0, second=0, microsecond=0)
    times = [one - midnight for one in _runs(f"{minute} {hour} * * *", midnight, _RUNS_A_DAY) if one < midnight + _DAY]
    dates = list(_runs(f"0 0 {' '.join(days)}", midnight, _DAYS_LOOKED_AT))
    if not times or len(dates) <= 1:
        return None
    within = [after - before for before, after in pairwise(times)]
    overnight = max(after - before for before, after in pairwise(dates)) - (times[-1] - times[0])
    return max([overnight, *within])


def _runs(schedule: str, start: datetime, number: int) -> Iterator[datetime]:
    """Yield the first runs of a schedule from a moment on; none where it cannot be read."""
    with needed_by("schedules of CronJobs"):
        from cronsim import CronSim, CronSimError  # noqa: PLC0415  (of an extra)
    try:
        yield from islice(CronSim(schedule, start - timedelta(minutes=1)), number)
    except CronSimError:
        return


def _from_to(field: str, place: int) -> str:
    """Return a field with each beginning and step written as a range, which every program reads in the same way.

    A step is a choice: with one, days of the month and of the week are both asked for, and either will do.
    """
    listed = []
    for part in field.replace("?", "*").split(","):
        found = _FROM.fullmatch(part)
        if found is None or (found[1] == "*" and int(found[2]) <= 1):
            listed.append("*" if found is not None else part)
        else:
            first = _FIRST[place] if found[1] == "*" else int(found[1])
            listed.append(f"{first}-{_LAST[place]}/{found[2]}")
    return ",".join(listed)


def _length_of(text: str) -> timedelta | None:
    """Return the length of time that Go writes so: ``1h30m``; None where it is none, or nothing at all."""
    parts = list(_PART_OF_LENGTH.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return None
    seconds = sum(float(part[1]) * _SECONDS[part[2]] for part in parts)
    # Kubernetes' library runs at most once a second, at whole ones.
    return timedelta(seconds=max(int(seconds), 1))
