"""Who had which address when: an address is used again by the next pod (flow-rules N16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.flows.addresses import classify_address
from workbench.flows.rules.owners import derived_owner
from workbench.ground import ArgumentError, text_at

if TYPE_CHECKING:
    import pandas as pd

    from workbench.inventory import Cluster
    from workbench.manifests import Manifest

__all__ = ["ALWAYS", "NEVER", "AddressLease", "Lifetime", "lifetimes_in", "lifetimes_of", "stays"]

ALWAYS: Final = datetime(1970, 1, 1)  # noqa: DTZ001  (times within engines are UTC and have no zone)
NEVER: Final = datetime(2200, 1, 1)  # noqa: DTZ001  (likewise; later ones do not fit into nanoseconds)
AMBIGUOUS: Final = "ambiguous"

_FINISHED: Final = frozenset({"Succeeded", "Failed"})
"""Phases in which a pod has no network any more."""
_NEEDED: Final = ("namespace", "pod", "ip")


class Lifetime(NamedTuple):
    """A pod, one address of it, and the time for which it had that; what is not known is empty.

    Attributes
    ----------
    host : bool
        Whether it is in its node's network, so that the address is the node's.
    host_address : str
        The address of its node.
    finished : bool
        Whether it has no network any more; `end` is when it lost it, if that is known.
    """

    address: str
    namespace: str
    pod: str
    owner_kind: str
    owner: str
    node: str = ""
    start: datetime = ALWAYS
    end: datetime = NEVER
    host: bool = False
    host_address: str = ""
    finished: bool = False


class AddressLease(NamedTuple):
    """Who has an address from `start` until before `end`.

    Attributes
    ----------
    run : int
        The same number for stays of one address that follow each other and are of the same workload.
    kind : str
        ``workload``, ``service``, ``node``, or ``ambiguous`` where several have it.
    """

    address: str
    start: datetime
    end: datetime
    run: int
    kind: str
    namespace: str = ""
    pod: str = ""
    owner_kind: str = ""
    owner: str = ""
    service: str = ""
    node: str = ""

    @property
    def who(self) -> tuple[str, ...]:
        """What an end is resolved to."""
        node = self.node if self.kind == "node" else ""
        return (self.kind, self.namespace, self.owner_kind, self.owner, self.service, node)


def lifetimes_of(cluster: Cluster) -> tuple[Lifetime, ...]:
    """Return the pods that were read with their addresses, from their creation until they ended."""
    owners = {
        (workload.namespace, pod): (workload.kind, workload.name)
        for workload in cluster.objects.workloads
        for shape in workload.shapes
        for pod in shape.pods
    }
    lives = [life for pod in cluster.manifests_of("Pod", "") for life in _lifetimes(pod, owners)]
    return tuple(_until_the_next(lives))


def _until_the_next(lives: list[Lifetime]) -> Iterator[Lifetime]:
    """Yield `lives`; pods that finished at an unknown time gave up their address before a living one got it.

    Where it is not known either when that was, the address is the living pod's all the time.
    """
    begins: defaultdict[str, list[datetime]] = defaultdict(list)
    for life in lives:
        if not life.finished and not life.host:
            begins[life.address].append(life.start)
    for life in lives:
        if life.finished and life.end == NEVER and life.address in begins:
            later = [start for start in begins[life.address] if start > life.start]
            if not later:
                continue
            life = life._replace(end=min(later))  # noqa: PLW2901  (the same pod)
        yield life


def _lifetimes(pod: Manifest, owners: Mapping[tuple[str, str], tuple[str, str]]) -> Iterator[Lifetime]:
    namespace = pod.namespace or "default"
    spec, status = _mapping(pod.content.get("spec")), _mapping(pod.content.get("status"))
    listed = [_mapping(one).get("ip") for one in _list(status.get("podIPs"))]
    node, host = spec.get("nodeName"), spec.get("hostNetwork") is True
    kind, owner = owners.get((namespace, pod.name), ("", ""))
    for address in dict.fromkeys(text for text in (status.get("podIP"), *listed) if text and isinstance(text, str)):
        yield Lifetime(
            classify_address(address).address,
            namespace,
            pod.name,
            kind,
            owner,
            node if isinstance(node, str) else "",
            _moment(pod.metadata.get("creationTimestamp")) or ALWAYS,
            _ended(pod, status) or NEVER,
            host,
            classify_address(str(status["hostIP"])).address if status.get("hostIP") else "",
            status.get("phase") in _FINISHED,
        )


def _ended(pod: Manifest, status: Mapping[str, Any]) -> datetime | None:
    """Return when a pod gave up its address: when it was deleted, or when its last container finished.

    Of a finished pod whose containers' ends are not known, it is when it was no longer ready.
    """
    if deleted := _moment(pod.metadata.get("deletionTimestamp")):
        return deleted
    if status.get("phase") not in _FINISHED:
        return None
    states = (_mapping(_mapping(one).get("state")) for one in _list(status.get("containerStatuses")))
    finished = (_moment(_mapping(state.get("terminated")).get("finishedAt")) for state in states)
    unready = (
        _moment(condition.get("lastTransitionTime"))
        for condition in map(_mapping, _list(status.get("conditions")))
        if condition.get("type") == "Ready"
    )
    return max((time for time in finished if time), default=next(unready, None))


def lifetimes_in(frame: pd.DataFrame) -> tuple[Lifetime, ...]:
    """Return the pods of a frame; its columns are described at `cluster.lookups_of`.

    Raises
    ------
    ArgumentError
        If a column is missing, or a time is none.
    """
    if missing := [name for name in _NEEDED if name not in frame.columns]:
        message = f"a list of pods needs the columns {', '.join(_NEEDED)}; {', '.join(missing)} is missing"
        raise ArgumentError(message)
    return tuple(_listed(row) for row in frame.to_dict("records") if text_at(row, "ip"))


def _listed(row: Mapping[Any, Any]) -> Lifetime:
    kind, owner = text_at(row, "owner_kind"), text_at(row, "owner_name")
    found = derived_owner(kind or None, owner or None, pod=text_at(row, "pod"), node=text_at(row, "node") or None)
    return Lifetime(
        classify_address(text_at(row, "ip")).address,
        text_at(row, "namespace"),
        text_at(row, "pod"),
        found.kind if found else kind,
        found.name if found else owner,
        text_at(row, "node"),
        _moment(row.get("start")) or ALWAYS,
        _moment(row.get("end")) or NEVER,
    )


def stays(given: Iterable[AddressLease]) -> Iterator[AddressLease]:
    """Yield who has each address when, so that no two of one address overlap; gaps are times without an owner."""
    by_address: defaultdict[str, list[AddressLease]] = defaultdict(list)
    for stay in given:
        if stay.start < stay.end:
            by_address[stay.address].append(stay)
    for address in sorted(by_address):
        run, before = 0, None
        for stay in _apart(address, by_address[address]):
            run += before is not None and before != stay.who
            before = stay.who
            yield stay._replace(run=run)


def _apart(address: str, found: list[AddressLease]) -> Iterator[AddressLease]:
    moments = sorted({moment for stay in found for moment in (stay.start, stay.end)})
    waiting: AddressLease | None = None
    for start, end in pairwise(moments):
        here = [stay for stay in found if stay.start <= start and end <= stay.end]
        now = _one_of(address, start, end, here) if here else None
        if waiting and now and waiting.end == now.start and waiting[3:] == now[3:]:
            waiting = waiting._replace(end=now.end)
            continue
        if waiting:
            yield waiting
        waiting = now
    if waiting:
        yield waiting


def _one_of(address: str, start: datetime, end: datetime, here: list[AddressLease]) -> AddressLease:
    if len({stay.who for stay in here}) > 1:
        return AddressLease(address, start, end, 0, AMBIGUOUS)
    pods, nodes = {stay.pod for stay in here}, {stay.node for stay in here}
    first = here[0]._replace(start=start, end=end, run=0)
    return first._replace(pod=first.pod if len(pods) == 1 else "", node=first.node if len(nodes) == 1 else "")


def _moment(value: object) -> datetime | None:
    """Return a time as it stands in files and frames, in UTC without zone; None where there is none."""
    if value is None or value != value:  # noqa: PLR0124  (NaT and NaN are not themselves)
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if value else None
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    found = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    plain = datetime(*found.timetuple()[:6], found.microsecond)  # noqa: DTZ001  (pandas' own type has nanoseconds)
    return min(max(plain, ALWAYS), NEVER)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
