"""Which edges are needed, and who says so: what was seen, baselines, manifests and lists (what-if 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.generate import (
    Basis,
    Context,
    LeftOutNeed,
    Need,
    WhyLeftOut,
    cidrs_of,
    declared_needs,
    required_needs,
)
from workbench.ground import ALL_PORTS, EXTERNAL_ENTITIES, INTERNAL_ENTITIES, AddressSet, PortSet
from workbench.policy import Block

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["Needed", "NeededEdge", "basis_words", "needed_edges"]

_REST: Final = frozenset({EXTERNAL_ENTITIES, INTERNAL_ENTITIES})
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing here depends on the time."""


class NeededEdge(NamedTuple):
    """An edge that is needed.

    Attributes
    ----------
    src, dst : str
        As needs name ends.
    ports : PortSet
        One port of one protocol, or one range.
    needs : tuple of Need
        Who says so.
    ends : tuple of (str, str)
        The same ends as questions take them: of a name outside, each of its blocks.
    """

    src: str
    dst: str
    ports: PortSet
    needs: tuple[Need, ...]
    ends: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Needed:
    """What is needed.

    Attributes
    ----------
    edges : tuple of NeededEdge
    left_out : tuple of LeftOutNeed
        What is no such edge, and why.
    asked : frozenset of str
        The workloads that it is about.
    """

    edges: tuple[NeededEdge, ...]
    left_out: tuple[LeftOutNeed, ...]
    asked: frozenset[str]


def needed_edges(
    cluster: Cluster,
    flows: Flows | None = None,
    baselines: Baselines | None = None,
    required: Any = (),  # noqa: ANN401  (as `required_needs` takes it)
    *,
    declared: bool = True,
) -> Needed:
    """Return the edges that are needed, of workloads in namespaces that are not protected.

    Parameters
    ----------
    cluster : Cluster
    flows : Flows, optional
        Those that passed.
    baselines : Baselines, optional
    required : path, text, frame or iterable, optional
        A list of connections, as the strategy ``required-connections`` reads it.
    declared : bool
        Whether what manifests declare is needed.
    """
    own = flows if flows is None or flows.cluster is not None else flows.attributed(cluster)
    context = Context(cluster, _NEVER, own, baselines)
    found = context.needed | required_needs(context, required)
    needs, left_out = list(found.needs), list(found.left_out)
    for need in declared_needs(cluster) if declared else ():
        if need.ports == ALL_PORTS:  # a headless Service without ports: which of them are called is not known
            left_out.append(LeftOutNeed.of(WhyLeftOut.UNRESOLVED, need, "the port is not known"))
        else:
            needs.append(need)
    asked = frozenset(one.peer for one in context.workloads)
    by_edge: defaultdict[tuple[str, str, PortSet], list[Need]] = defaultdict(list)
    for need in needs:
        if asked.isdisjoint((need.src, need.dst)):
            left_out.append(LeftOutNeed.of(WhyLeftOut.PROTECTED, need))
            continue
        for protocol, low, high in need.ports.intervals:
            by_edge[need.src, need.dst, PortSet.of(protocol, low, high)].append(need)
    edges = (
        NeededEdge(src, dst, ports, tuple(saying), tuple(dict.fromkeys(_ends(context, saying))))
        for (src, dst, ports), saying in sorted(by_edge.items(), key=lambda pair: (*pair[0][:2], pair[0][2].axis))
    )
    return Needed(tuple(edges), tuple(dict.fromkeys(left_out)), asked)


def _ends(context: Context, needs: Iterable[Need]) -> Iterator[tuple[str, str]]:
    """Yield the ends of an edge as questions take them."""
    for need in needs:
        for src in _names(context, need.src, need):
            for dst in _names(context, need.dst, need):
                yield src, dst


def _names(context: Context, name: str, need: Need) -> tuple[str, ...]:
    if name in context.ends.workloads:
        return (name,)
    if need.blocks:
        return need.blocks
    if name not in _REST:
        return (name,)
    blocks = [one for one in context.ends.peers_of(name, need).peers if isinstance(one, Block)]
    every = AddressSet.union_of(one.addresses for one in blocks)
    return tuple(cidrs_of(AddressSet(ipv4=every.ipv4)))


def basis_words(needs: Iterable[Need]) -> tuple[str, ...]:
    """Return who says that something is needed, each once, in the order of `Basis`.

    Parameters
    ----------
    needs : iterable of Need
    """
    said = {one.basis for one in needs}
    return tuple(one.value for one in Basis if one in said)
