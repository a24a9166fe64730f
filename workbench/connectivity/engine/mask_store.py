"""Sets of atoms as small numbers: what the stores of bits and of ranges have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.partition import Axis, Words
from workbench.connectivity.engine.runs import Indices
from workbench.ground import Intervals

__all__ = ["MaskIds", "MaskStore"]

MaskIds: TypeAlias = npt.NDArray[np.int32]

_KEY_BYTES = 16
"""Masks that are longer are known by a cryptographic digest of this length."""


class MaskStore(ABC):
    """Sets of the atoms of an axis, each kept once; ids are given in the order in which sets come.

    Parameters
    ----------
    axis : Axis
    """

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._ids: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @abstractmethod
    def of_sets(self, sets: Sequence[Intervals]) -> MaskIds:
        """Return the ids of unions of the sets that the axis was cut by."""

    @abstractmethod
    def of_words(self, words: Words) -> MaskIds:
        """Return the id of each row of bits, shape (n,) for (n, words)."""

    @abstractmethod
    def words(self, ids: npt.NDArray[np.integer]) -> Words:
        """Return the bits of each of `ids`, shape (…, words)."""

    @abstractmethod
    def unions(self, ids: MaskIds, starts: Indices) -> MaskIds:
        """Return the id of the union of each run of `ids`; run i begins at ``starts[i]``."""

    @abstractmethod
    def meets(self, left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> MaskIds:
        """Return the ids of the intersections, elementwise over two arrays of shape (n,)."""

    @abstractmethod
    def intervals(self, number: int) -> Intervals:
        """Return the set with this id."""

    def _known(self, contents: Iterable[bytes]) -> tuple[MaskIds, list[int]]:
        """Return the id of each of some sets by what it holds, and the places of those that are new."""
        numbers: list[int] = []
        added: list[int] = []
        for place, content in enumerate(contents):
            key = content if len(content) <= _KEY_BYTES else blake2b(content, digest_size=_KEY_BYTES).digest()
            fresh = len(self._ids)
            number = self._ids.setdefault(key, fresh)
            if number == fresh:
                added.append(place)
            numbers.append(number)
        return np.array(numbers, dtype=np.int32), added
