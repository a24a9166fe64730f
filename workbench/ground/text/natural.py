"""The order in which people expect names: ``ns-2`` before ``ns-10``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["natural_order"]

_NUMBER: Final = re.compile(r"([0-9]+)")


@lru_cache(maxsize=1 << 16)
def natural_order(text: str) -> tuple[tuple[tuple[int, str], ...], str]:
    """Return what sorts texts by the numbers in them.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> sorted(["ns-10", "ns-2", "ns"], key=natural_order)
    ['ns', 'ns-2', 'ns-10']
    """
    # Texts and numbers take turns, so that like is compared with like; of two numbers, the longer one is larger.
    parts = [part.lstrip("0") if odd % 2 else part for odd, part in enumerate(_NUMBER.split(text))]
    return tuple((len(part) if odd % 2 else 0, part) for odd, part in enumerate(parts)), text
