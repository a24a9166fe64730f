"""What does an end of a question stand for: pods of which classes, and what the other end sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from workbench.connectivity.engine import Engine
from workbench.connectivity.trace.query_ends import End
from workbench.ground import AddressSet
from workbench.policy import Direction

__all__ = ["Variant", "Variants", "pairs_of"]


class Variant(NamedTuple):
    """One of those that an end means: the class whose policies are evaluated, and the column that the other end sees.

    `pod` is the index of a workload peer that is one pod, whose traffic to itself is not a question.
    """

    row: int | None
    column: int
    pod: int | None = None


@dataclass(frozen=True, slots=True)
class Variants:
    """Finds what ends mean.

    Attributes
    ----------
    engine : Engine
    """

    engine: Engine

    def of(self, end: End, seen: Direction) -> list[Variant]:
        """Return those that `end` means, with their columns in the matrix of `seen`; none for an unused controller."""
        classes, workloads = self.engine.classes, self.engine.workloads
        if end.addresses is not None:
            found = [Variant(None, column) for column in self._outside(end.addresses, seen)]
            if end.unknown:
                found += [Variant(number, number) for number, members in enumerate(classes.members) if members]
            return found
        if end.is_controller:
            return [] if classes.controller is None else [Variant(None, classes.controller)]
        numbers = ((index, int(workloads.class_of[index])) for index in end.peers)
        return [Variant(number, number, index if workloads.alone[index] else None) for index, number in numbers]

    def elsewhere(self, end: End, seen: Direction) -> Iterator[Variant]:
        """Yield how else the other end may see pods on some node of which the address is not known."""
        engine = self.engine
        classes, places = engine.classes, engine.resolver.places
        for index in end.peers if end.is_node else ():
            row = int(engine.workloads.class_of[index])
            if places.is_on_some_node(int(classes.places[row])):
                yield from (Variant(row, column) for column in self._outside(places.some_node, seen))

    def _outside(self, addresses: AddressSet, seen: Direction) -> list[int]:
        first = len(self.engine.classes)
        return [first + atom for atom in self.engine.externals[seen].atoms_touching(addresses)]


def pairs_of(ones: Sequence[Variant], others: Sequence[Variant]) -> Iterator[tuple[Variant, Variant]]:
    """Yield the pairs that a question is about: not those of one pod and itself."""
    return ((one, other) for one, other in product(ones, others) if one.pod is None or one.pod != other.pod)
