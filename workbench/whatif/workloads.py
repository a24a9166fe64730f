"""Of which workloads more than single connections changes: protection that comes or goes, and who is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from workbench.connectivity import Focus, Standing, touched_workloads
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
    for standing in after.standings(names):
        name = standing.peer.name
        known = was.get(name)
        if known is None:
            continue
        lost, won = known.protected - standing.protected, standing.protected - known.protected
        for change, directions in (("unprotected", lost), ("protected", won)):
            if directions:
                yield WorkloadChange(change, name, standing.peer.namespace, _sorted(directions))
        if {_is_closed(known), _is_closed(standing)} != {False}:
            yield from _cut(before, after, standing)


def _is_closed(standing: Standing) -> bool:
    """Tell whether policies have a say in both directions, so that nothing may be left."""
    return len(standing.protected) == len(Direction)


def _cut(before: Connectivity, after: Connectivity, standing: Standing) -> Iterator[WorkloadChange]:
    name = standing.peer.name
    had, has = (bool(side.focus(Focus((name,))).connections()) for side in (before, after))
    if had != has:
        yield WorkloadChange("cut-off" if had else "reachable", name, standing.peer.namespace, ("ingress", "egress"))


def _sorted(directions: frozenset[Direction]) -> tuple[str, ...]:
    return tuple(one.value for one in Direction if one in directions)
