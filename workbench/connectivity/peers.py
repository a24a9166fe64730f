"""The ends of connections as people name them: workloads, and ranges of addresses outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from workbench.connectivity.classes import OTHER_VALUE, Classes, Indices
from workbench.connectivity.externals import AddressRange
from workbench.inventory.model import Workload

__all__ = ["EXTERNAL", "Peer", "WorkloadPeers", "external_peer"]

EXTERNAL = "External"
"""The kind of address ranges."""


class Peer(NamedTuple):
    """An end of a connection.

    Attributes
    ----------
    name : str
        ``namespace/workload[Kind]`` or ``first-last[External]``; unique, the key everywhere.
    namespace, workload, kind : str
        For a range of addresses: empty, the range, and ``External``.
    """

    name: str
    namespace: str
    workload: str
    kind: str


def external_peer(first: AddressRange, last: AddressRange) -> Peer:
    """Return the peer for the addresses from the range `first` to the range `last`."""
    text = str(AddressRange(first.family, first.first, last.last))
    return Peer(f"{text}[{EXTERNAL}]", "", text, EXTERNAL)


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
    classes : int
        Number of classes.
    """

    peers: tuple[Peer, ...]
    class_of: Indices
    workloads: tuple[Workload, ...]
    classes: int

    @classmethod
    def of(cls, classes: Classes) -> WorkloadPeers:
        """Return the peers that the pods of `classes` make up.

        Pods of one workload in one class are one peer: no policy can tell them apart. A workload
        in several classes becomes several peers, named by the labels in which they differ.
        """
        found: dict[tuple[str, int], Workload] = {}
        for number, pods in enumerate(classes.members):
            for pod in pods:
                found[pod.workload.peer, number] = pod.workload
        parts = Counter(name for name, _ in found)
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for name, number in found:
            if parts[name] > 1:
                numbers[name].append(number)
        suffixes = {name: _suffixes(classes, several) for name, several in numbers.items()}
        rows = sorted(
            (Peer(name + suffixes.get(name, {}).get(number, ""), w.namespace, w.name, w.kind), number, index)
            for index, ((name, number), w) in enumerate(found.items())
        )
        ordered = list(found.values())
        return cls(
            tuple(row[0] for row in rows),
            np.array([row[1] for row in rows], dtype=np.int64),
            tuple(ordered[row[2]] for row in rows),
            len(classes),
        )

    @cached_property
    def by_class(self) -> tuple[Indices, Indices]:
        """Peers ordered by class, and where each class begins among them (one more entry at the end)."""
        order = np.argsort(self.class_of, kind="stable")
        return order, self.class_of[order].searchsorted(np.arange(self.classes + 1))


def _suffixes(classes: Classes, numbers: list[int]) -> dict[int, str]:
    """Return what to add to a workload's name for each of the classes that its pods are in."""
    keys = sorted({key for number in numbers for key in classes.labels[number]})
    differing = [key for key in keys if len({classes.labels[number].get(key) for number in numbers}) > 1]
    texts = {number: _label_text(classes, number, differing) for number in numbers}
    if len(set(texts.values())) < len(numbers):
        texts = {number: f"{{{place}}}" for place, number in enumerate(numbers, start=1)}
    return texts


def _label_text(classes: Classes, number: int, keys: list[str]) -> str:
    written = classes.members[number][0].shape.labels
    own = classes.labels[number]
    parts = [
        f"{key}={written[key] if own[key] == OTHER_VALUE else own[key]}" if key in own else f"!{key}" for key in keys
    ]
    return "{" + ",".join(parts) + "}"
