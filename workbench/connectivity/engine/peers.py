"""The ends of connections as people name them: workloads, and ranges of addresses outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.classes import Classes, Indices
from workbench.connectivity.engine.externals import AddressRange
from workbench.connectivity.engine.semantics import Wording
from workbench.ground import EVERYWHERE, EXTERNAL, LAST_ADDRESS, OUTSIDE, AddressSet, one_line, written_range
from workbench.inventory import Workload
from workbench.policy import Pods, Policy

__all__ = ["INGRESS_CONTROLLER", "Peer", "RangeNames", "WorkloadPeers", "are_answers"]


class Peer(NamedTuple):
    """An end of a connection.

    Attributes
    ----------
    name : str
        ``namespace/workload[Kind]``, ``{ingress-controller}``, or what `RangeNames` calls addresses;
        unique, the key everywhere.
    namespace, workload, kind : str
        For addresses: empty, the range, and ``External``.
    addresses : AddressSet or None
        The addresses that it stands for; None for what runs in the cluster.
    """

    name: str
    namespace: str
    workload: str
    kind: str
    addresses: AddressSet | None = None

    def __repr__(self) -> str:
        return one_line(f"Peer({self.name})")

    @property
    def shape(self) -> str:
        """What tells its pods from others of the workload, such as ``{tier=a}``; empty where it is all of them."""
        return self.name.removeprefix(f"{self.namespace}/{self.workload}[{self.kind}]") if self.namespace else ""


INGRESS_CONTROLLER = Peer("{ingress-controller}", "", "ingress-controller", "IngressController")
"""Whatever answers to Ingresses and routes. Where it runs is not known (semantics 18)."""


class RangeNames(NamedTuple):
    """What ranges of addresses outside are called.

    Attributes
    ----------
    families : frozenset of {4, 6}
        Those that answers list.
    wording : {"people", "reference"}
        As `Semantics` has it.
    """

    families: frozenset[int]
    wording: Wording

    @property
    def joins_families(self) -> bool:
        """Whether one name stands for all addresses of all families."""
        return self.wording == "people"

    def peer(self, first: AddressRange, last: AddressRange) -> Peer:
        """Return the peer for the addresses from the range `first` to the range `last`."""
        if self.joins_families and self.is_everything(first, last):
            return Peer(OUTSIDE, "", OUTSIDE, EXTERNAL, EVERYWHERE)
        found = AddressRange(first.family, first.first, last.last)
        text = str(found) if self.joins_families else written_range(*found)
        name = text if self.joins_families else f"{text}[{EXTERNAL}]"
        return Peer(name, "", text, EXTERNAL, found.addresses)

    def is_everything(self, first: AddressRange, last: AddressRange) -> bool:
        """Tell whether there are no other addresses in any family."""
        begins = first.family == min(self.families) and first.first == 0
        return begins and last.family == max(self.families) and last.last == LAST_ADDRESS[last.family]


@dataclass(frozen=True, eq=False)
class WorkloadPeers:
    """Every workload as the peer or, where policies tell its pods apart, the peers that it is.

    Attributes
    ----------
    peers : tuple of Peer
        Sorted by name.
    class_of : ndarray of int64, shape (peers,)
    workloads : tuple of Workload
        The workload of each peer.
    alike : mapping of int to int
        Classes that stand for a workload of several classes together with others: the first of them.
    alone : ndarray of bool, shape (peers,)
        Whether a peer is one pod, which has no siblings.
    siblings : ndarray of bool, shape (peers,)
        Whether the pods of a peer among themselves are an answer (`Semantics.siblings`).
    """

    peers: tuple[Peer, ...]
    class_of: Indices
    workloads: tuple[Workload, ...]
    alike: Mapping[int, int]
    alone: npt.NDArray[np.bool_]
    siblings: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, classes: Classes, sets: Sequence[Indices], policies: Sequence[Policy], *, siblings: bool
    ) -> WorkloadPeers:
        """Return the peers that the pods of `classes` make up.

        Pods of one workload that every policy treats alike are one peer. Otherwise the workload
        becomes several peers, named by the labels in which they differ and that policies mention.

        Parameters
        ----------
        sets : sequence of ndarray of int64
            Every set of classes that some rule or subject selects.
        policies : sequence of Policy
        siblings : bool
            Whether the pods of one peer among themselves are answers.
        """
        members: defaultdict[str, dict[int, Workload]] = defaultdict(dict)
        for number, pods in enumerate(classes.members):
            for pod in pods:
                members[pod.workload.peer][number] = pod.workload
        several = {number for numbers in members.values() if len(numbers) > 1 for number in numbers}
        alike = _alike(classes, sets, several)
        keys = _mentioned_keys(policies) if alike else []
        found = sorted(
            (part for numbers in members.values() for part in _peers_of(classes, numbers, alike, keys)),
            key=itemgetter(0),
        )
        single = _single_pods(classes, alike)
        alone = np.array(
            [
                not workload.has_siblings or (bool(peer.shape) and (workload.peer, alike.get(number, number)) in single)
                for peer, number, workload in found
            ],
            dtype=np.bool_,
        )
        return cls(
            tuple(peer for peer, _, _ in found),
            np.array([number for _, number, _ in found], dtype=np.int64),
            tuple(workload for _, _, workload in found),
            alike,
            alone,
            ~alone if siblings else np.zeros_like(alone),
        )

    def index(self, workload: Workload, number: int) -> int:
        """Return the index of the peer that the pods of `workload` in class `number` belong to."""
        return self._indices[workload.peer, self.alike.get(number, number)]

    @cached_property
    def _indices(self) -> Mapping[tuple[str, int], int]:
        places = zip(self.workloads, self.class_of.tolist(), strict=True)
        return {
            (workload.peer, self.alike.get(number, number)): index for index, (workload, number) in enumerate(places)
        }


def are_answers(src: Indices, dst: Indices, siblings: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which pairs of workload peers are answers, shape (pairs,): two different ones, or one with siblings."""
    found: npt.NDArray[np.bool_] = src != dst
    itself = np.flatnonzero(~found)
    found[itself] = siblings[src[itself]]
    return found


