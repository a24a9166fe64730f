"""Of which workloads more than single connections changes: protection that comes or goes, and who is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from workbench.connectivity import Standing, touched_workloads
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity

__all__ = ["WorkloadChange", "changed_workloads"]


class WorkloadChange(NamedTuple):
    """What becomes of a workload (what-if 6).

    Attributes
    ----------
    change : {"unprotected", "protected", "cut-off", "reachable"}
    workload, namespace : str
    directions : tuple of {"ingress", "egress"}
        In which it changes.
    """

    change: str
    workload: str
    namespace: str
    directions: tuple[str, ...]


def changed_workloads(before: Connectivity, after: Connectivity) -> Iterator[WorkloadChange]:
    """Yield the workloads that are on both sides and change as a whole.

    ``unprotected``: no policy has a say in a direction any more; ``protected``: one has. ``cut-off``: it had
    connections and has none at all; ``reachable``: the other way round.

    Parameters
    ----------
    before, after : Connectivity
    """
    touched = touched_workloads(before, after)
    names = None if touched is None else touched.both
    was = {one.peer.name: one for one in before.standings(names)}
    both = [(was[one.peer.name], one) for one in after.standings(names) if one.peer.name in was]
    closed = [one.peer.name for known, one in both if _is_closed(known) or _is_closed(one)]
    had, has = (side.connected(closed) for side in (before, after))
    for known, standing in both:
        name, namespace = standing.peer.name, standing.peer.namespace
        lost, won = known.protected - standing.protected, standing.protected - known.protected
        for change, directions in (("unprotected", lost), ("protected", won)):
            if directions:
                yield WorkloadChange(change, name, namespace, _sorted(directions))
        if (name in had) != (name in has):
            change = "cut-off" if name in had else "reachable"
            yield WorkloadChange(change, name, namespace, _sorted(frozenset(Direction)))


def _is_closed(standing: Standing) -> bool:
    """Tell whether policies have a say in both directions, so that nothing may be left."""
    return len(standing.protected) == len(Direction)


def _sorted(directions: frozenset[Direction]) -> tuple[str, ...]:
    return tuple(one.value for one in Direction if one in directions)
