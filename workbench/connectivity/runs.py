"""Which members belong to each number: lists of different lengths, kept in one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Indices", "Runs", "places_in", "spread"]

Indices: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Runs:
    """The members of each number: ``order[starts[n] : starts[n] + sizes[n]]``."""

    order: Indices
    starts: Indices
    sizes: Indices

    @classmethod
    def of(cls, number_of: Indices, count: int) -> Runs:
        """Return the members of each of `count` numbers, from the number of each member."""
        order = np.argsort(number_of, kind="stable")
        starts = number_of[order].searchsorted(np.arange(count + 1))
        return cls(order, starts[:-1], np.diff(starts))

    def members(self, numbers: Indices) -> tuple[Indices, Indices]:
        """Return how many members each of `numbers` has, and those members, number by number."""
        repeats = self.sizes[numbers]
        return repeats, self.order[spread(self.starts[numbers], repeats)]

    def sums(self, weights: Indices) -> Indices:
        """Return the sum of `weights`, one for each member, over the members of each number."""
        before = np.r_[0, np.cumsum(weights[self.order])]
        summed: Indices = before[self.starts + self.sizes] - before[self.starts]
        return summed


def spread(starts: Indices, sizes: Indices) -> Indices:
    """Return ``starts[i] … starts[i] + sizes[i] - 1`` for each i, one run after the other."""
    places: Indices = np.arange(int(sizes.sum())) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return places


def places_in(known: Indices, keys: Indices) -> Indices:
    """Return where in `known`, sorted, each key is; -1 where it is not."""
    if not len(known):
        return np.full(len(keys), -1)
    places = np.minimum(known.searchsorted(keys), len(known) - 1)
    return np.where(known[places] == keys, places, -1)
