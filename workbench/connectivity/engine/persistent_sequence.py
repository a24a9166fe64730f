"""How do versions of a cluster share what they have in common: a long sequence, and a short end of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar, overload

__all__ = ["PersistentSequence"]

_Item = TypeVar("_Item")
_JOIN_AFTER = 16
"""The end becomes a part of what is shared when it is longer than this part of it."""


class PersistentSequence(Sequence[_Item]):
    """An immutable sequence to which more can be added without copying what is there.

    Parameters
    ----------
    shared : sequence
    end : tuple
        Follows `shared`.
    """

    __slots__ = ("_end", "_shared")

    def __init__(self, shared: Sequence[_Item], end: tuple[_Item, ...] = ()) -> None:
        self._shared = shared
        self._end = end

    def __len__(self) -> int:
        return len(self._shared) + len(self._end)

    @overload
    def __getitem__(self, number: int) -> _Item: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[_Item, ...]: ...
    def __getitem__(self, number: int | slice) -> _Item | tuple[_Item, ...]:
        if isinstance(number, slice):
            return tuple(self)[number]
        first = len(self._shared)
        return self._shared[number] if number < first else self._end[number - first]

    def __iter__(self) -> Iterator[_Item]:
        return chain(self._shared, self._end)

    def in_common(self, other: PersistentSequence[_Item]) -> int:
        """Return how many items at the beginning are known to be the same as those of another; perhaps more are."""
        return len(self._shared) if self._shared is other._shared else 0

    def with_more(self, items: Iterable[_Item]) -> PersistentSequence[_Item]:
        """Return the sequence with `items` after all others."""
        end = (*self._end, *items)
        if len(end) > len(self._shared) // _JOIN_AFTER:
            return PersistentSequence((*self._shared, *end))
        return PersistentSequence(self._shared, end)
