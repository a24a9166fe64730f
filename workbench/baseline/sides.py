"""What baselines see of edges: each edge has a side for each workload at its ends, all looked up at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np
import pandas as pd

from workbench.baseline.model import (
    DIRECTIONS,
    EXTERNAL,
    INTERNAL,
    INTERNET,
    NODE,
    PEER_TYPES,
    WORKLOAD,
    Direction,
    Side,
)
from workbench.ground import (
    EXTERNAL_ENTITIES,
    INTERNAL_ENTITIES,
    OUTSIDE,
    PRIVATE,
    AddressSet,
    addresses_named,
    parse_address,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Lookup", "is_certain", "peer_of", "renamed_sides", "side_of_row", "sides_of"]

_NO_WORKLOADS: Final = frozenset({"External", "IngressController", "NetworkSet", "Node", "Service", "Unknown"})
"""Kinds of ends that have no baseline."""
_UNCERTAIN: Final = "unknown"
"""The orientation of an edge whose client is not known."""
_PORT_BITS: Final = 20


class _End(NamedTuple):
    """What an end is to baselines: codes into `PEER_TYPES` and into names."""

    types: NDArray[np.int64]
    names: pd.Index[str]
    codes: NDArray[np.int64]


def peer_of(name: str, kind: str) -> tuple[str, str]:
    """Return the type of an end and its identity (baselines N11).

    Parameters
    ----------
    name, kind : str
        As `frames.EDGES` of flows has them.

    Returns
    -------
    tuple of str
        One of `PEER_TYPES`, and a name: empty where addresses are not told from each other.
    """
    if kind == "Node":
        return NODE, name
    if kind not in _NO_WORKLOADS:
        return WORKLOAD, name
    if name in {OUTSIDE, EXTERNAL_ENTITIES}:
        return INTERNET, ""
    if name == INTERNAL_ENTITIES:
        return INTERNAL, ""
    if (address := parse_address(name)) is None:
        return EXTERNAL, name
    found = addresses_named(str(address))
    return (INTERNAL if found is not None and _is_private(found) else INTERNET), ""


def _is_private(addresses: AddressSet) -> bool:
    return bool(addresses & PRIVATE)


def _ends(edges: pd.DataFrame, end: str) -> _End:
    """Return what the ends of edges are; each name and kind is looked at once."""
    codes, uniques = pd.factorize(edges[end])
    kind_codes, kinds = pd.factorize(edges[f"{end}_kind"].astype("str"))
    pairs, which = np.unique(codes.astype(np.int64) * max(len(kinds), 1) + kind_codes, return_inverse=True)
    found = [peer_of(str(uniques[pair // len(kinds)]), str(kinds[pair % len(kinds)])) for pair in pairs]
    types = np.array([PEER_TYPES.index(peer_type) for peer_type, _ in found], dtype=np.int64)
    name_codes, names = pd.factorize(np.array([name for _, name in found], dtype=object))
    return _End(types[which], pd.Index(names, dtype="object"), name_codes.astype(np.int64)[which])


def sides_of(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the sides of edges that have a baseline's workload at them.

    Returns
    -------
    DataFrame
        Columns `SIDE`, and ``edge``, the place of the edge. Those of clients come first.
    """
    ends = {end: _ends(edges, end) for end in ("src", "dst")}
    parts = []
    for direction, mine, other in (("egress", ends["src"], ends["dst"]), ("ingress", ends["dst"], ends["src"])):
        places = np.flatnonzero(mine.types == PEER_TYPES.index(WORKLOAD))
        parts.append(
            pd.DataFrame(
                {
                    "workload": mine.names.take(mine.codes[places]).astype("str"),
                    "direction": direction,
                    "peer_type": pd.Index(PEER_TYPES).take(other.types[places]),
                    "peer": other.names.take(other.codes[places]).astype("str"),
                    "port": edges["port"].to_numpy("int64", na_value=0)[places],
                    "protocol": edges["protocol"].to_numpy()[places],
                    "edge": places,
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype({"direction": "str", "peer_type": "str", "protocol": "str"})


def renamed_sides(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the sides of edges whose ends outside have another name than their addresses do without it.

    Parameters
    ----------
    edges : DataFrame
        As `Flows.located_edges` gives them.

    Returns
    -------
    DataFrame
        Columns `SIDE` as without names, ``edge``, and ``named_type`` and ``named``: type and name of the peer by its
        name.
    """
    called = edges.assign(
        **{end: edges[end].where(edges[f"{end}_block"] == "", edges[f"{end}_block"]) for end in ("src", "dst")}
    )
    plain, named = sides_of(edges), sides_of(called)
    both = plain.assign(named_type=named["peer_type"], named=named["peer"])
    return both[(both["named_type"] != both["peer_type"]) | (both["named"] != both["peer"])].reset_index(drop=True)


def is_certain(edges: pd.DataFrame) -> pd.Series[bool]:
    """Tell of which edges it is known who the client is: of others, no baseline can say anything."""
    return edges["orientation"] != _UNCERTAIN


class Lookup:
    """Answers for very many edges at once what baselines say of their sides.

    Parameters
    ----------
    workloads : iterable of str
        Those that have a baseline.
    known : mapping of Side to int
        What is said of each side: a number above 0.
    """

    def __init__(self, workloads: Iterable[str], known: Mapping[Side, int]) -> None:
        rows = list(known)
        self._workloads = _index(list(workloads))
        peers_told = list(dict.fromkeys((row.peer_type, row.peer) for row in rows))
        self._peers = _pairs(peers_told)
        self._protocols = _index(list(dict.fromkeys(row.protocol for row in rows)))
        mine = self._workloads.get_indexer(_index([row.workload for row in rows])).astype(np.int64)
        peers = self._peers.get_indexer(_pairs([(row.peer_type, row.peer) for row in rows])).astype(np.int64)
        pairs = mine * max(len(self._peers), 1) + peers
        self._pairs = np.unique(pairs)
        rest = self._rest(
            np.array([DIRECTIONS.index(row.direction) for row in rows], dtype=np.int64),
            np.array([row.port for row in rows], dtype=np.int64),
            self._protocols.get_indexer(_index([row.protocol for row in rows])).astype(np.int64),
        )
        keys = self._keys(np.searchsorted(self._pairs, pairs).astype(np.int64), rest)
        order = np.argsort(keys)
        self._sorted = keys[order]
        self._says = np.array(list(known.values()), dtype=np.int8)[order]

    def _rest(
        self, direction: NDArray[np.int64], port: NDArray[np.int64], protocol: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        return (protocol * len(DIRECTIONS) + direction) << _PORT_BITS | port

    def _keys(self, pairs: NDArray[np.int64], rest: NDArray[np.int64]) -> NDArray[np.int64]:
        return (pairs * (max(len(self._protocols), 1) * len(DIRECTIONS)) << _PORT_BITS) + rest

    def of_edges(self, edges: pd.DataFrame) -> dict[Direction, NDArray[np.int8]]:
        """Return what is said of both sides of edges: -1 where there is no baseline, 0 for what is not known."""
        src, dst = _ends(edges, "src"), _ends(edges, "dst")
        ports = edges["port"].to_numpy("int64", na_value=0)
        codes, names = pd.factorize(edges["protocol"])
        protocols = self._protocols.get_indexer(pd.Index(names, dtype="object")).astype(np.int64)[codes]
        return {
            "egress": self._of(src, dst, 0, ports, protocols),
            "ingress": self._of(dst, src, 1, ports, protocols),
        }

    def _of(
        self,
        mine: _End,
        other: _End,
        direction: int,
        ports: NDArray[np.int64],
        protocols: NDArray[np.int64],
    ) -> NDArray[np.int8]:
        says = np.full(len(ports), -1, dtype=np.int8)
        own = self._workloads.get_indexer(mine.names).astype(np.int64)[mine.codes]
        own[mine.types != PEER_TYPES.index(WORKLOAD)] = -1
        has = np.flatnonzero(own >= 0)
        says[has] = 0
        if not len(self._sorted) or not len(has):
            return says
        size = len(other.names)
        peers, which = np.unique(other.types[has] * size + other.codes[has], return_inverse=True)
        given = [(PEER_TYPES[one // size], other.names[one % size]) for one in peers]
        peer = self._peers.get_indexer(_pairs(given)).astype(np.int64)[which]
        pairs = own[has] * len(self._peers) + peer
        at = np.minimum(np.searchsorted(self._pairs, pairs), len(self._pairs) - 1).astype(np.int64)
        there = (peer >= 0) & (protocols[has] >= 0) & (self._pairs[at] == pairs)
        rest = self._rest(np.full(len(has), direction, dtype=np.int64), ports[has], protocols[has])
        keys = self._keys(at, rest)
        found = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        there &= self._sorted[found] == keys
        says[has[there]] = self._says[found[there]]
        return says


def _index(names: list[str]) -> pd.Index[str]:
    return pd.Index(names, dtype="object")


def _pairs(told: list[tuple[str, str]]) -> pd.MultiIndex:
    types, names = ([one[place] for one in told] for place in (0, 1))
    return pd.MultiIndex.from_arrays([_index(types), _index(names)])


def side_of_row(row: Mapping[Any, Any]) -> Side:
    """Return the side that a row with the columns `SIDE` is about."""
    return Side(
        str(row["workload"]),
        cast("Direction", str(row["direction"])),
        str(row["peer_type"]),
        str(row["peer"]),
        int(row["port"]),
        str(row["protocol"]),
    )
