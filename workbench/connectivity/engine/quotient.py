"""Which classes do the present policies treat alike: all pairs are computed once for each such bloc.

Two classes are in one bloc if both sides give them the same row of the table, the same zone, and
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
from workbench.connectivity.engine.permission_matrix import Side
from workbench.policy import Direction

__all__ = ["Quotient"]


@dataclass(frozen=True, slots=True, eq=False)
class Quotient:
    """The two sides of a cluster's connectivity, with blocs in place of classes.

    Attributes
    ----------
    bloc_of : ndarray of int64, shape (classes,)
    members : ndarray of int64, shape (blocs,)
        One class of each bloc.
    egress : Side
        Rows are blocs; columns are blocs, then the egress direction's address atoms.
    ingress : Side
        Likewise, with the ingress direction's address atoms.
    """

    bloc_of: Indices
    members: Indices
    egress: Side
    ingress: Side

    def __len__(self) -> int:
        return len(self.members)

    @classmethod
    def of(cls, sides: Mapping[Direction, Side]) -> Quotient:
        """Return the quotient of two sides over the same classes."""
        classes = len(sides[Direction.INGRESS].pattern_of)
        signatures: list[list[Hashable]] = []
        for side in sides.values():
            transposed = side.transposed()
            rows = [row.tobytes() for row in side.table]
            signatures.append([rows[pattern] for pattern in side.pattern_of.tolist()])
            signatures.append(side.zone_of[:classes].tolist())
            signatures.append(_contents(side.keys, side.cells, side.columns, classes))
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
            bloc_of, chosen, sides[Direction.EGRESS].restricted(chosen), sides[Direction.INGRESS].restricted(chosen)
        )

    def pair_index(self, masks: PortMasks) -> PairIndex:
        """Return what all blocs may send to all blocs."""
        blocs = np.arange(len(self))
        return PairIndex.of(self.egress, self.ingress, masks, blocs, blocs)

    def side(self, direction: Direction) -> Side:
        """Return the side of a direction."""
        return self.ingress if direction is Direction.INGRESS else self.egress


def _contents(keys: Indices, cells: MaskIds, width: int, rows: int) -> list[Hashable]:
    """Return, for each row of a matrix of sorted cells, its columns and masks as bytes."""
    bounds = keys.searchsorted(np.arange(rows + 1) * width).tolist()
    columns = keys % width
    return [
        (columns[low:high].tobytes(), cells[low:high].tobytes()) if high > low else None
        for low, high in pairwise(bounds)
    ]
