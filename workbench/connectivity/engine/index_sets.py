"""Sets of ends by number, kept small: those in few runs of consecutive numbers as the runs' ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np

from workbench.connectivity.engine.runs import Indices, spread

__all__ = ["IndexSets", "Stretches"]

MIN_KEPT_SHORT = 48
"""Smaller sets are kept as they are."""
MANY_A_STRETCH = 4
"""A set is kept as runs if a run has this many numbers, on average."""


class Stretches(NamedTuple):
    """A set as runs of consecutive numbers: the first and the last of each, sorted; and how many numbers there are."""

    firsts: Indices
    lasts: Indices
    size: int

    @classmethod
    def single(cls, members: Indices) -> Stretches:
        """Return a sorted set as runs of one number each."""
        return cls(members, members, len(members))

    @classmethod
    def of(cls, members: Indices) -> Stretches:
        """Return the runs of a sorted set, as few as there can be."""
        breaks = np.flatnonzero(members[1:] != members[:-1] + 1)
        return cls(members[np.r_[0, breaks + 1]], members[np.r_[breaks, len(members) - 1]], len(members))

    @property
    def members(self) -> Indices:
        """All numbers, sorted."""
        return self.firsts if self.firsts is self.lasts else spread(self.firsts, self.lasts - self.firsts + 1)


class IndexSets(Sequence[Indices]):
    """Sorted index sets, each known by its number. They are made anew when they are asked for."""

    def __init__(self) -> None:
        self._kept: list[Stretches] = []

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, number: int) -> Indices: ...
    @overload
    def __getitem__(self, number: slice) -> list[Indices]: ...
    def __getitem__(self, number: int | slice) -> Indices | list[Indices]:
        if isinstance(number, slice):
            return self.listed(range(*number.indices(len(self))))
        return self._kept[number].members

    def __iter__(self) -> Iterator[Indices]:
        return (kept.members for kept in self._kept)

    def listed(self, numbers: Iterable[int]) -> list[Indices]:
        """Return the sets of many numbers, in this order."""
        kept = self._kept
        return [kept[number].members for number in numbers]

    def size(self, number: int) -> int:
        """Return how many members a set has."""
        return self._kept[number].size

    def stretches(self, number: int) -> Stretches:
        """Return a set as runs; those that have few members in a row are runs of one."""
        return self._kept[number]

    def append(self, members: Indices) -> None:
        """Add a set."""
        self._kept.append(_shortened(members))

    def replace(self, number: int, members: Indices) -> None:
        """Put a set in the place of an earlier one."""
        self._kept[number] = _shortened(members)

    def copy(self) -> IndexSets:
        """Return a copy that may change on its own."""
        copied = IndexSets()
        copied._kept = self._kept.copy()
        return copied


def _shortened(members: Indices) -> Stretches:
    if len(members) >= MIN_KEPT_SHORT:
        found = Stretches.of(members)
        if MANY_A_STRETCH * len(found.firsts) <= len(members):
            return found
    return Stretches.single(members)
