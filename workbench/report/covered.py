"""What policies do to each workload: in which directions it is isolated, and by which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from workbench.inventory import Subjects, Workload
from workbench.policy import Direction, Tier

if TYPE_CHECKING:
    from workbench.connectivity import Standing
    from workbench.inventory import Cluster

__all__ = ["Covered", "covered"]


class Covered:
    """What policies do to the directions of a workload.

    Parameters
    ----------
    workload : Workload
    ways : mapping of Direction to (str, tuple of str)
        What policies do, a value of the column ``ingress`` of `frames.COVERAGE`, and those that isolate.
    """

    __slots__ = ("ways", "workload")

    def __init__(self, workload: Workload, ways: Mapping[Direction, tuple[str, tuple[str, ...]]]) -> None:
        self.workload, self.ways = workload, ways

    def is_isolated(self, direction: Direction) -> bool:
        """Tell whether all its pods are isolated.

        Parameters
        ----------
        direction : Direction
        """
        return self.ways[direction][0] == "isolated"

    @property
    def can_be(self) -> bool:
        """Whether policies can be about it at all."""
        return self.ways[Direction.INGRESS][0] != "host-network"


def covered(cluster: Cluster, standings: Iterable[Standing]) -> Iterator[Covered]:
    """Yield what policies do to some workloads.

    Parameters
    ----------
    cluster : Cluster
    standings : iterable of Standing
    """
    subjects = Subjects(cluster.objects.workloads, cluster.objects.namespaces)
    found: defaultdict[tuple[str, Direction], list[tuple[str, frozenset[int]]]] = defaultdict(list)
    for policy in cluster.objects.policies:
        if policy.tier is not Tier.NETWORK_POLICY:
            continue
        for workload, shapes in subjects.of(policy.subject):
            if shapes:
                chosen = frozenset(map(id, shapes))
                for direction in policy.isolates:
                    found[workload.peer, direction].append((policy.ref, chosen))
    for one in standings:
        yield _covered(one, found)


def _covered(standing: Standing, found: Mapping[tuple[str, Direction], list[tuple[str, frozenset[int]]]]) -> Covered:
    policed = {id(one) for one in standing.workload.shapes if not (one.host_network or one.finished)}
    ways = {}
    for direction in Direction:
        chosen = found.get((standing.workload.peer, direction), [])
        isolated = set().union(*(shapes for _, shapes in chosen))
        if not policed:
            state = "host-network"
        elif policed <= isolated:
            state = "isolated"
        elif isolated:
            state = "partly"
        else:
            state = "admin-rules" if direction in standing.protected else "open"
        ways[direction] = (state, tuple(sorted({ref for ref, _ in chosen})))
    return Covered(standing.workload, ways)
