"""What does one end permit after a change: some rows anew, all others as they were.

The two are put together only when more than single pairs are read: to try a change takes
no longer than what it touches.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.permission_matrix import PermissionMatrix

__all__ = ["PatchedMatrix"]


@dataclass(frozen=True, slots=True, eq=False)
class PatchedMatrix:
    """A `PermissionMatrix` of which some rows are those of another.

    Attributes
    ----------
    matrix : PermissionMatrix
    rows : ndarray of int64, shape (rows,)
        Sorted rows of `matrix`.
    replacement : PermissionMatrix
        What takes their place; it has the same columns.
    """

    matrix: PermissionMatrix
    rows: Indices
    replacement: PermissionMatrix

    def mask(self, row: int, column: int) -> int:
        """Return the mask id of one pair."""
        place = int(self.rows.searchsorted(row))
        if place < len(self.rows) and self.rows[place] == row:
            return self.replacement.mask(place, column)
        return self.matrix.mask(row, column)

    def whole(self) -> PermissionMatrix:
        """Return all of it as one matrix."""
        return self.matrix.with_rows(self.rows, self.replacement)
