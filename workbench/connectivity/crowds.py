"""All connections of a cluster between crowds: workloads of one namespace that policies treat alike, counted.

A cluster without policies has as many connections as pairs of workloads: a hundred million of ten thousand.
Between crowds there are few, and each says how many it stands for.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from workbench.connectivity.engine import NONE, Engine, Indices, Peer, Runs
from workbench.ground import PortSet

__all__ = ["CrowdConnection", "Crowds", "crowds_of"]

NOTHING_APART: Final[Mapping[Peer, Hashable]] = MappingProxyType({})


class CrowdConnection(NamedTuple):
    """What each workload of one crowd may send to each of another, and how many connections that is.

    Attributes
    ----------
    src, dst : int
        Numbers of crowds. One to itself stands for its workloads among each other, and for the pods of each.
    ports : PortSet
    number : int
    """

    src: int
    dst: int
    ports: PortSet
    number: int


class Crowds(NamedTuple):
    """Workloads in crowds, and what may go between these.

    Attributes
    ----------
    members : tuple of tuple of Peer
        The workloads of each crowd.
    connections : tuple of CrowdConnection
        Those within the cluster, sorted by the numbers of their ends.
    """

    members: tuple[tuple[Peer, ...], ...]
    connections: tuple[CrowdConnection, ...]


def crowds_of(engine: Engine, apart: Mapping[Peer, Hashable] = NOTHING_APART) -> Crowds:
    """Return the crowds of a cluster, and every allowed connection between them.

    Parameters
    ----------
    apart : mapping of Peer to Hashable
        Workloads with different values share no crowd; those that are not there have none.
    """
    peers, quotient = engine.workloads, engine.quotient
    bloc_of = quotient.bloc_of[peers.class_of]
    numbers: dict[tuple[object, ...], int] = {}
    members: list[list[int]] = []
    for index, (peer, bloc) in enumerate(zip(peers.peers, bloc_of.tolist(), strict=True)):
        crowd = numbers.setdefault((peer.namespace, bloc, apart.get(peer)), len(numbers))
        if crowd == len(members):
            members.append([])
        members[crowd].append(index)
    crowd_bloc = np.array([key[1] for key in numbers], dtype=np.int64)
    sizes = np.array([len(each) for each in members], dtype=np.int64)
    alone = np.array([int((~peers.siblings[each]).sum()) for each in members], dtype=np.int64)
    named = tuple(tuple(peers.peers[index] for index in each) for each in members)
    return Crowds(named, tuple(_connections(engine, Runs.of(crowd_bloc, len(quotient)), sizes, alone)))


def _connections(engine: Engine, crowds: Runs, sizes: Indices, alone: Indices) -> list[CrowdConnection]:
    """Return what may go between crowds.

    Parameters
    ----------
    crowds : Runs
        Those of each bloc.
    sizes, alone : ndarray of int64, shape (crowds,)
        How many workloads each has, and how many of these have no pods among each other.
    """
    quotient = engine.quotient
    blocs = np.flatnonzero(crowds.sizes)
    bloc_of_class = np.full(len(engine.classes), -1)
    bloc_of_class[quotient.members[blocs]] = blocs
    classes = np.sort(quotient.members[blocs])
    found: list[CrowdConnection] = []
    for part in engine.pair_index(classes, classes).connections():
        kept = np.flatnonzero(part.masks != NONE)
        repeats, src = crowds.members(bloc_of_class[part.src[kept]])
        dst, masks = bloc_of_class[part.dst[kept]].repeat(repeats), part.masks[kept].repeat(repeats)
        repeats, dst = crowds.members(dst)
        src, masks = src.repeat(repeats), masks.repeat(repeats)
        counts = sizes[src] * sizes[dst] - np.where(src == dst, alone[src], 0)
        ports = {number: engine.masks.ports(number) for number in np.unique(masks).tolist()}
        each = zip(src.tolist(), dst.tolist(), masks.tolist(), counts.tolist(), strict=True)
        found += [CrowdConnection(one, other, ports[mask], count) for one, other, mask, count in each if count]
    found.sort(key=lambda one: one[:2])
    return found
