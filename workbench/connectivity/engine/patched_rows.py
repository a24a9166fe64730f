"""What does one end permit after a change: some rows anew, all others as they were.

The two are put together only when somebody asks for more than single pairs: to try a change takes
no longer than what it touches.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.permission_matrix import Side

__all__ = ["PatchedSide"]


@dataclass(frozen=True, slots=True, eq=False)
class PatchedSide:
    """A `Side` of which some rows are those of another.

    Attributes
    ----------
    side : Side
    rows : ndarray of int64, shape (rows,)
        Sorted rows of `side`.
    replacement : Side
        What takes their place; it has the same columns.
    """

    side: Side
    rows: Indices
    replacement: Side

    def mask(self, row: int, column: int) -> int:
        """Return the mask id of one pair."""
        place = int(self.rows.searchsorted(row))
        if place < len(self.rows) and self.rows[place] == row:
            return self.replacement.mask(place, column)
        return self.side.mask(row, column)

    def whole(self) -> Side:
        """Return all of it as one side."""
        return self.side.with_rows(self.rows, self.replacement)
