"""Which classes do the present policies treat alike: all pairs are computed once for each such bloc.

Two classes are in one bloc if both matrices give them the same row of the table, the same column group, and
the same explicit cells in their rows and columns. Then they may be exchanged in every answer, so a large
cluster with few distinctions takes no longer than a small one (engine 1).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.masks import MaskIds, PortMasks
from workbench.connectivity.engine.pair_index import PairIndex
from workbench.connectivity.engine.permission_matrix import PermissionMatrix
from workbench.policy import Direction

__all__ = ["Quotient"]


@dataclass(frozen=True, slots=True, eq=False)
class Quotient:
    """The two matrices of a cluster's connectivity, with blocs in place of classes.

    Attributes
    ----------
    bloc_of : ndarray of int64, shape (classes,)
    members : ndarray of int64, shape (blocs,)
        One class of each bloc.
    egress : PermissionMatrix
        Rows are blocs; columns are blocs, then the egress direction's address atoms.
    ingress : PermissionMatrix
        Likewise, with the ingress direction's address atoms.
    """

    bloc_of: Indices
    members: Indices
    egress: PermissionMatrix
    ingress: PermissionMatrix

    def __len__(self) -> int:
        return len(self.members)

    @classmethod
    def of(cls, matrices: Mapping[Direction, PermissionMatrix]) -> Quotient:
        """Return the quotient of two matrices over the same classes."""
        classes = len(matrices[Direction.INGRESS].row_group_of)
        signatures: list[list[Hashable]] = []
        for matrix in matrices.values():
            transposed = matrix.transposed()
            rows = [row.tobytes() for row in matrix.table]
            signatures.append([rows[row_group] for row_group in matrix.row_group_of.tolist()])
            signatures.append(matrix.column_group_of[:classes].tolist())
            signatures.append(_contents(matrix.keys, matrix.cells, matrix.columns, classes))
            signatures.append(_contents(transposed.keys, transposed.cells, classes, classes))
        numbers: dict[tuple[Hashable, ...], int] = {}
        bloc_of = np.empty(classes, dtype=np.int64)
        members: list[int] = []
        for number, signature in enumerate(zip(*signatures, strict=True)):
            bloc_of[number] = bloc = numbers.setdefault(signature, len(numbers))
            if bloc == len(members):
                members.append(number)
        chosen = np.array(members, dtype=np.int64)
        return cls(
            bloc_of,
            chosen,
            matrices[Direction.EGRESS].restricted(chosen),
            matrices[Direction.INGRESS].restricted(chosen),
        )

    def pair_index(self, masks: PortMasks) -> PairIndex:
        """Return what all blocs may send to all blocs."""
        blocs = np.arange(len(self))
        return PairIndex.of(self.egress, self.ingress, masks, blocs, blocs)

    def matrix(self, direction: Direction) -> PermissionMatrix:
        """Return the matrix of a direction."""
        return self.ingress if direction is Direction.INGRESS else self.egress


def _contents(keys: Indices, cells: MaskIds, width: int, rows: int) -> list[Hashable]:
    """Return, for each row of a matrix of sorted cells, its columns and masks as bytes."""
    bounds = keys.searchsorted(np.arange(rows + 1) * width).tolist()
    columns = keys % width
    return [
        (columns[low:high].tobytes(), cells[low:high].tobytes()) if high > low else None
        for low, high in pairwise(bounds)
    ]
