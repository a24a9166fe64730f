"""What the ends outside are called: the closest of the blocks of addresses that have a name (flow-rules N18)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import ibis
import pandas as pd

from workbench.flows.rules.blocks import in_blocks, outside_addresses
from workbench.ground import ArgumentError, PrefixIndex

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.engine import Steps
    from workbench.ground import Anonymiser

__all__ = ["Blocks"]

BLOCK_COLUMNS: Final = ("cidr", "name", "basis")
BASES: Final = ("decided", "published", "rest")
"""Why a block has its name: a person decided it; its owner published it; or it is all that has no other name."""


class Blocks:
    """Blocks of addresses with their names, made ready to be asked.

    Parameters
    ----------
    table : DataFrame
        Columns `BLOCK_COLUMNS`; of rows with the same block, the first counts.

    Raises
    ------
    ArgumentError
        If a column is missing, a block is not a CIDR, a name is empty, or a basis is not one of `BASES`.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        if missing := [name for name in BLOCK_COLUMNS if name not in table.columns]:
            message = f"the table of blocks has no column {missing[0]!r}: it needs {', '.join(BLOCK_COLUMNS)}"
            raise ArgumentError(message)
        self._names = table["name"].astype("str").to_numpy(dtype=object)
        self._bases = table["basis"].astype("str").to_numpy(dtype=object)
        if strange := sorted(set(self._bases) - set(BASES)):
            message = f"{strange[0]!r} is not a valid basis of a block: {', '.join(BASES)}"
            raise ArgumentError(message)
        if "" in set(self._names):
            message = "a block has no name"
            raise ArgumentError(message)
        self._cidrs = table["cidr"].astype("str").tolist()

    @cached_property
    def _index(self) -> PrefixIndex:
        return PrefixIndex(self._cidrs)

    def anonymised(self, anonymiser: Anonymiser) -> Blocks:
        """Return the blocks that stand in for these, under names that stand in for theirs.

        Parameters
        ----------
        anonymiser : Anonymiser
        """
        made = {
            "cidr": list(map(anonymiser.block, self._cidrs)),
            "name": list(map(anonymiser.network_label, self._names.tolist())),
            "basis": self._bases,
        }
        return Blocks(pd.DataFrame(made))

    def of(self, addresses: list[str]) -> ir.Table:
        """Return the block of each address that is in one: columns ``address``, ``name``, ``basis``."""
        places = self._index.find(addresses)
        known = places >= 0
        frame = pd.DataFrame(
            {
                "address": pd.Series([one for one, is_known in zip(addresses, known, strict=True) if is_known]),
                "name": pd.Series(self._names[places[known]]),
                "basis": pd.Series(self._bases[places[known]]),
            },
            dtype="str",
        )
        return ibis.memtable(frame, schema=dict.fromkeys(frame.columns, "string"))

    def tag(self, rows: ir.Table, steps: Steps) -> ir.Table:
        """Return rows, held by the engine, whose ends outside are called by the blocks that they are in.

        Only the different addresses are looked up, outside of the engine; it joins what was found. So every engine has
        the same answer.

        Parameters
        ----------
        rows : Table
            With the rules applied, and held.
        steps : Steps
        """
        addresses = steps.fetch(steps.take(outside_addresses, rows), ("address",))["address"].tolist()
        return steps.take(in_blocks, rows, self.of(addresses))
