"""What is allowed and what was seen of some ends alone: of one workload, of one pair, of some addresses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from workbench.connectivity import Focus
from workbench.flows.aggregate import SHORT
from workbench.flows.comparison import compared, judge_edges
from workbench.flows.edge_frames import BLOCKS
from workbench.flows.frames import LOCATED_EDGES, TRAFFIC
from workbench.ground import AddressSet, addresses_named

if TYPE_CHECKING:
    from workbench.connectivity import Connection, Connectivity, Peer
    from workbench.flows.flows import Flows

__all__ = ["traffic_of"]


class _Ends:
    """Some ends of connections and of edges, or without any name all: by names, what is outside by addresses, too."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    @cached_property
    def addresses(self) -> AddressSet:
        """The addresses that the names stand for."""
        found = (addresses_named(name) for name in self.names)
        return AddressSet.union_of(one for one in found if one is not None)

    def hold(self, name: str) -> bool:
        """Tell whether an edge's end is one of them."""
        if not self.names or name in self.names:
            return True
        addresses = addresses_named(name) if self.addresses else None
        return addresses is not None and bool(addresses & self.addresses)

    def hold_peer(self, peer: Peer) -> bool:
        """Tell whether a connection's end is one of them, or its pods are some of one's."""
        if not self.names or peer.name in self.names or peer.name.removesuffix(peer.shape) in self.names:
            return True
        return peer.addresses is not None and bool(peer.addresses & self.addresses)

    def mask(self, cells: pd.Series[Any]) -> pd.Series[bool]:
        """Tell of which edges an end is one of them."""
        if not self.names:
            return pd.Series(data=True, index=cells.index)
        held = [name for name in cells.unique() if self.hold(str(name))]
        return cells.isin(held)


def traffic_of(
    allowed: Connectivity,
    flows: Flows | None,
    ends: str | Iterable[str],
    peers: str | Iterable[str] = (),
    *,
    direction: Literal["ingress", "egress"] | None = None,
) -> pd.DataFrame:
    """Return what is allowed beside what was seen of some ends, as `compare` has it of all.

    Nothing else is looked at, so that one workload of many has its answer soon.

    Parameters
    ----------
    allowed : Connectivity
        Without a focus.
    flows : Flows, optional
        Attributed to the same cluster. Without any, nothing was seen.
    ends : str or iterable of str
        Workloads as `Connectivity.focus` takes them, ``{ingress-controller}``, addresses, blocks and ranges, and
        whatever else edges call an end. What means nothing has no rows.
    peers : str or iterable of str
        Keep to what has one of these at its other end.
    direction : {"ingress", "egress"}, optional
        Keep to what goes to `ends`, or from them.

    Returns
    -------
    DataFrame
        Columns as in `frames.TRAFFIC`.
    """
    mine, others = (_Ends(_meant(allowed, (names,) if isinstance(names, str) else names)) for names in (ends, peers))
    if not mine.names:
        return TRAFFIC.from_rows(())
    sides = [side for side in ("egress", "ingress") if direction in {None, side}]
    pairs = [(mine, others) if side == "egress" else (others, mine) for side in sides]
    edges = LOCATED_EDGES.from_rows(()) if flows is None else _edges(flows, pairs)
    listed = {(one.src.name, one.dst.name): one for one in _listed(allowed, mine.names, bool(mine.addresses))}
    kept = (
        one for one in listed.values() if any(src.hold_peer(one.src) and dst.hold_peer(one.dst) for src, dst in pairs)
    )
    return compared(allowed, judge_edges(allowed, edges), kept, TRAFFIC)


def _meant(allowed: Connectivity, names: Iterable[str]) -> Iterator[str]:
    """Yield names, and the workloads that they mean by the names that connectivity and edges have for them."""
    for name in names:
        yield name
        # The address of a pod is that alone.
        for peer in allowed.workloads_named(name) if addresses_named(name) is None else ():
            yield peer.name


def _edges(flows: Flows, pairs: Iterable[tuple[_Ends, _Ends]]) -> pd.DataFrame:
    """Return the edges that go from the first to the second of any pair."""
    edges = flows.located_edges()
    kept = pd.Series(data=False, index=edges.index)
    for src, dst in pairs:
        # An end is meant by its address, and by the name of its block.
        masks = (
            of.mask(edges[end]) | of.mask(edges[block]) & (edges[block] != "")
            for of, end, block in zip((src, dst), SHORT, BLOCKS, strict=True)
        )
        kept |= next(masks) & next(masks)
    return edges[kept]


def _listed(allowed: Connectivity, names: Collection[str], outside: bool) -> Iterator[Connection]:  # noqa: FBT001
    known = tuple(sorted(name for name in names if allowed.knows(name)))
    if known:
        yield from allowed.focus(Focus(known)).connections()
    if outside:
        yield from allowed.outside_connections()
