"""Ways of an attacker through a cluster: from workloads that the internet reaches, over a few connections.

Crowds are workloads that policies treat alike; a way is looked for between crowds, so that its length and not the
number of workloads decides how long that takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from workbench.connectivity import CrowdConnection, Crowds
from workbench.ground import PortSet, parse_ports
from workbench.inventory import Workload

__all__ = ["DATA_PORTS", "AttackPaths", "Way", "is_data_store"]

DATA_PORTS: Final = parse_ports(
    "TCP 1433,TCP 1521,TCP 2379,TCP 3306,TCP 5432,TCP 5984,TCP 6379,TCP 7474,TCP 7687,TCP 8086,TCP 9042,TCP 9092,"
    "TCP 9200,TCP 9300,TCP 11211,TCP 26257,TCP 27017,TCP 28015,TCP 50000"
)
"""Where databases, caches, search engines and message logs usually listen."""
_COMPONENTS: Final = frozenset({"cache", "database", "datastore", "db", "object-storage", "queue", "search", "storage"})
_COMPONENT_LABELS: Final = ("app.kubernetes.io/component", "component", "role", "tier")


class Way(NamedTuple):
    """A shortest way from a workload that the internet reaches.

    Attributes
    ----------
    names : tuple of str
        The workloads on it, the first one and the last among them.
    ports : tuple of PortSet
        What each step may use; one fewer than `names`.
    """

    names: tuple[str, ...]
    ports: tuple[PortSet, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Each step, as a connection."""
        return tuple(
            f"{src} -> {dst} : {ports}" for src, dst, ports in zip(self.names, self.names[1:], self.ports, strict=False)
        )


def is_data_store(workload: Workload) -> bool:
    """Tell whether a workload is a database, a cache or the like, as far as its ports and labels say.

    Parameters
    ----------
    workload : Workload
    """
    return bool(data_ports(workload))


def data_ports(workload: Workload) -> PortSet:
    """Return the ports at which a data store is asked; none where it is no data store.

    Parameters
    ----------
    workload : Workload
        One that is labelled as a data store is one at all ports that it declares.
    """
    declared = [(port.protocol, port.port) for shape in workload.shapes for port in shape.ports]
    listening = PortSet.union_of(PortSet.of(protocol, number) for protocol, number in declared)
    labelled = any(shape.labels.get(key) in _COMPONENTS for shape in workload.shapes for key in _COMPONENT_LABELS)
    return listening if labelled else listening & DATA_PORTS


@dataclass(frozen=True)
class AttackPaths:
    """The ways from any of some workloads.

    Attributes
    ----------
    crowds : Crowds
    """

    crowds: Crowds

    @cached_property
    def crowd_of(self) -> Mapping[str, int]:
        """The crowd of each workload, by its name without what tells its pods apart."""
        return {
            peer.name.removesuffix(peer.shape): number
            for number, members in enumerate(self.crowds.members)
            for peer in members
        }

    @cached_property
    def _leaving(self) -> Mapping[int, list[CrowdConnection]]:
        found: defaultdict[int, list[CrowdConnection]] = defaultdict(list)
        for one in self.crowds.connections:
            found[one.src].append(one)
        return found

    def ways(self, start: Workload, targets: Mapping[str, PortSet], hops: int) -> Iterator[Way]:
        """Yield a shortest way from a workload to each of some others that it reaches on one of their ports.

        Parameters
        ----------
        start : Workload
        targets : mapping of str to PortSet
            The ports of each by its name.
        hops : int
            At most this many connections.
        """
        first = self.crowd_of.get(start.peer)
        if first is None:
            return
        wanted: defaultdict[int, list[str]] = defaultdict(list)
        for name in targets:
            if name != start.peer and name in self.crowd_of:
                wanted[self.crowd_of[name]].append(name)
        before: dict[int, CrowdConnection] = {}
        seen, frontier = {first}, [first]
        open_targets = dict(targets)
        for _ in range(hops):
            fresh: list[int] = []
            for crowd in frontier:
                for one in self._leaving[crowd]:
                    for name in wanted[one.dst]:
                        if name in open_targets and (ports := one.ports & targets[name]):
                            del open_targets[name]
                            yield self._way(start, before, crowd, name, ports)
                    if one.dst not in seen:
                        seen.add(one.dst)
                        before[one.dst] = one
                        fresh.append(one.dst)
            frontier = fresh

    def _way(
        self, start: Workload, before: Mapping[int, CrowdConnection], crowd: int, last: str, ports: PortSet
    ) -> Way:
        names, steps = [last], [ports]
        while crowd in before:
            one = before[crowd]
            names.append(next(self._members(crowd, without=start.peer), start.peer))
            steps.append(one.ports)
            crowd = one.src
        names.append(start.peer)
        return Way(tuple(reversed(names)), tuple(reversed(steps)))

    def _members(self, crowd: int, *, without: str) -> Iterator[str]:
        names = (peer.name.removesuffix(peer.shape) for peer in self.crowds.members[crowd])
        return (name for name in names if name != without)
