"""How many there are of something, in words."""

from __future__ import annotations

import re
from collections.abc import Sized
from typing import Final

__all__ = ["count_of", "is_are", "plural"]

_CONSONANT_Y: Final = re.compile(r"(?<=[^aeiou])y$")


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun, which is given in the singular.

    Examples
    --------
    >>> print(count_of(1, "workload"), count_of(4210, "workload"), count_of(0, "policy"), sep=", ")
    1 workload, 4,210 workloads, 0 policies
    """
    return f"{number:,} {plural(noun, number)}"


def plural(noun: str, number: int) -> str:
    """Return a noun, which is given in the singular, as it stands after a number."""
    if number == 1:
        return noun
    return _CONSONANT_Y.sub("ie", noun) + "s"


def is_are(subjects: Sized | int) -> str:
    """Return the verb of so many subjects."""
    return "is" if (subjects if isinstance(subjects, int) else len(subjects)) == 1 else "are"