def _peers_of(
    classes: Classes, numbers: dict[int, Workload], alike: Mapping[int, int], keys: list[str]
) -> Iterator[tuple[Peer, int, Workload]]:
    """Yield the peers that one workload is, by its classes: one for all that are alike, with the first of these."""
    distinct = {alike.get(number, number): number for number in reversed(numbers)}.values()
    name = next(iter(numbers.values())).peer
    suffixes = _suffixes(classes, sorted(distinct), keys, name) if len(distinct) > 1 else {}
    for number in distinct:
        workload = numbers[number]
        peer = Peer(name + suffixes.get(number, ""), workload.namespace, workload.name, workload.kind)
        yield peer, number, workload


def _single_pods(classes: Classes, alike: Mapping[int, int]) -> set[tuple[str, int]]:
    """Return the workloads, each with a class, of which there can be one pod only: it is known by its name."""
    named: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for number, first in alike.items():
        for pod in classes.members[number]:
            named[pod.workload.peer, first].add(classes.pod_name(number))
    return {key for key, names in named.items() if len(names) == 1 and "" not in names}


def _alike(classes: Classes, sets: Sequence[Indices], numbers: set[int]) -> dict[int, int]:
    """Return, for each of `numbers`, the first class among them that every policy treats alike."""
    if not numbers:
        return {}
    wanted = np.array(sorted(numbers), dtype=np.int64)
    member_of: defaultdict[int, list[int]] = defaultdict(list)
    for number, members in enumerate(sets):
        for member in wanted[np.isin(wanted, members, assume_unique=True)].tolist():
            member_of[member].append(number)
    first: dict[Hashable, int] = {}
    return {
        number: first.setdefault(
            (tuple(member_of[number]), classes.ports[number], bool(classes.isolatable[number])), number
        )
        for number in wanted.tolist()
    }


def _mentioned_keys(policies: Sequence[Policy]) -> list[str]:
    """Return the keys of pod labels that some selector mentions, sorted."""
    peers = (peer for policy in policies for rule in policy.rules for peer in rule.peers if isinstance(peer, Pods))
    chosen = chain((policy.subject for policy in policies), peers)
    return sorted({requirement.key for pods in chosen for requirement in pods.pods.requirements})


def _suffixes(classes: Classes, numbers: list[int], keys: list[str], workload: str) -> dict[int, str]:
    """Return what to add to a workload's name for each of the classes that its pods are in.

    Labels in which they differ and that policies mention; else their addresses; else a number.
    """
    differing = [key for key in keys if len({classes.labels[number].get(key) for number in numbers}) > 1]
    texts = {number: _label_text(classes, number, differing) for number in numbers}
    if len(set(texts.values())) < len(numbers):
        texts = {number: _address_text(classes, number, workload) for number in numbers}
    if len(set(texts.values())) < len(numbers):
        texts = {number: f"{{{place}}}" for place, number in enumerate(numbers, start=1)}
    return texts


def _address_text(classes: Classes, number: int, workload: str) -> str:
    addresses = [ip for pod in classes.members[number] if pod.workload.peer == workload for ip in pod.shape.ips]
    return "{" + ",".join(addresses[:1]) + (",…}" if len(addresses) > 1 else "}")


def _label_text(classes: Classes, number: int, keys: list[str]) -> str:
    labels = classes.labels[number]
    return "{" + ",".join(f"{key}={labels[key]}" if key in labels else f"!{key}" for key in keys) + "}"
