"""Which pairs cannot talk because their pods are on different primary networks (semantics 17)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import TYPE_CHECKING

from workbench.connectivity.decisions import Decision, Effect, PairPart, Ruling
from workbench.connectivity.focus import Focus
from workbench.connectivity.result import Connectivity
from workbench.connectivity.trace.explanation import PairExplanation
from workbench.inventory import Network, NetworkKind
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity.engine import Peer

__all__ = ["name_on", "on_network", "pairs_apart"]


def name_on(peer: Peer, network: Network) -> str:
    """Return a peer's name, which marks the namespace of a primary UserDefinedNetwork."""
    name = peer.name
    if peer.namespace and network.primary and network.kind is NetworkKind.UDN:
        return name.replace(f"{peer.namespace}/", f"{peer.namespace}[udn]/", 1)
    return name


def on_network(pair: PairExplanation, network: Network) -> PairExplanation:
    """Return a pair of one network, its ends named as they are there."""
    return pair._replace(src=_named(pair.src, network), dst=_named(pair.dst, network), network=network)


def pairs_apart(maps: Iterable[tuple[Network, Connectivity]], focus: Focus) -> list[PairExplanation]:
    """Return the pairs in focus whose ends are on different primary networks.

    Each belongs to the network of its source, or of its destination where the source is on the pod network.
    """
    primary = [(network, found) for network, found in maps if network.primary]
    pairs: list[PairExplanation] = []
    for (here, mine), (there, others) in permutations(primary, 2):
        own = there if here.kind is NetworkKind.POD_NETWORK else here
        ruling = Ruling(allowed=False, decisions=(Decision(Effect.OTHER_NETWORK, networks=(here, there)),))
        parts = (PairPart(focus.ports, ruling, ruling),)
        for direction in focus.directions() if focus.workloads else (Direction.EGRESS,):
            ends = focus.workloads, focus.peers
            first, last = ends if direction is Direction.EGRESS else ends[::-1]
            for src in mine.workloads_named(first):
                pairs.extend(
                    PairExplanation(_named(src, here), _named(dst, there), parts, own)
                    for dst in others.workloads_named(last)
                )
    return list(dict.fromkeys(pairs))


def _named(peer: Peer, network: Network) -> Peer:
    return peer._replace(name=name_on(peer, network))
