"""All connections of a cluster in one sorted list of index arrays, and as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import (
    INGRESS_CONTROLLER,
    Engine,
    Indices,
    IpRanges,
    MaskIds,
    PairFilter,
    Peer,
    PortMasks,
    RangeNames,
    pod_pairs,
    range_pairs,
    spread,
)
from workbench.connectivity.frames import CONNECTIONS
from workbench.ground import ALL_PORTS, ArgumentError, PortSet, ports_text, visible
from workbench.policy import Direction

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ROW_LIMIT", "Connection", "ConnectivityLike", "Edges", "categorical", "collect_edges", "edges_frame"]

ROW_LIMIT = 30_000_000
"""Rows of a frame beyond which an error says how to ask for less (some 2 GB)."""


class Connection(NamedTuple):
    """What one peer may send to another, or its pods to each other (`src` and `dst` are the same then); never empty."""

    src: Peer
    dst: Peer
    ports: PortSet

    def __repr__(self) -> str:
        """Return the connection as the text has it."""
        return f"Connection({visible(self.src.name)} => {visible(self.dst.name)} : {self.ports})"


class ConnectivityLike(Protocol):
    """What a format needs to know of a connectivity map."""

    def peers(self, ip_ranges: IpRanges) -> Sequence[Peer]:
        """Return all workloads, and the external ranges that occur in connections."""
        ...

    def connections(self, ip_ranges: IpRanges) -> Sequence[Connection]:
        """Return all allowed connections, sorted by source name, then destination name."""
        ...


class Edges(NamedTuple):
    """Connections as indices of peers and mask ids, sorted by the names of source and destination.

    `peers` begins with the workload peers; external ranges and the ingress controller follow, where they occur.
    """

    peers: list[Peer]
    src: Indices
    dst: Indices
    masks: MaskIds


def collect_edges(engine: Engine, *scopes: PairFilter, pods: bool = True) -> Edges:
    """Return every allowed connection.

    Parameters
    ----------
    *scopes : PairFilter
        What to list: connections that are in any of them. External ranges are not workloads: they are
        left out on a side that is restricted.
    pods : bool
        Whether to list connections between workloads; those from and to the outside are always listed.
    """
    peers = list(engine.workloads.peers)
    numbers: dict[Peer, int] = {}
    nothing = np.empty(0, dtype=np.int64)
    parts: list[tuple[Indices, Indices, MaskIds]] = [(nothing, nothing, np.empty(0, dtype=np.int32))]
    for scope in scopes:
        if pods:
            found = pod_pairs(engine, scope)
            parts.append((found.src, found.dst, found.masks))
        for direction, other in ((Direction.INGRESS, scope.src), (Direction.EGRESS, scope.dst)):
            if other is not None:
                continue
            ranges = range_pairs(engine, direction, scope)
            bounds, which = np.unique(np.stack([ranges.first, ranges.last], axis=1), axis=0, return_inverse=True)
            listed = engine.externals[direction].ranges
            names = RangeNames(scope.families, engine.semantics.wording)
            outside = [names.peer(listed[first], listed[last]) for first, last in bounds.tolist()]
            ends = np.array([numbers.setdefault(peer, len(peers) + len(numbers)) for peer in outside], dtype=np.int64)
            pair = (ends[which], ranges.peer) if direction is Direction.INGRESS else (ranges.peer, ends[which])
            parts.append((*pair, ranges.masks))
        entering = _entering(engine, scope)
        if len(entering.dst):
            controller = numbers.setdefault(INGRESS_CONTROLLER, len(peers) + len(numbers))
            parts.append((np.full(len(entering.dst), controller), entering.dst, entering.masks))
    peers.extend(numbers)
    senders, receivers, masks = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rank = np.empty(len(peers), dtype=np.int64)
    rank[sorted(range(len(peers)), key=lambda number: peers[number].name.encode())] = np.arange(len(peers))
    keys = rank[senders] * len(peers) + rank[receivers]
    if len(scopes) > 1:  # a connection may be in several
        _, order = np.unique(keys, return_index=True)
    else:
        order = np.argsort(keys, kind="stable")
    return Edges(peers, senders[order], receivers[order], masks[order])


class _Entering(NamedTuple):
    """Connections from the ingress controller: indices of workload peers, and mask ids; both of shape (pairs,)."""

    dst: Indices
    masks: MaskIds


def _entering(engine: Engine, scope: PairFilter) -> _Entering:
    found = engine.ingress_controller.connections() if scope.controller else {}
    kept = {
        index: ports
        for index, ports in found.items()
        if (scope.dst is None or scope.dst[index]) and ports & scope.ports
    }
    masks = [engine.masks.id_of(ports) for ports in kept.values()]
    return _Entering(np.array([*kept], dtype=np.int64), np.array(masks, dtype=np.int32))


def edges_frame(edges: Edges, masks: PortMasks, ports: PortSet = ALL_PORTS) -> pd.DataFrame:
    """Return the frame of `edges`: one row per source, destination and protocol (`frames.CONNECTIONS`).

    Parameters
    ----------
    ports : PortSet
        Keep to these ports.

    Raises
    ------
    ArgumentError
        If there are more than 30 million rows.
    """
    import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

    protocols, texts, intervals, counts, starts = _protocol_parts(edges, masks, ports)
    repeats = counts[edges.masks]
    rows = int(repeats.sum())
    if rows > ROW_LIMIT:
        message = f"{rows:,} rows are more than a frame should hold; name src= or dst=, or use count() and query()"
        raise ArgumentError(message)
    part = spread(starts[edges.masks], repeats)
    columns: dict[str, object] = {}
    for side, ends in (("src", edges.src), ("dst", edges.dst)):
        codes = ends.repeat(repeats)
        columns[side] = categorical([peer.name for peer in edges.peers], codes)
        columns[f"{side}_kind"] = categorical([peer.kind for peer in edges.peers], codes)
        columns[f"{side}_namespace"] = categorical([peer.namespace for peer in edges.peers], codes)
        columns[f"{side}_name"] = categorical([peer.workload for peer in edges.peers], codes)
        columns[f"{side}_shape"] = categorical([peer.shape for peer in edges.peers], codes)
    columns["protocol"] = categorical(protocols, part)
    columns["ports"] = categorical(texts, part)
    columns["intervals"] = pd.Series(intervals[part], dtype="object")
    return CONNECTIONS.from_columns(columns)


def _protocol_parts(
    edges: Edges, masks: PortMasks, wanted: PortSet
) -> tuple[list[str], list[str], npt.NDArray[np.object_], Indices, Indices]:
    """Return protocol, ports text and intervals of every part of the masks that occur.

    With them, for each mask id, how many parts it has and where they begin.
    """
    protocols: list[str] = []
    texts: list[str] = []
    intervals: list[object] = []
    counts = np.zeros(len(masks), dtype=np.int64)
    starts = np.zeros(len(masks), dtype=np.int64)
    for number in np.unique(edges.masks).tolist():
        starts[number] = len(protocols)
        for protocol, ports in (masks.ports(number) & wanted).by_protocol().items():
            protocols.append(protocol)
            texts.append(ports_text(ports))
            intervals.append(tuple((protocol, *pair) for pair in ports))
        counts[number] = len(protocols) - starts[number]
    boxed = np.empty(len(intervals), dtype=np.object_)
    boxed[:] = intervals
    return protocols, texts, boxed, counts, starts


def categorical(values: Sequence[str], codes: Indices | MaskIds) -> pd.Categorical[str]:
    """Return ``values[codes]`` as a categorical whose categories are the values that occur, sorted."""
    import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

    occurring = np.flatnonzero(np.bincount(codes))
    categories = sorted({values[code] for code in occurring.tolist()})
    place = {value: number for number, value in enumerate(categories)}
    translate = np.zeros(len(values), dtype=np.int32)
    for code in occurring.tolist():
        translate[code] = place[values[code]]
    return pd.Categorical.from_codes(translate[codes], categories=pd.Index(categories))
