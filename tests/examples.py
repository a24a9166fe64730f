"""How many examples a property is tried with: a share in every run, all of them in ``make test-all``."""

from __future__ import annotations

import os

__all__ = ["THOROUGH", "examples"]

THOROUGH = bool(os.environ.get("NETPOL_THOROUGH"))
"""Whether this run takes its time."""

_SHARE = 5
_FEWEST = 4


def examples(number: int) -> int:
    """Return `number`, or the share of it that every run tries."""
    return number if THOROUGH else max(min(number, _FEWEST), number // _SHARE)
