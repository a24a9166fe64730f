"""Which of several values of a category counts: by its place in the order of the category."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["rank_of", "value_of"]


def rank_of(value: ir.StringValue, order: Sequence[str]) -> ir.IntegerValue:
    """Return the place of a value in an order, from 0; that of the last for a value that is not in it."""
    return ibis.cases(*((value == one, number) for number, one in enumerate(order)), else_=len(order) - 1)


def value_of(rank: ir.IntegerValue, order: Sequence[str]) -> ir.StringValue:
    """Return the value at a place of an order; the last where there is no such place."""
    return ibis.cases(*((rank == place, one) for place, one in enumerate(order)), else_=order[-1])
