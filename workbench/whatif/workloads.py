"""Of which workloads more than single connections changes: protection that comes or goes, and who is cut off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.connectivity import Focus, Standing, touched_workloads
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity

__all__ = ["WorkloadChange", "changed_workloads"]

_BATCH: Final = 64
"""So many workloads are asked about at once."""


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
    known = [(was[one.peer.name], one) for one in after.standings(names) if one.peer.name in was]
    asked = [standing.peer.name for earlier, standing in known if _is_closed(earlier) or _is_closed(standing)]
    had, has = (_connected(side, asked) for side in (before, after))
    for earlier, standing in known:
        name, namespace = standing.peer.name, standing.peer.namespace
        lost, won = earlier.protected - standing.protected, standing.protected - earlier.protected
        for change, directions in (("unprotected", lost), ("protected", won)):
            if directions:
                yield WorkloadChange(change, name, namespace, _sorted(directions))
        if (name in had) != (name in has):
            yield WorkloadChange("cut-off" if name in had else "reachable", name, namespace, ("ingress", "egress"))


def _is_closed(standing: Standing) -> bool:
    """Tell whether policies have a say in both directions, so that nothing may be left."""
    return len(standing.protected) == len(Direction)


def _connected(side: Connectivity, names: Sequence[str]) -> set[str]:
    """Return those of some workloads that have a connection, be it with the outside."""
    found: set[str] = set()
    if len(names) > _BATCH:
        # Who talks to another workload needs no list of its connections, of which there may be millions.
        radius = side.blast_radius()
        found.update(radius.loc[radius["direct"] > 1, "workload"].astype("str"))
    rest = [name for name in names if name not in found]
    for first in range(0, len(rest), _BATCH):
        for one in side.focus(Focus(tuple(rest[first : first + _BATCH]))).connections():
            found |= {one.src.name, one.dst.name}
    return found.intersection(names)


def _sorted(directions: frozenset[Direction]) -> tuple[str, ...]:
    return tuple(one.value for one in Direction if one in directions)
